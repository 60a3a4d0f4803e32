import type { Delivery, DeliveryStore } from '../domain/deliveries.js';
import type { Timestamp } from '../domain/model.js';
import type { Journal, WriteGuard } from '../journal/journal.js';
import type { JournalCursors } from '../journal/journal-cursor.js';
import { createCourier } from './courier.js';
import type { WebhookEndpoint } from './endpoint.js';
import { openEndpointRecord } from './endpoint-record.js';
import type { GateTimes } from './gate.js';
import type { Resolve } from './guarded-connector.js';
import { runIntake, type Served } from './intake.js';
import { persist } from './persist.js';
import { runRedelivery } from './redelivery.js';
import { createSender } from './send.js';
import type { Term } from './term.js';

export interface TermOptions {
  readonly journal: Journal;
  readonly endpoints: readonly WebhookEndpoint[];
  readonly cursors: JournalCursors;
  readonly maxWaiting: number;
  readonly gate: GateTimes;
  /** Between two looks for what is to be sent again. */
  readonly pollMs: number;
  /** Of this process. */
  readonly startedAt: Timestamp;
  readonly resolve?: Resolve | undefined;
}

const PAGE = 200;

/**
 * Serves all endpoints until the term ends, and what is under way has ended.
 * @param fail Ends the term, for a reason.
 */
export async function runTerm(
  { journal, endpoints, cursors, maxWaiting, gate, pollMs, startedAt, resolve }: TermOptions,
  term: Term,
  guard: (epoch: string) => WriteGuard,
  fail: (error: unknown) => void,
): Promise<void> {
  await using opened = new AsyncDisposableStack();
  const served: Served[] = [];
  for (const endpoint of endpoints) {
    const sender = opened.use(createSender(endpoint, term.now, resolve));
    const record = await keep(term, () => openEndpointRecord(term.store, endpoint.id, startedAt, term.now));
    const courier = createCourier({ endpoint, sender, record, gateTimes: gate, term, failed: fail });
    served.push({ endpoint, record, courier });
  }
  try {
    for (const { endpoint, courier } of served) await takeUp(term, endpoint.id, courier.take);
    await Promise.all([
      runIntake({ journal, served, cursors, maxWaiting, term, guard }),
      runRedelivery(served, term, pollMs),
    ]);
  } catch (error) {
    if (!term.ending.aborted) fail(error);
  } finally {
    await Promise.all(served.map(({ courier }) => courier.idle()));
  }
}

/** What those before have left. */
async function takeUp(term: Term, endpointId: string, take: (delivery: Delivery) => void): Promise<void> {
  for (let after: Delivery | undefined; ; ) {
    const query = { endpointId, limit: PAGE, ...(after === undefined ? {} : { after }) };
    const page: Awaited<ReturnType<DeliveryStore['list']>> = await keep(term, () => term.store.list('PENDING', query));
    for (const delivery of page) take(delivery);
    after = page.at(-1);
    if (after === undefined) return;
  }
}

function keep<T>(term: Term, work: () => Promise<T>): Promise<T> {
  return persist(work, term.ending, (error) =>
    term.log.warn({ err: error }, 'what webhooks have still to be told cannot be read now'),
  );
}
