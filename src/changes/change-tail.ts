import type { Change } from '../domain/changes.js';
import type { JournalFeed } from '../journal/feed.js';
import { comparePositions, type JournalEntry, type JournalHead } from '../journal/journal.js';

/** A change and its place in the journal. */
export interface PlacedChange {
  readonly place: JournalHead;
  readonly change: Change;
}

/** What this replica has heard of the journal, and the last of it again, so that who comes late by moments need not read the journal. */
export interface ChangeTail extends Disposable {
  /** As far as it was heard; null before it has begun. */
  readonly place: JournalHead | null;
  /** Every change after a place; null where not all of them are at hand, or where the place was not reached yet. */
  since(place: JournalHead): readonly PlacedChange[] | null;
  /** Resolves when anything has moved since it was called. */
  moved(): Promise<void>;
  listen(listener: TailListener): Disposable;
}

export interface TailListener {
  /** Called in order; the tail's place is the end of the batch by then. */
  changes(batch: readonly PlacedChange[]): void;
  /** What was heard before does not lead on to what comes. @param heard As far as it was; null: nothing. */
  restarted(heard: JournalHead | null): void;
}

/** Changes that are kept at hand, at least. */
const RECENT = 1000;

export function createChangeTail(feed: JournalFeed): ChangeTail {
  const listeners = new Set<TailListener>();
  let recent: PlacedChange[] = [];
  let place = feed.head;
  /** After it, everything is in `recent`. */
  let from = feed.head;
  let bell = Promise.withResolvers<void>();

  const ring = () => {
    bell.resolve();
    bell = Promise.withResolvers();
  };
  const keep = (batch: readonly PlacedChange[]) => {
    recent.push(...batch);
    if (recent.length <= 2 * RECENT) return;
    from = recent.at(-RECENT - 1)?.place ?? from;
    recent = recent.slice(-RECENT);
  };

  const heard = feed.subscribe({
    entries(batch) {
      const last = batch.at(-1);
      // Before it has begun nothing is known of the epoch; what came until then is before its head.
      if (last === undefined || place === null) return;
      const { epoch } = place;
      const changes = batch.flatMap((entry) => placed(entry, epoch));
      place = { epoch, position: last.position };
      keep(changes);
      for (const listener of listeners) listener.changes(changes);
      ring();
    },
    restarted(head) {
      const before = place;
      [recent, from, place] = [[], head, head];
      for (const listener of listeners) listener.restarted(before);
      ring();
    },
  });

  return {
    get place() {
      return place;
    },
    since(asked) {
      if (place === null || from === null || asked.epoch !== place.epoch) return null;
      const isAtHand =
        comparePositions(asked.position, from.position) >= 0 && comparePositions(asked.position, place.position) <= 0;
      if (!isAtHand) return null;
      const through = recent.findLastIndex((each) => comparePositions(each.place.position, asked.position) <= 0);
      return recent.slice(through + 1);
    },
    moved: () => bell.promise,
    listen(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => listeners.delete(listener) };
    },
    [Symbol.dispose]() {
      heard[Symbol.dispose]();
      listeners.clear();
    },
  };
}

function placed({ position, change }: JournalEntry, epoch: string): readonly PlacedChange[] {
  return change === null ? [] : [{ place: { epoch, position }, change }];
}
