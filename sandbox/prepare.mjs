// Install and build: what every command of a fresh clone needs first. Runs on Node 20 with nothing installed.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createProgress } from './progress.mjs';
import { CommandError, runLogged } from './run-logged.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The Node that everything of ours runs on, from the npm package `node`. */
export const node24 = join(root, 'node_modules/.bin/node');

const SOURCES = ['src', 'schema', 'adapters', 'sandbox'];
const SOURCE_FILE = /\.(ts|mjs|json)$/;
const binaries = join(root, 'node_modules/.bin');
const logs = join(root, '.registrar/logs');
const stampFile = join(root, 'dist/.complete');

/**
 * Makes `node_modules` agree with the lock file.
 *
 * @param {import('./progress.mjs').Progress} progress
 */
export async function install(progress) {
  if (!isInstalled()) await progress.step('Installing packages (npm ci)', npmCi);
  const major = Number(/^v(\d+)/.exec(versionOf(node24))?.[1]);
  if (major >= 24) return;
  throw new CommandError(
    `Node 24 should have come with the packages, as ${relative(root, node24)}, but does not run. ` +
      'Its install script fetches it: allow scripts (npm config get ignore-scripts) and run: npm rebuild node',
  );
}

/**
 * Compiles into `dist/` what has changed since the last time.
 *
 * @param {import('./progress.mjs').Progress} progress
 */
export async function build(progress) {
  const stamp = sourcesStamp();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  await progress.step('Building', async () => {
    rmSync(stampFile, { force: true });
    await runLogged(node24, [join(binaries, 'tsc'), '-p', join(root, 'tsconfig.json')], {
      logFile: join(logs, 'tsc.log'),
      cwd: root,
    });
    for (const folder of SOURCES) removeStale(folder);
    // The compiler makes no program of it, and npx sets the mode only where it has not linked it before.
    chmodSync(join(root, 'dist/src/cli/bin.js'), 0o755);
    writeFileSync(stampFile, stamp);
  });
}

async function npmCi() {
  const { PATH = '', npm_execpath: npm } = process.env;
  // Not by the Node of node_modules, which goes away under the installer's feet.
  const outerPath = PATH.split(delimiter)
    .filter((folder) => folder !== binaries)
    .join(delimiter);
  const env = { ...process.env, PATH: outerPath };
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  const [command, ...first] = npm === undefined ? ['npm'] : ['node', npm];
  await runLogged(command ?? 'npm', [...first, ...args], { logFile: join(logs, 'npm-ci.log'), cwd: root, env });
}

/** npm writes its own list of what it has installed as its last step: it must say what the lock file says. */
function isInstalled() {
  const wanted = packagesOf('package-lock.json');
  const present = packagesOf('node_modules/.package-lock.json');
  return (
    present.size > 0 &&
    [...present].every(([path, found]) => wanted.get(path)?.version === found.version) &&
    [...wanted].every(([path, entry]) => path === '' || present.has(path) || entry.optional === true)
  );
}

/**
 * @param {string} file
 * @returns {Map<string, { version?: string, optional?: boolean }>}
 */
function packagesOf(file) {
  try {
    return new Map(Object.entries(JSON.parse(readFileSync(join(root, file), 'utf8')).packages));
  } catch {
    return new Map();
  }
}

/** Names, sizes and times of the sources, and the packages that they are compiled against. */
function sourcesStamp() {
  const hash = createHash('sha256');
  for (const file of ['tsconfig.json', 'package-lock.json']) hash.update(readFileSync(join(root, file)));
  for (const file of SOURCES.flatMap(sourceFiles)) {
    const { size, mtimeMs } = statSync(join(root, file));
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function sourceFiles(folder) {
  return filesBelow(folder).filter((file) => SOURCE_FILE.test(file));
}

/**
 * What was compiled from a source that is no more.
 *
 * @param {string} folder
 */
function removeStale(folder) {
  for (const file of filesBelow(join('dist', folder))) {
    const source = relative('dist', file).replace(/\.map$/, '');
    const candidates = [source, source.replace(/\.js$/, '.ts')];
    if (!candidates.some((candidate) => existsSync(join(root, candidate)))) rmSync(join(root, file));
  }
}

/**
 * @param {string} folder
 * @returns {string[]} paths from the root
 */
function filesBelow(folder) {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    const name = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(name) : [name];
  });
}

/** @param {string} node */
function versionOf(node) {
  try {
    return execFileSync(node, ['--version'], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

/**
 * Runs a command's own work; a fault that we have words for is told without a stack.
 *
 * @param {(progress: import('./progress.mjs').Progress) => Promise<number>} work gives the exit code
 */
export async function runCommand(work) {
  mkdirSync(logs, { recursive: true });
  try {
    process.exitCode = await work(createProgress());
  } catch (error) {
    process.stderr.write(
      `${error instanceof CommandError ? error.message : (error instanceof Error && error.stack) || error}\n`,
    );
    process.exitCode = 1;
  }
}

// `npm run build`, and before `npm run check`.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runCommand(async (progress) => {
    await install(progress);
    if (process.argv[2] === 'build') await build(progress);
    return 0;
  });
}
