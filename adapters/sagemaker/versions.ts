import { DescribeModelPackageCommand, type ModelPackage } from '@aws-sdk/client-sagemaker';
import { matchesVersion } from '../../src/domain/filters.js';
import type { ModelVersionRecord } from '../../src/domain/model.js';
import { type Page, type VersionAnchor, versionAnchor } from '../../src/domain/page.js';
import { type VersionRef, versionId } from '../../src/domain/refs.js';
import type { ListVersionsQuery, Lookup } from '../../src/domain/registry.js';
import { isGroupName, isVersionArn, parseArn, partitionOf, versionArn, versionNumber } from './arns.js';
import type { Call } from './client.js';
import { isMissing, isNotShared, toRegistryError, unexpected } from './errors.js';
import { type Source, scopeOf, versionHint } from './hint.js';
import { readPage, readPageOfSeveral } from './listing.js';
import { compareNames } from './map.js';
import type { Registry } from './registry.js';
import { type Condition, exists, is, isOneOf, notAfter, notBefore, searchPackages, secondOf } from './search.js';
import { arnConditions, exactVersionFilter, narrowVersions, type VersionNarrowing } from './version-filter.js';
import type { Listing } from './walk.js';

const PAGE_MAX = 100;
/** From here on one search answers for less than a call per version. */
const SEARCH_FROM = 4;

export interface Versions {
  list(query: ListVersionsQuery, call: Call): Promise<Page<ModelVersionRecord>>;
  get(refs: readonly VersionRef[], call: Call): Promise<readonly Lookup<ModelVersionRecord>[]>;
  find(nativeId: string, call: Call): Promise<ModelVersionRecord | null>;
  /** By ARN, from no index; null when it is missing or no version of a group. */
  describe(source: Source, arn: string, call: Call): Promise<ModelVersionRecord | null>;
}

export function createVersions(registry: Registry): Versions {
  const describe: Versions['describe'] = async (source, arn, call) => {
    try {
      const pkg = await registry.sagemaker.run(call, (client, http) =>
        client.send(new DescribeModelPackageCommand({ ModelPackageName: arn }), http),
      );
      if (pkg.ModelPackageArn === undefined) throw unexpected(call);
      return registry.version(source, pkg, call);
    } catch (error) {
      if (isMissing(error) || isNotShared(error)) return null;
      throw error;
    }
  };

  return {
    describe,
    async list(query, call) {
      const listings = listingsOf(registry, query, call);
      const [first, ...others] = listings;
      if (first === undefined) return { items: [], hasMore: false };
      return others.length === 0
        ? readPage(first, query.after, query.limit)
        : readPageOfSeveral([first, ...others], query.after, query.limit);
    },
    async get(refs, call) {
      const wanted = await addressed(registry, refs, call);
      const isSearched = wanted.size >= SEARCH_FROM && call.options.consistency !== 'strong';
      const found = isSearched
        ? await findAll(registry, wanted, describe, call)
        : await describeAll(wanted, describe, call);
      return refs.map((ref) => exactly(ref, found.get(versionId(ref)) ?? null));
    },
    async find(nativeId, call) {
      const arn = parseArn(nativeId);
      const { region } = registry.options;
      if (arn === null || !isVersionArn(arn) || arn.region !== region || arn.partition !== partitionOf(region))
        return null;
      const { account } = await registry.sagemaker.place(call);
      if (arn.account !== account && !registry.showsAccount(arn.account)) return null;
      const version = await describe(arn.account === account ? 'own' : 'shared', nativeId, call);
      return version?.nativeId === nativeId ? version : null;
    },
  };
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

/** ARN by id, of the refs that can be versions of this registry. */
async function addressed(registry: Registry, refs: readonly VersionRef[], call: Call) {
  const arns = new Map<string, { readonly source: Source; readonly arn: string }>();
  for (const ref of refs) {
    if (!isGroupName(ref.name) || versionNumber(ref.version) === null || arns.has(versionId(ref))) continue;
    const place = await registry.placeOf(ref, call);
    if (place === null) continue;
    arns.set(versionId(ref), {
      source: ref.ownerAccount === undefined ? 'own' : 'shared',
      arn: versionArn(place, ref.name, ref.version),
    });
  }
  return arns;
}

type Addressed = Awaited<ReturnType<typeof addressed>>;

/** An ARN finds versions of a group whose name differs in case: what is found must be what was asked for. */
function exactly(ref: VersionRef, found: Lookup<ModelVersionRecord>): Lookup<ModelVersionRecord> {
  return found !== null && !(found instanceof Error) && found.ref.name !== ref.name ? null : found;
}

async function describeAll(wanted: Addressed, describe: Versions['describe'], call: Call) {
  const lookups = [...wanted].map(async ([id, { source, arn }]): Promise<[string, Lookup<ModelVersionRecord>]> => {
    try {
      return [id, await describe(source, arn, call)];
    } catch (error) {
      return [id, toRegistryError(error, call)];
    }
  });
  return new Map(await Promise.all(lookups));
}

/** One search for all, and a second look at what it did not find: the index may not know yet what was made just now. */
async function findAll(registry: Registry, wanted: Addressed, describe: Versions['describe'], call: Call) {
  const found = new Map<string, Lookup<ModelVersionRecord>>();
  await Promise.all(
    registry.sources.map(async (source) => {
      const ids = new Map([...wanted].flatMap(([id, to]) => (to.source === source ? [[to.arn, id] as const] : [])));
      try {
        for (const pkg of await searchArns(registry, source, [...ids.keys()], call)) {
          const id = ids.get(pkg.ModelPackageArn ?? '');
          const version = registry.version(source, pkg, call);
          if (id !== undefined && version !== null) found.set(id, version);
        }
      } catch (error) {
        for (const id of ids.values()) found.set(id, toRegistryError(error, call));
      }
    }),
  );
  const missing = [...wanted].filter(([id]) => !found.has(id)).slice(0, registry.options.singleLookups);
  return new Map([...found, ...(await describeAll(new Map(missing), describe, call))]);
}

async function searchArns(registry: Registry, source: Source, arns: readonly string[], call: Call) {
  const packages: ModelPackage[] = [];
  let rest = arns;
  while (rest.length > 0) {
    const { condition, rest: later } = isOneOf('ModelPackageArn', rest);
    let token: string | undefined;
    do {
      const page = await searchPackages(registry.sagemaker, call, {
        conditions: [condition],
        sortBy: 'CreationTime',
        direction: 'ASC',
        limit: PAGE_MAX,
        token,
        shared: source === 'shared',
      });
      packages.push(...page.items);
      token = page.next;
    } while (token !== undefined);
    rest = later;
  }
  return packages;
}
