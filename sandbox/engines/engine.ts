import { setTimeout as sleep } from 'node:timers/promises';
import { tail } from '../run-logged.mjs';
import type { ManagedProcess, ProcessSpec, Supervisor } from '../supervisor.js';

/** A server that we run: how to start it, and the URL that answers once it is of use. */
export interface Engine extends ProcessSpec {
  readonly url: string;
  readonly readyUrl: string;
}

/** It ended, or never became ready; the message holds the end of its log. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
}

const START_TIMEOUT_MS = 240_000;
const POLL_MS = 100;

/** Starts it and waits until it answers. */
export async function startEngine(supervisor: Supervisor, engine: Engine): Promise<ManagedProcess> {
  const started = supervisor.start(engine);
  const ended = started.ended.then(({ how }) => {
    throw new EngineError(describeEnd(started, how));
  });
  await Promise.race([untilReady(engine, started), ended]);
  return started;
}

/** What to tell when it has ended by itself. */
export function describeEnd(process: ManagedProcess, how: string): string {
  return `${process.record.name} has ended (${how}). The last lines of ${process.logFile}:\n${tail(process.logFile, 25)}`;
}

async function untilReady(engine: Engine, started: ManagedProcess): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(engine.readyUrl))) {
    if (Date.now() > deadline)
      throw new EngineError(describeEnd(started, `not ready after ${START_TIMEOUT_MS / 1000} s`));
    await sleep(POLL_MS);
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
    await response.body?.cancel();
    // DynamoDB Local answers a plain GET with 400; any answer of the server's own will do.
    return response.status < 500;
  } catch {
    return false;
  }
}
