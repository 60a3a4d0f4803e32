import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeSource, SourceCheckpoints, TakeHints } from '../domain/change-source.js';
import type { Lease } from '../domain/lease.js';
import { EpochChangedError, type Journal } from '../journal/journal.js';

export interface RunSourcesOptions {
  readonly sources: readonly ChangeSource[];
  readonly journal: Pick<Journal, 'leases' | 'notes'>;
  readonly take: TakeHints;
  readonly epoch: () => string | null;
  readonly leaseMs: number;
  readonly report: (source: ChangeSource, problem: unknown) => void;
}

const RESTART_MS = 2000;
const RESTART_MAX_MS = 60_000;

/** Runs the sources until it is disposed of; those that only one replica may run, under a lease. What ends by itself is started again. */
export function runSources(options: RunSourcesOptions): AsyncDisposable {
  const stop = new AbortController();
  const running = options.sources.map((source) => keepRunning(source, options, stop.signal));
  return {
    async [Symbol.asyncDispose]() {
      stop.abort(new Error('The gateway stops.'));
      await Promise.all(running);
      await Promise.all(options.sources.map((source) => source[Symbol.asyncDispose]()));
    },
  };
}

async function keepRunning(source: ChangeSource, options: RunSourcesOptions, stop: AbortSignal): Promise<void> {
  const holder = randomUUID();
  for (let failures = 0; !stop.aborted; ) {
    try {
      if (source.isExclusive) await runUnderLease(source, options, holder, stop);
      else await runOnce(source, options, stop, null);
      failures = 0;
    } catch (error) {
      if (stop.aborted) return;
      options.report(source, error);
      failures += 1;
    }
    const pauseMs = Math.min(RESTART_MS * 2 ** Math.max(0, failures - 1), RESTART_MAX_MS);
    await sleep(pauseMs, undefined, { signal: stop }).catch(() => {});
  }
}

async function runUnderLease(
  source: ChangeSource,
  options: RunSourcesOptions,
  holder: string,
  stop: AbortSignal,
): Promise<void> {
  const { leases } = options.journal;
  const acquire = () => leases.acquire(`source ${source.name}`, holder, options.leaseMs);
  const lease = await acquire();
  if (lease === null) return;
  const lost = new AbortController();
  let renewedAt = performance.now();
  const renewal = setInterval(() => {
    acquire().then(
      (held) => {
        if (held === null) lost.abort(new Error('Another replica runs this source now.'));
        else renewedAt = performance.now();
      },
      () => {
        if (performance.now() - renewedAt > options.leaseMs) lost.abort(new Error('The lease of this source is over.'));
      },
    );
  }, options.leaseMs / 3);
  try {
    await runOnce(source, options, AbortSignal.any([stop, lost.signal]), lease);
  } finally {
    clearInterval(renewal);
    if (!lost.signal.aborted) await leases.release(lease).catch(() => {});
  }
}

function runOnce(
  source: ChangeSource,
  { take, journal, epoch, report }: RunSourcesOptions,
  signal: AbortSignal,
  lease: Lease | null,
): Promise<void> {
  const keyOf = (key: string) => `source ${source.name} ${key}`;
  const checkpoints: SourceCheckpoints = {
    get: (key) => journal.notes.get(keyOf(key)),
    async set(key, value) {
      const current = epoch();
      if (current === null) throw new EpochChangedError('This replica has not taken in the journal yet.');
      await journal.notes.set(keyOf(key), value, { epoch: current, ...(lease === null ? {} : { lease }) });
    },
    remove: (key) => journal.notes.remove(keyOf(key)),
  };
  return source.run({ take, signal, checkpoints, report: (problem) => report(source, problem) });
}
