import type { Page, Position } from '../../src/domain/page.js';
import { isValidation } from './errors.js';
import { type Hint, type HintSchema, readHint, type Source, type SourceHint, writeHint } from './hint.js';
import type { SearchPage } from './search.js';

export interface ReadRequest {
  readonly token: string | undefined;
  readonly size: number;
  /** See `Listing.bound`. */
  readonly bound: string | null;
}

/** An ordered list that an upstream gives page by page, under tokens that cannot be computed. */
export interface Listing<R, A> {
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

/** The upstream sorts otherwise than documented, e.g. ignoring case. */
export class DisorderError extends Error {}

interface Walk<R> {
  /** In order; at least the limit unless `isEnd`. */
  readonly items: readonly R[];
  readonly isEnd: boolean;
  readonly pages: readonly { readonly token: string | undefined; readonly items: readonly R[] }[];
  readonly next: string | undefined;
  readonly total: SearchPage<R>['total'];
}

/** One page of a listing. `total` counts what matches from the bound on: whole only without `after`, or where there is no bound. */
export async function readPage<R, A>(
  listing: Listing<R, A>,
  after: Position<A> | undefined,
  limit: number,
): Promise<Page<R>> {
  const hint = after === undefined ? null : usableHint(listing, after);
  try {
    return await readFrom(listing, after, limit, hint);
  } catch (error) {
    // A token that the upstream refuses costs a re-read, never the answer.
    if (hint === null || !isValidation(error)) throw error;
    return readFrom(listing, after, limit, null);
  }
}

/** The same page from everything there is, for an upstream whose order is not ours. */
export async function readPageOfAll<R, A>(
  listing: Listing<R, A>,
  after: Position<A> | undefined,
  limit: number,
): Promise<Page<R>> {
  const read = await Promise.all(listing.sources.map((source) => readAll(listing, source)));
  const wanted = read.flat().filter((record) => listing.keep(record) && isAfter(listing, after, record));
  const items = inOrder(listing, wanted);
  return { items: items.slice(0, limit), hasMore: items.length > limit };
}

async function readFrom<R, A>(
  listing: Listing<R, A>,
  after: Position<A> | undefined,
  limit: number,
  hint: Hint<A> | null,
): Promise<Page<R>> {
  const bound = hint === null ? (after === undefined ? null : listing.bound(after.anchor)) : hint.bound;
  const size = hint?.size ?? listing.size(limit, after !== undefined);
  const walks = await Promise.all(
    listing.sources.map((source) => walk(listing, source, { after, limit, size, bound, from: hint?.sources[source] })),
  );
  const merged = inOrder(
    listing,
    walks.flatMap((one) => one.items),
  );
  const items = merged.slice(0, limit);
  const last = items.at(-1);
  const total = walks.length === 1 ? walks[0]?.total : undefined;
  const nextHint =
    last === undefined ? after?.hint : hintAfter(listing, listing.anchorOf(last), walks, { bound, size });
  return {
    items,
    hasMore: merged.length > limit || walks.some((one) => !one.isEnd),
    ...(nextHint === undefined ? {} : { nextHint }),
    ...(total === undefined ? {} : { total }),
  };
}

async function walk<R, A>(
  listing: Listing<R, A>,
  source: Source,
  start: {
    after: Position<A> | undefined;
    limit: number;
    size: number;
    bound: string | null;
    from: SourceHint<A> | undefined;
  },
): Promise<Walk<R>> {
  const pages: { token: string | undefined; items: readonly R[] }[] = [];
  const items: R[] = [];
  let unsettled: readonly R[] = [];
  let token = start.from?.token;
  let previous: A | null = start.from?.before ?? null;
  let total: SearchPage<R>['total'];
  for (;;) {
    const page = await listing.read(source, { token, size: start.size, bound: start.bound });
    pages.push({ token, items: page.items });
    total ??= page.total;
    if (listing.tie === null) previous = checkOrder(listing, previous, page.items);
    const candidates = [...unsettled, ...page.items];
    const settled = page.next === undefined ? candidates.length : settledCount(listing, candidates);
    items.push(
      ...inOrder(listing, candidates.slice(0, settled)).filter(
        (record) => listing.keep(record) && isAfter(listing, start.after, record),
      ),
    );
    unsettled = candidates.slice(settled);
    token = page.next;
    if (token === undefined || items.length >= start.limit) break;
  }
  return { items, isEnd: token === undefined, pages, next: token, total };
}

/** How many of the first records can be put in order: those that share the last one's sort key may go on on the next page. */
function settledCount<R, A>(listing: Listing<R, A>, records: readonly R[]): number {
  const last = records.at(-1);
  if (listing.tie === null || last === undefined) return records.length;
  const key = listing.tie(last);
  return records.findIndex((record) => listing.tie?.(record) === key);
}

function checkOrder<R, A>(listing: Listing<R, A>, before: A | null, records: readonly R[]): A | null {
  let previous = before;
  for (const record of records) {
    const anchor = listing.anchorOf(record);
    if (previous !== null && listing.compare(previous, anchor) >= 0) throw new DisorderError();
    previous = anchor;
  }
  return previous;
}

async function readAll<R, A>(listing: Listing<R, A>, source: Source): Promise<readonly R[]> {
  const records: R[] = [];
  let token: string | undefined;
  do {
    const page = await listing.read(source, { token, size: 100, bound: null });
    records.push(...page.items);
    token = page.next;
  } while (token !== undefined);
  return records;
}

function usableHint<R, A>(listing: Listing<R, A>, { anchor, inclusive, hint }: Position<A>): Hint<A> | null {
  const read = hint === undefined ? null : readHint(hint, listing.scope, listing.hint);
  if (read === null) return null;
  const distance = listing.compare(read.at, anchor);
  // What comes after the hint's place is all that its tokens give, so the place must be before what is asked for.
  if (distance > 0 || (distance === 0 && inclusive === true)) return null;
  // A filter for the anchor begins nearer than a token of an earlier filter.
  return listing.bound(read.at) === listing.bound(anchor) ? read : null;
}

/** For each source the token of the first page with something after `at`; none where a page before the first token has it. */
function hintAfter<R, A>(
  listing: Listing<R, A>,
  at: A,
  walks: readonly Walk<R>[],
  { bound, size }: { bound: string | null; size: number },
): string | undefined {
  const sources: Partial<Record<Source, SourceHint<A>>> = {};
  walks.forEach(({ pages, next }, position) => {
    const name = listing.sources[position];
    const found = pages.findIndex(({ items }) => items.some((item) => listing.compare(listing.anchorOf(item), at) > 0));
    const index = found >= 0 ? found : next === undefined ? pages.length - 1 : pages.length;
    const token = pages[index]?.token ?? (index === pages.length ? next : undefined);
    const before = pages[index - 1]?.items.at(-1);
    if (name !== undefined && token !== undefined) {
      sources[name] = { token, before: before === undefined ? null : listing.anchorOf(before) };
    }
  });
  return Object.keys(sources).length === 0 ? undefined : writeHint({ scope: listing.scope, at, bound, size, sources });
}

function isAfter<R, A>(listing: Listing<R, A>, after: Position<A> | undefined, record: R): boolean {
  if (after === undefined) return true;
  const distance = listing.compare(listing.anchorOf(record), after.anchor);
  return distance > 0 || (distance === 0 && after.inclusive === true);
}

function inOrder<R, A>(listing: Listing<R, A>, records: readonly R[]): readonly R[] {
  return [...records].sort((a, b) => listing.compare(listing.anchorOf(a), listing.anchorOf(b)));
}
