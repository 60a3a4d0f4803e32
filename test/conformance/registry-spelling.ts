import { beforeAll, expect, it } from 'vitest';
import { NotFoundError } from '../../src/domain/errors.js';
import type { ModelVersionRecord } from '../../src/domain/model.js';
import type { ModelRef } from '../../src/domain/refs.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';
import type { RegistryHarness } from './harness.js';
import { newMark } from './registry-marks.js';
import { stageNamed } from './registry-population.js';
import { call, readAll, versionListing } from './registry-walk.js';
import { openWritable, strong, URI } from './registry-writes.js';

const NAME = 'Card-Fraud';
/** What one database or another takes for the same name. */
const SPELLINGS = [
  'card-fraud',
  'CARD-FRAUD',
  'Card-Fraud ',
  ' Card-Fraud',
  'Card-Fraúd',
  'Card-Fraud\u0000',
  'Ｃard-Fraud',
];

/** The upstream may find a thing under more spellings than its own; whoever may see or change those need not be let near this one. */
export function describeSpelling(harness: RegistryHarness): void {
  const writable = openWritable(harness);
  let version: ModelVersionRecord;
  beforeAll(async () => {
    const adapter = writable.adapter();
    const { ref } = await adapter.createModel({ name: NAME }, call());
    version = await writable.register({ model: ref });
    if (adapter.capabilities.ALIASES) await adapter.setAlias({ version: version.ref, alias: 'champion' }, call());
  });
  const spelt = (name: string): ModelRef => ({ registryId: writable.adapter().id, name });

  it.each(SPELLINGS)('%j is found by no read', async (name) => {
    const adapter = writable.adapter();
    const model = spelt(name);
    const ref = { ...model, version: version.ref.version };
    for (const options of [call(), strong]) {
      expect(await adapter.getModels([model], options)).toEqual([null]);
      expect(await adapter.getVersions([ref], options)).toEqual([null]);
      expect(await adapter.getVersions([ref, version.ref, ref, version.ref], options)).toMatchObject([
        null,
        { ref: version.ref },
        null,
        { ref: version.ref },
      ]);
      expect(await adapter.getLatestVersions([model], options)).toEqual([null]);
      expect(await adapter.getEvidence([ref], { ...options, parts: ['METRICS', 'MODEL_CARD'] })).toEqual([null]);
    }
    for (const field of ['NUMBER', 'CREATED_AT'] as const) {
      const listing = versionListing(adapter, { model, order: { field, direction: 'ASC' } });
      expect(await readAll(listing)).toEqual([]);
    }
  });

  it.each(SPELLINGS)('%j is written to by no write', async (name) => {
    const adapter = writable.adapter();
    const { capabilities } = adapter;
    const model = spelt(name);
    const errors = await writable.refusedAll(writesTo(adapter, model, version.ref.version));
    if (capabilities.REGISTER_VERSION) expect(errors.length).toBeGreaterThan(0);
    for (const error of errors) expect(error, error.operation).toBeInstanceOf(NotFoundError);
  });
}

/** One write of each kind that the registry has. */
function writesTo(adapter: RegistryAdapter, model: ModelRef, number: string): (() => Promise<unknown>)[] {
  const { capabilities: has, limits } = adapter;
  const version = { ...model, version: number };
  const tags = [{ key: 'tier', value: 'gold' }];
  const described = { description: 'Changed' };
  return [
    ...(has.UPDATE_MODEL_DESCRIPTION ? [() => adapter.updateModel({ model, ...described }, call())] : []),
    ...(has.TAG_MODELS ? [() => adapter.updateModel({ model, setTags: tags }, call())] : []),
    ...(has.DELETE_MODEL ? [() => adapter.deleteModel(model, call())] : []),
    ...(has.REGISTER_VERSION ? [() => adapter.registerVersion({ model, artifacts: [{ uri: URI }] }, call())] : []),
    ...(has.UPDATE_VERSION_DESCRIPTION ? [() => adapter.updateVersion({ version, ...described }, call())] : []),
    ...(has.TAG_VERSIONS ? [() => adapter.updateVersion({ version, setTags: tags }, call())] : []),
    ...(has.UPDATE_METADATA ? [() => adapter.updateVersion({ version, setMetadata: tags }, call())] : []),
    ...(has.DELETE_VERSION ? [() => adapter.deleteVersion(version, call())] : []),
    ...(has.DECIDE ? [() => adapter.decide({ version, incarnation: '0', mark: newMark() }, call())] : []),
    ...(has.ALIASES ? [() => adapter.setAlias({ version, alias: 'shadow' }, call())] : []),
    ...(has.ALIASES ? [() => adapter.deleteAlias({ model, alias: 'champion' }, call())] : []),
    ...(has.STAGES ? [() => adapter.setStage({ version, stage: stageNamed(limits.stages, 'Staging') }, call())] : []),
  ];
}
