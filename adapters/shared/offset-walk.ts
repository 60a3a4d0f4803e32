import type { WalkPage } from '../../src/domain/registry.js';
import type { OffsetPage } from './offset-pager.js';

/** Everything there is, of an upstream that pages by offset alone. The order of two items must not change while both are there. */
export interface WalkedList<T> {
  /** As many as one call gives, from an offset on. */
  fetchPage(offset: number): Promise<OffsetPage<T>>;
  /** Tells an item from all others. */
  keyOf(item: T): string;
  /** How many a page holds, unless it is the last. */
  readonly pageSize: number;
}

/** What `next` of a page says. */
interface Place {
  /** The offset after the last page. */
  readonly end: number;
  /** Keys of items of it. */
  readonly known: readonly string[];
  /** The upstream withholds items from this reader, so that pages may lack what was known, without having moved. */
  readonly withholds: boolean;
}

const START: Place = { end: 0, known: [], withholds: false };

// How many items before it may go away between two pages without costing a further call.
const OVERLAP = 10;
const OVERLAP_GROWTH = 8;

/**
 * Deletions move what follows them to smaller offsets, where a reader that only goes forward would miss it. So a page begins a little before the
 * end of the one before, and is believed only where it shows an item of it: what follows that item is then all that was not read yet. Otherwise it is
 * looked for further back, and at last read anew from the start. Items may come twice, and none that is there throughout is left out.
 */
export async function walkOffsets<T>(list: WalkedList<T>, after: string | undefined): Promise<WalkPage<T>> {
  // What an earlier page gave.
  const place = after === undefined ? START : (JSON.parse(after) as Place);
  const { offset, page } = await readOn(list, place);
  const { items, hasMore, end } = page;
  if (!hasMore) return { items, next: null };
  const next: Place = {
    end,
    known: items.length === 0 ? place.known : sample(items).map((item) => list.keyOf(item)),
    withholds: place.withholds || end - offset > items.length,
  };
  return { items, next: JSON.stringify(next) };
}

interface PageAt<T> {
  readonly offset: number;
  readonly page: OffsetPage<T>;
}

async function readOn<T>(list: WalkedList<T>, place: Place): Promise<PageAt<T>> {
  const known = new Set(place.known);
  let nearest: PageAt<T> | undefined;
  // Pages that go back by more than half would hardly get on.
  for (let overlap = OVERLAP; nearest === undefined || overlap <= list.pageSize / 2; overlap *= OVERLAP_GROWTH) {
    const offset = Math.max(0, place.end - overlap);
    const page = await list.fetchPage(offset);
    // Before the start of the list there is nothing that could have been missed.
    if (offset === 0 || page.items.some((item) => known.has(list.keyOf(item)))) return { offset, page };
    nearest ??= { offset, page };
  }
  // That it shows nothing of what was read is what the upstream does to this reader, moved or not: from the start it would be the same again.
  if (place.withholds) return nearest;
  return { offset: 0, page: await list.fetchPage(0) };
}

/** The last item, and ever sparser ones before it: any of them is enough to go on from, and all of a model's versions may be deleted at once. */
function sample<T>(items: readonly T[]): T[] {
  const found: T[] = [];
  for (let back = 1; back <= items.length; back *= 2) {
    const item = items.at(-back);
    if (item !== undefined) found.push(item);
  }
  return found;
}
