import {
  comparePositions,
  type GapReason,
  type JournalEntry,
  type JournalHead,
  type JournalPage,
  type JournalQuery,
  type Position,
  timeOf,
} from './journal.js';

/** What an engine has read for a query, all of it at one moment. */
export interface ReadEntries {
  readonly head: JournalHead;
  /** Of the last entry that was dropped. */
  readonly trimmed: Position;
  /** Of the oldest entry that is kept; null where there is none. */
  readonly oldest: Position | null;
  /** Up to one more than the query's limit. */
  readonly entries: readonly JournalEntry[];
}

export function pageOf(query: JournalQuery, { head, trimmed, oldest, entries }: ReadEntries): JournalPage {
  const reason = gapOf(query, head, trimmed);
  if (reason !== null) {
    const keptFrom = oldest === null ? null : timeOf(oldest);
    return { entries: [], hasMore: false, head, gap: { reason, keptFrom } };
  }
  return { entries: entries.slice(0, query.limit), hasMore: entries.length > query.limit, head, gap: null };
}

/** Backward, a walk ends where what is kept begins: that is no gap. */
function gapOf(query: JournalQuery, head: JournalHead, trimmed: Position): GapReason | null {
  const position = 'after' in query ? query.after : query.before;
  if (query.epoch !== head.epoch) return 'EPOCH';
  if (position === null) return null;
  if (comparePositions(position, head.position) > 0) return 'BEYOND';
  return 'after' in query && comparePositions(position, trimmed) < 0 ? 'TRIMMED' : null;
}
