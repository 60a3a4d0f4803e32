import {
  DescribeModelPackageGroupCommand,
  type DescribeModelPackageGroupCommandOutput,
  ListTagsCommand,
  type Tag,
} from '@aws-sdk/client-sagemaker';
import { matchesModel } from '../../src/domain/filters.js';
import { compareUtf8, type ModelRecord } from '../../src/domain/model.js';
import { type ModelAnchor, modelAnchor, type Page } from '../../src/domain/page.js';
import { type ModelRef, namePart } from '../../src/domain/refs.js';
import type { ListModelsQuery, Lookup } from '../../src/domain/registry.js';
import { groupArn, isGroupName } from './arns.js';
import type { Call } from './client.js';
import { isMissing, isNotShared, toRegistryError } from './errors.js';
import { modelHint, type Source, scopeOf } from './hint.js';
import { readPage, readPageOfAll } from './listing.js';
import { compareNames } from './map.js';
import { exactModelFilter, type ModelNarrowing, narrowModels } from './model-filter.js';
import type { Registry } from './registry.js';
import { type Condition, isOneOf, searchGroups } from './search.js';
import { DisorderError, type Listing } from './walk.js';

const PAGE_MAX = 100;
/** Then the order is tried again: the upstream may have been mended, or may have been read at an odd moment. */
const DISORDER_MS = 10 * 60_000;

/** A model, and all of its tags, the hidden ones among them. */
export interface DescribedModel {
  readonly record: ModelRecord;
  readonly tags: readonly Tag[];
}

export interface Models {
  list(query: ListModelsQuery, call: Call): Promise<Page<ModelRecord>>;
  get(refs: readonly ModelRef[], call: Call): Promise<readonly Lookup<ModelRecord>[]>;
  /** The group of just this name, by one call that no index stands behind; null when it is missing. */
  find(ref: ModelRef, call: Call): Promise<DescribeModelPackageGroupCommandOutput | null>;
  /** The group and its tags by two calls that no index stands behind; null when it is missing. */
  describe(ref: ModelRef, call: Call): Promise<DescribedModel | null>;
}

export function createModels(registry: Registry): Models {
  // Once the upstream has been seen to sort otherwise than by bytes, its pages are of no use as pages.
  let disorderedUntil = 0;

  const pageOf = async (
    query: ListModelsQuery,
    narrowing: ModelNarrowing,
    conditions: readonly Condition[],
    call: Call,
  ) => {
    const listing = listingOf(registry, query, narrowing, conditions, call);
    if (Date.now() >= disorderedUntil) {
      try {
        return await readPage(listing, query.after, query.limit);
      } catch (error) {
        if (!(error instanceof DisorderError)) throw error;
        disorderedUntil = Date.now() + DISORDER_MS;
      }
    }
    return readPageOfAll(listing, query.after, query.limit);
  };

  const arnOf = async (ref: ModelRef, call: Call): Promise<string | null> => {
    const place = isGroupName(ref.name) ? await registry.placeOf(ref, call) : null;
    return place === null ? null : groupArn(place, ref.name);
  };

  const find: Models['find'] = async (ref, call) => {
    const arn = await arnOf(ref, call);
    const group = arn === null ? null : await describeGroup(registry, arn, call);
    // Names differ in case alone: SageMaker may find the group, but it is not the one that was asked for.
    return group !== null && (group.ModelPackageGroupName ?? ref.name) === ref.name ? group : null;
  };

  const describe: Models['describe'] = async (ref, call) => {
    const arn = await arnOf(ref, call);
    if (arn === null) return null;
    const [group, tags] = await Promise.all([find(ref, call), listTags(registry, arn, call)]);
    if (group === null) return null;
    const record = registry.model(ref.ownerAccount === undefined ? 'own' : 'shared', group, tags, call);
    return record === null ? null : { record, tags };
  };

  return {
    find,
    describe,
    async list(query, call) {
      const narrowing = narrowModels(query.filter ?? {}, registry.options.ownerTag);
      if (narrowing === null) return { items: [], hasMore: false };
      if (narrowing.names === undefined) return pageOf(query, narrowing, narrowing.conditions, call);
      return listNamed(query, narrowing.names, (rest, names) => {
        const { condition } = isOneOf('ModelPackageGroupName', names);
        return pageOf(rest, narrowing, [...narrowing.conditions, condition], call);
      });
    },
    async get(refs, call) {
      const distinct = [...new Map(refs.map((ref) => [namePart(ref), ref])).values()];
      const found =
        distinct.length > 1 && call.options.consistency !== 'strong'
          ? await findAll(registry, distinct, describe, call)
          : await describeAll(distinct, describe, call);
      return refs.map((ref) => found.get(namePart(ref)) ?? null);
    },
  };
}

/** With the names given, the walk goes along them instead of along upstream pages: as many at a time as one search takes. */
async function listNamed(
  query: ListModelsQuery,
  names: readonly string[],
  read: (query: ListModelsQuery, names: readonly string[]) => Promise<Page<ModelRecord>>,
): Promise<Page<ModelRecord>> {
  const sign = query.order.direction === 'ASC' ? 1 : -1;
  const { after } = query;
  // A shared group may have the anchor's name, so the anchor's own name stays in.
  let rest: readonly string[] = [...names]
    .sort((a, b) => sign * compareUtf8(a, b))
    .filter((name) => after === undefined || sign * compareUtf8(name, after.anchor.name) >= 0);
  const items: ModelRecord[] = [];
  let total: Page<ModelRecord>['total'];
  let hasMore = false;
  while (rest.length > 0 && items.length < query.limit) {
    const { rest: later } = isOneOf('ModelPackageGroupName', rest);
    const page = await read({ ...query, limit: query.limit - items.length }, rest.slice(0, rest.length - later.length));
    items.push(...page.items);
    if (after === undefined && rest.length === names.length && later.length === 0) total = page.total;
    rest = later;
    hasMore = page.hasMore || rest.length > 0;
  }
  return { items, hasMore, ...(total === undefined ? {} : { total }) };
}

function listingOf(
  registry: Registry,
  query: ListModelsQuery,
  narrowing: ModelNarrowing,
  conditions: readonly Condition[],
  call: Call,
): Listing<ModelRecord, ModelAnchor> {
  const { direction } = query.order;
  const sign = direction === 'ASC' ? 1 : -1;
  const exact = exactModelFilter(query.filter ?? {});
  return {
    site: call,
    sources: registry.sources,
    async read(source, { token, size }) {
      const page = await searchGroups(registry.sagemaker, call, {
        conditions,
        sortBy: 'ModelPackageGroupName',
        direction,
        limit: size,
        token,
        shared: source === 'shared',
        isAsked: query.filter !== undefined,
      });
      return {
        items: page.items.flatMap((group) => registry.model(source, group, group.Tags ?? [], call) ?? []),
        next: page.next,
        total: narrowing.countsExactly ? page.total : undefined,
      };
    },
    anchorOf: modelAnchor,
    compare: (a, b) => sign * compareNames(a, b),
    tie: null,
    keep: (model) => matchesModel(exact, model),
    bound: () => null,
    scope: scopeOf('models', direction, conditions),
    hint: modelHint,
    // Whole multiples of the limit: pages begin where upstream pages do, and the most names are seen for one call.
    size: (limit) => (limit >= PAGE_MAX ? PAGE_MAX : Math.floor(PAGE_MAX / limit) * limit),
  };
}

async function describeAll(refs: readonly ModelRef[], describe: Models['describe'], call: Call) {
  const lookups = refs.map(async (ref): Promise<[string, Lookup<ModelRecord>]> => {
    try {
      return [namePart(ref), (await describe(ref, call))?.record ?? null];
    } catch (error) {
      return [namePart(ref), toRegistryError(error, call)];
    }
  });
  return new Map(await Promise.all(lookups));
}

/** One search for all, and a second look at what it did not find: the index may not know yet what was made just now. */
async function findAll(registry: Registry, refs: readonly ModelRef[], describe: Models['describe'], call: Call) {
  const found = new Map<string, Lookup<ModelRecord>>();
  await Promise.all(
    registry.sources.map(async (source) => {
      const wanted = refs.filter(
        (ref) => isGroupName(ref.name) && (ref.ownerAccount === undefined) === (source === 'own'),
      );
      try {
        for (const model of await searchNames(registry, source, [...new Set(wanted.map((ref) => ref.name))], call)) {
          found.set(namePart(model.ref), model);
        }
      } catch (error) {
        for (const ref of wanted) found.set(namePart(ref), toRegistryError(error, call));
      }
    }),
  );
  const missing = refs.filter((ref) => !found.has(namePart(ref))).slice(0, registry.options.singleLookups);
  return new Map([...found, ...(await describeAll(missing, describe, call))]);
}

async function searchNames(registry: Registry, source: Source, names: readonly string[], call: Call) {
  const models: ModelRecord[] = [];
  let rest = names;
  while (rest.length > 0) {
    const { condition, rest: later } = isOneOf('ModelPackageGroupName', rest);
    let token: string | undefined;
    do {
      const page = await searchGroups(registry.sagemaker, call, {
        conditions: [condition],
        sortBy: 'ModelPackageGroupName',
        direction: 'ASC',
        limit: PAGE_MAX,
        token,
        shared: source === 'shared',
      });
      models.push(...page.items.flatMap((group) => registry.model(source, group, group.Tags ?? [], call) ?? []));
      token = page.next;
    } while (token !== undefined);
    rest = later;
  }
  return models;
}

async function describeGroup(
  registry: Registry,
  arn: string,
  call: Call,
): Promise<DescribeModelPackageGroupCommandOutput | null> {
  try {
    return await registry.sagemaker.run(call, (client, http) =>
      client.send(new DescribeModelPackageGroupCommand({ ModelPackageGroupName: arn }), http),
    );
  } catch (error) {
    if (isMissing(error) || isNotShared(error)) return null;
    throw error;
  }
}

/** At most 50, which is the smallest page: one call has them all. */
async function listTags(registry: Registry, arn: string, call: Call): Promise<readonly Tag[]> {
  try {
    const answer = await registry.sagemaker.run(call, (client, http) =>
      client.send(new ListTagsCommand({ ResourceArn: arn }), http),
    );
    return answer.Tags ?? [];
  } catch (error) {
    // Sharing a group does not share its tags.
    if (isMissing(error) || isNotShared(error)) return [];
    throw error;
  }
}
