/** One answer of an upstream that pages by offset: a run of its list as it was at one moment. */
export interface OffsetPage<T> {
  readonly items: readonly T[];
  /** There are items after these. */
  readonly hasMore: boolean;
}

/** A list that moves under the reader, and what is known of its order. */
export interface OffsetList<T, K> {
  fetchPage(offset: number, limit: number): Promise<OffsetPage<T>>;
  keyOf(item: T): K;
  /** The order of the walk: total, so that no two items are equal in it. */
  compare(a: K, b: K): number;
  /**
   * The part of `compare` that the upstream surely sorts by. Items that are equal in it may come in any order: they are read all and sorted here.
   * Where nothing is sure it always says 0, and the whole list is read.
   */
  compareTrusted(a: K, b: K): number;
  /** Items that are counted in offsets but are not to be seen. Default: none. */
  isHidden?(item: T): boolean;
  /** The most that `fetchPage` takes as `limit`; more than 10, by which pages overlap. */
  readonly maxPage: number;
}

export interface ReadAfter<K> {
  /** Read after this place, whether or not its item is still there. Absent: from the start. */
  readonly anchor?: K;
  /** The anchor's own item too, where it is still there. */
  readonly inclusive?: boolean;
  /** Where the anchor's successor was seen last; only saves calls. */
  readonly offset?: number;
  readonly limit: number;
  /** Ask the upstream for at least so many at a time. Default: what `limit` needs. */
  readonly minPage?: number;
}

export interface ReadResult<T> {
  readonly items: T[];
  readonly hasMore: boolean;
  /** The offset to pass with the last item as the anchor. */
  readonly nextOffset: number;
}

/** The upstream's pages contradict `compareTrusted`: nothing read under that belief can be relied on. */
export class OrderMismatchError extends Error {}

/** A run of the list without holes, as far as items are concerned that were there throughout its reading. */
interface Window<T> {
  readonly offset: number;
  readonly items: T[];
  hasMore: boolean;
}

// How far the list may shift between two calls without costing a further one.
const OVERLAP = 10;

/**
 * Reads on after a place that is given by data, from an upstream that only knows offsets. Each page overlaps what is known already, and is
 * believed only when it shows where it belongs; so what is there throughout a walk is read exactly once, whatever comes and goes meanwhile.
 */
export async function readAfter<T, K>(list: OffsetList<T, K>, from: ReadAfter<K>): Promise<ReadResult<T>> {
  for (;;) {
    const window = await seek(list, from);
    for (;;) {
      const result = select(list, window, from);
      if (result !== undefined) return result;
      // The list has moved by more than the overlap: what has been read may have holes.
      if (!(await extend(list, window, from.minPage ?? 0))) break;
    }
  }
}

/** A page that starts before the anchor, or with the list, and ends after the anchor, or with the list. */
async function seek<T, K>(list: OffsetList<T, K>, from: ReadAfter<K>): Promise<Window<T>> {
  const { anchor, limit } = from;
  // Without knowing where to look, large pages find the place in the fewest calls.
  const wanted = anchor === undefined || from.offset !== undefined ? limit + OVERLAP + 1 : list.maxPage;
  const size = Math.min(list.maxPage, Math.max(from.minPage ?? 0, wanted));
  if (anchor === undefined) return fetchWindow(list, 0, size);

  let low = 0;
  let high: number | undefined;
  let step = size;
  let offset = Math.max(0, (from.offset ?? 0) - OVERLAP);
  for (;;) {
    const window = await fetchWindow(list, offset, size);
    const [first] = window.items;
    const last = window.items.at(-1);
    const isBefore = (item: T) => list.compareTrusted(list.keyOf(item), anchor) < 0;
    if (offset > 0 && first === undefined && low === 0) {
      // The hint points past the end: as good as none.
      offset = 0;
    } else if (offset > 0 && (first === undefined || !isBefore(first))) {
      high = offset;
      if (low >= high) low = 0;
      // As long as nothing bounds it from below, the anchor is most likely near.
      offset = low > 0 ? middle(low, high, size) : Math.max(0, high - step);
    } else if (window.hasMore && last !== undefined && isBefore(last)) {
      low = offset + window.items.length - 1;
      if (high !== undefined && high <= low) high = undefined;
      offset = high === undefined ? low + step - size : middle(low, high, size);
    } else {
      return window;
    }
    step *= 2;
  }
}

/** `low` itself as soon as a page from there reaches `high`. */
function middle(low: number, high: number, size: number): number {
  return high - low < size ? low : Math.floor((low + high) / 2);
}

/** Undefined: the window does not hold enough yet. */
function select<T, K>(list: OffsetList<T, K>, window: Window<T>, from: ReadAfter<K>): ReadResult<T> | undefined {
  const { anchor, inclusive = false, limit } = from;
  const isWanted = (item: T) => {
    if (list.isHidden?.(item) === true) return false;
    const order = anchor === undefined ? 1 : list.compare(list.keyOf(item), anchor);
    return order > 0 || (inclusive && order === 0);
  };
  const found = settled(list, window)
    .filter(isWanted)
    .sort((a, b) => list.compare(list.keyOf(a), list.keyOf(b)));
  if (window.hasMore && found.length < limit) return undefined;
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return {
    items,
    hasMore: window.hasMore || found.length > limit,
    nextOffset: window.offset + (last === undefined ? 0 : window.items.indexOf(last) + 1),
  };
}

/** Without the last group of equals while its end is not in sight: an item of it that sorts first may be still to come. */
function settled<T, K>(list: OffsetList<T, K>, { items, hasMore }: Window<T>): T[] {
  const last = items.at(-1);
  if (!hasMore || last === undefined) return [...items];
  return items.filter((item) => list.compareTrusted(list.keyOf(item), list.keyOf(last)) < 0);
}

/** Appends the following page; false when it shows nothing of what was read last. */
async function extend<T, K>(list: OffsetList<T, K>, window: Window<T>, minPage: number): Promise<boolean> {
  const known = window.items.slice(-OVERLAP);
  const size = Math.min(list.maxPage, Math.max(minPage, 2 * window.items.length + OVERLAP));
  const next = await fetchWindow(list, window.offset + window.items.length - known.length, size);
  const isKnown = (item: T) => known.some((other) => list.compare(list.keyOf(item), list.keyOf(other)) === 0);
  // What stands after the last known item cannot be known: the upstream's order of two items does not change.
  const lastKnown = next.items.findLastIndex(isKnown);
  if (lastKnown === -1) return false;
  window.items.push(...next.items.slice(lastKnown + 1));
  window.hasMore = next.hasMore;
  return true;
}

async function fetchWindow<T, K>(list: OffsetList<T, K>, offset: number, size: number): Promise<Window<T>> {
  const { items, hasMore } = await list.fetchPage(offset, size);
  for (const [index, item] of items.entries()) {
    const previous = items[index - 1];
    if (previous !== undefined && list.compareTrusted(list.keyOf(previous), list.keyOf(item)) > 0) {
      throw new OrderMismatchError(`Items ${offset + index - 1} and ${offset + index} are not in the order expected.`);
    }
  }
  return { offset, items: [...items], hasMore };
}
