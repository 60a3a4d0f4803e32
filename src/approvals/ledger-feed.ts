import { EpochChangedError, FencedError, type Journal } from '../journal/journal.js';
import type { DecisionService } from './decide.js';
import { createFeedLook } from './feed-look.js';
import type { FactReads } from './gather-facts.js';
import { startRounds } from './ledger/start-rounds.js';
import { createEntryTelling } from './tell-entries.js';
import { createViolations } from './violations.js';

export interface LedgerFeedOptions {
  readonly service: DecisionService;
  /** The gateway's own: nobody asks for a violation to be set back. */
  readonly facts: FactReads;
  readonly journal: Pick<Journal, 'head' | 'publish' | 'notes' | 'leases'>;
  /** Between two looks for what was not told at once. */
  readonly everyMs: number;
  /** How late an entry may appear in the index, and how far clocks may differ. Default: two minutes. */
  readonly overlapMs?: number;
  /** Told of the journal, the ledger or a registry being away; what could not be done is done later. */
  readonly report: (error: unknown) => void;
}

const OVERLAP_MS = 120_000;

/**
 * Tells the journal of what enters the ledger, and sets back what policies do not allow where they say so.
 *
 * Whoever puts an entry tells of it at once. What it could not tell, for it died or the journal was away, is found by a look at the latest entries, in
 * one process at a time. Told twice, a change is there once: it has the same id. Where the journal begins anew, what was recorded before is not told.
 */
export function startLedgerFeed(options: LedgerFeedOptions): AsyncDisposable {
  const { service, facts, journal, everyMs, overlapMs = OVERLAP_MS, report } = options;
  const { ledger, now } = service;
  const telling = createEntryTelling(journal, createViolations(service, facts), report);
  const look = createFeedLook({ ledger, journal, telling, overlapMs, now });

  const running = new Set<Promise<void>>();
  const subscription = ledger.subscribe((record) => {
    const told = telling.atOnce(record).finally(() => running.delete(told));
    running.add(told);
  });
  const rounds = startRounds({
    leases: journal.leases,
    name: 'ledger-feed',
    // Should a look outlast it, two processes tell the same.
    leaseMs: 3 * everyMs,
    everyMs,
    endsWithRound: false,
    report,
    // Another process goes on, or the journal has begun anew: the next look is another one.
    work: (isStopping, lease) =>
      look(isStopping, lease).catch((error: unknown) => {
        if (!(error instanceof EpochChangedError || error instanceof FencedError)) throw error;
      }),
  });
  return {
    async [Symbol.asyncDispose]() {
      subscription[Symbol.dispose]();
      await rounds[Symbol.asyncDispose]();
      await Promise.all(running);
    },
  };
}
