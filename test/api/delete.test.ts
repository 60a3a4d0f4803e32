import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Desk, type DeskOptions, openDesk, type Person } from './support.js';

const models: DeskOptions['models'] = [
  { name: 'churn', statuses: ['PENDING', 'APPROVED', 'REJECTED'], aliases: { champion: 1, old: 3 } },
  { name: 'empty', statuses: [] },
];
let desk: Desk;
beforeEach(async () => {
  desk = await openDesk({ models });
});
afterEach(() => desk[Symbol.asyncDispose]());

const remove = (it: Desk, person: Person, n: number, more: object = {}) =>
  it.mutate(
    person,
    'deleteModelVersion',
    { modelVersionId: `east/churn/${n}`, ...more },
    'deletedModelVersionId replayed',
  );
const removeModel = (it: Desk, person: Person, more: object = {}, name = 'churn') =>
  it.mutate(
    person,
    'deleteModel',
    { modelId: `east/${name}`, ...more },
    'deletedModelId deletedVersionIds refused { modelVersionId problem { code message retryable } } replayed',
  );
/** Version 1, by an approver or by somebody who goes past the gateway. */
async function approveHere(it: Desk): Promise<void> {
  await it.mutate('ana', 'approveModelVersion', { modelVersionId: 'east/churn/1', expectedStatus: 'PENDING' });
}
async function approveThere({ store }: Desk): Promise<void> {
  store.updateVersion('churn', 1, { approvalStatus: 'APPROVED' });
}

const numbers = (it: Desk) => [...(it.store.model('churn')?.versions.keys() ?? [])];

describe('a version', () => {
  it('is deleted with the aliases that it holds, and its decisions stay', async () => {
    await desk.mutate('ana', 'rejectModelVersion', {
      modelVersionId: 'east/churn/1',
      expectedStatus: 'PENDING',
      comment: 'no',
    });
    const { payload } = await remove(desk, 'carl', 1);
    expect(payload).toEqual({ deletedModelVersionId: 'east/churn/1', replayed: false });
    expect([numbers(desk), [...(desk.store.model('churn')?.aliases.keys() ?? [])]]).toEqual([[2, 3], ['old']]);
    const { data } = await desk.ask('vera', '{ modelApprovals { nodes { to comment } } }');
    expect(data.modelApprovals.nodes).toEqual([{ to: 'REJECTED', comment: 'no' }]);
    expect((await remove(desk, 'carl', 1)).error?.extensions.code).toBe('NOT_FOUND');
  });

  it('that is approved goes only with the flag, and only by an admin', async () => {
    expect((await remove(desk, 'carl', 2)).error?.extensions.code).toBe('CONFLICT');
    expect((await remove(desk, 'root', 2)).error).toMatchObject({
      message: expect.stringContaining('includeApproved'),
      extensions: { code: 'CONFLICT' },
    });
    expect((await remove(desk, 'carl', 2, { includeApproved: true })).error?.extensions.code).toBe('FORBIDDEN');
    expect(numbers(desk)).toEqual([1, 2, 3]);
    expect((await remove(desk, 'root', 2, { includeApproved: true })).error).toBeUndefined();
    expect(numbers(desk)).toEqual([1, 3]);
  });

  it('has what was decided elsewhere entered before it goes', async () => {
    await remove(desk, 'root', 2, { includeApproved: true });
    const { data } = await desk.ask('vera', '{ modelApprovals { nodes { to channel } } }');
    expect(data.modelApprovals.nodes).toEqual([{ to: 'APPROVED', channel: 'IMPORTED' }]);
  });

  it('is not deleted by those who may not change it', async () => {
    for (const person of ['vera', 'ana'] as const) {
      expect((await remove(desk, person, 1)).error?.extensions.code).toBe('FORBIDDEN');
    }
    expect(numbers(desk)).toEqual([1, 2, 3]);
  });

  it.each([
    ['alias', { alias: 'champion' }],
    ['stage', { stage: 'Live' }],
  ] as const)('in production by its %s is deleted by nobody', async (_, production) => {
    await using guarded = await openDesk({ models, policies: [{ id: 'production', production }] });
    guarded.store.updateVersion('churn', 1, { stage: { name: 'Live', status: null, description: null } });
    const { error } = await remove(guarded, 'root', 1, { includeApproved: true });
    expect(error).toMatchObject({
      message: expect.stringContaining('production'),
      extensions: { code: 'CONFLICT', registryId: 'east' },
    });
    expect(numbers(guarded)).toEqual([1, 2, 3]);
    expect((await remove(guarded, 'carl', 3)).error).toBeUndefined();
  });

  it('is not deleted where nobody can say what is in production', async () => {
    await using hasty = await openDesk({
      models,
      policies: [{ id: 'production', production: { alias: 'champion' } }],
      deadlines: { lookupMs: 200 },
    });
    hasty.registry.cause({ kind: 'hang' }, { operations: ['getModels'] });
    expect((await remove(hasty, 'carl', 3)).error?.extensions.code).toBe('UPSTREAM_TIMEOUT');
    expect(numbers(hasty)).toEqual([1, 2, 3]);
  });

  it.each([
    ['here', approveHere, { winningApprovalId: expect.stringContaining('approval:east/churn/1/') }],
    ['in the registry itself', approveThere, {}],
  ])('that is approved %s after it was looked at stays', async (_, approve, details) => {
    await using busy: Desk = await openDesk({
      models,
      around: (adapter) => ({
        ...adapter,
        async getServing(refs, options) {
          const serving = await adapter.getServing(refs, options);
          await approve(busy);
          return serving;
        },
      }),
    });
    const { error } = await remove(busy, 'carl', 1);
    expect(error?.extensions).toMatchObject({ code: 'CONFLICT', currentStatus: 'APPROVED', ...details });
    expect(numbers(busy)).toEqual([1, 2, 3]);
  });

  it('cannot be deleted from a registry that deletes none', async () => {
    await using lesser = await openDesk({ models, without: { capabilities: ['DELETE_VERSION'] } });
    expect((await remove(lesser, 'carl', 1)).error?.extensions).toMatchObject({
      code: 'UNSUPPORTED',
      capability: 'DELETE_VERSION',
    });
    expect(numbers(lesser)).toEqual([1, 2, 3]);
  });
});

describe('a model', () => {
  it('without versions is deleted', async () => {
    expect((await removeModel(desk, 'carl', {}, 'empty')).payload).toEqual({
      deletedModelId: 'east/empty',
      deletedVersionIds: [],
      refused: [],
      replayed: false,
    });
    expect(desk.store.model('empty')).toBeUndefined();
    expect((await removeModel(desk, 'carl', {}, 'empty')).error?.extensions.code).toBe('NOT_FOUND');
  });

  it('with versions stays unless they are to go too', async () => {
    const { error } = await removeModel(desk, 'root');
    expect(error).toMatchObject({ message: expect.stringContaining('cascade'), extensions: { code: 'CONFLICT' } });
    expect(numbers(desk)).toEqual([1, 2, 3]);
  });

  it('of which a version is refused stays whole', async () => {
    const { payload } = await removeModel(desk, 'carl', { cascade: true });
    expect(payload).toMatchObject({
      deletedModelId: null,
      deletedVersionIds: [],
      refused: [
        {
          modelVersionId: 'east/churn/2',
          problem: { code: 'CONFLICT', message: expect.stringContaining('includeApproved') },
        },
      ],
    });
    expect((await removeModel(desk, 'carl', { cascade: true, includeApproved: true })).error?.extensions.code).toBe(
      'FORBIDDEN',
    );
    expect(numbers(desk)).toEqual([1, 2, 3]);
    await using guarded = await openDesk({
      models,
      policies: [{ id: 'production', production: { alias: 'champion' } }],
    });
    const kept = await removeModel(guarded, 'root', { cascade: true, includeApproved: true });
    expect(kept.payload).toMatchObject({ deletedModelId: null, refused: [{ modelVersionId: 'east/churn/1' }] });
    expect(numbers(guarded)).toEqual([1, 2, 3]);
  });

  it('goes with all its versions, by an admin', async () => {
    const { payload } = await removeModel(desk, 'root', { cascade: true, includeApproved: true });
    expect(payload).toEqual({
      deletedModelId: 'east/churn',
      deletedVersionIds: ['east/churn/1', 'east/churn/2', 'east/churn/3'],
      refused: [],
      replayed: false,
    });
    expect(desk.store.model('churn')).toBeUndefined();
  });

  it('with more versions than fit in a page goes with all of them', async () => {
    await using large = await openDesk({
      models: [{ name: 'churn', statuses: Array.from({ length: 230 }, () => 'PENDING' as const) }],
    });
    const { payload } = await removeModel(large, 'carl', { cascade: true });
    expect(payload.deletedVersionIds).toHaveLength(230);
    expect(large.store.model('churn')).toBeUndefined();
  });

  it('of which a version is refused half-way stays, and says which of its versions are gone', async () => {
    await using busy = await openDesk({
      models: [{ name: 'churn', statuses: ['PENDING', 'PENDING', 'PENDING'] }],
      around: (adapter) => ({
        ...adapter,
        async deleteVersion(ref, options) {
          if (ref.version === '1') busy.store.updateVersion('churn', 2, { approvalStatus: 'APPROVED' });
          return adapter.deleteVersion(ref, options);
        },
      }),
    });
    const once = { cascade: true, idempotencyKey: 'delete-half-of-it' };
    const expected = {
      deletedModelId: null,
      deletedVersionIds: ['east/churn/1', 'east/churn/3'],
      refused: [{ modelVersionId: 'east/churn/2', problem: { code: 'CONFLICT' } }],
    };
    expect(await removeModel(busy, 'carl', once)).toMatchObject({ payload: { ...expected, replayed: false } });
    expect(await removeModel(busy, 'carl', once)).toMatchObject({ payload: { ...expected, replayed: true } });
    expect(numbers(busy)).toEqual([2]);
  });

  it('that cannot go once its versions are gone keeps the key of the request', async () => {
    let isNew = true;
    await using busy = await openDesk({
      models: [{ name: 'churn', statuses: ['PENDING'] }],
      around: (adapter) => ({
        ...adapter,
        async deleteModel(model, options) {
          const artifacts = [{ uri: 's3://models/churn/2' }];
          if (isNew) await adapter.registerVersion({ model, artifacts }, options);
          isNew = false;
          return adapter.deleteModel(model, options);
        },
      }),
    });
    const idempotencyKey = 'delete-it-in-two-steps';
    const first = await removeModel(busy, 'carl', { cascade: true, idempotencyKey });
    expect(first.error?.extensions.code).toBe('CONFLICT');
    const other = await removeModel(busy, 'carl', { idempotencyKey });
    expect(other.error?.extensions.code).toBe('IDEMPOTENCY_KEY_REUSED');
    const again = await removeModel(busy, 'carl', { cascade: true, idempotencyKey });
    expect(again.payload).toMatchObject({ deletedModelId: 'east/churn', deletedVersionIds: ['east/churn/2'] });
  });

  it('with more versions than can go at once loses none', async () => {
    const statuses = Array.from({ length: 1001 }, () => 'PENDING' as const);
    await using large = await openDesk({ models: [{ name: 'churn', statuses }] });
    const { error } = await removeModel(large, 'carl', { cascade: true });
    expect(error).toMatchObject({
      message: expect.stringContaining('deleteModelVersions'),
      extensions: { code: 'COST_EXCEEDED', registryId: 'east' },
    });
    expect(numbers(large)).toHaveLength(1001);
  });

  it('goes although somebody else deletes a version of it meanwhile', async () => {
    await using busy = await openDesk({
      models,
      around: (adapter) => ({
        ...adapter,
        async listVersions(query, options) {
          const page = await adapter.listVersions(query, options);
          busy.store.deleteVersion('churn', 3);
          return page;
        },
      }),
    });
    const { payload } = await removeModel(busy, 'root', { cascade: true, includeApproved: true });
    expect(payload).toMatchObject({ deletedModelId: 'east/churn', refused: [] });
    expect(busy.store.model('churn')).toBeUndefined();
  });

  it('cannot be deleted from a registry that deletes none', async () => {
    await using lesser = await openDesk({ models, without: { capabilities: ['DELETE_MODEL'] } });
    const { error } = await removeModel(lesser, 'root', { cascade: true, includeApproved: true });
    expect(error?.extensions).toMatchObject({ code: 'UNSUPPORTED', capability: 'DELETE_MODEL' });
    // Its versions neither: nothing is done of what cannot be done whole.
    expect(numbers(lesser)).toEqual([1, 2, 3]);
  });
});
