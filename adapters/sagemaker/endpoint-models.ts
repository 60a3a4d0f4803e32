import {
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  type DescribeModelCommandOutput,
  type ProductionVariant,
} from '@aws-sdk/client-sagemaker';
import { UnexpectedUpstreamError, UnsupportedError } from '../../src/domain/errors.js';
import { quote } from '../../src/domain/refs.js';
import type { Call } from './client.js';
import { isMissingServer } from './errors.js';
import type { Registry } from './registry.js';

/** What one endpoint runs, or is about to run: SageMaker says it by name, and a name can be deleted and made again. */
export interface Deployed {
  readonly endpoint: string;
  readonly configName: string;
  /** The same for as long as the endpoint runs what it runs now. */
  readonly since: string;
}

/** Which model packages stand behind a deployed configuration, as ARNs or names. */
export type PackagesOf = (deployed: Deployed) => Promise<readonly string[]>;

const KNOWN_MAX = 2000;

/**
 * Configurations and models never change, so what an endpoint runs is read once for as long as the endpoint stays as it is: a name that is made
 * anew meanwhile changes nothing about it.
 * @returns What reads for one call; within it each configuration and model is read once.
 */
export function createEndpointModels(registry: Registry): (call: Call) => PackagesOf {
  const known = new Map<string, readonly string[]>();
  const keep = (key: string, packages: readonly string[]) => {
    known.delete(key);
    known.set(key, packages);
    const [oldest] = known.keys();
    if (known.size > KNOWN_MAX && oldest !== undefined) known.delete(oldest);
    return packages;
  };

  return (call) => {
    const variantsOf = once((name) => readVariants(registry, name, call));
    const packagesIn = once((name) => readPackages(registry, name, call));
    return async ({ endpoint, configName, since }) => {
      const key = JSON.stringify([endpoint, since, configName]);
      const before = known.get(key);
      if (before !== undefined) return keep(key, before);
      const variants = await variantsOf(configName);
      if (variants === null) throw gone(endpoint, `configuration ${quote(configName)}`, call);
      const packages = await Promise.all(
        variants.map(async ({ ModelName: name }) => {
          if (name === undefined) throw unknownModel(endpoint, call);
          const found = await packagesIn(name);
          if (found === null) throw gone(endpoint, `model ${quote(name)}`, call);
          return found;
        }),
      );
      return keep(key, [...new Set(packages.flat())]);
    };
  };
}

async function readVariants(
  registry: Registry,
  name: string,
  call: Call,
): Promise<readonly ProductionVariant[] | null> {
  const command = new DescribeEndpointConfigCommand({ EndpointConfigName: name });
  const config = await orNull(registry.sagemaker.run(call, (client, http) => client.send(command, http)));
  return config === null ? null : [...(config.ProductionVariants ?? []), ...(config.ShadowProductionVariants ?? [])];
}

/** A model that was made of files alone comes from no version. */
async function readPackages(registry: Registry, name: string, call: Call): Promise<readonly string[] | null> {
  const command = new DescribeModelCommand({ ModelName: name });
  const model: DescribeModelCommandOutput | null = await orNull(
    registry.sagemaker.run(call, (client, http) => client.send(command, http)),
  );
  if (model === null) return null;
  return [model.PrimaryContainer, ...(model.Containers ?? [])].flatMap(
    (container) => container?.ModelPackageName ?? [],
  );
}

async function orNull<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (isMissingServer(error)) return null;
    throw error;
  }
}

function once<T>(read: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const started = new Map<string, Promise<T>>();
  return (name) => {
    const reading = started.get(name) ?? read(name);
    started.set(name, reading);
    return reading;
  };
}

function gone(endpoint: string, what: string, { registryId, operation }: Call): UnexpectedUpstreamError {
  return new UnexpectedUpstreamError(
    `The endpoint ${quote(endpoint)} runs the ${what}, which has been deleted, so nothing tells which versions it serves. Put a configuration on it that is there.`,
    { registryId, operation },
  );
}

function unknownModel(endpoint: string, { registryId, operation }: Call): UnsupportedError {
  return new UnsupportedError(
    `The endpoint ${quote(endpoint)} has a variant without a model of its own, as for inference components, which are not looked at: which versions it serves is not known.`,
    { registryId, operation },
  );
}
