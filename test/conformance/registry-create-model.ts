import { expect, it } from 'vitest';
import { ConflictError, InvalidInputError } from '../../src/domain/errors.js';
import type { NewModel, RegistryAdapter } from '../../src/domain/registry.js';
import type { RegistryHarness } from './harness.js';
import { present } from './registry-population.js';
import { call } from './registry-walk.js';
import { expectUnsupported, openWritable, strong, URI } from './registry-writes.js';

export function describeCreateModel(harness: RegistryHarness): void {
  const writable = openWritable(harness);
  const { refused, refusedAll } = writable;

  it('makes a model with all that it was given', async () => {
    const adapter = writable.adapter();
    const input = modelWithAll(adapter, 'made-with-all');
    const created = await adapter.createModel(input, call());
    const read = present((await adapter.getModels([created.ref], strong))[0]);
    const { latestVersion: _, ...rest } = created;
    expect(read).toMatchObject(rest);
    expect(created).toMatchObject({
      ref: { registryId: adapter.id, name: input.name },
      description: input.description,
    });
    expect(created.aliases).toEqual([]);
    if (!adapter.capabilities.TAG_MODELS) return;
    expect(created.owner).toBe('team-risk');
    // The owner is a tag like others; nothing else is added that a person would see.
    expect(created.tags).toHaveLength(3);
    expect(created.tags).toEqual(expect.arrayContaining([...(input.tags ?? [])]));
  });

  it('keeps odd names untouched', async () => {
    const adapter = writable.adapter();
    for (const name of harness.oddNames) {
      const created = await adapter.createModel({ name }, call());
      expect(created.ref.name).toBe(name);
      const version = await adapter.registerVersion({ model: created.ref, artifacts: [{ uri: URI }] }, call());
      expect(version.ref).toEqual({ registryId: adapter.id, name, version: '1' });
      expect(await adapter.getModels([created.ref], strong)).toMatchObject([{ ref: created.ref }]);
      expect(await adapter.findVersion(version.nativeId, strong)).toMatchObject({ ref: version.ref });
    }
  });

  it('refuses a name that is taken', async () => {
    const model = writable.model();
    const adapter = writable.adapter();
    const error = await refused(() => adapter.createModel({ name: model.name, description: 'Another' }, call()));
    expect(error).toBeInstanceOf(ConflictError);
    expect(error.operation).toBe('createModel');
  });

  it('lets one of two win who take a name at once', async () => {
    const adapter = writable.adapter();
    const input = { name: 'taken-at-once' };
    const outcomes = await Promise.allSettled([adapter.createModel(input, call()), adapter.createModel(input, call())]);
    const lost = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
    expect(lost).toEqual([expect.any(ConflictError)]);
  });

  it('gives the first result again for the same request', async () => {
    const adapter = writable.adapter();
    const input = { ...modelWithAll(adapter, 'made-once'), requestId: 'request-model-1' };
    const first = await adapter.createModel(input, call());
    expect((await adapter.createModel(input, call())).ref).toEqual(first.ref);
    expect(await refused(() => adapter.createModel({ ...input, requestId: 'request-model-2' }, call()))).toBeInstanceOf(
      ConflictError,
    );
  });

  it('refuses what does not fit', async () => {
    const adapter = writable.adapter();
    const { modelNameMax, descriptionMax } = adapter.limits;
    const names = ['', 'x'.repeat(modelNameMax + 1), 'lone \ud800 surrogate', 'nul \u0000 byte', '123456789012:owned'];
    const inputs: readonly NewModel[] = [
      ...names.map((name) => ({ name })),
      { name: 'long', description: 'x'.repeat(descriptionMax + 1) },
      { name: 'long-request', requestId: 'x'.repeat(37) },
    ];
    const errors = await refusedAll(inputs.map((input) => () => adapter.createModel(input, call())));
    for (const [index, error] of errors.entries()) {
      expect(error, JSON.stringify(inputs[index]).slice(0, 80)).toBeInstanceOf(InvalidInputError);
    }
  });

  it('takes what just fits', async () => {
    const adapter = writable.adapter();
    const { modelNameMax, descriptionMax } = adapter.limits;
    const input = { name: 'n'.repeat(modelNameMax), description: 'd'.repeat(descriptionMax) };
    expect(await adapter.createModel(input, call())).toMatchObject({ description: input.description });
  });

  it('takes an owner once: as such, as the tag, or as both where they agree', async () => {
    const adapter = writable.adapter();
    if (!adapter.capabilities.TAG_MODELS) return;
    const [tag] = (await adapter.createModel({ name: 'owned', owner: 'team-risk' }, call())).tags;
    const tags = [{ key: tag?.key ?? '', value: 'team-risk' }];
    expect(await adapter.createModel({ name: 'owned-by-tag', tags }, call())).toMatchObject({
      owner: 'team-risk',
      tags,
    });
    const both = await adapter.createModel({ name: 'owned-by-both', owner: 'team-risk', tags }, call());
    expect(both).toMatchObject({ owner: 'team-risk', tags });
    const error = await refused(() => adapter.createModel({ name: 'torn', owner: 'team-growth', tags }, call()));
    expect(error).toBeInstanceOf(InvalidInputError);
  });

  it('takes tags and an owner with TAG_MODELS alone', async () => {
    const adapter = writable.adapter();
    const tagged: readonly NewModel[] = [
      { name: 'with-owner', owner: 'team-risk' },
      { name: 'with-tags', tags: [{ key: 'tier', value: 'gold' }] },
    ];
    for (const input of tagged) {
      if (adapter.capabilities.TAG_MODELS) await adapter.createModel(input, call());
      else expectUnsupported(await refused(() => adapter.createModel(input, call())), 'TAG_MODELS');
    }
    if (!adapter.capabilities.TAG_MODELS) return;
    const twice = [
      { key: 'tier', value: 'gold' },
      { key: 'tier', value: 'silver' },
    ];
    const error = await refused(() => adapter.createModel({ name: 'twice', tags: twice }, call()));
    expect(error).toBeInstanceOf(InvalidInputError);
  });
}

function modelWithAll({ capabilities }: RegistryAdapter, name: string): NewModel {
  const tags = [
    { key: 'tier', value: 'gold' },
    { key: 'domain', value: 'card payments' },
  ];
  return {
    name,
    description: 'Scores card payments',
    ...(capabilities.TAG_MODELS ? { owner: 'team-risk', tags } : {}),
  };
}
