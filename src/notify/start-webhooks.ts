import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeliveryStore } from '../domain/deliveries.js';
import type { Journal } from '../journal/journal.js';
import type { JournalCursors } from '../journal/journal-cursor.js';
import type { WebhookEndpoint } from './endpoint.js';
import { timestamp } from './endpoint-record.js';
import type { Resolve } from './guarded-connector.js';
import { type HeldLease, holdLease } from './hold-lease.js';
import { runTerm } from './run-term.js';
import type { NotifyLog, Term } from './term.js';

export interface WebhooksOptions {
  readonly journal: Journal;
  readonly store: DeliveryStore;
  readonly endpoints: readonly WebhookEndpoint[];
  /** Those of the API, with which a receiver can ask what came after. */
  readonly cursors: JournalCursors;
  readonly log: NotifyLog;
  readonly now?: () => number;
  readonly times?: Partial<WebhookTimes>;
  /** How many may wait for one endpoint. Default: 10000. */
  readonly maxWaiting?: number;
  /** In place of the name service. */
  readonly resolve?: Resolve;
}

export interface WebhookTimes {
  /** How long after the last word of the process that sends another one takes its place. */
  readonly leaseMs: number;
  /** Between two looks for what is to be sent again. */
  readonly pollMs: number;
  /** How long requests may still run when the process ends. */
  readonly drainMs: number;
  /** How long nothing is sent after an endpoint has failed as a whole, at first and at most. */
  readonly firstPauseMs: number;
  readonly maxPauseMs: number;
}

const TIMES: WebhookTimes = {
  leaseMs: 15_000,
  pollMs: 5_000,
  drainMs: 5_000,
  firstPauseMs: 1_000,
  maxPauseMs: 60_000,
};

const LEASE = 'webhooks';
const MAX_WAITING = 10_000;

/**
 * Tells endpoints outside of changes, at least once, in one process at a time. Where it is, is kept with the journal; what is still to be sent, and what
 * was given up, in the governance store.
 */
export function startWebhooks(options: WebhooksOptions): AsyncDisposable {
  const { journal, log } = options;
  const times = { ...TIMES, ...options.times };
  const now = options.now ?? Date.now;
  const holder = randomUUID();
  const startedAt = timestamp(now());
  const stopping = new AbortController();

  const serve = async (held: HeldLease, term: Term, fail: (error: unknown) => void) => {
    const { endpoints, cursors, maxWaiting = MAX_WAITING, resolve } = options;
    const served = { journal, endpoints, cursors, maxWaiting, gate: times, pollMs: times.pollMs, startedAt, resolve };
    await runTerm(served, term, (epoch) => ({ epoch, lease: held.lease }), fail);
  };

  const tryTerm = async () => {
    const acquiredAt = performance.now();
    const lease = await journal.leases.acquire(LEASE, holder, times.leaseMs);
    if (lease === null) return;
    const [ending, over] = [new AbortController(), new AbortController()];
    const fail = (error: unknown) => {
      if (over.signal.aborted) return;
      if (!stopping.signal.aborted) log.warn({ err: error }, 'webhooks are not served for a moment');
      ending.abort();
      over.abort();
    };
    const held = holdLease(journal.leases, lease, { ttlMs: times.leaseMs, acquiredAt }, fail);
    const stop = () => {
      ending.abort();
      setTimeout(() => over.abort(), times.drainMs).unref();
    };
    stopping.signal.addEventListener('abort', stop, { once: true });
    if (stopping.signal.aborted) stop();
    const assertHeld = () => {
      if (!held.isHeld) throw new Error('The lease of the webhooks has run out.');
    };
    try {
      const { store } = options;
      await serve(held, { store, ending: ending.signal, over: over.signal, assertHeld, now, log }, fail);
    } finally {
      stopping.signal.removeEventListener('abort', stop);
      await held.close();
    }
  };

  const run = async () => {
    while (!stopping.signal.aborted) {
      await tryTerm().catch((error: unknown) => {
        if (!stopping.signal.aborted) log.warn({ err: error }, 'webhooks cannot be served now');
      });
      await sleep(times.leaseMs / 3, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };

  const running = run();
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await running;
    },
  };
}
