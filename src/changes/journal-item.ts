import type { Change } from '../domain/changes.js';
import type { Timestamp } from '../domain/model.js';

/** What a stream or a page of changes consists of; `cursor` goes on after it. */
export type JournalItem = ChangeItem | GapItem | CheckpointItem;

export interface ChangeItem {
  readonly kind: 'CHANGE';
  readonly cursor: string;
  readonly change: Change;
}

/** What happened between is not kept, or not known. */
export interface GapItem {
  readonly kind: 'GAP';
  readonly cursor: string;
  /** When the place was current from which was to be gone on; null where the cursor does not tell. */
  readonly missedFrom: Timestamp | null;
  readonly missedUntil: Timestamp;
  /** In a sentence. */
  readonly reason: string;
}

/** Up to here there is nothing else. */
export interface CheckpointItem {
  readonly kind: 'CHECKPOINT';
  readonly cursor: string;
  readonly at: Timestamp;
}
