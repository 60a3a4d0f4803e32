import { setTimeout as sleep } from 'node:timers/promises';
import { timestamp } from './endpoint-record.js';
import type { Served } from './intake.js';
import { persist } from './persist.js';
import type { Term } from './term.js';

const BATCH = 100;

/** Looks now and then for what was given up and is wanted after all, and puts it back into its place. Runs until the term ends. */
export async function runRedelivery(served: readonly Served[], term: Term, everyMs: number): Promise<void> {
  while (!term.ending.aborted) {
    for (const each of served) await putBack(each, term);
    await sleep(everyMs, undefined, { signal: term.ending });
  }
}

async function putBack({ endpoint, record, courier }: Served, term: Term): Promise<void> {
  const { store, now, log } = term;
  const keep = <T>(work: () => Promise<T>) =>
    persist(work, term.ending, (error) => log.warn({ err: error }, 'redeliveries cannot be looked for now'));
  for (;;) {
    const requested = await keep(() => store.list('REQUESTED', { endpointId: endpoint.id, limit: BATCH }));
    if (requested.length === 0) return;
    // Whoever wants something sent again says with it that the endpoint is there again.
    if (record.isDisabled) await keep(() => record.enable());
    for (const delivery of requested) {
      const at = timestamp(now());
      const pending = { ...delivery, attempts: 0, addedAt: at, dueAt: at };
      await keep(() => store.move(pending, 'REQUESTED', 'PENDING'));
      courier.take(pending);
    }
  }
}
