import { afterAll, beforeAll, expect } from 'vitest';
import { GATED_CALLS, type GatedCall } from '../../adapters/shared/unsupported.js';
import type { RegistryCapability } from '../../src/domain/capabilities.js';
import { RegistryError, UnsupportedError } from '../../src/domain/errors.js';
import type { ModelRecord, ModelVersionRecord } from '../../src/domain/model.js';
import type { ModelRef, VersionRef } from '../../src/domain/refs.js';
import type { NewVersion, RegistryAdapter } from '../../src/domain/registry.js';
import type { OpenedRegistry, RegistryHarness } from './harness.js';
import { present } from './registry-population.js';
import { call, modelListing, readAll, versionListing } from './registry-walk.js';

/** For what must be read as it is now, not from an index that may lag behind a write. */
export const strong = call({ consistency: 'strong' });

export const URI = 's3://registrar-conformance/written/model.tar.gz';

/** A registry to write to, with one model in it. Its members are there once the tests run. */
export interface Writable {
  opened(): OpenedRegistry;
  adapter(): RegistryAdapter;
  model(): ModelRef;
  /** A version of that model, unless the input names another. */
  register(input: Partial<NewVersion>): Promise<ModelVersionRecord>;
  /** Runs writes that must be refused, and sees that nothing came of any. */
  refusedAll(writes: readonly (() => Promise<unknown>)[]): Promise<RegistryError[]>;
  refused(write: () => Promise<unknown>): Promise<RegistryError>;
}

export function openWritable(harness: RegistryHarness): Writable {
  let opened: OpenedRegistry;
  let model: ModelRef;
  beforeAll(async () => {
    opened = await harness.open();
    model = (await opened.adapter.createModel({ name: 'written' }, call())).ref;
  });
  afterAll(() => opened[Symbol.asyncDispose]());

  const refusedAll: Writable['refusedAll'] = async (writes) => {
    const before = await everything(opened.adapter);
    const errors: RegistryError[] = [];
    for (const write of writes) errors.push(await rejection(write()));
    expect(await everything(opened.adapter)).toEqual(before);
    for (const error of errors) expect(error).toMatchObject({ registryId: opened.adapter.id });
    return errors;
  };

  return {
    opened: () => opened,
    adapter: () => opened.adapter,
    model: () => model,
    register: (input) => opened.adapter.registerVersion({ model, artifacts: [{ uri: URI }], ...input }, call()),
    refusedAll,
    refused: async (write) => {
      const [error] = await refusedAll([write]);
      if (error === undefined) throw new Error('One error was expected.');
      return error;
    },
  };
}

export async function modelNow(adapter: RegistryAdapter, ref: ModelRef): Promise<ModelRecord> {
  return present((await adapter.getModels([ref], strong))[0]);
}

export async function versionNow(adapter: RegistryAdapter, ref: VersionRef): Promise<ModelVersionRecord> {
  return present((await adapter.getVersions([ref], strong))[0]);
}

/** What a field is refused for: its own capability, unless the registry has none of those that the call as a whole takes. */
export function gateOf(adapter: RegistryAdapter, operation: GatedCall, own: RegistryCapability): RegistryCapability {
  const gates: readonly [RegistryCapability, ...RegistryCapability[]] = GATED_CALLS[operation];
  return gates.some((gate) => adapter.capabilities[gate]) ? own : gates[0];
}

/** All that the registry holds, for seeing that a refused write left no trace. */
export async function everything(adapter: RegistryAdapter): Promise<unknown> {
  const order = { field: 'CREATED_AT', direction: 'ASC' } as const;
  return {
    models: await readAll(modelListing(adapter, { direction: 'ASC' })),
    versions: await readAll(versionListing(adapter, { order })),
  };
}

export function expectUnsupported(error: RegistryError, capability: RegistryCapability): void {
  expect(error).toBeInstanceOf(UnsupportedError);
  expect(error).toMatchObject({ capability });
}

/** What a call without a promise must throw. */
export function thrown(work: () => void): RegistryError | null {
  try {
    work();
    return null;
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    return error;
  }
}

/** What a write that must be refused is refused with. */
export async function rejection(promise: Promise<unknown>): Promise<RegistryError> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!('error' in outcome)) {
    throw new Error(`The call was to be refused; it answered ${JSON.stringify(outcome.value)?.slice(0, 200)}`);
  }
  // Thrown as it is, so that a foreign error shows itself in the report.
  if (!(outcome.error instanceof RegistryError)) throw outcome.error;
  return outcome.error;
}

export function keysOf<T extends object>(values: T): (keyof T & string)[] {
  return Object.keys(values) as (keyof T & string)[];
}
