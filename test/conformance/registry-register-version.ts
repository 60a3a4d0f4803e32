import { expect, it } from 'vitest';
import { InvalidInputError, NotFoundError, UnsupportedError } from '../../src/domain/errors.js';
import { sortTags } from '../../src/domain/model.js';
import type { ModelRef } from '../../src/domain/refs.js';
import type { NewVersion, RegistryAdapter } from '../../src/domain/registry.js';
import type { RegistryHarness } from './harness.js';
import { newMark } from './registry-marks.js';
import { present, stageNamed } from './registry-population.js';
import { call, readAll, versionListing } from './registry-walk.js';
import { openWritable, strong, URI } from './registry-writes.js';

/** As people and keys come in: the id of a subject is as long as its issuer likes. */
const REGISTRANTS = [
  { name: 'Jürgen "JJ" O’Neil, Ltd. (模型 😀) 50%', nativeId: `https://issuer.example/#${'auth0|7f3a-ü='.repeat(30)}` },
  { name: 'ana@example.com', nativeId: 'https://issuer.example/#ana' },
  { name: 'nightly', nativeId: 'api-key:nightly' },
  { name: 'ben@example.com' },
];

export function describeRegisterVersion(harness: RegistryHarness): void {
  const writable = openWritable(harness);
  const { refused, refusedAll, register } = writable;

  it('numbers versions from 1 and leaves them pending, explicitly', async () => {
    const adapter = writable.adapter();
    const { ref } = await adapter.createModel({ name: 'numbered' }, call());
    for (const number of [1, 2, 3]) {
      const version = await register({ model: ref });
      expect(version).toMatchObject({
        ref: { ...ref, version: String(number) },
        number,
        approvalStatus: 'PENDING',
        approvalStatusExplicit: true,
        stage: null,
      });
      expect(version.aliasNames ?? []).toEqual([]);
    }
  });

  it('gives each its own number when several register at once', async () => {
    const adapter = writable.adapter();
    const { ref } = await adapter.createModel({ name: 'numbered-at-once' }, call());
    const versions = await Promise.all([1, 2, 3, 4].map(() => register({ model: ref })));
    expect(versions.map((version) => version.number).toSorted()).toEqual([1, 2, 3, 4]);
  });

  it('registers with all that it was given', async () => {
    const model = writable.model();
    const adapter = writable.adapter();
    const input = versionWithAll(adapter, model);
    const created = await adapter.registerVersion(input, call());
    const read = present((await adapter.getVersions([created.ref], strong))[0]);
    const { aliasNames: _, ...rest } = created;
    expect(read).toMatchObject(rest);
    expect(created).toMatchObject({ description: input.description, artifacts: [{ uri: URI }] });
    for (const { tags, metadata } of [created, read]) {
      for (const entries of [tags, metadata]) expect(entries).toEqual(sortTags(entries));
    }
    expect([...created.tags, ...created.metadata].map(({ key, value }) => `${key}=${value}`).toSorted()).toEqual(
      [...(input.tags ?? []), ...(input.metadata ?? [])].map(({ key, value }) => `${key}=${value}`).toSorted(),
    );
  });

  it('gives the first result again for the same request', async () => {
    const model = writable.model();
    const adapter = writable.adapter();
    const input = { ...versionWithAll(adapter, model), requestId: 'request-version-1' };
    const first = await adapter.registerVersion(input, call());
    expect((await adapter.registerVersion(input, call())).ref).toEqual(first.ref);
    const other = await adapter.registerVersion({ ...input, requestId: 'request-version-2' }, call());
    expect(other.number).toBe(first.number + 1);
  });

  it.each(REGISTRANTS)('says in every read that $name has registered it', async (caller) => {
    const adapter = writable.adapter();
    const model = (await adapter.createModel({ name: `registered-by-${REGISTRANTS.indexOf(caller)}` }, call())).ref;
    const created = await adapter.registerVersion(versionWithAll(adapter, model), call({ caller }));
    const { ref, nativeId, tags, metadata } = created;
    const order = { field: 'NUMBER', direction: 'DESC' } as const;
    const listed = await readAll(versionListing(adapter, { order: { ...order, field: 'CREATED_AT' } }));
    const reads = [
      created,
      ...(await readAll(versionListing(adapter, { model, order }))),
      ...listed.filter((version) => version.ref.name === model.name),
      ...(await adapter.getVersions([ref], call())).map(present),
      ...(await adapter.getVersions([ref], strong)).map(present),
      ...(await adapter.getLatestVersions([model], call())).map(present),
      present(await adapter.findVersion(nativeId, call())),
      ...(adapter.capabilities.DECIDE
        ? [await adapter.decide({ version: ref, incarnation: created.incarnation, mark: newMark() }, call())]
        : []),
      ...(adapter.capabilities.STAGES
        ? [await adapter.setStage({ version: ref, stage: stageNamed(adapter.limits.stages, 'Staging') }, call())]
        : []),
    ];
    expect(reads.length).toBeGreaterThanOrEqual(7);
    for (const read of reads) {
      const createdBy = { name: caller.name, kind: 'USER', nativeId: caller.nativeId ?? null };
      expect(read).toMatchObject({ ref, createdBy, tags, metadata });
    }
    // It is shown in its own field alone.
    const without = await adapter.registerVersion(versionWithAll(adapter, model), call());
    expect({ tags, metadata }).toEqual({ tags: without.tags, metadata: without.metadata });
    expect(without.createdBy?.name).not.toBe(caller.name);
  });

  it('refuses a missing model', async () => {
    const adapter = writable.adapter();
    const names = ['no-such-model', '', 'a/b', "'", '%'];
    for (const error of await refusedAll(
      names.map((name) => () => register({ model: { registryId: adapter.id, name } })),
    )) {
      expect(error).toBeInstanceOf(NotFoundError);
      expect(error.operation).toBe('registerVersion');
    }
  });

  it('refuses what does not fit', async () => {
    const adapter = writable.adapter();
    const { descriptionMax, metadataEntriesMax, metadataKeyMax, metadataValueMax } = adapter.limits;
    const inputs: Partial<NewVersion>[] = [
      { artifacts: [] },
      { artifacts: [{ uri: '' }] },
      { description: 'x'.repeat(descriptionMax + 1) },
      { requestId: 'x'.repeat(37) },
    ];
    if (metadataEntriesMax !== 0) {
      inputs.push(
        { metadata: [{ key: 'k'.repeat(metadataKeyMax + 1), value: 'v' }] },
        { metadata: [{ key: 'k', value: 'v'.repeat(metadataValueMax + 1) }] },
        { metadata: [{ key: '', value: 'v' }] },
        { metadata: [{ key: 'k', value: 'a' }, { key: 'k', value: 'b' }] }, // biome-ignore format: one case a line
      );
    }
    if (metadataEntriesMax !== null && metadataEntriesMax > 0) {
      const metadata = Array.from({ length: metadataEntriesMax + 1 }, (_, i) => ({ key: `k${i}`, value: 'v' }));
      inputs.push({ metadata });
    }
    const errors = await refusedAll(inputs.map((input) => () => register(input)));
    for (const [index, error] of errors.entries()) {
      expect(error, JSON.stringify(inputs[index]).slice(0, 80)).toBeInstanceOf(InvalidInputError);
    }
    if (metadataEntriesMax === 0) {
      const error = await refused(() => register({ metadata: [{ key: 'k', value: 'v' }] }));
      expect(error).toBeInstanceOf(UnsupportedError);
    }
  });
}

function versionWithAll({ capabilities, limits }: RegistryAdapter, model: ModelRef): NewVersion {
  const tags = [
    { key: 'season', value: 'autumn' },
    { key: 'author', value: 'ana' },
  ];
  const metadata = [
    { key: 'zeta', value: '1' },
    { key: 'candidate', value: 'c1' },
  ];
  return {
    model,
    description: 'Trained on October',
    artifacts: [{ uri: URI }],
    ...(limits.metadataEntriesMax === 0 ? {} : { metadata }),
    ...(capabilities.TAG_VERSIONS ? { tags } : {}),
  };
}
