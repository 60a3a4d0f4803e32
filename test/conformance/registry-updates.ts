import { describe, expect, it } from 'vitest';
import { InvalidInputError, NotFoundError } from '../../src/domain/errors.js';
import type { ModelRecord } from '../../src/domain/model.js';
import type { ModelUpdate, NewModel } from '../../src/domain/registry.js';
import type { RegistryHarness } from './harness.js';
import { allInvalid, badTags, type Field, isOn, TAG, unstamped } from './registry-update-fields.js';
import { describeUpdateVersion } from './registry-update-version.js';
import { call } from './registry-walk.js';
import { expectUnsupported, gateOf, keysOf, modelNow, openWritable } from './registry-writes.js';

/** Which capability gates which field, with a value of it. Typed over all fields. */
const MODEL_FIELDS: { readonly [K in Exclude<keyof ModelUpdate, 'model'>]-?: Field<ModelUpdate[K]> } = {
  description: { capability: 'UPDATE_MODEL_DESCRIPTION', value: 'Changed' },
  owner: { capability: 'TAG_MODELS', value: 'team-growth' },
  setTags: { capability: 'TAG_MODELS', value: [TAG] },
  removeTags: { capability: 'TAG_MODELS', value: ['tier'] },
};

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
    await allInvalid(writable, inputs, (input) => writable.adapter().updateModel({ model: ref, ...input }, call()));
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
}
