import type { Change } from '../domain/changes.js';
import type { JournalHead } from '../journal/journal.js';
import { ChangeStream, type StreamSources, type StreamStart } from './change-stream.js';
import type { PlacedChange } from './change-tail.js';
import type { JournalItem } from './journal-item.js';
import type { StreamSink } from './outbox.js';
import { type SharedItem, SharedItems } from './shared-items.js';
import type { Watermarks } from './watermarks.js';

/** What makes streams alike: all of one cohort see and get the very same. */
export interface Sharing<R> {
  readonly matches: (change: Change) => boolean;
  /** What has to be looked up of a change that matches; false leaves it out. Never rejects. */
  readonly confirms: ((change: Change) => Promise<boolean>) | null;
  /** Makes of an item what is sent. Never rejects. */
  readonly render: (item: JournalItem) => Promise<R>;
  /** What it takes of a client's time and memory. */
  readonly bytesOf: (rendered: R) => number;
}

export interface CohortSources extends StreamSources {
  readonly watermarks: Watermarks;
  /** Between two checkpoints of a stream. */
  readonly checkpointMs: number;
}

/** Streams that are alike: each item is made once, for all of them. */
export class Cohort<R> {
  readonly items: SharedItems<R>;
  readonly #streams = new Set<ChangeStream<R>>();
  readonly #closing = new DisposableStack();

  constructor(
    readonly sharing: Sharing<R>,
    private readonly sources: CohortSources,
    private readonly emptied: () => void,
  ) {
    this.items = new SharedItems(sharing, sources.cursors, sources.now);
    this.#closing.use(
      sources.tail.listen({
        changes: (batch) => this.#hear(batch),
        restarted: (heard) => this.#restart(heard),
      }),
    );
    const timer = setInterval(() => void this.#checkpoint(), sources.checkpointMs);
    timer.unref();
    this.#closing.defer(() => clearInterval(timer));
  }

  open(sink: StreamSink<R>, start: StreamStart): ChangeStream<R> {
    const stream = new ChangeStream(this, this.sources, sink, start);
    this.#streams.add(stream);
    return stream;
  }

  /** Said by a stream that has ended. */
  leave(stream: ChangeStream<R>): void {
    this.#streams.delete(stream);
    if (this.#streams.size > 0) return;
    this.#closing.dispose();
    this.emptied();
  }

  matching(changes: readonly PlacedChange[]): readonly SharedItem<R>[] {
    return changes.filter(({ change }) => this.sharing.matches(change)).map((each) => this.items.change(each));
  }

  #hear(batch: readonly PlacedChange[]): void {
    const items = this.matching(batch);
    if (items.length > 0) for (const stream of this.#streams) stream.hear(items);
  }

  #restart(heard: JournalHead | null): void {
    for (const stream of this.#streams) stream.restart(heard);
  }

  async #checkpoint(): Promise<void> {
    try {
      await this.sources.watermarks.refresh();
    } catch {
      // The journal is away: nothing can be said of how far it is, and heartbeats go on.
      return;
    }
    for (const stream of this.#streams) stream.checkpoint();
  }
}
