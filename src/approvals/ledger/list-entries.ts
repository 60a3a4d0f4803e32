import { CostExceededError } from '../../domain/errors.js';
import { type ApprovalRecord, approvalIdOf } from '../../domain/ledger.js';
import type { Timestamp } from '../../domain/model.js';
import type { Direction } from '../../domain/page.js';
import { compareOrderKeys, orderKey } from '../../governance/order.js';
import type { LedgerIndex, LedgerPosition, LedgerStore } from '../../governance/store.js';

export interface LedgerListQuery {
  /** Of one kind, so that no entry is in two of them. At most 500. */
  readonly indexes: readonly LedgerIndex[];
  readonly direction: Direction;
  /** Exclusive. */
  readonly after?: LedgerPosition;
  /** Exclusive, both. */
  readonly recordedAfter?: Timestamp;
  readonly recordedBefore?: Timestamp;
  /** 1 to 200. */
  readonly limit: number;
  /** What no index can tell. Default: all. */
  readonly matches?: (record: ApprovalRecord) => boolean;
}

export interface LedgerList {
  /** At most `limit`; fewer also where so much had to be read that it stopped before the end. */
  readonly items: readonly ApprovalRecord[];
  /** How far it has read, for `after`; null where it has read all there is. */
  readonly readTo: LedgerPosition | null;
}

const MAX_INDEXES = 500;
const READS_AT_ONCE = 16;
/** Pages beyond the first of each index. */
const MORE_PAGES = 20;
const PAGE_MIN = 20;

/** One index as it is walked: what is read of it and not yet merged. */
interface Walk {
  readonly index: LedgerIndex;
  waiting: ApprovalRecord[];
  after: LedgerPosition | undefined;
  hasMore: boolean;
}

/** Merges the indexes, page by page, and leaves out what does not match. */
export async function listEntries(store: Pick<LedgerStore, 'list'>, query: LedgerListQuery): Promise<LedgerList> {
  const walks = distinct(query.indexes).map(
    (index): Walk => ({ index, waiting: [], after: query.after, hasMore: true }),
  );
  if (walks.length > MAX_INDEXES) {
    throw new CostExceededError(
      `The filter names ${walks.length} things to look under. Name at most ${MAX_INDEXES} at once.`,
    );
  }
  const { matches = () => true, limit, direction } = query;
  const pageSize = walks.length === 1 ? Math.max(limit, PAGE_MIN) : PAGE_MIN;
  const unread = [...walks];
  const readFirst = async () => {
    for (let walk = unread.pop(); walk !== undefined; walk = unread.pop()) await readPage(store, walk, query, pageSize);
  };
  await Promise.all(Array.from({ length: READS_AT_ONCE }, readFirst));
  const items: ApprovalRecord[] = [];
  let pages = 0;
  let readTo: LedgerPosition | null = null;
  for (;;) {
    const dry = walks.find(({ waiting, hasMore }) => waiting.length === 0 && hasMore);
    if (dry !== undefined) {
      if (pages === MORE_PAGES) return { items, readTo };
      await readPage(store, dry, query, pageSize);
      pages += 1;
      continue;
    }
    const next = first(walks, direction);
    if (next === undefined) return { items, readTo: null };
    const isWanted = matches(next);
    // Only now it is known that the list goes on.
    if (isWanted && items.length === limit) return { items, readTo };
    readTo = positionOf(next);
    if (isWanted) items.push(next);
  }
}

export function positionOf({ decision }: ApprovalRecord): LedgerPosition {
  return { recordedAt: decision.body.recordedAt, approvalId: approvalIdOf(decision) };
}

async function readPage(
  store: Pick<LedgerStore, 'list'>,
  walk: Walk,
  { direction, recordedAfter, recordedBefore }: LedgerListQuery,
  limit: number,
): Promise<void> {
  const { items, hasMore } = await store.list({
    index: walk.index,
    direction,
    limit,
    ...(walk.after === undefined ? {} : { after: walk.after }),
    ...(recordedAfter === undefined ? {} : { recordedAfter }),
    ...(recordedBefore === undefined ? {} : { recordedBefore }),
  });
  const last = items.at(-1);
  walk.waiting = [...items];
  walk.hasMore = hasMore;
  if (last !== undefined) walk.after = positionOf(last);
}

/** Takes the next one of all. */
function first(walks: readonly Walk[], direction: Direction): ApprovalRecord | undefined {
  let best: { readonly walk: Walk; readonly key: string } | undefined;
  for (const walk of walks) {
    const [record] = walk.waiting;
    if (record === undefined) continue;
    const key = orderKey(positionOf(record));
    if (best === undefined || compareOrderKeys(key, best.key, direction) < 0) best = { walk, key };
  }
  return best?.walk.waiting.shift();
}

function distinct(indexes: readonly LedgerIndex[]): readonly LedgerIndex[] {
  return [...new Map(indexes.map((index) => [JSON.stringify(index), index])).values()];
}
