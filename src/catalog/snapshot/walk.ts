import { placeIn } from './sorted-list.js';

/** Sorted lists that together are one, and what of them is wanted. */
export interface Walk<E> {
  readonly streams: readonly (readonly E[])[];
  readonly compare: (a: E, b: E) => number;
  /** Null: all of it. */
  readonly keep: ((entry: E) => boolean) | null;
}

export interface WalkRange<E> {
  /** How entries stand to the place where the walk begins; absent: from that end of the list. */
  readonly from?: ((entry: E) => number) | undefined;
  /** What stands at the place is wanted too. */
  readonly inclusive?: boolean;
  readonly backward: boolean;
  readonly limit: number;
}

/** The next entries in the direction of the walk. */
export function take<E>({ streams, compare, keep }: Walk<E>, range: WalkRange<E>): E[] {
  const direction = range.backward ? -1 : 1;
  const heads = streams.map((items) => new Head(items, startIn(items, range), direction, keep));
  const taken: E[] = [];
  while (taken.length < range.limit) {
    let best: Head<E> | undefined;
    for (const head of heads) {
      if (head.entry === undefined) continue;
      if (best?.entry === undefined || direction * compare(head.entry, best.entry) < 0) best = head;
    }
    if (best?.entry === undefined) break;
    taken.push(best.entry);
    best.advance();
  }
  return taken;
}

export function count<E>({ streams, keep }: Walk<E>): number {
  let total = 0;
  for (const items of streams) {
    if (keep === null) total += items.length;
    else for (const entry of items) if (keep(entry)) total += 1;
  }
  return total;
}

/** Where a walk stands in one of the lists: at an entry that is wanted. */
class Head<E> {
  entry: E | undefined;

  constructor(
    private readonly items: readonly E[],
    private index: number,
    private readonly step: 1 | -1,
    private readonly keep: Walk<E>['keep'],
  ) {
    this.#settle();
  }

  advance(): void {
    this.index += this.step;
    this.#settle();
  }

  #settle(): void {
    const { keep } = this;
    let entry = this.items[this.index];
    while (entry !== undefined && keep !== null && !keep(entry)) {
      this.index += this.step;
      entry = this.items[this.index];
    }
    this.entry = entry;
  }
}

function startIn<E>(items: readonly E[], { from, inclusive = false, backward }: WalkRange<E>): number {
  if (from === undefined) return backward ? items.length - 1 : 0;
  const isBehind = backward === inclusive;
  // The first entry after the place, or the first that is not before it.
  const place = placeIn(items, isBehind ? (entry) => (from(entry) <= 0 ? -1 : 1) : from);
  return backward ? place - 1 : place;
}
