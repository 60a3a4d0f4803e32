import { expect, it } from 'vitest';
import { GATED_CALLS, type GatedCall } from '../../adapters/shared/unsupported.js';
import type { RegistryCapability } from '../../src/domain/capabilities.js';
import { NotFoundError } from '../../src/domain/errors.js';
import type { ModelRef, VersionRef } from '../../src/domain/refs.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';
import type { RegistryHarness } from './harness.js';
import { newMark } from './registry-marks.js';
import { stageNamed } from './registry-population.js';
import { call } from './registry-walk.js';
import { everything, expectUnsupported, keysOf, rejection, URI } from './registry-writes.js';

const missingModel = ({ id }: RegistryAdapter): ModelRef => ({ registryId: id, name: 'no-such-model' });
const missingVersion = (adapter: RegistryAdapter): VersionRef => ({ ...missingModel(adapter), version: '1' });

interface Case {
  readonly make: (adapter: RegistryAdapter) => Promise<unknown>;
  /** What comes of it where it is supported. */
  readonly works: (making: Promise<unknown>) => Promise<void>;
}

const findsNothing: Case['works'] = async (making) => expect(await rejection(making)).toBeInstanceOf(NotFoundError);

/** A call of each, as plain as can be. Typed over all keys: a new gated call does not compile until it has its case. */
const CASES: { readonly [K in GatedCall]: Case } = {
  createModel: {
    make: (adapter) => adapter.createModel({ name: 'gated' }, call()),
    works: async (making) => expect(await making).toMatchObject({ ref: { name: 'gated' } }),
  },
  registerVersion: {
    make: (adapter) => adapter.registerVersion({ model: missingModel(adapter), artifacts: [{ uri: URI }] }, call()),
    works: findsNothing,
  },
  updateModel: {
    make: (adapter) => adapter.updateModel({ model: missingModel(adapter) }, call()),
    works: findsNothing,
  },
  deleteModel: { make: (adapter) => adapter.deleteModel(missingModel(adapter), call()), works: findsNothing },
  updateVersion: {
    make: (adapter) => adapter.updateVersion({ version: missingVersion(adapter) }, call()),
    works: findsNothing,
  },
  deleteVersion: { make: (adapter) => adapter.deleteVersion(missingVersion(adapter), call()), works: findsNothing },
  decide: {
    make: (adapter) => adapter.decide({ version: missingVersion(adapter), incarnation: '0', mark: newMark() }, call()),
    works: findsNothing,
  },
  setAlias: {
    make: (adapter) => adapter.setAlias({ version: missingVersion(adapter), alias: 'champion' }, call()),
    works: findsNothing,
  },
  deleteAlias: {
    make: (adapter) => adapter.deleteAlias({ model: missingModel(adapter), alias: 'champion' }, call()),
    works: findsNothing,
  },
  setStage: {
    make: (adapter) => {
      const stage = stageNamed(adapter.limits.stages, 'Staging');
      return adapter.setStage({ version: missingVersion(adapter), stage }, call());
    },
    works: findsNothing,
  },
};

export function describeGatedCalls(harness: RegistryHarness): void {
  it.each(keysOf(CASES))('%s needs its capability', async (operation) => {
    await using opened = await harness.open();
    const { adapter } = opened;
    const gates: readonly [RegistryCapability, ...RegistryCapability[]] = GATED_CALLS[operation];
    const making = CASES[operation].make(adapter);
    if (gates.some((gate) => adapter.capabilities[gate])) {
      await CASES[operation].works(making);
      return;
    }
    const error = await rejection(making);
    expectUnsupported(error, gates[0]);
    expect(error).toMatchObject({ registryId: adapter.id, operation });
    expect(await everything(adapter)).toEqual({ models: [], versions: [] });
  });
}
