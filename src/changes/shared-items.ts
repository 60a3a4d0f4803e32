import type { JournalHead } from '../journal/journal.js';
import type { JournalCursors } from '../journal/journal-cursor.js';
import type { PlacedChange } from './change-tail.js';
import type { Sharing } from './cohort.js';
import type { GapItem } from './journal-item.js';

/** An item on its way: made once, for all that wait for it. */
export interface SharedItem<R> {
  /** Null where nobody can tell. */
  readonly place: JournalHead | null;
  readonly cursor: string;
  isReady: boolean;
  /** Null: it is to be left out. Meaningless until it is ready. */
  rendered: R | null;
  bytes: number;
  readonly waiting: Set<{ ready(item: SharedItem<R>): void }>;
}

/** Items that are made at once; each may ask registries. */
const CONCURRENT = 8;
/** Items that are kept for those who catch up, and for how long: the objects in them tell of a moment. */
const KEPT = 1000;
const KEPT_MS = 10_000;
/** A checkpoint tells when it was made. */
const CHECKPOINT_MS = 500;

export class SharedItems<R> {
  readonly #kept = new Map<string, { readonly item: SharedItem<R>; readonly at: number }>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(
    private readonly sharing: Sharing<R>,
    private readonly cursors: JournalCursors,
    private readonly now: () => number,
  ) {}

  change({ place, change }: PlacedChange): SharedItem<R> {
    return this.#keep(`change ${place.epoch} ${place.position}`, KEPT_MS, () => {
      const cursor = this.cursors.encode(place);
      return this.#start(place, cursor, async () => {
        const { confirms, render } = this.sharing;
        if (confirms !== null && !(await confirms(change))) return null;
        return render({ kind: 'CHANGE', cursor, change });
      });
    });
  }

  checkpoint(place: JournalHead): SharedItem<R> {
    const key = `checkpoint ${place.epoch} ${place.position}`;
    return this.#keep(key, CHECKPOINT_MS, () => this.checkpointAt(this.cursors.encode(place), place));
  }

  /** For a cursor as it was given. */
  checkpointAt(cursor: string, place: JournalHead | null): SharedItem<R> {
    const at = new Date(this.now()).toISOString();
    return this.#start(place, cursor, () => this.sharing.render({ kind: 'CHECKPOINT', cursor, at }));
  }

  gap(item: GapItem, place: JournalHead): SharedItem<R> {
    return this.#start(place, item.cursor, () => this.sharing.render(item));
  }

  #keep(key: string, forMs: number, make: () => SharedItem<R>): SharedItem<R> {
    const kept = this.#kept.get(key);
    if (kept !== undefined && this.now() - kept.at < forMs) return kept.item;
    this.#kept.delete(key);
    const item = make();
    this.#kept.set(key, { item, at: this.now() });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return item;
  }

  #start(place: JournalHead | null, cursor: string, make: () => Promise<R | null>): SharedItem<R> {
    const item: SharedItem<R> = { place, cursor, isReady: false, rendered: null, bytes: 0, waiting: new Set() };
    const run = async () => {
      this.#running += 1;
      item.rendered = await make();
      item.bytes = item.rendered === null ? 0 : this.sharing.bytesOf(item.rendered);
      item.isReady = true;
      this.#running -= 1;
      this.#waiting.shift()?.();
      for (const stream of item.waiting) stream.ready(item);
      item.waiting.clear();
    };
    if (this.#running < CONCURRENT) void run();
    else this.#waiting.push(() => void run());
    return item;
  }
}
