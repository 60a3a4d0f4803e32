import type { RegistryError } from '../domain/errors.js';
import type { Connection, UnavailableSource } from './connection.js';
import { type ListCursors, type SourceState, type Total, turnAround, type WalkState } from './list-cursor.js';
import { type MergeSource, merge } from './merge.js';
import type { PageRequest } from './page-args.js';

/** A list that is asked of the registries themselves. */
export interface LiveList<R, A> {
  /** Names the list: what its cursors are bound to. */
  readonly fingerprint: string;
  readonly sources: readonly MergeSource<R, A>[];
  /** In the caller's order; it is turned around for a walk backward. */
  readonly compare: (a: R, b: R) => number;
  readonly keep: (item: R) => boolean;
  readonly anchorOf: (item: R) => A;
  /** Whether the registries apply the whole filter: then a page needs no more items than are asked for. */
  readonly isFilteredUpstream: boolean;
}

/** A filter that drops items here wants large pages: fewer upstream calls for the same walk. */
const FILTERING_PAGE_SIZE = 100;
const MAX_PAGES = 5;

/** What more there is to say of a live page. */
export interface LiveRemarks {
  /** Registries whose part is older, because they could not be asked; looked at when the page has been read. */
  readonly stoodIn: ReadonlyMap<string, UnavailableSource>;
  readonly changesCursor: () => string | null;
}

/** @throws InvalidInputError when the cursor is not one of this list. */
export async function readLiveList<R, A>(
  list: LiveList<R, A>,
  request: PageRequest,
  cursors: ListCursors,
  { stoodIn, changesCursor }: LiveRemarks = { stoodIn: new Map(), changesCursor: () => null },
): Promise<Connection<R>> {
  const asOf = new Date().toISOString();
  const start = startOf(list, request, cursors);
  const merged = await merge(list.sources, {
    limit: request.limit,
    pageSize: list.isFilteredUpstream ? request.limit : Math.max(request.limit, FILTERING_PAGE_SIZE),
    backward: request.backward,
    states: start.sources,
    compare: request.backward ? (a, b) => -list.compare(a, b) : list.compare,
    keep: list.keep,
    anchorOf: list.anchorOf,
    maxPages: MAX_PAGES,
  });

  const total = start.total ?? merged.total;
  const encode = (state: WalkState<A>) => cursors.encode(list.fingerprint, { ...state, total });
  const walked = merged.items.map(({ item, state }) => ({ node: item, cursor: () => encode(state) }));
  const edges = request.backward ? walked.reverse() : walked;
  const hasCursor = request.cursor !== undefined;
  const canGoOn = merged.items.length > 0 || merged.hasMore;
  const cursorBehind = () => (canGoOn ? encode(merged.end) : null);
  const cursorOf = (index: number) => () => edges.at(index)?.cursor() ?? null;
  return {
    edges,
    hasNextPage: request.backward ? hasCursor : merged.hasMore,
    hasPreviousPage: request.backward ? merged.hasMore : hasCursor,
    startCursor: request.backward ? cursorBehind : cursorOf(0),
    endCursor: request.backward ? cursorOf(-1) : cursorBehind,
    totalCount: () => total.value,
    totalCountIsExact: total.exact,
    unavailable: [...byRegistry(merged.failures), ...stoodIn.values()],
    asOf: [...stoodIn.values()].reduce((oldest, { servedStaleFrom: at }) => (at && at < oldest ? at : oldest), asOf),
    source: stoodIn.size === 0 ? 'LIVE' : 'STALE_ON_ERROR',
    changesCursor,
  };
}

function startOf<R, A>(
  list: LiveList<R, A>,
  request: PageRequest,
  cursors: ListCursors,
): { readonly sources: ReadonlyMap<string, SourceState<A>>; readonly total?: Total } {
  if (request.cursor === undefined) return { sources: new Map() };
  const state = cursors.decode<A>(list.fingerprint, request.cursor);
  return state.backward === request.backward ? state : { ...state, sources: turnAround(state) };
}

function byRegistry(failures: ReadonlyMap<string, RegistryError>): Connection<unknown>['unavailable'] {
  return [...failures].map(([registryId, error]) => ({ registryId, error, servedStaleFrom: null }));
}
