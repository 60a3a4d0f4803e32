import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RegistryCapability } from '../../src/domain/capabilities.js';
import { type Desk, openDesk } from './support.js';

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk({ models: [{ name: 'churn', statuses: ['PENDING', 'APPROVED'], owner: 'team-a' }] });
});
afterEach(() => desk[Symbol.asyncDispose]());

const MODEL = 'model { description owner tags { key value } } problem { code }';
const VERSION =
  'modelVersion { description metadata { key value } tags { key value } modelCard { content } approvalStatus } problem { code }';
const updateModel = (input: object, person: 'carl' | 'vera' | 'churner' = 'carl') =>
  desk.mutate(person, 'updateModel', { modelId: 'east/churn', ...input }, MODEL);
const updateVersion = (input: object, person: 'carl' | 'vera' | 'churner' = 'carl') =>
  desk.mutate(person, 'updateModelVersion', { modelVersionId: 'east/churn/1', ...input }, VERSION);

describe('a model', () => {
  const before = {
    description: null,
    owner: 'team-a',
    tags: [
      { key: 'owner', value: 'team-a' },
      { key: 'tier', value: '1' },
    ],
  };

  it('is left as it is by what is absent', async () => {
    expect((await updateModel({})).payload.model).toEqual(before);
    expect((await updateModel({ description: 'x' })).payload.model).toEqual({ ...before, description: 'x' });
    expect((await updateModel({ setTags: [{ key: 'area', value: 'sales' }] })).payload.model).toEqual({
      ...before,
      description: 'x',
      tags: [{ key: 'area', value: 'sales' }, ...before.tags],
    });
  });

  it('is cleared by null', async () => {
    await updateModel({ description: 'x' });
    expect((await updateModel({ description: null, owner: null })).payload.model).toEqual({
      description: null,
      owner: null,
      tags: [{ key: 'tier', value: '1' }],
    });
  });

  it('loses tags that are named, whether they are there or not, and gets others', async () => {
    const input = { setTags: [{ key: 'tier', value: '2' }], removeTags: ['none'], owner: 'team-b' };
    expect((await updateModel(input)).payload.model).toMatchObject({
      owner: 'team-b',
      tags: [
        { key: 'owner', value: 'team-b' },
        { key: 'tier', value: '2' },
      ],
    });
    expect((await updateModel({ removeTags: ['tier'] })).payload.model.tags).toEqual([
      { key: 'owner', value: 'team-b' },
    ]);
  });

  it.each([
    ['a tag that is set and removed', { setTags: [{ key: 'a', value: 'b' }], removeTags: ['a'] }],
    ['a description that is too long', { description: 'x'.repeat(4097) }],
    ['two owners', { owner: 'x', setTags: [{ key: 'owner', value: 'y' }] }],
    ['too many tags', { removeTags: Array.from({ length: 201 }, (_, n) => `k${n}`) }],
  ])('is left alone by %s', async (_, input) => {
    const { error } = await updateModel({ ...input });
    expect(error?.extensions.code).toBe('BAD_USER_INPUT');
    expect((await updateModel({})).payload.model).toEqual(before);
  });
});

describe('a version', () => {
  it('is changed by what is given, and cleared by null', async () => {
    const all = {
      description: 'x',
      setMetadata: [{ key: 'm', value: '1' }],
      setTags: [{ key: 't', value: '1' }],
      modelCard: { intendedUse: 'churn', limits: [1, null] },
    };
    const { payload } = await updateVersion(all);
    const full = {
      description: 'x',
      metadata: [{ key: 'm', value: '1' }],
      tags: [{ key: 't', value: '1' }],
      modelCard: { content: { intendedUse: 'churn', limits: [1, null] } },
      approvalStatus: 'PENDING',
    };
    expect(payload).toEqual({ modelVersion: full, problem: null });
    expect((await updateVersion({})).payload.modelVersion).toEqual(full);
    const cleared = { description: null, removeMetadata: ['m'], removeTags: ['t', 'none'], modelCard: null };
    expect((await updateVersion(cleared)).payload.modelVersion).toEqual({
      ...full,
      description: null,
      metadata: [],
      tags: [],
      modelCard: null,
    });
  });

  it('keeps its decision', async () => {
    const { payload } = await desk.mutate(
      'carl',
      'updateModelVersion',
      { modelVersionId: 'east/churn/2', description: 'x' },
      VERSION,
    );
    expect(payload.modelVersion.approvalStatus).toBe('APPROVED');
  });
});

const FIELDS: readonly (readonly [RegistryCapability, string, object])[] = [
  ['UPDATE_MODEL_DESCRIPTION', 'updateModel', { description: 'x' }],
  ['UPDATE_MODEL_DESCRIPTION', 'updateModel', { description: null }],
  ['TAG_MODELS', 'updateModel', { owner: 'x' }],
  ['TAG_MODELS', 'updateModel', { removeTags: ['tier'] }],
  ['UPDATE_VERSION_DESCRIPTION', 'updateModelVersion', { description: 'x' }],
  ['UPDATE_METADATA', 'updateModelVersion', { setMetadata: [{ key: 'a', value: 'b' }] }],
  ['TAG_VERSIONS', 'updateModelVersion', { setTags: [{ key: 'a', value: 'b' }] }],
  ['UPDATE_MODEL_CARD', 'updateModelVersion', { modelCard: {} }],
  ['UPDATE_MODEL_CARD', 'updateModelVersion', { modelCard: null }],
];

describe('a registry that can do less', () => {
  it.each(FIELDS)('names %s for %s %o, and changes nothing', async (capability, field, input) => {
    await using lesser = await openDesk({
      models: [{ name: 'churn', statuses: ['PENDING'] }],
      without: { capabilities: [capability] },
    });
    const before = JSON.stringify([...lesser.store.models()].map((model) => [model, [...model.versions]]));
    const target = field === 'updateModel' ? { modelId: 'east/churn' } : { modelVersionId: 'east/churn/1' };
    // What it could do comes with it, and is not done either.
    const others = FIELDS.filter(([needed, other]) => other === field && needed !== capability).map(
      ([, , more]) => more,
    );
    const { error } = await lesser.mutate('carl', field, Object.assign({ ...target }, ...others, input));
    expect(error?.extensions).toMatchObject({ code: 'UNSUPPORTED', capability, registryId: 'east' });
    expect(JSON.stringify([...lesser.store.models()].map((model) => [model, [...model.versions]]))).toBe(before);
  });
});

describe('what is not there', () => {
  it('is missed in the very words for what is invisible', async () => {
    desk.store.createModel({ name: 'secret', description: null, tags: [], createdBy: null });
    const attempt = async (field: string, input: Record<string, unknown>, name: string) => {
      const { error } = await desk.mutate('churner', field, input);
      expect(error?.extensions.code).toBe('NOT_FOUND');
      return JSON.stringify(error).replaceAll(name, 'IT');
    };
    const model = (name: string) => ({ modelId: `east/${name}` });
    const version = (name: string) => ({ modelVersionId: `east/${name}/1` });
    const inputs: [string, (name: string) => Record<string, unknown>][] = [
      ['updateModel', (name) => ({ ...model(name), description: 'x' })],
      ['deleteModel', model],
      ['deleteModel', (name) => ({ ...model(name), cascade: true })],
      ['registerModelVersion', (name) => ({ ...model(name), artifacts: [{ uri: 's3://x' }] })],
      ['deleteModelAlias', (name) => ({ ...model(name), alias: 'x' })],
      ['updateModelVersion', (name) => ({ ...version(name), description: 'x' })],
      ['deleteModelVersion', version],
      ['setModelAlias', (name) => ({ ...version(name), alias: 'x' })],
      ['setModelVersionStage', (name) => ({ ...version(name), stage: 'x' })],
      ['rejectModelVersion', (name) => ({ ...version(name), expectedStatus: 'PENDING' })],
    ];
    for (const [field, input] of inputs) {
      const invisible = await attempt(field, input('secret'), 'secret');
      expect(await attempt(field, input('churn-none'), 'churn-none'), field).toBe(invisible);
    }
  });

  it('is told from what may not be changed', async () => {
    expect((await updateModel({ description: 'x' }, 'vera')).error?.extensions.code).toBe('FORBIDDEN');
    expect((await updateVersion({ description: 'x' }, 'vera')).error?.extensions.code).toBe('FORBIDDEN');
    expect((await updateVersion({ description: 'x' }, 'churner')).error).toBeUndefined();
  });
});
