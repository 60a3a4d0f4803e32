import { compareUtf8, type ModelRecord, type ModelVersionRecord } from '../../src/domain/model.js';
import type { Direction, Page, Position, VersionAnchor, VersionOrder } from '../../src/domain/page.js';
import type { ModelRef } from '../../src/domain/refs.js';
import type { ListModelsQuery, ListVersionsQuery } from '../../src/domain/registry.js';
import { type OffsetList, OrderMismatchError, type ReadAfter, readAfter } from '../shared/offset-pager.js';
import { type MlflowCall, unexpectedAnswer } from './errors.js';
import { narrowModels, narrowVersions } from './filter.js';
import { toModelRecord, toVersionRecord } from './map.js';
import { isPossibleModel, withNameCondition } from './names.js';
import type { MlflowSession } from './session.js';
import { isPrompt } from './tags.js';
import type { WireModel, WireVersion } from './wire.js';

type Compare<K> = (a: K, b: K) => number;

/** Models by name. Databases with a collation of their own give names in another order than we promise: all are read and sorted then. */
export async function listModels(
  session: MlflowSession,
  query: ListModelsQuery,
  call: MlflowCall,
): Promise<Page<ModelRecord>> {
  const { learned } = session;
  const compare = query.order.direction === 'ASC' ? compareUtf8 : reversed(compareUtf8);
  const list: OffsetList<WireModel, string> = {
    maxPage: session.options.pageSize,
    fetchPage: (offset, limit) =>
      session.client.searchModels(
        { conditions: narrowModels(query.filter), orderBy: [`name ${query.order.direction}`], limit, offset },
        call,
      ),
    keyOf: (model) => model.name,
    compare,
    compareTrusted: (a, b) => (learned.nameOrder === 'other' ? 0 : compare(a, b)),
    isHidden: (model) => isPrompt(model.tags),
  };
  const from = fromPosition(query.limit, query.after, (anchor) => anchor.name);
  try {
    if (learned.nameOrder === 'other') return await readWhole(list);
    // A small page may look sorted by chance: the first look at a server is a large one.
    const minPage = learned.nameOrder === 'unknown' ? list.maxPage : 0;
    const page = toPage(await readAfter(list, { ...from, minPage }), (model) => toModelRecord(session.map, model));
    if (query.filter === undefined) learned.nameOrder = 'bytes';
    return page;
  } catch (error) {
    if (!(error instanceof OrderMismatchError)) throw error;
    learned.nameOrder = 'other';
    return readWhole(list);
  }

  async function readWhole(unordered: typeof list): Promise<Page<ModelRecord>> {
    const { offset: _, ...rest } = from;
    const result = await readAfter(unordered, { ...rest, minPage: unordered.maxPage });
    return toPage(result, (model) => toModelRecord(session.map, model));
  }
}

/** Versions of one model by number need no offsets: the number is something the upstream can compare. */
export async function listVersions(
  session: MlflowSession,
  query: ListVersionsQuery,
  call: MlflowCall,
): Promise<Page<ModelVersionRecord>> {
  const { model, order } = query;
  if (model === undefined) return pageByOffset(session, query, undefined, call);
  if (!isPossibleModel(model)) return { items: [], hasMore: false };
  return withNameCondition(session, model.name, (name) =>
    order.field === 'NUMBER' && name.isExact
      ? pageByNumber(session, query, model, name.text, call)
      : pageByOffset(session, query, name.text, call),
  );
}

async function pageByNumber(
  session: MlflowSession,
  { order, filter, after, limit }: ListVersionsQuery,
  model: ModelRef,
  name: string,
  call: MlflowCall,
): Promise<Page<ModelVersionRecord>> {
  const comparison = `${order.direction === 'ASC' ? '>' : '<'}${after?.inclusive === true ? '=' : ''}`;
  const { items, hasMore } = await session.client.searchVersions(
    {
      conditions: [
        name,
        ...(after === undefined ? [] : [`version_number ${comparison} ${after.anchor.number}`]),
        ...narrowVersions(session.options.approval, filter),
      ],
      orderBy: [`version_number ${order.direction}`],
      limit,
    },
    call,
  );
  // Versions of a prompt are so marked one and all, and those of another spelling of the name are another model's one and all.
  const shown = items.filter((version) => !isPrompt(version.tags) && version.name === model.name);
  return {
    items: shown.map((version) => toVersionRecord(session.map, version, undefined)),
    hasMore: hasMore && shown.length > 0,
  };
}

interface VersionKey {
  readonly createdAt: number;
  readonly name: string;
  readonly number: number;
}

async function pageByOffset(
  session: MlflowSession,
  query: ListVersionsQuery,
  name: string | undefined,
  call: MlflowCall,
): Promise<Page<ModelVersionRecord>> {
  const { order, filter, after, limit, model } = query;
  const { descending, trusted, orderBy } = VERSION_ORDERS[order.field];
  const list: OffsetList<WireVersion, VersionKey> = {
    maxPage: session.options.pageSize,
    fetchPage: (offset, size) =>
      session.client.searchVersions(
        {
          conditions: [...(name === undefined ? [] : [name]), ...narrowVersions(session.options.approval, filter)],
          orderBy: orderBy[order.direction],
          limit: size,
          offset,
        },
        call,
      ),
    keyOf: (version) => ({
      createdAt: version.creation_timestamp ?? 0,
      name: version.name,
      number: Number(version.version),
    }),
    compare: order.direction === 'DESC' ? descending : reversed(descending),
    compareTrusted: order.direction === 'DESC' ? trusted : reversed(trusted),
    isHidden: (version) => isPrompt(version.tags) || (model !== undefined && version.name !== model.name),
  };
  const toKey = (anchor: VersionAnchor): VersionKey => ({
    createdAt: anchor.createdAt === null ? 0 : Date.parse(anchor.createdAt),
    name: anchor.name,
    number: anchor.number,
  });
  try {
    const result = await readAfter(list, fromPosition(limit, after, toKey));
    return toPage(result, (version) => toVersionRecord(session.map, version, undefined));
  } catch (error) {
    throw error instanceof OrderMismatchError ? unexpectedAnswer(call, error) : error;
  }
}

/**
 * Written for the descending direction, which the upstream's ties decide: names upwards, numbers downwards. The ascending order is the mirror.
 * Only what compares the same in every database is trusted; names do not.
 */
const VERSION_ORDERS: Readonly<
  Record<
    VersionOrder['field'],
    {
      readonly descending: Compare<VersionKey>;
      readonly trusted: Compare<VersionKey>;
      readonly orderBy: Readonly<Record<Direction, readonly string[]>>;
    }
  >
> = {
  CREATED_AT: {
    descending: (a, b) => b.createdAt - a.createdAt || compareUtf8(a.name, b.name) || b.number - a.number,
    trusted: (a, b) => b.createdAt - a.createdAt,
    orderBy: {
      DESC: ['creation_timestamp DESC', 'name ASC', 'version_number DESC'],
      ASC: ['creation_timestamp ASC', 'name DESC', 'version_number ASC'],
    },
  },
  NUMBER: {
    descending: (a, b) => b.number - a.number || compareUtf8(a.name, b.name),
    trusted: (a, b) => b.number - a.number,
    orderBy: { DESC: ['version_number DESC', 'name ASC'], ASC: ['version_number ASC', 'name DESC'] },
  },
};

function reversed<K>(compare: Compare<K>): Compare<K> {
  return (a, b) => compare(b, a);
}

function fromPosition<A, K>(limit: number, after: Position<A> | undefined, toKey: (anchor: A) => K): ReadAfter<K> {
  if (after === undefined) return { limit };
  const offset = /^\d{1,9}$/.test(after.hint ?? '') ? { offset: Number(after.hint) } : {};
  return { limit, anchor: toKey(after.anchor), inclusive: after.inclusive === true, ...offset };
}

function toPage<T, R>(
  result: { readonly items: readonly T[]; readonly hasMore: boolean; readonly nextOffset: number },
  toRecord: (item: T) => R,
): Page<R> {
  const { items, hasMore, nextOffset } = result;
  return { items: items.map(toRecord), hasMore, ...(hasMore ? { nextHint: String(nextOffset) } : {}) };
}
