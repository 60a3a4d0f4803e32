import { matchesVersion } from '../../src/domain/filters.js';
import type { ModelVersionRecord } from '../../src/domain/model.js';
import { type Page, type VersionAnchor, versionAnchor } from '../../src/domain/page.js';
import type { ListVersionsQuery } from '../../src/domain/registry.js';
import { isGroupName } from './arns.js';
import type { Call } from './client.js';
import { type Source, scopeOf, versionHint } from './hint.js';
import { readPage, readPageOfSeveral } from './listing.js';
import { compareNames } from './map.js';
import type { Registry } from './registry.js';
import { type Condition, exists, is, notAfter, notBefore, searchPackages, secondOf } from './search.js';
import { arnConditions, exactVersionFilter, narrowVersions, type VersionNarrowing } from './version-filter.js';
import type { Listing } from './walk.js';

const PAGE_MAX = 100;
/** @throws RegistryError as `RegistryAdapter.listVersions`. */
export async function listVersions(
  registry: Registry,
  query: ListVersionsQuery,
  call: Call,
): Promise<Page<ModelVersionRecord>> {
  const [first, ...others] = listingsOf(registry, query, call);
  if (first === undefined) return { items: [], hasMore: false };
  return others.length === 0
    ? readPage(first, query.after, query.limit)
    : readPageOfSeveral([first, ...others], query.after, query.limit);
}

/** None where nothing can match; several where one search does not take all ARNs of the filter. */
function listingsOf(
  registry: Registry,
  query: ListVersionsQuery,
  call: Call,
): readonly Listing<ModelVersionRecord, VersionAnchor>[] {
  const { model, order } = query;
  const narrowing = narrowVersions(query.filter ?? {});
  if (narrowing === null || (model !== undefined && !isGroupName(model.name))) return [];
  const sources = registry.sources.filter(
    (source) => model === undefined || (model.ownerAccount === undefined) === (source === 'own'),
  );
  if (sources.length === 0) return [];
  const conditions = conditionsOf(query, narrowing);
  return arnConditions(narrowing.arns).map((arns) => {
    const common = { registry, query, narrowing, call, sources, conditions: [...conditions, ...arns] };
    return order.field === 'NUMBER' ? byNumber(common) : byCreation(common);
  });
}

interface Common {
  readonly registry: Registry;
  readonly query: ListVersionsQuery;
  readonly narrowing: VersionNarrowing;
  readonly call: Call;
  readonly sources: readonly Source[];
  readonly conditions: readonly Condition[];
}

/** Unique within one model, and a filter finds any place in it: no token is needed to go on. */
function byNumber(common: Common): Listing<ModelVersionRecord, VersionAnchor> {
  const { direction } = common.query.order;
  const sign = direction === 'ASC' ? 1 : -1;
  const strictly = direction === 'ASC' ? 'GreaterThan' : 'LessThan';
  const operator = common.query.after?.inclusive === true ? (`${strictly}OrEqualTo` as const) : strictly;
  return {
    ...shared(common, 'ModelPackageVersion', (bound) => is('ModelPackageVersion', bound, operator)),
    scope: scopeOf('numbers', operator, common.conditions),
    compare: (a, b) => sign * (a.number - b.number),
    tie: null,
    bound: ({ number }) => String(number),
    size: (limit) => Math.min(PAGE_MAX, limit),
  };
}

/**
 * By time, then name, then number. Filters on time have whole seconds: reading begins with the anchor's second, and the versions of one
 * millisecond, which come in any order, are given out only once all of them are read.
 */
function byCreation(common: Common): Listing<ModelVersionRecord, VersionAnchor> {
  const { direction } = common.query.order;
  const sign = direction === 'ASC' ? 1 : -1;
  const limitTo = direction === 'ASC' ? notBefore : notAfter;
  return {
    ...shared(common, 'CreationTime', (bound) => limitTo('CreationTime', bound)),
    compare: (a, b) => sign * (compareTimes(a.createdAt, b.createdAt) || compareNames(a, b) || a.number - b.number),
    tie: (version) => version.createdAt,
    bound: ({ createdAt }) => (createdAt === null ? null : secondOf(createdAt)),
    // One more shows that the last one's millisecond is over; the rest is room for what the anchor's second has before the anchor.
    size: (limit, isContinued) => Math.min(PAGE_MAX, isContinued ? 4 * limit + 20 : limit + 1),
  };
}

function shared(common: Common, sortBy: string, boundFilter: (bound: string) => Condition[number]) {
  const { registry, query, narrowing, call, sources, conditions } = common;
  const { field, direction } = query.order;
  const exact = exactVersionFilter(query.filter ?? {});
  return {
    site: call,
    sources,
    async read(
      source: Source,
      { token, size, bound }: { token: string | undefined; size: number; bound: string | null },
    ) {
      const page = await searchPackages(registry.sagemaker, call, {
        conditions: bound === null ? conditions : [...conditions, [boundFilter(bound)]],
        sortBy,
        direction,
        limit: size,
        token,
        shared: source === 'shared',
        isAsked: query.filter !== undefined,
      });
      return {
        items: page.items.flatMap((pkg) => registry.version(source, pkg, call) ?? []),
        next: page.next,
        total: narrowing.countsExactly && bound === null ? page.total : undefined,
      };
    },
    anchorOf: versionAnchor,
    keep: (version: ModelVersionRecord) => isOfModel(version, query) && matchesVersion(exact, version),
    scope: scopeOf('versions', field, direction, conditions, query.model?.ownerAccount),
    hint: versionHint,
  };
}

function conditionsOf({ model }: ListVersionsQuery, { conditions }: VersionNarrowing): readonly Condition[] {
  // Packages without a group are no versions of anything.
  return [
    [model === undefined ? exists('ModelPackageGroupName') : is('ModelPackageGroupName', model.name)],
    ...conditions,
  ];
}

function isOfModel({ ref }: ModelVersionRecord, { model }: ListVersionsQuery): boolean {
  return model === undefined || (ref.name === model.name && ref.ownerAccount === model.ownerAccount);
}

function compareTimes(a: string | null, b: string | null): number {
  const [x, y] = [a ?? '', b ?? ''];
  return x === y ? 0 : x < y ? -1 : 1;
}
