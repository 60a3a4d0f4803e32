import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, type ProcessRecord } from '../../sandbox/process-table.mjs';
import type { SandboxFile } from '../../sandbox/sandbox-file.js';
import type { ManagedProcess, Supervisor } from '../../sandbox/supervisor.js';

const UP_TIMEOUT_MS = 240_000;
const POLL_MS = 100;

/** `npm start` with a folder of its own, as a user would run it. */
export class SandboxProcess {
  readonly file: string;
  readonly #supervisor: Supervisor;
  readonly #stateDirectory: string;
  #count = 0;

  /** `supervisor` ends it when the tests are killed. */
  constructor(supervisor: Supervisor, stateDirectory: string) {
    this.#supervisor = supervisor;
    this.#stateDirectory = stateDirectory;
    this.file = join(stateDirectory, 'sandbox.json');
  }

  start(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): ManagedProcess {
    this.#count += 1;
    return this.#supervisor.start({
      name: `npm-start-${this.#count}`,
      command: 'npm',
      args: ['start', '--', ...args],
      env: { REGISTRAR_STATE_DIR: this.#stateDirectory, ...env },
    });
  }

  /** Starts it and waits until it says that everything is up. */
  async up(
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly process: ManagedProcess; readonly sandbox: SandboxFile }> {
    rmSync(this.file, { force: true });
    const process = this.start(args, env);
    const ended = process.ended.then(({ how }) => {
      throw new Error(`npm start has ended (${how}):\n${output(process)}`);
    });
    const text = await Promise.race([until(() => read(this.file)), ended]);
    return { process, sandbox: JSON.parse(text) as SandboxFile };
  }
}

export function output(process: ManagedProcess): string {
  return readFileSync(process.logFile, 'utf8');
}

/** Those that still run. */
export function alive(processes: readonly ProcessRecord[]): readonly string[] {
  return processes.filter(isRunning).map(({ name }) => name);
}

/** Waits until there is something. */
export async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + UP_TIMEOUT_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`Still waiting after ${UP_TIMEOUT_MS / 1000} s.`);
    await sleep(POLL_MS);
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
