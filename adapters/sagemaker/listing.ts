import { CostExceededError } from '../../src/domain/errors.js';
import type { Page, Position } from '../../src/domain/page.js';
import { type Hint, readHint, type Source, type SourceHint, writeHint } from './hint.js';
import { advance, inOrder, isAfter, type Listing, SeamError, startWalk, type Walk } from './walk.js';

/** After so many pages of a source an answer may be short. */
const PAGES_AT_ONCE = 5;
/** As far as one call reads for an answer with anything in it. */
const PAGES_MAX = 100;

/** One page of a listing. `total` counts what matches from the bound on: whole only without `after`, or where there is no bound. */
export async function readPage<R, A>(
  listing: Listing<R, A>,
  after: Position<A> | undefined,
  limit: number,
): Promise<Page<R>> {
  const hint = after === undefined ? null : usableHint(listing, after);
  // Pages that do not join cost a re-read, never the answer; whoever adds and deletes without a pause cannot stop the last way.
  for (const from of [hint, null]) {
    try {
      return await readFrom(listing, after, limit, from);
    } catch (error) {
      if (!(error instanceof SeamError)) throw error;
    }
  }
  return readPageOfAll(listing, after, limit);
}

/** The same page from everything there is, for an upstream whose order is not ours. */
export async function readPageOfAll<R, A>(
  listing: Listing<R, A>,
  after: Position<A> | undefined,
  limit: number,
): Promise<Page<R>> {
  const read = await Promise.all(listing.sources.map((source) => readAll(listing, source)));
  const wanted = inOrder(
    listing,
    read.flat().filter((record) => listing.keep(record) && isAfter(listing, after, record)),
  );
  const items = wanted.filter((record, index) => {
    const previous = wanted[index - 1];
    return previous === undefined || listing.compare(listing.anchorOf(previous), listing.anchorOf(record)) !== 0;
  });
  return { items: items.slice(0, limit), hasMore: items.length > limit };
}

/** One page of listings that share an order and have nothing in common. Where each of them goes on is told by no hint. */
export async function readPageOfSeveral<R, A>(
  listings: readonly [Listing<R, A>, ...Listing<R, A>[]],
  after: Position<A> | undefined,
  limit: number,
): Promise<Page<R>> {
  const [order] = listings;
  const pages = await Promise.all(listings.map((listing) => readPage(listing, after, limit)));
  const merged = inOrder(
    order,
    pages.flatMap((page) => page.items),
  );
  const known = merged.filter((record) =>
    pages.every(({ items, hasMore }) => {
      const last = items.at(-1);
      return !hasMore || last === undefined || order.compare(order.anchorOf(record), order.anchorOf(last)) <= 0;
    }),
  );
  const items = known.slice(0, limit);
  return { items, hasMore: merged.length > items.length || pages.some((page) => page.hasMore) };
}

async function readFrom<R, A>(
  listing: Listing<R, A>,
  after: Position<A> | undefined,
  limit: number,
  hint: Hint<A> | null,
): Promise<Page<R>> {
  const bound = hint === null ? (after === undefined ? null : listing.bound(after.anchor)) : hint.bound;
  const size = hint?.size ?? listing.size(limit, after !== undefined);
  const walks = listing.sources.map((source) =>
    startWalk<R, A>(source, { after, limit, size, bound, from: hint?.sources[source] }),
  );
  for (let pages = 0; pages < PAGES_MAX; pages += PAGES_AT_ONCE) {
    await Promise.all(walks.map((walk) => advance(listing, walk, PAGES_AT_ONCE)));
    const page = pageOf(listing, walks, { after, limit, size, bound });
    // Without an item there would be no anchor to go on from.
    if (page.items.length > 0 || !page.hasMore) return page;
  }
  throw tooFar(listing);
}

/** What all walks together are sure of: nothing that another source may still have something before. */
function pageOf<R, A>(
  listing: Listing<R, A>,
  walks: readonly Walk<R, A>[],
  request: { after: Position<A> | undefined; limit: number; size: number; bound: string | null },
): Page<R> {
  const open = walks.filter((walk) => !walk.isEnd);
  const merged = inOrder(
    listing,
    walks.flatMap((walk) => walk.items),
  );
  const known = merged.filter((record) =>
    open.every(({ reach }) => reach !== null && listing.compare(listing.anchorOf(record), reach) <= 0),
  );
  const items = known.slice(0, request.limit);
  const last = items.at(-1);
  const total = walks.length === 1 ? walks[0]?.total : undefined;
  const nextHint =
    last === undefined ? request.after?.hint : hintAfter(listing, listing.anchorOf(last), walks, request);
  return {
    items,
    hasMore: merged.length > items.length || open.length > 0,
    ...(nextHint === undefined ? {} : { nextHint }),
    ...(total === undefined ? {} : { total }),
  };
}

async function readAll<R, A>(listing: Listing<R, A>, source: Source): Promise<readonly R[]> {
  const records: R[] = [];
  let token: string | undefined;
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const page = await listing.read(source, { token, size: 100, bound: null });
    records.push(...page.items);
    token = page.next;
    if (token === undefined) return records;
  }
  throw tooFar(listing);
}

function tooFar<R, A>({ site: { registryId, operation } }: Listing<R, A>): CostExceededError {
  return new CostExceededError(
    `Answering takes more than ${PAGES_MAX} searches of registry ${registryId}. Narrow the filter, or name one model.`,
    { registryId, operation },
  );
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
  walks: readonly Walk<R, A>[],
  { bound, size }: { bound: string | null; size: number },
): string | undefined {
  const sources: Partial<Record<Source, SourceHint<A>>> = {};
  for (const { source, pages, token: next, before } of walks) {
    const found = pages.find(({ items }) => items.some((item) => listing.compare(listing.anchorOf(item), at) > 0));
    const place = found ?? (next === undefined ? pages.at(-1) : { token: next, before });
    if (place?.token !== undefined) sources[source] = { token: place.token, before: place.before };
  }
  return Object.keys(sources).length === 0 ? undefined : writeHint({ scope: listing.scope, at, bound, size, sources });
}
