import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installDebianPackages, unpackDebianPackages } from './debian.js';
import { withFileLock } from './file-lock.js';
import { toolsDirectory } from './paths.js';
import type { Progress } from './progress.mjs';

const execute = promisify(execFile);

export interface RedisInstallation {
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
}

const MINIMUM = 7;
const PACKAGES = ['redis-server'];
const HELP = `Redis ${MINIMUM} or later is needed, as redis-server, and not on PATH. Install it.`;
const ON_PATH: RedisInstallation = { command: 'redis-server', env: {} };

/** Redis from PATH; else Debian's package, installed by root and unpacked under `.registrar/` by anybody else. */
export function ensureRedis(progress: Progress): Promise<RedisInstallation> {
  return withFileLock(join(toolsDirectory, 'redis.lock'), async () => {
    if (await isRecent(ON_PATH)) return ON_PATH;
    const installation = process.getuid?.() === 0 ? await install(progress) : await unpack(progress);
    if (await isRecent(installation)) return installation;
    throw new Error(`${HELP} The package of this system is older, or does not run.`);
  });
}

async function install(progress: Progress): Promise<RedisInstallation> {
  await progress.step("Installing Debian's redis-server", () => installDebianPackages(PACKAGES, HELP));
  return ON_PATH;
}

async function unpack(progress: Progress): Promise<RedisInstallation> {
  const directory = join(toolsDirectory, 'redis');
  const title = `Unpacking Debian's redis-server into ${directory}`;
  const { root } = await unpackDebianPackages(PACKAGES, directory, HELP, (work) => progress.step(title, work));
  const libraries = join(root, 'usr/lib');
  // The package's own dependencies are here; those that the machine has are not, and there may be none.
  const folders = existsSync(libraries) ? readdirSync(libraries).map((name) => join(libraries, name)) : [];
  return { command: join(root, 'usr/bin/redis-server'), env: { LD_LIBRARY_PATH: folders.join(':') } };
}

async function isRecent({ command, env }: RedisInstallation): Promise<boolean> {
  try {
    const { stdout } = await execute(command, ['--version'], { env: { ...process.env, ...env } });
    return Number(/\bv=(\d+)/.exec(stdout)?.[1]) >= MINIMUM;
  } catch {
    return false;
  }
}
