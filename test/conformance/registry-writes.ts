import { afterAll, beforeAll, expect } from 'vitest';
import type { RegistryCapability } from '../../src/domain/capabilities.js';
import { RegistryError, UnsupportedError } from '../../src/domain/errors.js';
import type { ModelVersionRecord } from '../../src/domain/model.js';
import type { ModelRef } from '../../src/domain/refs.js';
import type { NewVersion, RegistryAdapter } from '../../src/domain/registry.js';
import type { OpenedRegistry, RegistryHarness } from './harness.js';
import { call, modelListing, readAll, versionListing } from './registry-walk.js';

export const URI = 's3://registrar-conformance/written/model.tar.gz';

/** A registry to write to, with one model in it. Its members are there once the tests run. */
export interface Writable {
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
