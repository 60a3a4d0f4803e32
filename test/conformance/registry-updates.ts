import { describe, expect, it } from 'vitest';
import type { RegistryCapability } from '../../src/domain/capabilities.js';
import { InvalidInputError, NotFoundError, RegistryError, UnsupportedError } from '../../src/domain/errors.js';
import type { ModelRecord, ModelVersionRecord, Tag } from '../../src/domain/model.js';
import type { ModelUpdate, NewModel, NewVersion, RegistryAdapter, VersionUpdate } from '../../src/domain/registry.js';
import type { RegistryHarness } from './harness.js';
import { newMark } from './registry-marks.js';
import { present } from './registry-population.js';
import { call } from './registry-walk.js';
import { expectUnsupported, gateOf, keysOf, modelNow, openWritable, strong, versionNow } from './registry-writes.js';

const TAG: Tag = { key: 'tier', value: 'gold' };

/** Which capability gates which field, with a value of it. Typed over all fields. */
const MODEL_FIELDS: { readonly [K in Exclude<keyof ModelUpdate, 'model'>]-?: Field<ModelUpdate[K]> } = {
  description: { capability: 'UPDATE_MODEL_DESCRIPTION', value: 'Changed' },
  owner: { capability: 'TAG_MODELS', value: 'team-growth' },
  setTags: { capability: 'TAG_MODELS', value: [TAG] },
  removeTags: { capability: 'TAG_MODELS', value: ['tier'] },
};

const VERSION_FIELDS: { readonly [K in Exclude<keyof VersionUpdate, 'version'>]-?: Field<VersionUpdate[K]> } = {
  description: { capability: 'UPDATE_VERSION_DESCRIPTION', value: 'Changed' },
  setMetadata: { capability: 'UPDATE_METADATA', value: [TAG] },
  removeMetadata: { capability: 'UPDATE_METADATA', value: ['tier'] },
  setTags: { capability: 'TAG_VERSIONS', value: [TAG] },
  removeTags: { capability: 'TAG_VERSIONS', value: ['tier'] },
  modelCard: { capability: 'UPDATE_MODEL_CARD', value: { model_overview: { model_name: 'changed' } } },
};

interface Field<V> {
  readonly capability: RegistryCapability;
  readonly value: V;
}

export function describeUpdates(harness: RegistryHarness): void {
  describe('updateModel', () => describeUpdateModel(harness));
  describe('updateVersion', () => describeUpdateVersion(harness));
}

function describeUpdateModel(harness: RegistryHarness): void {
  const writable = openWritable(harness);
  const { refused, refusedAll } = writable;
  const capabilities = () => writable.adapter().capabilities;

  const create = (input: NewModel) => writable.adapter().createModel(input, call());
  const update = async ({ ref }: ModelRecord, input: Omit<ModelUpdate, 'model'>) => {
    const updated = await writable.adapter().updateModel({ model: ref, ...input }, call());
    expect(unstamped(await modelNow(writable.adapter(), ref))).toEqual(unstamped(updated));
    return updated;
  };
  const filled = (name: string) => {
    const tags = [TAG, { key: 'domain', value: 'card payments' }];
    return create({ name, description: 'Kept', ...(capabilities().TAG_MODELS ? { owner: 'team-risk', tags } : {}) });
  };

  it.each(keysOf(MODEL_FIELDS))('takes %s only with its capability', async (field) => {
    const adapter = writable.adapter();
    const { capability, value } = MODEL_FIELDS[field];
    const model = await filled(`gated-${field.toLowerCase()}`);
    if (adapter.capabilities[capability]) {
      await update(model, { [field]: value });
      return;
    }
    const error = await refused(() => adapter.updateModel({ model: model.ref, [field]: value }, call()));
    expectUnsupported(error, gateOf(adapter, 'updateModel', capability));
  });

  it('changes the description alone, and clears it', async () => {
    if (!capabilities().UPDATE_MODEL_DESCRIPTION) return;
    const model = await filled('described');
    const described = await update(model, { description: 'Größer, "besser"\n模型' });
    expect(unstamped(described)).toEqual({ ...unstamped(model), description: 'Größer, "besser"\n模型' });
    expect((await update(model, { description: null })).description).toBeNull();
    expect((await update(model, { description: 'Again' })).description).toBe('Again');
    const { descriptionMax } = writable.adapter().limits;
    expect((await update(model, { description: 'd'.repeat(descriptionMax) })).description).toHaveLength(descriptionMax);
  });

  it('sets and removes tags, and leaves the others and the description', async () => {
    if (!capabilities().TAG_MODELS) return;
    const model = await filled('tagged');
    const setTags = [
      { key: 'tier', value: 'silver' },
      { key: 'reviewed by', value: 'ana@example.com' },
    ];
    const tagged = await update(model, { setTags, removeTags: ['domain', 'never-there'] });
    const rest = model.tags.filter(({ key }) => key !== 'tier' && key !== 'domain');
    expect(tagged.tags).toEqual([...rest, ...setTags].toSorted((a, b) => (a.key < b.key ? -1 : 1)));
    expect(tagged).toMatchObject({ description: 'Kept', owner: 'team-risk' });
    const bare = await update(model, { removeTags: tagged.tags.map(({ key }) => key) });
    expect(bare).toMatchObject({ tags: [], owner: null, description: 'Kept' });
  });

  it('keeps the owner in its tag', async () => {
    if (!capabilities().TAG_MODELS) return;
    const model = await create({ name: 'owned', owner: 'team-risk' });
    const key = model.tags[0]?.key ?? '';
    expect((await update(model, { owner: 'team-growth' })).tags).toEqual([{ key, value: 'team-growth' }]);
    expect(await update(model, { owner: null })).toMatchObject({ owner: null, tags: [] });
    // There is none to remove, which is what was asked for.
    expect(await update(model, { owner: null, removeTags: [key] })).toMatchObject({ owner: null });
    expect(await update(model, { setTags: [{ key, value: 'team-ops' }] })).toMatchObject({ owner: 'team-ops' });
    const both = { owner: 'team-risk', setTags: [{ key, value: 'team-risk' }] };
    expect(await update(model, both)).toMatchObject({ owner: 'team-risk' });
    const torn: readonly Omit<ModelUpdate, 'model'>[] = [
      { owner: 'team-growth', setTags: [{ key, value: 'team-ops' }] },
      { owner: null, setTags: [{ key, value: 'team-ops' }] },
      { owner: 'team-growth', removeTags: [key] },
      { owner: '' },
    ];
    const { ref } = model;
    const errors = await refusedAll(
      torn.map((input) => () => writable.adapter().updateModel({ model: ref, ...input }, call())),
    );
    for (const error of errors) expect(error).toBeInstanceOf(InvalidInputError);
  });

  it('gives the model back when it is asked for nothing', async () => {
    if (!isOn(writable.adapter(), MODEL_FIELDS)) return;
    const model = await filled('unchanged');
    expect(unstamped(await update(model, {}))).toEqual(unstamped(model));
    expect(unstamped(await update(model, { setTags: [], removeTags: [] }))).toEqual(unstamped(model));
  });

  it('refuses what does not fit', async () => {
    const { TAG_MODELS, UPDATE_MODEL_DESCRIPTION } = capabilities();
    const { ref } = await filled('refused');
    const { descriptionMax } = writable.adapter().limits;
    const inputs: readonly Omit<ModelUpdate, 'model'>[] = [
      ...(UPDATE_MODEL_DESCRIPTION
        ? [{ description: 'x'.repeat(descriptionMax + 1) }, { description: 'lone \ud800' }]
        : []),
      ...(TAG_MODELS ? badTags('setTags', 'removeTags') : []),
    ];
    await allInvalid(inputs, (input) => writable.adapter().updateModel({ model: ref, ...input }, call()));
  });

  it('needs its model', async () => {
    const adapter = writable.adapter();
    if (!isOn(adapter, MODEL_FIELDS)) return;
    const fields = keysOf(MODEL_FIELDS).filter((field) => adapter.capabilities[MODEL_FIELDS[field].capability]);
    const model = { registryId: adapter.id, name: 'no-such-model' };
    const inputs = [{}, ...fields.map((field) => ({ [field]: MODEL_FIELDS[field].value }))];
    for (const error of await refusedAll(
      inputs.map((input) => () => adapter.updateModel({ model, ...input }, call())),
    )) {
      expect(error).toBeInstanceOf(NotFoundError);
    }
  });

  it('keeps to itself the keys that the gateway reserves', async () => {
    const adapter = writable.adapter();
    const tags = [{ key: 'registrar.decision', value: 'forged' }];
    const model = writable.model();
    const artifacts = [{ uri: 's3://registrar-conformance/forged/model.tar.gz' }];
    const writes: (() => Promise<unknown>)[] = [];
    if (capabilities().TAG_MODELS) writes.push(() => adapter.createModel({ name: 'forged', tags }, call()));
    if (capabilities().TAG_VERSIONS) writes.push(() => adapter.registerVersion({ model, artifacts, tags }, call()));
    if (adapter.limits.metadataEntriesMax !== 0) {
      writes.push(() => adapter.registerVersion({ model, artifacts, metadata: tags }, call()));
    }
    for (const error of await refusedAll(writes)) expect(error).toBeInstanceOf(InvalidInputError);
  });

  async function allInvalid<I>(inputs: readonly I[], write: (input: I) => Promise<unknown>): Promise<void> {
    const errors = await refusedAll(inputs.map((input) => () => write(input)));
    for (const [index, error] of errors.entries()) {
      expect(error, JSON.stringify(inputs[index]).slice(0, 80)).toBeInstanceOf(InvalidInputError);
    }
  }
}

function describeUpdateVersion(harness: RegistryHarness): void {
  const writable = openWritable(harness);
  const { refused, refusedAll, register } = writable;
  const capabilities = () => writable.adapter().capabilities;
  const limits = () => writable.adapter().limits;

  const update = async ({ ref }: ModelVersionRecord, input: Omit<VersionUpdate, 'version'>) => {
    const updated = await writable.adapter().updateVersion({ version: ref, ...input }, call());
    expect(await versionNow(writable.adapter(), ref)).toEqual(updated);
    return updated;
  };
  const filled = (input: Partial<NewVersion> = {}) => {
    const entries = [TAG, { key: 'domain', value: 'card payments' }];
    return register({
      description: 'Kept',
      ...(capabilities().TAG_VERSIONS ? { tags: entries } : {}),
      ...(limits().metadataEntriesMax === 0 ? {} : { metadata: entries }),
      ...input,
    });
  };
  /** The fields that the registry can change. */
  const changes = () =>
    keysOf(VERSION_FIELDS)
      .filter((field) => capabilities()[VERSION_FIELDS[field].capability])
      .map((field) => ({ [field]: VERSION_FIELDS[field].value }));

  it.each(keysOf(VERSION_FIELDS))('takes %s only with its capability', async (field) => {
    const adapter = writable.adapter();
    const { capability, value } = VERSION_FIELDS[field];
    const version = await filled();
    if (adapter.capabilities[capability]) {
      await update(version, { [field]: value });
      return;
    }
    const error = await refused(() => adapter.updateVersion({ version: version.ref, [field]: value }, call()));
    expectUnsupported(error, gateOf(adapter, 'updateVersion', capability));
  });

  it('changes the description alone, and clears it', async () => {
    if (!capabilities().UPDATE_VERSION_DESCRIPTION) return;
    const version = await filled();
    const described = await update(version, { description: 'Größer, "besser"\n模型' });
    expect(unstamped(described)).toEqual({ ...unstamped(version), description: 'Größer, "besser"\n模型' });
    expect((await update(version, { description: null })).description).toBeNull();
    const { descriptionMax } = limits();
    expect((await update(version, { description: 'd'.repeat(descriptionMax) })).description).toHaveLength(
      descriptionMax,
    );
  });

  it.each([
    ['tags', 'TAG_VERSIONS', 'setTags', 'removeTags'],
    ['metadata', 'UPDATE_METADATA', 'setMetadata', 'removeMetadata'],
  ] as const)('sets and removes %s, and leaves the rest', async (kind, capability, setField, removeField) => {
    if (!capabilities()[capability]) return;
    const version = await filled();
    const set = [
      { key: 'tier', value: 'silver' },
      { key: 'author', value: 'ana@example.com' },
    ];
    const changed = await update(version, { [setField]: set, [removeField]: ['domain', 'never-there'] });
    expect(unstamped(changed)).toEqual({ ...unstamped(version), [kind]: set.toReversed() });
    const bare = await update(version, { [removeField]: ['tier', 'author'] });
    expect(unstamped(bare)).toEqual({ ...unstamped(version), [kind]: [] });
    expect((await update(version, { [setField]: [TAG] }))[kind]).toEqual([TAG]);
  });

  it('changes several things at once', async () => {
    const version = await filled();
    const input = Object.assign(
      {},
      ...changes().filter((field) => !('removeTags' in field || 'removeMetadata' in field)),
    );
    if (Object.keys(input).length === 0) return;
    const changed = await update(version, input);
    if ('description' in input) expect(changed.description).toBe('Changed');
    if ('setTags' in input) expect(changed.tags).toContainEqual(TAG);
    if ('setMetadata' in input) expect(changed.metadata).toContainEqual(TAG);
  });

  it('never touches status or decision', async () => {
    const adapter = writable.adapter();
    for (const input of changes()) {
      const { ref } = await filled();
      if (capabilities().DECIDE) await adapter.decide({ version: ref, mark: newMark() }, call());
      else await writable.opened().setApprovalStatus(ref, 'APPROVED');
      const before = await versionNow(adapter, ref);
      expect(before.approvalStatus).toBe('APPROVED');
      const after = await update(before, input);
      const { approvalStatus, approvalStatusExplicit, approvalComment, decision, stage, incarnation } = before;
      expect(after, JSON.stringify(input)).toMatchObject({
        ...{ approvalStatus, approvalStatusExplicit, approvalComment, decision, stage, incarnation },
      });
    }
  });

  it('replaces the model card, and clears it or says that it cannot', async () => {
    const adapter = writable.adapter();
    if (!capabilities().UPDATE_MODEL_CARD) return;
    const version = await filled();
    const cardNow = async () => {
      const [evidence] = await adapter.getEvidence([version.ref], { ...strong, parts: ['MODEL_CARD'] });
      return present(evidence).modelCard?.content ?? null;
    };
    for (const name of ['first', 'zweites „Modell“ 模型']) {
      const modelCard = { model_overview: { model_name: name } };
      await update(version, { modelCard });
      if (capabilities().MODEL_CARDS) expect(await cardNow()).toEqual(modelCard);
    }
    try {
      await update(version, { modelCard: null });
      expect(await cardNow()).toBeNull();
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      expect(error).toBeInstanceOf(UnsupportedError);
      expect(await cardNow()).not.toBeNull();
    }
  });

  it('gives the version back when it is asked for nothing', async () => {
    if (!isOn(writable.adapter(), VERSION_FIELDS)) return;
    const version = await filled();
    expect(unstamped(await update(version, {}))).toEqual(unstamped(version));
    const nothing = { setTags: [], removeTags: [], setMetadata: [], removeMetadata: [] };
    expect(unstamped(await update(version, nothing))).toEqual(unstamped(version));
  });

  it('refuses what does not fit', async () => {
    const { TAG_VERSIONS, UPDATE_METADATA, UPDATE_VERSION_DESCRIPTION, UPDATE_MODEL_CARD } = capabilities();
    const { descriptionMax, metadataKeyMax, metadataValueMax } = limits();
    const { ref } = await filled();
    const inputs: readonly Omit<VersionUpdate, 'version'>[] = [
      ...(UPDATE_VERSION_DESCRIPTION
        ? [{ description: 'x'.repeat(descriptionMax + 1) }, { description: 'lone \ud800' }]
        : []),
      ...(TAG_VERSIONS ? badTags('setTags', 'removeTags') : []),
      ...(UPDATE_METADATA
        ? [
            ...badTags('setMetadata', 'removeMetadata'),
            { setMetadata: [{ key: 'k'.repeat(metadataKeyMax + 1), value: 'v' }] },
            { setMetadata: [{ key: 'k', value: 'v'.repeat(metadataValueMax + 1) }] },
          ]
        : []),
      ...(UPDATE_MODEL_CARD ? [{ modelCard: { score: Number.NaN } }, { modelCard: { name: '\ud800' } }] : []),
    ];
    const errors = await refusedAll(
      inputs.map((input) => () => writable.adapter().updateVersion({ version: ref, ...input }, call())),
    );
    for (const [index, error] of errors.entries()) {
      expect(error, JSON.stringify(inputs[index]).slice(0, 80)).toBeInstanceOf(InvalidInputError);
    }
  });

  it('refuses more metadata than fits beside what is there', async () => {
    const { metadataEntriesMax: most } = limits();
    if (!capabilities().UPDATE_METADATA || most === null) return;
    const full = Array.from({ length: most }, (_, i) => ({ key: `k${i}`, value: 'v' }));
    const { ref } = await filled({ metadata: full });
    const add = (input: Omit<VersionUpdate, 'version'>) =>
      writable.adapter().updateVersion({ version: ref, ...input }, call());
    expect(await refused(() => add({ setMetadata: [TAG] }))).toBeInstanceOf(InvalidInputError);
    const swapped = await add({ setMetadata: [TAG], removeMetadata: ['k0'] });
    expect(swapped.metadata).toHaveLength(most);
    expect((await add({ setMetadata: [{ ...TAG, value: 'silver' }] })).metadata).toHaveLength(most);
  });

  it('needs its version', async () => {
    const adapter = writable.adapter();
    if (!isOn(adapter, VERSION_FIELDS)) return;
    const { ref } = await filled();
    const missing = [
      { ...ref, version: '4711' },
      { ...ref, version: '01' },
      { ...ref, name: 'no-such-model' },
    ];
    const writes = missing.flatMap((version) =>
      [{}, ...changes()].map((input) => () => adapter.updateVersion({ version, ...input }, call())),
    );
    for (const error of await refusedAll(writes)) expect(error).toBeInstanceOf(NotFoundError);
  });
}

function badTags<S extends string, R extends string>(set: S, remove: R): Record<string, unknown>[] {
  return [
    { [set]: [TAG], [remove]: ['tier'] },
    { [set]: [TAG, { ...TAG, value: 'silver' }] },
    { [set]: [{ key: '', value: 'v' }] },
    { [set]: [{ key: 'k', value: 'lone \ud800' }] },
    { [set]: [{ key: 'registrar.decision', value: 'forged' }] },
    { [remove]: ['registrar.decision'] },
    { [remove]: [''] },
  ];
}

function isOn(
  { capabilities }: RegistryAdapter,
  fields: Readonly<Record<string, { readonly capability: RegistryCapability }>>,
): boolean {
  return Object.values(fields).some(({ capability }) => capabilities[capability]);
}

/** A record without what every write may change. */
function unstamped<R extends ModelRecord | ModelVersionRecord>(record: R): Omit<R, 'updatedAt'> {
  const { updatedAt: _, ...rest } = record;
  return rest;
}
