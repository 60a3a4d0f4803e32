import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFree } from '../ports.js';
import { tail } from '../run-logged.mjs';
import type { ManagedProcess, ProcessSpec, Supervisor } from '../supervisor.js';

/** A server that we run: how to start it, and how to tell that it is of use. */
export interface Engine extends ProcessSpec {
  readonly url: string;
  /** Whether whoever listens at its port answers as it would. `httpAnswers` is for those who speak HTTP. */
  readonly answers: () => Promise<boolean>;
  /** What it writes into its log once it listens: by that it is told from another program that answers at the same port. Null: nothing. */
  readonly readyText: string | null;
}

/** It ended, or never became ready; the message holds the end of its log. */
export class EngineError extends Error {
  override readonly name: string = 'EngineError';
}

/** Somebody else has taken its port since it was chosen. */
export class PortTakenError extends EngineError {
  override readonly name = 'PortTakenError';
}

const START_TIMEOUT_MS = 240_000;
const POLL_MS = 100;

/** Starts it and waits until it answers. */
export async function startEngine(supervisor: Supervisor, engine: Engine): Promise<ManagedProcess> {
  const started = supervisor.start(engine);
  const waiting = new AbortController();
  const ended = started.ended.then(async ({ how }) => {
    const isTaken = !(await isFree(Number(new URL(engine.url).port)));
    throw new (isTaken ? PortTakenError : EngineError)(describeEnd(started, how));
  });
  try {
    await Promise.race([untilReady(engine, started, waiting.signal), ended]);
  } finally {
    waiting.abort();
  }
  return started;
}

/** What to tell when it has ended by itself. */
export function describeEnd(process: ManagedProcess, how: string): string {
  return `${process.record.name} has ended (${how}). The last lines of ${process.logFile}:\n${tail(process.logFile, 25)}`;
}

async function untilReady(engine: Engine, started: ManagedProcess, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  const isReady = async () => saysItIsReady(engine, started) && (await engine.answers());
  while (!signal.aborted && !(await isReady())) {
    if (Date.now() > deadline)
      throw new EngineError(describeEnd(started, `not ready after ${START_TIMEOUT_MS / 1000} s`));
    await sleep(POLL_MS);
  }
}

function saysItIsReady({ readyText }: Engine, { logFile }: ManagedProcess): boolean {
  return readyText === null || readFileSync(logFile, 'utf8').includes(readyText);
}

export async function httpAnswers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
    await response.body?.cancel();
    // DynamoDB Local answers a plain GET with 400; any answer of the server's own will do.
    return response.status < 500;
  } catch {
    return false;
  }
}
