import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { withFileLock } from './file-lock.js';
import { projectRoot, toolsDirectory } from './paths.js';
import { indexSettings } from './pip-settings.js';
import type { Progress } from './progress.mjs';
import { runLogged } from './run-logged.mjs';

const execute = promisify(execFile);

/** A Python that can make an environment for the sandbox. */
export interface Python {
  readonly executable: string;
  readonly version: string;
}

const directory = join(toolsDirectory, 'python');
const stampFile = join(directory, '.complete');
const lockFile = join(projectRoot, 'sandbox/requirements.lock');
const installerLockFile = join(projectRoot, 'sandbox/requirements-uv.lock');

// 3.11 to 3.13 have wheels for every pinned package; a later one may do.
const NAMES = ['python3.11', 'python3.12', 'python3.13', 'python3', 'python'];
const PROBE = [
  'import json, sys, venv, ensurepip',
  'assert sys.version_info >= (3, 11)',
  'print(json.dumps({"executable": sys.executable, "version": sys.version.split()[0]}))',
].join('\n');

/** The first Python on PATH that is recent enough and can make environments; null without one. */
export async function findPython(): Promise<Python | null> {
  const { PATH = '' } = process.env;
  for (const folder of PATH.split(delimiter)) {
    for (const name of NAMES) {
      const candidate = join(folder, name);
      const found = folder !== '' && existsSync(candidate) ? await probe(candidate) : null;
      if (found !== null) return found;
    }
  }
  return null;
}

/** What to do when `findPython` found none. */
export const PYTHON_HELP =
  'Python 3.11 or later with its venv module was not found on PATH. ' +
  'On Debian or Ubuntu: apt-get install python3 python3-venv; on macOS: brew install python@3.13.';

/** The environment with MLflow and moto as pinned: made when it is missing, half-made or outdated. Gives its Python. */
export function ensureEnvironment(python: Python, progress: Progress): Promise<string> {
  return withFileLock(join(toolsDirectory, 'python.lock'), async () => {
    const executable = join(directory, 'bin/python');
    if (isComplete(python)) return executable;
    const title = `Installing MLflow and moto into ${directory}`;
    await progress.step(title, () => makeEnvironment(python, executable));
    writeFileSync(stampFile, stampOf(python));
    return executable;
  });
}

async function makeEnvironment(python: Python, executable: string): Promise<void> {
  rmSync(directory, { recursive: true, force: true });
  const logFile = (name: string) => join(toolsDirectory, 'logs', `${name}.log`);
  await runLogged(python.executable, ['-m', 'venv', directory], { logFile: logFile('venv') });
  // pip alone would take two minutes for what uv does in seconds.
  const bootstrap = [
    '-m',
    'pip',
    'install',
    '--require-hashes',
    '--disable-pip-version-check',
    '-r',
    installerLockFile,
  ];
  await runLogged(executable, bootstrap, { logFile: logFile('pip') });
  const install = [
    '-m',
    'uv',
    'pip',
    'install',
    '--python',
    executable,
    '--require-hashes',
    '--no-config',
    '-r',
    lockFile,
  ];
  await runLogged(executable, install, {
    logFile: logFile('uv'),
    env: { ...process.env, ...(await indexSettings(executable)) },
  });
}

function isComplete(python: Python): boolean {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stampOf(python);
}

/** An environment cannot be moved, nor outlive the Python that it was made with. */
function stampOf(python: Python): string {
  const hash = createHash('sha256').update(JSON.stringify([python, directory]));
  for (const file of [lockFile, installerLockFile]) hash.update(readFileSync(file));
  return hash.digest('hex');
}

async function probe(candidate: string): Promise<Python | null> {
  try {
    const { stdout } = await execute(candidate, ['-c', PROBE], { timeout: 20_000 });
    return JSON.parse(stdout) as Python;
  } catch {
    return null;
  }
}
