import { randomUUID } from 'node:crypto';
import type { Lease } from '../domain/lease.js';
import type { Journal, Position } from './journal.js';

export interface TrimmerOptions {
  readonly journal: Pick<Journal, 'trim' | 'leases'>;
  readonly maxAgeMs: number;
  readonly maxEntries: number;
  /** Between two rounds. */
  readonly everyMs: number;
  /** Asked before each round: what comes after it stays, e.g. because it is not archived yet. Default: nothing is kept for that. */
  readonly keepAfter?: () => Promise<Position | undefined>;
  /** Told of what a round has thrown; the next one comes all the same. */
  readonly report: (error: unknown) => void;
}

/** Keeps the journal within its bounds, in one replica at a time; another takes over where that one is gone. */
export function startTrimmer(options: TrimmerOptions): AsyncDisposable {
  const { journal, maxAgeMs, maxEntries, everyMs, keepAfter, report } = options;
  const holder = randomUUID();
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let held: Lease | null = null;

  const trim = async () => {
    // It lasts into the next round. Should two replicas trim at once, they find the same to drop.
    held = await journal.leases.acquire('trim', holder, 2 * everyMs);
    if (held === null) return;
    const kept = await keepAfter?.();
    await journal.trim({ maxAgeMs, maxEntries, ...(kept === undefined ? {} : { keepAfter: kept }) });
  };

  let round: Promise<void> = Promise.resolve();
  const schedule = () => {
    if (isStopped) return;
    timer = setTimeout(() => {
      round = trim().catch(report).finally(schedule);
    }, everyMs);
    timer.unref();
  };
  schedule();

  return {
    async [Symbol.asyncDispose]() {
      isStopped = true;
      clearTimeout(timer);
      await round;
      // Another replica need not wait for it to run out.
      if (held !== null) await journal.leases.release(held).catch(report);
    },
  };
}
