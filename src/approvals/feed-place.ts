import type { Timestamp } from '../domain/model.js';
import type { JournalNotes, WriteGuard } from '../journal/journal.js';

/** How far the ledger was told to the journal. */
export interface FeedPlace {
  /** What was recorded before is told; a little less than that, for indexes lag and clocks differ. */
  readonly through: Timestamp;
  /** What was recorded before is not told: the journal began after it. */
  readonly floor: Timestamp;
  /** Approvals of which there is more to tell, however long ago they were recorded. */
  readonly open: readonly string[];
}

const KEY = 'ledger-feed';

/** Null where the journal has begun anew. */
export async function readPlace(notes: JournalNotes): Promise<FeedPlace | null> {
  const text = await notes.get(KEY);
  return text === null ? null : (JSON.parse(text) as FeedPlace);
}

export function notePlace(notes: JournalNotes, place: FeedPlace, guard: WriteGuard): Promise<void> {
  return notes.set(KEY, JSON.stringify(place), guard);
}
