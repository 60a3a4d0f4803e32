import type { Change } from './changes.js';
import type { Timestamp } from './model.js';
import type { Direction } from './page.js';

// What becomes of changes when the journal does not keep them any more. It is history for people, not the journal's second half: nothing is resumed by it.

/** One change, in the place of the journal where it was. A change that was found again after the journal had lost it may be there twice: its id tells. */
export interface ArchivedChange extends ArchivePlace {
  /** With the evidence that there was when it was archived. Values of fields that are too large to keep are `{omittedBytes}`. */
  readonly change: Change;
}

/** In the order of time, then of position, over all epochs: see `src/journal/journal.ts`. */
export interface ArchivePlace {
  readonly epoch: string;
  readonly position: string;
}

/** Changes that may have been lost before they were archived. */
export interface ArchiveGap {
  /** The journal that goes on after it. */
  readonly epoch: string;
  /** EPOCH: the journal began anew. TRIMMED: it had dropped them. */
  readonly reason: 'EPOCH' | 'TRIMMED';
  /** Of the last change that was archived before it. */
  readonly from: Timestamp;
  /** Of the first one after it. */
  readonly until: Timestamp;
}

export interface ArchiveQuery {
  /** Absent: of all. */
  readonly registryIds?: readonly string[];
  /** Inclusive. */
  readonly since?: Timestamp;
  /** Exclusive, both. Nothing need be there. */
  readonly after?: ArchivePlace;
  readonly before?: ArchivePlace;
  readonly direction: Direction;
  /** 1 to 1,000. */
  readonly limit: number;
}

export interface ArchivePage {
  readonly items: readonly ArchivedChange[];
  readonly hasMore: boolean;
}

/** Every method throws `LedgerUnavailableError` as all of a governance store do. */
export interface ChangeArchive {
  /** Puts all of them, also where they are there already. What was put before a failure stays: put them again. */
  put(changes: readonly ArchivedChange[]): Promise<void>;
  list(query: ArchiveQuery): Promise<ArchivePage>;
  /** Greatest position of an epoch that a whole `put` has put; null where none has. */
  latest(epoch: string): Promise<string | null>;
  /** Puts it unless that one is there. */
  putGap(gap: ArchiveGap): Promise<void>;
  /** Those that end at or after `since`, the earliest first. */
  gaps(since: Timestamp): Promise<readonly ArchiveGap[]>;
  /** Removes some of what is older than the store keeps it. An engine that forgets by itself gets some days for it. */
  sweep(): Promise<void>;
}
