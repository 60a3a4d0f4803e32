/** One answer of an upstream that pages by offset: a run of its list as it was at one moment. */
export interface OffsetPage<T> {
  readonly items: readonly T[];
  /** There are items after these. */
  readonly hasMore: boolean;
  /** The offset of what follows. More than the items account for where the upstream withholds some from this reader. */
  readonly end: number;
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
  end: number;
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

  const isBefore = (item: T) => list.compareTrusted(list.keyOf(item), anchor) < 0;
  /** Starts before the anchor and does not reach it. */
  let left: Window<T> | undefined;
  /** A page from here starts after the place. */
  let right: number | undefined;
  let step = size;
  let offset = Math.max(0, (from.offset ?? 0) - OVERLAP);
  for (;;) {
    const window = await fetchWindow(list, offset, size);
    const [first] = window.items;
    const last = window.items.at(-1);
    if (offset > 0 && (first === undefined || !isBefore(first))) right = offset;
    else if (window.hasMore && last !== undefined && isBefore(last)) left = window;
    else return window;

    if (left !== undefined && right !== undefined && right <= left.end) return left;
    if (left === undefined) {
      // A hint past the end is as good as none; otherwise the anchor is most likely near.
      offset = first === undefined ? 0 : Math.max(0, offset - step);
      if (first === undefined) right = undefined;
    } else {
      offset = right === undefined ? left.end - 1 + step - size : middle(left.end - 1, right, size);
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
    nextOffset: window.end - (last === undefined ? 0 : window.items.length - window.items.indexOf(last) - 1),
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
  const size = Math.min(list.maxPage, Math.max(minPage, 2 * window.items.length + OVERLAP));
  const isSame = (a: T) => (b: T) => list.compare(list.keyOf(a), list.keyOf(b)) === 0;
  // Where items are withheld, a few rows back there may be none to recognise.
  for (let overlap = OVERLAP; overlap < size; overlap *= 2) {
    const start = Math.max(window.offset, window.end - overlap);
    const next = await fetchWindow(list, start, size);
    const known = window.items.slice(-overlap);
    // What stands after the last known item cannot be known: the upstream's order of two items does not change.
    const lastKnown = next.items.findLastIndex((item) => known.some(isSame(item)));
    if (lastKnown !== -1) return append(window, next, lastKnown + 1);
    const isWhole = window.end - window.offset === window.items.length;
    if (isWhole || start === window.offset) return false;
    // So many withheld in a row: this is the best that the upstream lets this reader know.
    if (2 * overlap >= size) return append(window, next, 0);
  }
  return false;
}

function append<T>(window: Window<T>, next: Window<T>, from: number): true {
  window.items.push(...next.items.slice(from));
  window.hasMore = next.hasMore;
  window.end = next.end;
  return true;
}

/** A page with items, unless there are none from `offset` on. */
async function fetchWindow<T, K>(list: OffsetList<T, K>, offset: number, size: number): Promise<Window<T>> {
  let page = await list.fetchPage(offset, size);
  while (page.items.length === 0 && page.hasMore) {
    page = await list.fetchPage(Math.max(offset, page.end - OVERLAP), list.maxPage);
  }
  const { items, hasMore, end } = page;
  for (const [index, item] of items.entries()) {
    const previous = items[index - 1];
    if (previous !== undefined && list.compareTrusted(list.keyOf(previous), list.keyOf(item)) > 0) {
      throw new OrderMismatchError(
        `Items ${index - 1} and ${index} from offset ${offset} on are not in the order expected.`,
      );
    }
  }
  return { offset, items: [...items], hasMore, end };
}
