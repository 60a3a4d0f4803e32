import type { StreamStart } from './change-stream.js';
import { Cohort, type CohortSources, type Sharing } from './cohort.js';
import type { JournalItem } from './journal-item.js';

/** Items that wait for who iterates before no more of the history is read. */
const WAITING_MAX = 100;

/** A stream for somebody in this process, who takes one item after the other. Left, it ends. */
export async function* iterateStream(
  sharing: Pick<Sharing<JournalItem>, 'matches' | 'confirms'>,
  start: StreamStart,
  sources: CohortSources,
): AsyncGenerator<JournalItem, void, undefined> {
  const waiting: JournalItem[] = [];
  let arrived = Promise.withResolvers<void>();
  let taken = Promise.withResolvers<void>();
  const cohort = new Cohort<JournalItem>(
    { ...sharing, render: async (item) => item, bytesOf: () => 0 },
    sources,
    () => {},
  );
  const stream = cohort.open(
    {
      send(item) {
        waiting.push(item);
        arrived.resolve();
      },
      tooSlow() {},
      room: () => (waiting.length > WAITING_MAX ? taken.promise : null),
    },
    start,
  );
  try {
    for (;;) {
      await arrived.promise;
      arrived = Promise.withResolvers();
      while (waiting.length > 0) {
        const item = waiting.shift();
        if (item !== undefined) yield item;
      }
      taken.resolve();
      taken = Promise.withResolvers();
    }
  } finally {
    stream.end();
    taken.resolve();
    waiting.length = 0;
  }
}
