import { InvalidInputError } from '../../src/domain/errors.js';
import {
  APPROVAL_STATUSES,
  type ApprovalStatus,
  compareUtf8,
  type ModelVersionRecord,
} from '../../src/domain/model.js';
import type { Page, VersionAnchor } from '../../src/domain/page.js';
import type { ListVersionsQuery } from '../../src/domain/registry.js';
import type { Item } from './batch-get.js';
import {
  createdKey,
  isStorableName,
  modelKey,
  registryStatus,
  statusNumber,
  VERSION_NUMBER_MAX,
  versionKey,
  versionSortKey,
} from './keys.js';
import { foreignPosition } from './list-models.js';
import { toVersion } from './map.js';
import { queryRange, type RangeQuery } from './query-range.js';
import { type DynamoDbRegistry, isOurs, mapContext } from './registry.js';
import type { Call } from './session.js';
import { GLOBAL_INDEXES, LOCAL_INDEXES, TABLE_KEYS } from './table.js';

/** One run of items; a list over several approval statuses merges one run of each. */
interface Source extends Pick<RangeQuery, 'index' | 'hash' | 'range'> {
  /** What a start key at this version holds beside the primary key. */
  readonly startKeys: (anchor: VersionAnchor) => Readonly<Record<string, string>>;
}

/** One Query per approval status asked for, or a single one when the statuses do not matter. */
export async function listVersions(
  registry: DynamoDbRegistry,
  query: ListVersionsQuery,
  call: Call,
): Promise<Page<ModelVersionRecord>> {
  const statuses = wantedStatuses(query);
  const model = modelName(registry, query);
  if (statuses?.length === 0 || model === null) return { items: [], hasMore: false };
  if (model === undefined && query.order.field === 'NUMBER') {
    throw new InvalidInputError(
      'Versions of several models have no order by number. Ask for CREATED_AT, or for one model.',
      registry.session.fault(call),
    );
  }
  const { namespace } = registry.session;
  const sources =
    model === undefined ? sourcesOverAll(namespace, query, statuses) : sourcesOf(namespace, model, statuses);
  const isLocal = model !== undefined;
  // One item more than asked for tells whether there is a next page.
  const runs = await Promise.all(sources.map((source) => readSource(registry, source, query, isLocal, call)));
  const items = merge(runs, isLocal ? TABLE_KEYS.range : GLOBAL_INDEXES.created.range, query);
  const context = mapContext(registry, call);
  return {
    items: items.slice(0, query.limit).map((item) => toVersion(item, context)),
    hasMore: items.length > query.limit,
  };
}

/** Undefined: any. All of them together do not restrict either. */
function wantedStatuses({ filter }: ListVersionsQuery): readonly ApprovalStatus[] | undefined {
  if (filter?.approvalStatuses === undefined) return undefined;
  const distinct = [...new Set(filter.approvalStatuses)];
  return distinct.length === APPROVAL_STATUSES.length ? undefined : distinct;
}

/** Null: no model of this registry. A filter that names one model is as good as asking for it. */
function modelName(registry: DynamoDbRegistry, { model, filter }: ListVersionsQuery): string | null | undefined {
  if (model !== undefined) return isOurs(registry, model) ? model.name : null;
  const name = filter?.modelName?.equals;
  return name === undefined || isStorableName(name) ? name : null;
}

/** Within one model the order by time is the order by number: the table's rules keep times from going back. */
function sourcesOf(
  namespace: string,
  model: string,
  statuses: readonly ApprovalStatus[] | undefined,
): readonly Source[] {
  const hash = { attribute: TABLE_KEYS.hash, value: modelKey(namespace, model).pk };
  if (statuses === undefined) {
    const range = { attribute: TABLE_KEYS.range, low: versionSortKey(0), high: versionSortKey(VERSION_NUMBER_MAX) };
    return [{ hash, range, startKeys: () => ({}) }];
  }
  const attribute = LOCAL_INDEXES.status.range;
  return statuses.map((status) => ({
    index: 'status',
    hash,
    range: { attribute, low: statusNumber(status, 0), high: statusNumber(status, VERSION_NUMBER_MAX) },
    startKeys: (anchor) => ({ [attribute]: statusNumber(status, anchor.number) }),
  }));
}

function sourcesOverAll(
  namespace: string,
  { filter }: ListVersionsQuery,
  statuses: readonly ApprovalStatus[] | undefined,
): readonly Source[] {
  const attribute = GLOBAL_INDEXES.created.range;
  const range = {
    attribute,
    // Every key begins with `<time>#`. "$" comes right after "#", and the bare time right before its own keys: both bounds leave the time out.
    ...(filter?.createdAfter === undefined ? {} : { low: `${filter.createdAfter}$` }),
    ...(filter?.createdBefore === undefined ? {} : { high: filter.createdBefore }),
  };
  const source = (index: 'created' | 'review', value: string): Source => {
    const { hash } = GLOBAL_INDEXES[index];
    const startKeys = (anchor: VersionAnchor) => ({ [hash]: value, [attribute]: timeKey(anchor) });
    return { index, hash: { attribute: hash, value }, range, startKeys };
  };
  if (statuses === undefined) return [source('created', namespace)];
  return statuses.map((status) => source('review', registryStatus(namespace, status)));
}

async function readSource(
  { session }: DynamoDbRegistry,
  { startKeys, ...source }: Source,
  { after, order, limit }: ListVersionsQuery,
  isLocal: boolean,
  call: Call,
): Promise<readonly Item[]> {
  const common = {
    ...source,
    direction: order.direction,
    limit: limit + 1,
    consistent: isLocal && call.options.consistency === 'strong',
  };
  if (after === undefined) return (await queryRange(session, common, call)).items;
  const { anchor, inclusive = false } = after;
  if (!isStorableName(anchor.name) || !(anchor.number <= VERSION_NUMBER_MAX)) throw foreignPosition();
  const keys = { ...versionKey(session.namespace, anchor.name, anchor.number), ...startKeys(anchor) };
  return (await queryRange(session, { ...common, start: { keys, inclusive } }, call)).items;
}

function timeKey(anchor: VersionAnchor): string {
  if (anchor.createdAt === null) throw foreignPosition();
  return createdKey(anchor.createdAt, anchor.name, anchor.number);
}

/** A version that changes its status between two of the reads is in both: it is listed once, as it was last. */
function merge(runs: readonly (readonly Item[])[], attribute: string, { order }: ListVersionsQuery): readonly Item[] {
  const [first = []] = runs;
  if (runs.length === 1) return first;
  const sign = order.direction === 'ASC' ? 1 : -1;
  const byKey = new Map<string, Item>();
  for (const item of runs.flat()) {
    const key = String(item[attribute]);
    const known = byKey.get(key);
    if (known === undefined || Number(item.rev) > Number(known.rev)) byKey.set(key, item);
  }
  return [...byKey].sort(([a], [b]) => sign * compareUtf8(a, b)).map(([, item]) => item);
}
