import { RegistryError, TimeoutError } from '../domain/errors.js';
import type { Page, Position } from '../domain/page.js';
import type { SourceState, Total, WalkState } from './list-cursor.js';

/** One ordered stream of a merge: a registry's list, or one model's versions. */
export interface MergeSource<R, A> {
  /** Names the stream in cursors. */
  readonly name: string;
  readonly registryId: string;
  /** Items in the direction of the walk, after `after`. */
  fetch(after: Position<A> | undefined, limit: number): Promise<Page<R>>;
}

export interface MergeOptions<R, A> {
  readonly limit: number;
  /** Items to ask a stream for at a time: more than `limit` pays where `keep` drops many. */
  readonly pageSize: number;
  /** The direction of the walk, as it goes into its cursors. */
  readonly backward: boolean;
  readonly states: ReadonlyMap<string, SourceState<A>>;
  /** Order between items of different streams; negative when `a` comes first in the direction of the walk. */
  readonly compare: (a: R, b: R) => number;
  readonly keep: (item: R) => boolean;
  readonly anchorOf: (item: R) => A;
  /** Pages of one stream that one walk reads at most, so that a filter with few matches cannot read a whole registry in one request. */
  readonly maxPages: number;
}

export interface Merged<R, A> {
  readonly items: readonly { readonly item: R; readonly state: WalkState<A> }[];
  readonly hasMore: boolean;
  /** Where the walk stands after the page, with no item in it too: how far was read. */
  readonly end: WalkState<A>;
  readonly failures: ReadonlyMap<string, RegistryError>;
  /** Over the streams that know, and what was seen of the others; exact where each knows exactly. Right in a walk's first page only. */
  readonly total: Total;
}

/**
 * Merges ordered streams into one page. A stream that fails is left out and named; one whose filter matches too little stops the page where
 * it stopped reading, because what it would bring next may come before what the others have.
 */
export async function merge<R, A>(
  sources: readonly MergeSource<R, A>[],
  options: MergeOptions<R, A>,
): Promise<Merged<R, A>> {
  const streams = sources.map((source) => new Stream(source, options));
  await Promise.all(streams.map((stream) => stream.fill()));

  const items: { item: R; state: WalkState<A> }[] = [];
  const stateAfter = (at: WalkState<A>['at']): WalkState<A> => ({
    backward: options.backward,
    at,
    sources: new Map(streams.map((stream) => [stream.source.name, stream.state])),
  });
  let stopped = false;
  while (items.length < options.limit) {
    const next = first(streams, options.compare);
    if (next === undefined) break;
    if (next === 'barrier') {
      stopped = true;
      break;
    }
    const item = next.take();
    items.push({ item, state: stateAfter({ source: next.source.name, anchor: options.anchorOf(item) }) });
    if (items.length < options.limit && next.needsMore) await next.fill();
  }

  const failures = new Map<string, RegistryError>();
  for (const stream of streams) {
    const failure = stream.failure ?? stream.outOfTime;
    if (failure !== undefined) failures.set(stream.source.registryId, failure);
  }
  const last = items.pop();
  const end = stateAfter(last?.state.at);
  return {
    items: last === undefined ? items : [...items, { item: last.item, state: end }],
    hasMore: stopped || streams.some((stream) => stream.hasMore),
    end,
    failures,
    total: sumTotals(streams),
  };
}

interface Entry<R, A> {
  readonly item: R;
  /** Where the stream stands right before this item. */
  readonly before: SourceState<A>;
}

class Stream<R, A> {
  failure: RegistryError | undefined;
  /** Its deadline came after some pages: it stops the page, and the next request goes on. */
  outOfTime: RegistryError | undefined;
  total: { value: number; exact: boolean } | undefined;
  readonly #startsAtTheBeginning: boolean;
  #buffer: Entry<R, A>[] = [];
  #tail: SourceState<A>;
  #pages = 0;
  #kept = 0;

  constructor(
    readonly source: MergeSource<R, A>,
    private readonly options: MergeOptions<R, A>,
  ) {
    this.#tail = options.states.get(source.name) ?? {};
    this.#startsAtTheBeginning = this.#tail.position === undefined && this.#tail.done !== true;
  }

  /** Items that this walk has read and kept. */
  get kept(): number {
    return this.#kept;
  }

  get head(): R | undefined {
    return this.#buffer[0]?.item;
  }

  /** Where the walk stands in this stream: before the first item not yet taken. */
  get state(): SourceState<A> {
    return this.#buffer[0]?.before ?? this.#tail;
  }

  get hasMore(): boolean {
    return this.failure === undefined && (this.#buffer.length > 0 || this.#tail.done !== true);
  }

  get needsMore(): boolean {
    return this.#buffer.length === 0 && this.hasMore && this.#mayReadOn;
  }

  /** Not at the end, and not read on in this walk: nothing that may come after its next item can be given. */
  get isBarrier(): boolean {
    return this.#buffer.length === 0 && this.hasMore && !this.#mayReadOn;
  }

  get #mayReadOn(): boolean {
    return this.#pages < this.options.maxPages && this.outOfTime === undefined;
  }

  take(): R {
    const entry = this.#buffer.shift();
    if (entry === undefined) throw new Error('A stream was asked for an item it does not have.');
    return entry.item;
  }

  async fill(): Promise<void> {
    try {
      while (this.needsMore) await this.#readPage();
    } catch (error) {
      // Pages are read only while the buffer is empty: nothing that was read is lost, and a later page takes the stream up where it stands.
      if (!(error instanceof RegistryError)) throw error;
      // What was read is kept: the next request goes on from there, where this one would begin again and get no further.
      if (error instanceof TimeoutError && this.#pages > 0) this.outOfTime = error;
      else this.failure = error;
    }
  }

  async #readPage(): Promise<void> {
    const from = this.#tail.position;
    const page = await this.source.fetch(from, this.options.pageSize);
    if (this.#pages === 0) this.total = page.total;
    this.#pages += 1;

    let before = this.#tail;
    for (const item of page.items) {
      if (this.options.keep(item)) this.#buffer.push({ item, before });
      // A walk that stops in the middle of this page reads it again: its hint is the one that led here.
      before = { position: position(this.options.anchorOf(item), from?.hint) };
    }
    this.#kept += this.#buffer.length;
    const last = page.items.at(-1);
    const tail = last === undefined ? from : position(this.options.anchorOf(last), page.nextHint);
    this.#tail = { ...(tail === undefined ? {} : { position: tail }), ...(page.hasMore ? {} : { done: true }) };
    if (this.#startsAtTheBeginning && !page.hasMore && this.total === undefined) {
      this.total = { value: this.#kept, exact: true };
    }
  }
}

/** The stream whose item is next; `barrier` where a stream in front of it has not been read far enough to know. */
function first<R, A>(
  streams: readonly Stream<R, A>[],
  compare: (a: R, b: R) => number,
): Stream<R, A> | 'barrier' | undefined {
  if (streams.some((stream) => stream.isBarrier)) return 'barrier';
  let best: Stream<R, A> | undefined;
  let bestHead: R | undefined;
  for (const stream of streams) {
    const head = stream.head;
    if (head === undefined) continue;
    if (bestHead === undefined || compare(head, bestHead) < 0) {
      best = stream;
      bestHead = head;
    }
  }
  return best;
}

function sumTotals<R, A>(streams: readonly Stream<R, A>[]): Total {
  const known = streams.flatMap((stream) => (stream.failure === undefined && stream.total ? [stream.total] : []));
  const seen = streams.flatMap((stream) => (stream.failure === undefined && !stream.total ? [stream.kept] : []));
  return {
    value: known.length === 0 && streams.length > 0 ? null : sum(known.map((total) => total.value)) + sum(seen),
    exact: known.length === streams.length && known.every((total) => total.exact),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function position<A>(anchor: A, hint: string | undefined): Position<A> {
  return hint === undefined ? { anchor } : { anchor, hint };
}
