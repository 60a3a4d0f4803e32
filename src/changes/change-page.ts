import type { Timestamp } from '../domain/model.js';
import type { Journal, JournalEntry, JournalHead } from '../journal/journal.js';
import type { JournalCursors } from '../journal/journal-cursor.js';
import type { ChangeArchive } from './change-archive.js';
import type { ChangeTail, PlacedChange } from './change-tail.js';
import type { ChangeItem, GapItem } from './journal-item.js';

/** One page, in the order of the journal. */
export interface ChangePage {
  readonly edges: readonly (ChangeItem | GapItem)[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | null;
  /** Set on an empty page too: how far was read. */
  readonly endCursor: string | null;
}

export interface PageRequest {
  readonly limit: number;
  /** Goes on from there; `RETIRED`: nobody can tell where that is. Undefined: from the end of the journal that the walk begins with. */
  readonly from: JournalHead | 'RETIRED' | undefined;
  /** Nothing that entered the journal before. */
  readonly since: Timestamp | undefined;
}

export interface PageSources {
  readonly journal: Pick<Journal, 'read' | 'head'>;
  readonly tail: Pick<ChangeTail, 'place'>;
  readonly cursors: JournalCursors;
  readonly archive: ChangeArchive | null;
  readonly now: () => number;
}

/** Those of these changes that belong into the page. */
export type Sift = (changes: readonly PlacedChange[]) => Promise<readonly PlacedChange[]>;

/** Entries that are read at once, and for one page: a filter that matches little must not read everything. */
export const READ = 200;
export const SCAN_MAX = 4000;

export function placed(entries: readonly JournalEntry[], epoch: string): readonly PlacedChange[] {
  return entries.flatMap(({ position, change }) => (change === null ? [] : [{ place: { epoch, position }, change }]));
}

export function changeItem({ place, change }: PlacedChange, cursors: JournalCursors): ChangeItem {
  return { kind: 'CHANGE', cursor: cursors.encode(place), change };
}

/** Nothing but a gap: what to do about it is for the client to say, who goes on from it in either direction. */
export function gapPage(gap: GapItem, isForward: boolean): ChangePage {
  const { cursor } = gap;
  return {
    edges: [gap],
    hasNextPage: isForward,
    hasPreviousPage: !isForward,
    startCursor: cursor,
    endCursor: cursor,
  };
}
