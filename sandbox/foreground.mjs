import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const PARENT_POLL_MS = 500;
const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * Runs a command on our terminal until it ends, and ends it when we are told to end, or when npm that runs us is gone. The
 * command's own IPC channel closes when we are killed, so that it can notice.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<number>} its exit code; 128 and the number of the signal that ended it
 */
export function runInForeground(command, args, { cwd, env = process.env }) {
  const child = spawn(command, args, { cwd, env, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  const forward = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, forward);
  const watch = watchParent(() => child.kill('SIGTERM'));
  /** @type {Promise<number>} */
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + (constants.signals[signal ?? 'SIGKILL'] ?? 0)));
  });
  return ended.finally(() => {
    clearInterval(watch);
    for (const signal of SIGNALS) process.off(signal, forward);
  });
}

/**
 * npm passes signals on to the shell between us, and not every shell passes them on to us: it just ends. Started by hand we
 * may well be meant to outlive the shell.
 *
 * @param {() => void} onGone
 */
function watchParent(onGone) {
  const parent = process.ppid;
  const { npm_lifecycle_event: isRunByNpm } = process.env;
  return setInterval(() => {
    if (isRunByNpm !== undefined && process.ppid !== parent) onGone();
  }, PARENT_POLL_MS);
}
