import type { Caller } from '../domain/access.js';
import type { Tag } from '../domain/model.js';
import type { ModelRef } from '../domain/refs.js';
import type { JournalFeed } from '../journal/feed.js';
import type { Journal } from '../journal/journal.js';
import type { JournalCursors } from '../journal/journal-cursor.js';
import type { ChangeArchive } from './change-archive.js';
import { type ChangeHub, createChangeHub } from './change-hub.js';
import { createChangeTail } from './change-tail.js';
import { createChanges, type OpenChanges } from './changes.js';
import { createWatermarks } from './watermarks.js';

export interface ChangeServiceOptions {
  readonly journal: Journal;
  readonly feed: JournalFeed;
  readonly cursors: JournalCursors;
  /** What outlives the journal; null: nothing. */
  readonly archive: ChangeArchive | null;
  /** Of the model as it is now; null where it is not there for the caller. */
  readonly tagsNow: (caller: Caller, model: ModelRef) => Promise<readonly Tag[] | null>;
  readonly checkpointMs: number;
  /** What may wait for a client, in bytes. */
  readonly maxWaitingBytes: number;
  readonly now: () => number;
  /** Told of what should not happen, for the log. */
  readonly report: (error: unknown) => void;
}

/** What a replica tells of the journal, by pages and by streams. */
export interface ChangeServices<R> extends Disposable {
  readonly open: OpenChanges;
  readonly hub: ChangeHub<R>;
}

export function createChangeServices<R>({ feed, ...options }: ChangeServiceOptions): ChangeServices<R> {
  const tail = createChangeTail(feed);
  const sources = { ...options, tail, watermarks: createWatermarks(options.journal, options.now) };
  return {
    open: createChanges(sources),
    hub: createChangeHub(sources),
    [Symbol.dispose]: () => tail[Symbol.dispose](),
  };
}
