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

const ENVIRONMENT = '.registrar/python';
const LOCK = 'sandbox/requirements.lock';
const INSTALLER_LOCK = 'sandbox/requirements-uv.lock';

const directory = join(projectRoot, ENVIRONMENT);
const stampFile = join(directory, '.complete');
const executable = join(directory, 'bin/python');

// 3.11 to 3.13 have wheels for every pinned package; a later one may do.
const NAMES = ['python3.11', 'python3.12', 'python3.13', 'python3', 'python'];
const PROBE = ['import sys, venv, ensurepip', 'assert sys.version_info >= (3, 11)', 'print(sys.executable)'].join('\n');

/** The first Python on PATH that is recent enough and can make environments; null without one. */
export async function findPython(): Promise<string | null> {
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

/** The packages could not be installed; the message says why. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

/** What to do when `findPython` found none. */
export const PYTHON_HELP =
  'Python 3.11 or later with its venv module was not found on PATH. ' +
  'On Debian or Ubuntu: apt-get install python3 python3-venv; on macOS: brew install python@3.13.';

/** The environment with MLflow and moto as pinned: made when it is missing, half-made or outdated. Gives its Python. */
export function ensureEnvironment(python: string, progress: Progress): Promise<string> {
  return withFileLock(join(toolsDirectory, 'python.lock'), async () => {
    if (await isComplete()) return executable;
    const title = `Installing MLflow and moto into ${directory}`;
    try {
      await progress.step(title, () => makeEnvironment(python));
    } catch (error) {
      throw new EnvironmentError(error instanceof Error ? error.message : String(error), { cause: error });
    }
    writeFileSync(stampFile, stamp());
    return executable;
  });
}

async function makeEnvironment(python: string): Promise<void> {
  rmSync(directory, { recursive: true, force: true });
  const run = (command: string, name: string, args: string, env?: Record<string, string>) =>
    runLogged(command, args.split(' '), {
      logFile: join(toolsDirectory, 'logs', `${name}.log`),
      cwd: projectRoot,
      env: { ...process.env, ...env },
    });
  await run(python, 'venv', `-m venv ${ENVIRONMENT}`);
  // pip alone would take two minutes for what uv does in seconds.
  await run(executable, 'pip', `-m pip install --disable-pip-version-check --require-hashes -r ${INSTALLER_LOCK}`);
  const settings = await indexSettings(executable);
  await run(
    executable,
    'uv',
    `-m uv pip install --no-config --python ${ENVIRONMENT} --require-hashes -r ${LOCK}`,
    settings,
  );
}

/** Whichever Python made it: replacing it would take it from those that run on it. */
async function isComplete(): Promise<boolean> {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp() && (await probe(executable)) !== null;
}

/** An environment cannot be moved. */
function stamp(): string {
  const hash = createHash('sha256').update(directory);
  for (const file of [LOCK, INSTALLER_LOCK]) hash.update(readFileSync(join(projectRoot, file)));
  return hash.digest('hex');
}

async function probe(candidate: string): Promise<string | null> {
  try {
    const { stdout } = await execute(candidate, ['-c', PROBE], { timeout: 20_000 });
    return stdout.trim();
  } catch {
    return null;
  }
}
