import { DescribeModelPackageCommand, type ModelPackage } from '@aws-sdk/client-sagemaker';
import { NotFoundError, RegistryError } from '../../src/domain/errors.js';
import type { ModelVersionRecord } from '../../src/domain/model.js';
import { quote, type VersionRef, versionId } from '../../src/domain/refs.js';
import type { Lookup } from '../../src/domain/registry.js';
import { isGroupName, isVersionArn, parseArn, partitionOf, versionArn, versionNumber } from './arns.js';
import type { Call } from './client.js';
import { isMissing, isNotShared, toRegistryError, unexpected } from './errors.js';
import type { Source } from './hint.js';
import type { Registry } from './registry.js';
import { isOneOf, searchPackages } from './search.js';

const PAGE_MAX = 100;
/** From here on one search answers for less than a call per version. */
const SEARCH_FROM = 4;

/** A version, and all that SageMaker says of it. */
export interface Described {
  readonly record: ModelVersionRecord;
  readonly pkg: ModelPackage;
}

export interface Versions {
  get(refs: readonly VersionRef[], call: Call): Promise<readonly Lookup<ModelVersionRecord>[]>;
  /** As `get`, with all that SageMaker says. */
  look(refs: readonly VersionRef[], call: Call): Promise<readonly Lookup<Described>[]>;
  find(nativeId: string, call: Call): Promise<ModelVersionRecord | null>;
  /** By ARN, from no index; null when it is missing or no version of a group. */
  describe(source: Source, arn: string, call: Call): Promise<Described | null>;
  /**
   * The version that is to be written to, from no index. SageMaker would find it under another spelling of the name, too.
   * @throws NotFoundError
   */
  existing(ref: VersionRef, call: Call): Promise<Described>;
}

export function createVersions(registry: Registry): Versions {
  const describe: Versions['describe'] = async (source, arn, call) => {
    try {
      const pkg = await registry.sagemaker.run(call, (client, http) =>
        client.send(new DescribeModelPackageCommand({ ModelPackageName: arn }), http),
      );
      if (pkg.ModelPackageArn === undefined) throw unexpected(call);
      return described(registry, source, pkg, call);
    } catch (error) {
      if (isMissing(error) || isNotShared(error)) return null;
      throw error;
    }
  };

  const look: Versions['look'] = async (refs, call) => {
    const wanted = await addressed(registry, refs, call);
    const isSearched = wanted.size >= SEARCH_FROM && call.options.consistency !== 'strong';
    const found = isSearched
      ? await findAll(registry, wanted, describe, call)
      : await describeAll(wanted, describe, call);
    return refs.map((ref) => exactly(ref, found.get(versionId(ref)) ?? null));
  };

  return {
    describe,
    look,
    async get(refs, call) {
      const found = await look(refs, call);
      return found.map((slot) => (slot === null || slot instanceof RegistryError ? slot : slot.record));
    },
    async find(nativeId, call) {
      const arn = parseArn(nativeId);
      const { region } = registry.options;
      if (arn === null || !isVersionArn(arn) || arn.region !== region || arn.partition !== partitionOf(region))
        return null;
      const { account } = await registry.sagemaker.place(call);
      if (arn.account !== account && !registry.showsAccount(arn.account)) return null;
      const version = await describe(arn.account === account ? 'own' : 'shared', nativeId, call);
      return version?.record.nativeId === nativeId ? version.record : null;
    },
    async existing(ref, call) {
      const [address] = [...(await addressed(registry, [ref], call)).values()];
      const found = address === undefined ? null : await describe(address.source, address.arn, call);
      if (found === null || found.record.ref.name !== ref.name) throw noSuchVersion(ref, call);
      return found;
    },
  };
}

export function noSuchVersion({ name, version }: VersionRef, call: Call, cause?: unknown): NotFoundError {
  return new NotFoundError(
    `There is no version ${quote(version)} of a model named ${quote(name)} in this registry. Check both; somebody may have deleted it.`,
    { registryId: call.registryId, operation: call.operation, cause },
  );
}

function described(registry: Registry, source: Source, pkg: ModelPackage, call: Call): Described | null {
  const record = registry.version(source, pkg, call);
  return record === null ? null : { record, pkg };
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
function exactly(ref: VersionRef, found: Lookup<Described>): Lookup<Described> {
  return found !== null && !(found instanceof Error) && found.record.ref.name !== ref.name ? null : found;
}

async function describeAll(wanted: Addressed, describe: Versions['describe'], call: Call) {
  const lookups = [...wanted].map(async ([id, { source, arn }]): Promise<[string, Lookup<Described>]> => {
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
  const found = new Map<string, Lookup<Described>>();
  await Promise.all(
    registry.sources.map(async (source) => {
      const ids = new Map([...wanted].flatMap(([id, to]) => (to.source === source ? [[to.arn, id] as const] : [])));
      try {
        for (const pkg of await searchArns(registry, source, [...ids.keys()], call)) {
          const id = ids.get(pkg.ModelPackageArn ?? '');
          const version = described(registry, source, pkg, call);
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
