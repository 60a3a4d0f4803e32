import { expect, it } from 'vitest';
import { ConflictError, NotFoundError } from '../../src/domain/errors.js';
import type { ModelRef, VersionRef } from '../../src/domain/refs.js';
import type { RegistryHarness } from './harness.js';
import { call, modelListing, readAll, versionListing } from './registry-walk.js';
import { everything, expectUnsupported, modelNow, openWritable, strong } from './registry-writes.js';

export function describeDeletes(harness: RegistryHarness): void {
  const writable = openWritable(harness);
  const { register, refused, refusedAll } = writable;

  const create = async (name: string): Promise<ModelRef> =>
    (await writable.adapter().createModel({ name }, call())).ref;
  const deleteModel = (ref: ModelRef) => writable.adapter().deleteModel(ref, call());
  const deleteVersion = (ref: VersionRef) => writable.adapter().deleteVersion(ref, call());

  it('are refused without their capabilities', async () => {
    const { DELETE_MODEL, DELETE_VERSION } = writable.adapter().capabilities;
    const empty = await create('empty-and-kept');
    const { ref } = await register({});
    if (!DELETE_MODEL) expectUnsupported(await refused(() => deleteModel(empty)), 'DELETE_MODEL');
    if (!DELETE_VERSION) expectUnsupported(await refused(() => deleteVersion(ref)), 'DELETE_VERSION');
  });

  it('take a model, and that alone', async () => {
    const adapter = writable.adapter();
    if (!adapter.capabilities.DELETE_MODEL) return;
    const before = await everything(adapter);
    const gone = await create('gone');
    await deleteModel(gone);
    expect(await adapter.getModels([gone], strong)).toEqual([null]);
    expect(await everything(adapter)).toEqual(before);
    expect(await refused(() => deleteModel(gone))).toBeInstanceOf(NotFoundError);
  });

  it('leave a model that has versions, with all of them', async () => {
    const adapter = writable.adapter();
    if (!adapter.capabilities.DELETE_MODEL) return;
    const model = await create('with-versions');
    const { ref } = await register({ model });
    await register({ model });
    if (adapter.capabilities.ALIASES) await adapter.setAlias({ version: ref, alias: 'champion' }, call());
    expect(await refused(() => deleteModel(model))).toBeInstanceOf(ConflictError);
    expect(await adapter.getVersions([ref], strong)).toMatchObject([{ ref }]);
  });

  it('take a model once its last version has gone', async () => {
    const adapter = writable.adapter();
    const { DELETE_MODEL, DELETE_VERSION } = adapter.capabilities;
    if (!DELETE_MODEL || !DELETE_VERSION) return;
    const model = await create('emptied');
    const { ref } = await register({ model });
    await deleteVersion(ref);
    await deleteModel(model);
    expect(await adapter.getModels([model], strong)).toEqual([null]);
  });

  it('take a version, and that alone', async () => {
    const adapter = writable.adapter();
    if (!adapter.capabilities.DELETE_VERSION) return;
    const model = await create('thinned');
    const [one, two, three] = [await register({ model }), await register({ model }), await register({ model })];
    await deleteVersion(two.ref);
    expect(await adapter.getVersions([one.ref, two.ref, three.ref], strong)).toMatchObject([
      { ref: one.ref },
      null,
      { ref: three.ref },
    ]);
    const listing = versionListing(adapter, { model, order: { field: 'NUMBER', direction: 'ASC' } });
    expect((await readAll(listing)).map(({ number }) => number)).toEqual([1, 3]);
    expect(await adapter.findVersion(two.nativeId, strong)).toBeNull();
    expect(await refused(() => deleteVersion(two.ref))).toBeInstanceOf(NotFoundError);
    await deleteVersion(three.ref);
    expect(await adapter.getLatestVersions([model], strong)).toMatchObject([{ ref: one.ref }]);
    await deleteVersion(one.ref);
    expect(await adapter.getLatestVersions([model], strong)).toEqual([null]);
    expect((await readAll(modelListing(adapter, { direction: 'ASC' }))).map(({ ref }) => ref)).toContainEqual(model);
  });

  it('take the aliases of a version along', async () => {
    const adapter = writable.adapter();
    const { DELETE_VERSION, ALIASES } = adapter.capabilities;
    if (!DELETE_VERSION || !ALIASES) return;
    const model = await create('unaliased');
    const [one, two] = [await register({ model }), await register({ model })];
    for (const alias of ['champion', 'canary']) await adapter.setAlias({ version: two.ref, alias }, call());
    await adapter.setAlias({ version: one.ref, alias: 'previous' }, call());
    await deleteVersion(two.ref);
    expect((await modelNow(adapter, model)).aliases).toEqual([{ name: 'previous', version: one.ref.version }]);
    await adapter.setAlias({ version: one.ref, alias: 'champion', expected: { version: null } }, call());
  });

  it('leave a number for ever taken', async () => {
    const adapter = writable.adapter();
    if (!adapter.capabilities.DELETE_VERSION) return;
    const model = await create('counted');
    await register({ model });
    const two = await register({ model });
    await deleteVersion(two.ref);
    expect(await register({ model })).toMatchObject({ number: 3 });
  });

  it('need something to delete', async () => {
    const adapter = writable.adapter();
    const { DELETE_MODEL, DELETE_VERSION } = adapter.capabilities;
    const { id: registryId } = adapter;
    const models = ['no-such-model', '', 'a/b', "'", '%', 'x'.repeat(3000)].map((name) => ({ registryId, name }));
    const versions = ['4711', '01', '0', '-1', '', 'x', '99999999999999999999'].map((version) => ({
      ...writable.model(),
      version,
    }));
    const deletes = [
      ...(DELETE_MODEL ? models.map((ref) => () => deleteModel(ref)) : []),
      ...(DELETE_VERSION ? versions.map((ref) => () => deleteVersion(ref)) : []),
      ...(DELETE_VERSION ? models.map((ref) => () => deleteVersion({ ...ref, version: '1' })) : []),
    ];
    for (const error of await refusedAll(deletes)) expect(error).toBeInstanceOf(NotFoundError);
  });
}
