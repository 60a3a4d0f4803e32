import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { toolsDirectory } from './paths.js';
import { runLogged } from './run-logged.mjs';

const execute = promisify(execFile);

/** Packages unpacked, not installed: no step of theirs has run. */
export interface DebianTree {
  readonly root: string;
}

const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
const logFile = (name: string) => join(toolsDirectory, 'logs', `${name}.log`);

/** For root. @param help What to do where there is no apt-get; the message of the error then. */
export async function installDebianPackages(packages: readonly string[], help: string): Promise<void> {
  await needsApt(help);
  await runLogged('apt-get', ['update'], { logFile: logFile('apt-update'), env: environment });
  const install = ['install', '--yes', '--no-install-recommends', ...packages];
  await runLogged('apt-get', install, { logFile: logFile('apt-install'), env: environment });
}

/** For anybody else: the packages, and of what they depend on that which the machine does not have. */
export async function unpackDebianPackages(
  packages: readonly string[],
  directory: string,
  help: string,
  step: (work: () => Promise<void>) => Promise<void>,
): Promise<DebianTree> {
  const stampFile = join(directory, '.complete');
  const stamp = createHash('sha256')
    .update(JSON.stringify([directory, packages]))
    .digest('hex');
  const root = join(directory, 'root');
  if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) {
    await needsApt(help);
    await step(() => unpack(packages, directory, root));
    writeFileSync(stampFile, stamp);
  }
  return { root };
}

async function unpack(packages: readonly string[], directory: string, root: string): Promise<void> {
  rmSync(directory, { recursive: true, force: true });
  const archives = join(directory, 'archives');
  // apt's own lists belong to root, and an image may come without them.
  const lists = join(directory, 'lists');
  const cache = join(directory, 'cache');
  for (const folder of [root, archives, join(lists, 'partial'), join(cache, 'archives/partial')])
    mkdirSync(folder, { recursive: true });
  const own = ['-o', `Dir::State::lists=${lists}`, '-o', `Dir::Cache=${cache}`];
  await runLogged('apt-get', [...own, 'update'], { logFile: logFile('apt-update'), env: environment });
  const simulate = [...own, '--simulate', '--no-install-recommends', 'install', ...packages];
  const { stdout } = await execute('apt-get', simulate, { env: environment, maxBuffer: 2 ** 24 });
  const needed = [...stdout.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name ?? '');
  await runLogged('apt-get', [...own, 'download', ...needed], {
    logFile: logFile('apt-download'),
    cwd: archives,
    env: environment,
  });
  for (const archive of readdirSync(archives)) await execute('dpkg', ['-x', join(archives, archive), root]);
  redirectLinks(root, root);
  for (const folder of [archives, lists, cache]) rmSync(folder, { recursive: true });
}

/** Links to `/etc/…` and the like mean a file of the tree, where the tree has it. */
function redirectLinks(folder: string, root: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) redirectLinks(path, root);
    const target = entry.isSymbolicLink() ? readlinkSync(path) : '';
    if (target.startsWith('/') && isThere(join(root, target))) {
      rmSync(path);
      symlinkSync(relative(dirname(path), join(root, target)), path);
    }
  }
}

/** A link counts, wherever it leads. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

async function needsApt(help: string): Promise<void> {
  try {
    await execute('apt-get', ['--version']);
  } catch {
    throw new Error(`${help} This machine has no apt-get to do it with.`);
  }
}
