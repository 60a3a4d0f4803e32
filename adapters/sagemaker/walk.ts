import type { Position } from '../../src/domain/page.js';
import { type CallSite, isValidation } from './errors.js';
import type { HintSchema, Source, SourceHint } from './hint.js';
import type { SearchPage } from './search.js';

export interface ReadRequest {
  readonly token: string | undefined;
  readonly size: number;
  /** See `Listing.bound`. */
  readonly bound: string | null;
}

/** An ordered list that an upstream gives page by page, under tokens that cannot be computed. */
export interface Listing<R, A> {
  readonly site: CallSite;
  readonly sources: readonly Source[];
  read(source: Source, request: ReadRequest): Promise<SearchPage<R>>;
  anchorOf(record: R): A;
  /** The order of the walk: negative when `a` comes before `b`. */
  compare(a: A, b: A): number;
  /** What the upstream sorts by, where records may share it and then come in any order; null where it is unique. */
  readonly tie: ((record: R) => string | null) | null;
  /** Whether a record that the upstream gave belongs to the list. */
  keep(record: R): boolean;
  /** Where reading can begin for an anchor, by a filter instead of a token; null: at the start. */
  bound(anchor: A): string | null;
  /** All else that a token is bound to: order and filter. */
  readonly scope: string;
  readonly hint: HintSchema<A>;
  size(limit: number, isContinued: boolean): number;
}

/** Within one page: the upstream sorts otherwise than documented, e.g. ignoring case. */
export class DisorderError extends Error {}

/** Two pages do not join: their token is refused, or what it gave is not what comes next. The list may only have moved between them. */
export class SeamError extends Error {}

export interface Start<A> {
  readonly after: Position<A> | undefined;
  readonly limit: number;
  readonly size: number;
  readonly bound: string | null;
  readonly from: SourceHint<A> | undefined;
}

interface WalkedPage<R, A> {
  readonly token: string | undefined;
  /** The last record before the page. */
  readonly before: A | null;
  readonly items: readonly R[];
}

/** One source, read in order from the start on. */
export interface Walk<R, A> {
  readonly source: Source;
  readonly start: Start<A>;
  /** What belongs to the answer, in order and each once. */
  readonly items: R[];
  /** All of the source up to here has been read; null while nothing is sure. */
  reach: A | null;
  readonly pages: WalkedPage<R, A>[];
  /** Of the page to read next. */
  token: string | undefined;
  before: A | null;
  isEnd: boolean;
  /** Read, but more may come that belongs among them. */
  unsettled: readonly R[];
  total: SearchPage<R>['total'];
}

export function startWalk<R, A>(source: Source, start: Start<A>): Walk<R, A> {
  return {
    source,
    start,
    items: [],
    reach: null,
    pages: [],
    token: start.from?.token,
    before: start.from?.before ?? null,
    isEnd: false,
    unsettled: [],
    total: undefined,
  };
}

/** Reads on until the limit, the end, or so many pages more. */
export async function advance<R, A>(listing: Listing<R, A>, walk: Walk<R, A>, pages: number): Promise<void> {
  for (let read = 0; read < pages && !walk.isEnd && walk.items.length < walk.start.limit; read += 1) {
    const { token, before } = walk;
    const page = await readNext(listing, walk);
    if (listing.tie === null) checkOrder(listing, before, page.items);
    walk.pages.push({ token, before, items: page.items });
    walk.total ??= page.total;
    const last = page.items.at(-1);
    if (last !== undefined) walk.before = listing.anchorOf(last);
    walk.token = page.next;
    walk.isEnd = page.next === undefined;
    settle(listing, walk, [...walk.unsettled, ...page.items]);
  }
}

export function isAfter<R, A>(listing: Listing<R, A>, after: Position<A> | undefined, record: R): boolean {
  if (after === undefined) return true;
  const distance = listing.compare(listing.anchorOf(record), after.anchor);
  return distance > 0 || (distance === 0 && after.inclusive === true);
}

export function inOrder<R, A>(listing: Listing<R, A>, records: readonly R[]): readonly R[] {
  return [...records].sort((a, b) => listing.compare(listing.anchorOf(a), listing.anchorOf(b)));
}

async function readNext<R, A>(listing: Listing<R, A>, walk: Walk<R, A>): Promise<SearchPage<R>> {
  const { size, bound } = walk.start;
  try {
    return await listing.read(walk.source, { token: walk.token, size, bound });
  } catch (error) {
    if (walk.token === undefined || !isValidation(error)) throw error;
    throw new SeamError('The token is refused.', { cause: error });
  }
}

/** Where tokens count records, one that was added in front moves the next page back: what is read again is passed over. */
function settle<R, A>(listing: Listing<R, A>, walk: Walk<R, A>, candidates: readonly R[]): void {
  const settled = walk.isEnd ? candidates.length : settledCount(listing, candidates);
  for (const record of inOrder(listing, candidates.slice(0, settled))) {
    const anchor = listing.anchorOf(record);
    if (walk.reach !== null && listing.compare(walk.reach, anchor) >= 0) continue;
    walk.reach = anchor;
    if (listing.keep(record) && isAfter(listing, walk.start.after, record)) walk.items.push(record);
  }
  walk.unsettled = candidates.slice(settled);
}

/** How many of the first records can be put in order: those that share the last one's sort key may go on on the next page. */
function settledCount<R, A>(listing: Listing<R, A>, records: readonly R[]): number {
  const last = records.at(-1);
  if (listing.tie === null || last === undefined) return records.length;
  const key = listing.tie(last);
  return records.findIndex((record) => listing.tie?.(record) === key);
}

function checkOrder<R, A>(listing: Listing<R, A>, before: A | null, records: readonly R[]): void {
  const anchors = records.map((record) => listing.anchorOf(record));
  anchors.reduce<A | null>((previous, anchor) => {
    if (previous !== null && listing.compare(previous, anchor) >= 0) throw new DisorderError();
    return anchor;
  }, null);
  const [first] = anchors;
  if (before === null || first === undefined || listing.compare(before, first) < 0) return;
  // A page that has moved back shows the last known record again; without it there may be something unread among the first.
  if (!anchors.some((anchor) => listing.compare(before, anchor) === 0))
    throw new SeamError('The page begins too early.');
}
