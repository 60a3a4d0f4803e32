import type { JournalEntry, JournalHead, Position } from './journal.js';

/**
 * What this replica has taken in of the journal: one tail for all that listen. Entries come after the replica's own picture of the registries has them,
 * so that whoever is told of a change and looks sees it.
 */
export interface JournalFeed {
  /** As far as this replica has read; null before it has begun. */
  readonly head: JournalHead | null;
  /** Told of each batch, in order, and of a new beginning: whatever was read before is of another epoch then, or not seamless. */
  subscribe(listener: FeedListener): Disposable;
  /** Resolves once the replica has read as far as `position`; false where it has not after `withinMs`, or is of another epoch. */
  reached(at: { readonly epoch: string; readonly position: Position }, withinMs: number): Promise<boolean>;
}

export interface FeedListener {
  entries(batch: readonly JournalEntry[]): void;
  /** The tail goes on from here, and what lies between the last batch and it was not heard. */
  restarted(head: JournalHead): void;
}
