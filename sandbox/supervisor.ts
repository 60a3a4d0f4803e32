import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { withFileLock } from './file-lock.js';
import { projectRoot } from './paths.js';
import {
  isRunning,
  type ProcessRecord,
  readTable,
  recordOf,
  startTimeOf,
  stopGroups,
  writeJsonWhole,
} from './process-table.mjs';

/** What to run. Its output goes to `<logs>/<name>.log`. */
export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** On top of this process's own environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Its output goes where ours goes, and to no file. */
  readonly showsOutput?: boolean;
}

export interface ProcessEnd {
  /** As a shell has it: 128 and more for a signal; 127 when it could not be started. */
  readonly exitCode: number;
  /** In words. */
  readonly how: string;
}

export interface ManagedProcess {
  readonly record: ProcessRecord;
  readonly logFile: string;
  /** Resolves when it has ended. */
  readonly ended: Promise<ProcessEnd>;
}

/** Somebody else runs from the same folder. */
export class AlreadyRunningError extends Error {
  override readonly name = 'AlreadyRunningError';

  constructor(readonly supervisor: ProcessRecord) {
    super(`Process ${supervisor.pid} runs it already.`);
  }
}

// MLflow takes some two seconds to end its workers.
const GRACE_MS = 8000;

/**
 * Starts processes, each leading a group of its own, and ends all of them with everything they started: on `stop`, through
 * the watchdog when this process is killed, and when even that was killed, at the next `open` on the same folder.
 */
export class Supervisor implements AsyncDisposable {
  readonly #tableFile: string;
  readonly #logDirectory: string;
  readonly #self: ProcessRecord;
  readonly #processes: ManagedProcess[] = [];
  #watchdog: ChildProcess | undefined;
  #stopping: Promise<void> | undefined;

  private constructor(tableFile: string, logDirectory: string, name: string) {
    this.#tableFile = tableFile;
    this.#logDirectory = logDirectory;
    this.#self = recordOf(name, process.pid);
  }

  /**
   * Takes the folder over; ends what a crashed run has left there.
   * @throws AlreadyRunningError while another live process holds it.
   */
  static async open(directory: string, name: string): Promise<Supervisor> {
    const tableFile = join(directory, 'processes.json');
    return withFileLock(join(directory, 'processes.lock'), async () => {
      const table = readTable(tableFile);
      if (table !== null && isRunning(table.supervisor)) throw new AlreadyRunningError(table.supervisor);
      if (table !== null) await stopGroups(table.processes, GRACE_MS);
      const supervisor = new Supervisor(tableFile, join(directory, 'logs'), name);
      supervisor.#writeTable();
      supervisor.#startWatchdog();
      return supervisor;
    });
  }

  /** This process itself first, then what it has started, in that order. */
  get records(): readonly ProcessRecord[] {
    return [this.#self, ...this.#processes.map((started) => started.record)];
  }

  /** Whether `stop` has been called: what ends from then on was meant to. */
  get isStopping(): boolean {
    return this.#stopping !== undefined;
  }

  start(spec: ProcessSpec): ManagedProcess {
    if (this.isStopping) throw new Error(`${spec.name} is not started: everything is being stopped.`);
    mkdirSync(this.#logDirectory, { recursive: true });
    const logFile = join(this.#logDirectory, `${spec.name}.log`);
    const log = spec.showsOutput === true ? 'inherit' : openSync(logFile, 'w');
    const child = spawn(spec.command, spec.args, {
      cwd: projectRoot,
      env: { ...process.env, ...spec.env },
      detached: true,
      stdio: ['ignore', log, log],
    });
    if (typeof log === 'number') closeSync(log);
    return this.#track(spec.name, child, logFile);
  }

  /** Ends everything. Safe to call twice. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stopAll(): Promise<void> {
    await stopGroups(
      this.#processes.map((started) => started.record).filter((record) => record.pid !== this.#watchdog?.pid),
      GRACE_MS,
    );
    rmSync(this.#tableFile, { force: true });
    await endOf(this.#watchdog, () => this.#watchdog?.stdin?.end());
  }

  #startWatchdog(): void {
    const watchdog = spawn(process.execPath, [join(projectRoot, 'sandbox/watchdog.mjs'), this.#tableFile], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    watchdog.unref();
    this.#watchdog = watchdog;
    this.#track('watchdog', watchdog, '');
  }

  #track(name: string, child: ChildProcess, logFile: string): ManagedProcess {
    const ended = new Promise<ProcessEnd>((resolve) => {
      child.once('error', (error) => resolve({ exitCode: 127, how: `could not be started: ${error.message}` }));
      child.once('exit', (code, signal) => resolve(describeExit(code, signal)));
    });
    // Without an id it has never run; `ended` tells why.
    const record = child.pid === undefined ? { name, pid: 0, startTime: '' } : recordOf(name, child.pid);
    const started: ManagedProcess = { record, logFile, ended };
    if (child.pid !== undefined) {
      this.#processes.push(started);
      this.#writeTable();
    }
    return started;
  }

  #writeTable(): void {
    const [supervisor, ...processes] = this.records;
    writeJsonWhole(this.#tableFile, { supervisor, processes });
  }
}

function describeExit(code: number | null, signal: NodeJS.Signals | null): ProcessEnd {
  if (signal !== null) return { exitCode: 128 + constants.signals[signal], how: signal };
  return { exitCode: code ?? 1, how: `exit code ${code}` };
}

async function endOf(child: ChildProcess | undefined, end: () => void): Promise<void> {
  if (child?.pid === undefined || startTimeOf(child.pid) === null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.ref();
  end();
  await ended;
}
