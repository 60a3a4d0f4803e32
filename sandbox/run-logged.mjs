import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/** A command of ours that failed: the message holds the end of what it printed. */
export class CommandError extends Error {
  /** @override */
  name = 'CommandError';
}

/**
 * Runs a command to its end with its output in a file, so that its chatter is kept but not shown unless it fails. Told to end,
 * we tell it too.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ logFile: string, cwd?: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<void>}
 */
export function runLogged(command, args, { logFile, cwd, env }) {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'w');
  /** @type {Promise<void>} */
  const ended = new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', log, log] });
    const forward = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
    for (const signal of SIGNALS) process.on(signal, forward);
    child.on('error', (error) => reject(new CommandError(`${command} could not be started: ${error.message}`)));
    child.on('close', (code, signal) => {
      for (const name of SIGNALS) process.off(name, forward);
      if (code === 0) resolve();
      else
        reject(
          new CommandError(
            `${command} ${args.slice(0, 3).join(' ')} ended with ${signal ?? code}:\n${tail(logFile, 25)}\nIts output is in ${logFile}.`,
          ),
        );
    });
  });
  return ended.finally(() => closeSync(log));
}

/**
 * @param {string} file
 * @param {number} lines
 */
export function tail(file, lines) {
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .slice(-lines)
    .map((line) => `    ${line}`)
    .join('\n');
}
