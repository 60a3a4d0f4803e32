import { expect, it } from 'vitest';
import { GATED_CALLS, type GatedCall } from '../../adapters/shared/unsupported.js';
import { NotFoundError } from '../../src/domain/errors.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';
import type { RegistryHarness } from './harness.js';
import { call } from './registry-walk.js';
import { everything, expectUnsupported, keysOf, rejection, URI } from './registry-writes.js';

/** A call of each, and what comes of it where it is supported. Typed over all keys: a new gated call does not compile until it has its case. */
const CASES: {
  readonly [K in GatedCall]: {
    readonly make: (adapter: RegistryAdapter) => Promise<unknown>;
    readonly works: (making: Promise<unknown>) => Promise<void>;
  };
} = {
  createModel: {
    make: (adapter) => adapter.createModel({ name: 'gated' }, call()),
    works: async (making) => expect(await making).toMatchObject({ ref: { name: 'gated' } }),
  },
  registerVersion: {
    make: (adapter) => {
      const model = { registryId: adapter.id, name: 'no-such-model' };
      return adapter.registerVersion({ model, artifacts: [{ uri: URI }] }, call());
    },
    works: async (making) => expect(await rejection(making)).toBeInstanceOf(NotFoundError),
  },
};

export function describeGatedCalls(harness: RegistryHarness): void {
  it.each(keysOf(CASES))('%s needs its capability', async (operation) => {
    await using opened = await harness.open();
    const { adapter } = opened;
    const capability = GATED_CALLS[operation];
    const making = CASES[operation].make(adapter);
    if (adapter.capabilities[capability]) {
      await CASES[operation].works(making);
      return;
    }
    const error = await rejection(making);
    expectUnsupported(error, capability);
    expect(error).toMatchObject({ registryId: adapter.id, operation });
    expect(await everything(adapter)).toEqual({ models: [], versions: [] });
  });
}
