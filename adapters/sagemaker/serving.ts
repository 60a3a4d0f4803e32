import {
  DescribeEndpointCommand,
  type DescribeEndpointCommandOutput,
  type EndpointStatus,
  ListEndpointsCommand,
} from '@aws-sdk/client-sagemaker';
import { CostExceededError, type RegistryError } from '../../src/domain/errors.js';
import { compareUtf8 } from '../../src/domain/model.js';
import type { VersionRef } from '../../src/domain/refs.js';
import type { Lookup } from '../../src/domain/registry.js';
import { isGroupName, packageArn, versionArn, versionNumber } from './arns.js';
import type { Call } from './client.js';
import { createEndpointModels, type PackagesOf } from './endpoint-models.js';
import { isMissingServer, toRegistryError, unexpected } from './errors.js';
import type { Registry } from './registry.js';

const PAGE_MAX = 100;
const PAGES_MAX = 10;

/**
 * They take no requests, and are never going to: AWS lets such an endpoint be deleted and nothing else. All others may, those too that are being
 * made or changed, and those whose roll-back failed, which run a mixture.
 */
const NOT_SERVING: ReadonlySet<EndpointStatus | undefined> = new Set(['OutOfService', 'Deleting', 'Failed'] as const);

export type Serving = (refs: readonly VersionRef[], call: Call) => Promise<readonly Lookup<readonly string[]>[]>;

interface Served {
  /** Names of endpoints by the ARN of the version. */
  readonly endpoints: ReadonlyMap<string, ReadonlySet<string>>;
  /** Why there may be more of them. */
  readonly unknown: RegistryError | null;
}

/**
 * Which endpoints of the registry's own account and Region serve each version. SageMaker does not say it the other way round: all endpoints are
 * read, whatever number of versions is asked for, with one call each and two more for what each began to run since the last time.
 */
export function createServing(registry: Registry): Serving {
  const modelsFor = createEndpointModels(registry);
  return async (refs, call) => {
    const arns = await Promise.all(refs.map((ref) => arnOf(registry, ref, call)));
    if (arns.every((arn) => arn === null)) return refs.map(() => []);
    const { endpoints, unknown } = await readServed(registry, modelsFor(call), call);
    return arns.map((arn) => {
      const names = arn === null ? [] : endpoints.get(arn);
      // That something serves it is certain, whatever else could not be read; that nothing does is not.
      return names === undefined ? (unknown ?? []) : [...names].sort(compareUtf8);
    });
  };
}

async function readServed(registry: Registry, packagesOf: PackagesOf, call: Call): Promise<Served> {
  const endpoints = new Map<string, Set<string>>();
  try {
    const names = await listServing(registry, call);
    const place = await registry.sagemaker.place(call);
    const problems = await Promise.all(
      names.map(async (name) => {
        try {
          for (const text of await packagesBehind(registry, name, packagesOf, call)) {
            const arn = packageArn(place, text);
            endpoints.set(arn, (endpoints.get(arn) ?? new Set()).add(name));
          }
          return null;
        } catch (error) {
          if (call.options.signal.aborted) throw error;
          return toRegistryError(error, call);
        }
      }),
    );
    return { endpoints, unknown: problems.find((problem) => problem !== null) ?? null };
  } catch (error) {
    // A call that was ended has no answer at all; one that AWS refused has it in every slot.
    if (call.options.signal.aborted) throw error;
    return { endpoints, unknown: toRegistryError(error, call) };
  }
}

/** Oldest first: what is made meanwhile comes at the end, and pushes nothing from one page to another. */
async function listServing(registry: Registry, call: Call): Promise<readonly string[]> {
  const names: string[] = [];
  let token: string | undefined;
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const command = new ListEndpointsCommand({
      SortBy: 'CreationTime',
      SortOrder: 'Ascending',
      MaxResults: PAGE_MAX,
      ...(token === undefined ? {} : { NextToken: token }),
    });
    const page = await registry.sagemaker.run(call, (client, http) => client.send(command, http));
    if (page.Endpoints === undefined) throw unexpected(call);
    for (const { EndpointName, EndpointStatus } of page.Endpoints) {
      if (EndpointName === undefined) throw unexpected(call);
      if (!NOT_SERVING.has(EndpointStatus)) names.push(EndpointName);
    }
    token = page.NextToken;
    if (token === undefined) return [...new Set(names)];
  }
  throw new CostExceededError(
    `There are more than ${PAGES_MAX * PAGE_MAX} endpoints: finding which of them serve a version takes too many calls.`,
    { registryId: call.registryId, operation: call.operation },
  );
}

async function packagesBehind(
  registry: Registry,
  endpoint: string,
  packagesOf: PackagesOf,
  call: Call,
): Promise<readonly string[]> {
  const described = await describeEndpoint(registry, endpoint, call);
  if (described === null || NOT_SERVING.has(described.EndpointStatus)) return [];
  const { EndpointArn, LastModifiedTime, EndpointConfigName, PendingDeploymentSummary } = described;
  if (EndpointArn === undefined || EndpointConfigName === undefined || LastModifiedTime === undefined)
    throw unexpected(call);
  const since = `${EndpointArn} ${LastModifiedTime.toISOString()}`;
  // Until a deployment has ended, the configuration that it began with is the endpoint's, and the next one stands beside it.
  const configs = new Set([EndpointConfigName, PendingDeploymentSummary?.EndpointConfigName ?? EndpointConfigName]);
  const packages = await Promise.all([...configs].map((configName) => packagesOf({ endpoint, configName, since })));
  return packages.flat();
}

/** Null for one that has been deleted meanwhile. */
async function describeEndpoint(
  registry: Registry,
  name: string,
  call: Call,
): Promise<DescribeEndpointCommandOutput | null> {
  const command = new DescribeEndpointCommand({ EndpointName: name });
  try {
    return await registry.sagemaker.run(call, (client, http) => client.send(command, http));
  } catch (error) {
    if (isMissingServer(error)) return null;
    throw error;
  }
}

/** Null for what cannot be a version of this registry. */
async function arnOf(registry: Registry, ref: VersionRef, call: Call): Promise<string | null> {
  if (!isGroupName(ref.name) || versionNumber(ref.version) === null) return null;
  const place = await registry.placeOf(ref, call);
  return place === null ? null : versionArn(place, ref.name, ref.version);
}
