import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Desk, openDesk } from './support.js';

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk({ models: [{ name: 'churn', statuses: ['PENDING'] }] });
});
afterEach(() => desk[Symbol.asyncDispose]());

const CREATED =
  'modelId replayed problem { code } model { id name description owner tags { key value } createdBy { name } latestVersion { id } }';

describe('a new model', () => {
  it('is what was asked for, in the registry and in the answer', async () => {
    const { payload, error } = await desk.mutate(
      'carl',
      'createModel',
      {
        registryId: 'east',
        name: 'fraud',
        description: 'Finds it.',
        owner: 'team-f',
        tags: [{ key: 'tier', value: '2' }],
      },
      CREATED,
    );
    expect(error).toBeUndefined();
    expect(payload).toEqual({
      modelId: 'east/fraud',
      replayed: false,
      problem: null,
      model: {
        id: 'east/fraud',
        name: 'fraud',
        description: 'Finds it.',
        owner: 'team-f',
        tags: [
          { key: 'owner', value: 'team-f' },
          { key: 'tier', value: '2' },
        ],
        createdBy: { name: 'carl@example.com' },
        latestVersion: null,
      },
    });
    expect(desk.store.model('fraud')).toMatchObject({ description: 'Finds it.' });
  });

  it('takes null for what is not said', async () => {
    const { payload } = await desk.mutate(
      'carl',
      'createModel',
      { registryId: 'east', name: 'fraud', description: null, owner: null, tags: null },
      CREATED,
    );
    expect(payload.model).toMatchObject({ description: null, owner: null, tags: [] });
  });

  it('has a name with anything in it that the registry takes', async () => {
    const { payload } = await desk.mutate('carl', 'createModel', { registryId: 'east', name: 'a/b %c' }, CREATED);
    expect(payload).toMatchObject({ modelId: 'east/a%2Fb%20%25c', model: { name: 'a/b %c' } });
  });

  it('is seen by the rest of the document', async () => {
    const { data, errors } = await desk.ask(
      'root',
      `mutation {
        create: createModel(input: {registryId: "east", name: "fraud"}) { model { latestVersion { id } } }
        register: registerModelVersion(input: {modelId: "east/fraud", artifacts: [{uri: "s3://1"}]}) { modelVersion { model { description latestVersion { id } } } }
        update: updateModel(input: {modelId: "east/fraud", description: "x"}) { model { description latestVersion { description } } }
        change: updateModelVersion(input: {modelVersionId: "east/fraud/1", description: "y"}) { modelVersion { model { description latestVersion { description } } } }
        alias: setModelAlias(input: {modelVersionId: "east/fraud/1", alias: "champion"}) { model { aliases { modelVersion { aliasNames } } } }
        remove: deleteModelVersion(input: {modelVersionId: "east/fraud/1"}) { deletedModelVersionId }
        again: updateModel(input: {modelId: "east/fraud", description: null}) { model { description aliases { name } latestVersion { id } } }
      }`,
    );
    expect(errors).toEqual([]);
    expect(data).toEqual({
      create: { model: { latestVersion: null } },
      register: { modelVersion: { model: { description: null, latestVersion: { id: 'east/fraud/1' } } } },
      update: { model: { description: 'x', latestVersion: { description: null } } },
      change: { modelVersion: { model: { description: 'x', latestVersion: { description: 'y' } } } },
      alias: { model: { aliases: [{ modelVersion: { aliasNames: ['champion'] } }] } },
      remove: { deletedModelVersionId: 'east/fraud/1' },
      again: { model: { description: null, aliases: [], latestVersion: null } },
    });
  });
});

describe('a document with several mutations', () => {
  it('goes no further than the first that fails, and keeps what was done before', async () => {
    const { data, errors } = await desk.ask(
      'carl',
      `mutation {
        first: createModel(input: {registryId: "east", name: "one"}) { modelId }
        second: createModel(input: {registryId: "east", name: "one"}) { modelId }
        third: createModel(input: {registryId: "east", name: "two"}) { modelId }
      }`,
    );
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ path: ['second'], extensions: { code: 'CONFLICT' } }]);
    expect([...desk.store.models()].map(({ name }) => name)).toEqual(['churn', 'one']);
  });
});

describe('a model that cannot be', () => {
  it.each([
    ['one that is there', { name: 'churn' }, 'CONFLICT'],
    ['one without a name', { name: '' }, 'BAD_USER_INPUT'],
    ['a name that is too long', { name: 'x'.repeat(256) }, 'BAD_USER_INPUT'],
    ['a name that the registry refuses', { name: 'a\nb' }, 'BAD_USER_INPUT'],
    ['a description that is too long', { name: 'fraud', description: 'x'.repeat(4097) }, 'BAD_USER_INPUT'],
    [
      'two values for one tag',
      {
        name: 'fraud',
        tags: [
          { key: 'a', value: '1' },
          { key: 'a', value: '2' },
        ],
      },
      'BAD_USER_INPUT',
    ],
    ['two owners', { name: 'fraud', owner: 'x', tags: [{ key: 'owner', value: 'y' }] }, 'BAD_USER_INPUT'],
    [
      'too many tags',
      { name: 'fraud', tags: Array.from({ length: 201 }, (_, n) => ({ key: `k${n}`, value: 'v' })) },
      'BAD_USER_INPUT',
    ],
  ])('%s is refused, and nothing is created', async (_, input, code) => {
    const { payload, error } = await desk.mutate('carl', 'createModel', { registryId: 'east', ...input });
    expect([payload, error?.extensions.code]).toEqual([null, code]);
    expect([...desk.store.models()].map(({ name }) => name)).toEqual(['churn']);
  });

  it('for want of the role, where it would be', async () => {
    expect(
      (await desk.mutate('vera', 'createModel', { registryId: 'east', name: 'fraud' })).error?.extensions.code,
    ).toBe('FORBIDDEN');
    expect(
      (await desk.mutate('churner', 'createModel', { registryId: 'east', name: 'fraud' })).error?.extensions.code,
    ).toBe('FORBIDDEN');
    expect(
      (await desk.mutate('churner', 'createModel', { registryId: 'east', name: 'churn-2' })).error,
    ).toBeUndefined();
    expect((await desk.mutate('root', 'createModel', { registryId: 'nowhere', name: 'fraud' })).error).toMatchObject({
      message: expect.stringContaining('no registry'),
      extensions: { code: 'BAD_USER_INPUT' },
    });
    expect(desk.registry.totalCalls()).toBe(1);
  });
});

describe('a registry that can do less', () => {
  it.each([
    ['CREATE_MODEL', { name: 'fraud' }],
    ['TAG_MODELS', { name: 'fraud', tags: [{ key: 'a', value: 'b' }] }],
    ['TAG_MODELS', { name: 'fraud', owner: 'team-f' }],
  ] as const)('names %s, and creates nothing', async (capability, input) => {
    await using lesser = await openDesk({ without: { capabilities: [capability] } });
    const { error } = await lesser.mutate('carl', 'createModel', { registryId: 'east', ...input });
    expect(error?.extensions).toMatchObject({ code: 'UNSUPPORTED', capability, registryId: 'east', retryable: false });
    expect([...lesser.store.models()]).toEqual([]);
  });
});
