import type { Timestamp } from '../../domain/model.js';
import type { Connection, UnavailableSource } from '../connection.js';
import type { ListCursors } from '../list-cursor.js';
import type { PageRequest } from '../page-args.js';
import type { Ordering } from './orderings.js';
import { count, take, type Walk } from './walk.js';

/** A list that is answered from the snapshot. */
export interface SnapshotList<E, R, A> {
  /** Names the list: what its cursors are bound to. */
  readonly fingerprint: string;
  readonly ordering: Ordering<E, A>;
  /** Made anew whenever it is looked at, since the snapshot goes on. */
  readonly walk: () => Walk<E>;
  readonly recordOf: (entry: E) => R;
  /** Registries of the list that there is no snapshot of. */
  readonly missing: readonly UnavailableSource[];
  /** Whether there is a snapshot of any of its registries. */
  readonly isThere: boolean;
  readonly asOf: Timestamp;
  readonly changesCursor: () => string | null;
}

/** Names, in a cursor, the one source that such a list comes from. */
const SOURCE = 'snapshot';

/**
 * One page. A cursor is a place in the order and nothing else, so that whatever comes or goes meanwhile, the rest of the list is met once.
 * @throws InvalidInputError when the cursor is not one of this list.
 */
export function readSnapshotList<E, R, A>(
  list: SnapshotList<E, R, A>,
  request: PageRequest,
  cursors: ListCursors,
): Connection<R> {
  const { ordering, recordOf, missing } = list;
  const { backward, limit, cursor } = request;
  const walk = list.walk();
  const at = cursor === undefined ? undefined : cursors.decode<A>(list.fingerprint, cursor).at?.anchor;
  const from = at === undefined ? undefined : ordering.distanceTo(at);

  const found = take(walk, { from, backward, limit: limit + 1 });
  const hasMore = found.length > limit;
  const page = found.slice(0, limit);
  const hasBehind = from !== undefined && isBehind(walk, ordering, backward, from, page[0]);
  const entries = backward ? page.toReversed() : page;
  const cursorOf = (entry: E) => {
    const state = { backward, at: { source: SOURCE, anchor: ordering.anchorOf(entry) }, sources: new Map() };
    return cursors.encode(list.fingerprint, state);
  };
  const edges = entries.map((entry) => ({ node: recordOf(entry), cursor: () => cursorOf(entry) }));
  return {
    edges,
    hasNextPage: backward ? hasBehind : hasMore,
    hasPreviousPage: backward ? hasMore : hasBehind,
    startCursor: () => edges[0]?.cursor() ?? null,
    endCursor: () => edges.at(-1)?.cursor() ?? null,
    totalCount() {
      if (!list.isThere) return null;
      // All of it is on this page.
      return from === undefined && !hasMore ? page.length : count(list.walk());
    },
    totalCountIsExact: missing.length === 0,
    unavailable: missing,
    asOf: list.asOf,
    source: 'SNAPSHOT',
    changesCursor: list.changesCursor,
  };
}

/** Whether there is anything on the side that the walk comes from: before its first entry, or up to where it began. */
function isBehind<E, A>(
  walk: Walk<E>,
  ordering: Ordering<E, A>,
  backward: boolean,
  from: (entry: E) => number,
  first: E | undefined,
): boolean {
  const behind =
    first === undefined ? { from, inclusive: true } : { from: ordering.distanceTo(ordering.anchorOf(first)) };
  return take(walk, { ...behind, backward: !backward, limit: 1 }).length > 0;
}
