import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UnavailableError } from '../../src/domain/errors.js';
import { bearer } from '../support/gateway.js';
import { type Desk, type DeskOptions, openDesk, type Person } from './support.js';

const models: DeskOptions['models'] = [
  { name: 'churn', statuses: ['PENDING', 'APPROVED', 'REJECTED', 'REJECTED'], aliases: { champion: 3 } },
  { name: 'risk', statuses: ['REJECTED', 'REJECTED'] },
];
let desk: Desk;
beforeEach(async () => {
  desk = await openDesk({ models });
});
afterEach(async () => {
  vi.useRealTimers();
  await desk[Symbol.asyncDispose]();
});

const SELECTION =
  'dryRun confirmationToken deletedIds refused { modelVersionId problem { code message } } hasMore replayed';
const cleanUp = (person: Person, input: object, it: Desk = desk) =>
  it.mutate(person, 'deleteModelVersions', { filter: REJECTED, ...input }, SELECTION);
const REJECTED = { approvalStatuses: ['REJECTED'] };
const everything = (it: Desk = desk) =>
  [...it.store.models()].flatMap(({ name, versions }) => [...versions.keys()].map((n) => `${name}/${n}`));
const ALL = ['churn/1', 'churn/2', 'churn/3', 'churn/4', 'risk/1', 'risk/2'];
const sorted = (ids: readonly string[]) => ids.toSorted();

describe('a clean-up', () => {
  it('is dry by default: it says what would go and deletes nothing', async () => {
    const { payload, error } = await cleanUp('carl', {});
    expect(error).toBeUndefined();
    expect(payload).toMatchObject({
      dryRun: true,
      confirmationToken: expect.any(String),
      refused: [],
      hasMore: false,
      replayed: false,
    });
    expect(sorted(payload.deletedIds)).toEqual(['east/churn/3', 'east/churn/4', 'east/risk/1', 'east/risk/2']);
    expect(everything()).toEqual(ALL);
    expect([...desk.registry.calls.keys()]).toEqual(['listVersions', 'getServing']);
  });

  it('deletes with the token what the dry run named, and nothing that has come since', async () => {
    const dry = await cleanUp('carl', { filter: { ...REJECTED, modelIds: ['east/churn'] } });
    desk.store.updateVersion('churn', 1, { approvalStatus: 'REJECTED' });
    const real = await cleanUp('carl', {
      filter: { ...REJECTED, modelIds: ['east/churn'] },
      dryRun: false,
      confirmationToken: dry.payload.confirmationToken,
    });
    expect(real.payload).toMatchObject({ dryRun: false, confirmationToken: null, refused: [], hasMore: false });
    expect(sorted(real.payload.deletedIds)).toEqual(['east/churn/3', 'east/churn/4']);
    expect(everything()).toEqual(['churn/1', 'churn/2', 'risk/1', 'risk/2']);
  });

  it('reads each anew, and leaves what is something else by now', async () => {
    const dry = await cleanUp('carl', {});
    await desk.mutate('ana', 'approveModelVersion', { modelVersionId: 'east/churn/3', expectedStatus: 'REJECTED' });
    // The model was made anew: a version of the same name is not the one that was looked at.
    desk.store.deleteModel('risk');
    desk.store.createModel({ name: 'risk', description: null, tags: [], createdBy: null });
    await desk.mutate('carl', 'registerModelVersion', { modelId: 'east/risk', artifacts: [{ uri: 's3://new' }] });
    const real = await cleanUp('carl', { dryRun: false, confirmationToken: dry.payload.confirmationToken });
    expect(real.payload.refused).toMatchObject([{ modelVersionId: 'east/churn/3', problem: { code: 'CONFLICT' } }]);
    expect(sorted(real.payload.deletedIds)).toEqual(['east/churn/4', 'east/risk/1', 'east/risk/2']);
    expect(everything()).toEqual(['churn/1', 'churn/2', 'churn/3', 'risk/1']);
  });

  it('has no token where there is nothing to delete', async () => {
    const { payload } = await cleanUp('carl', { filter: { modelIds: ['east/churn'], approvalStatuses: ['APPROVED'] } });
    expect(payload).toMatchObject({
      confirmationToken: null,
      deletedIds: [],
      refused: [{ modelVersionId: 'east/churn/2', problem: { code: 'CONFLICT' } }],
    });
    expect((await cleanUp('carl', { filter: { approvalStatuses: [] } })).payload).toMatchObject({
      confirmationToken: null,
      deletedIds: [],
      refused: [],
    });
  });

  it('takes approved versions with the flag, and as admin', async () => {
    const approved = { filter: { approvalStatuses: ['APPROVED'] }, includeApproved: true };
    expect((await cleanUp('carl', approved)).payload.refused).toMatchObject([
      { modelVersionId: 'east/churn/2', problem: { code: 'FORBIDDEN' } },
    ]);
    const { payload } = await cleanUp('root', approved);
    expect(payload).toMatchObject({ deletedIds: ['east/churn/2'], refused: [] });
    const { confirmationToken } = payload;
    expect((await cleanUp('root', { ...approved, dryRun: false, confirmationToken })).payload.deletedIds).toEqual([
      'east/churn/2',
    ]);
    expect(everything()).not.toContain('churn/2');
  });

  it('leaves what is in production, looked up once for all of a model', async () => {
    await using guarded = await openDesk({
      models,
      policies: [{ id: 'production', production: { alias: 'champion' } }],
    });
    const { payload } = await cleanUp('root', {}, guarded);
    expect(payload.refused).toMatchObject([{ modelVersionId: 'east/churn/3', problem: { code: 'CONFLICT' } }]);
    expect(Object.fromEntries(guarded.registry.calls)).toEqual({ listVersions: 1, getServing: 1, getModels: 1 });
    // It moves between the two runs.
    await guarded.mutate('carl', 'setModelAlias', { modelVersionId: 'east/churn/4', alias: 'champion' });
    const real = await cleanUp('root', { dryRun: false, confirmationToken: payload.confirmationToken }, guarded);
    expect(real.payload.refused).toMatchObject([{ modelVersionId: 'east/churn/4' }]);
    expect(everything(guarded)).toEqual(['churn/1', 'churn/2', 'churn/3', 'churn/4']);
  });

  it('says before what a registry cannot do', async () => {
    await using lesser = await openDesk({ models, without: { capabilities: ['DELETE_VERSION'] } });
    const { payload } = await cleanUp('root', {}, lesser);
    expect(payload).toMatchObject({ confirmationToken: null, deletedIds: [] });
    expect(payload.refused.map(({ problem }: { problem: { code: string } }) => problem.code)).toEqual(
      Array.from({ length: 4 }, () => 'UNSUPPORTED'),
    );
  });

  it('takes no more than its limit', async () => {
    const { payload } = await cleanUp('carl', { limit: 3 });
    expect([payload.deletedIds.length, payload.hasMore]).toEqual([3, true]);
    const real = await cleanUp('carl', { limit: 3, dryRun: false, confirmationToken: payload.confirmationToken });
    expect([real.payload.deletedIds.length, real.payload.hasMore]).toEqual([3, true]);
    expect(everything()).toHaveLength(3);
  });
});

describe('a clean-up is refused', () => {
  it.each([
    ['without anything that restricts', { filter: {} }],
    ['with nothing but nulls', { filter: { registryIds: null, approvalStatuses: null, modelIds: null, search: null } }],
    ['with a limit of 0', { limit: 0 }],
    ['with a limit of 101', { limit: 101 }],
    ['for real without a token', { dryRun: false }],
    ['for real with a token of nobody', { dryRun: false, confirmationToken: 'b1f6a2de-0000-4000-8000-000000000001' }],
    ['in a registry that is not there', { filter: { registryIds: ['nowhere'] } }],
    ['with a key that is none', { idempotencyKey: 'short' }],
  ])('%s', async (_, input) => {
    const { error } = await cleanUp('root', input);
    expect(error?.extensions.code).toBe('BAD_USER_INPUT');
    expect(everything()).toEqual(ALL);
  });

  it('with a token of somebody else, or of another input', async () => {
    const { payload } = await cleanUp('carl', {});
    const { confirmationToken } = payload;
    const attempts: readonly (readonly [Person, object])[] = [
      ['root', {}],
      ['carl', { filter: { approvalStatuses: ['PENDING'] } }],
      ['carl', { filter: { ...REJECTED, modelIds: ['east/churn'] } }],
      ['carl', { limit: 50 }],
      ['carl', { includeApproved: true }],
    ];
    for (const [person, input] of attempts) {
      const { error } = await cleanUp(person, { ...input, dryRun: false, confirmationToken });
      expect(error?.extensions.code).toBe('BAD_USER_INPUT');
    }
    expect(everything()).toEqual(ALL);
  });

  it('with a token that is older than an hour', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    await using timed = await openDesk({ models });
    const { payload } = await cleanUp('carl', {}, timed);
    const real = { dryRun: false, confirmationToken: payload.confirmationToken };
    vi.setSystemTime(Date.now() + 3_600_001);
    expect((await cleanUp('carl', real, timed)).error?.extensions.code).toBe('BAD_USER_INPUT');
    expect(everything(timed)).toEqual(ALL);
  });

  it('where a registry cannot say what matches', async () => {
    desk.registry.cause({
      kind: 'fail',
      error: new UnavailableError('Registry east is down.', { registryId: 'east' }),
    });
    expect((await cleanUp('carl', {})).error?.extensions).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      registryId: 'east',
    });
  });
});

describe('a clean-up that was cut short', () => {
  it('is run again with the same token, for the rest', async () => {
    const { payload } = await cleanUp('carl', {});
    const real = { dryRun: false, confirmationToken: payload.confirmationToken };
    const error = new UnavailableError('Registry east hung up.', { registryId: 'east' });
    desk.registry.cause({ kind: 'fail', error }, { operations: ['deleteVersion'] });
    desk.registry.cause({ kind: 'slow', ms: 1 }, { operations: ['deleteVersion'], times: 2 });
    const first = await cleanUp('carl', real);
    expect(first.payload.deletedIds).toHaveLength(2);
    expect(first.payload.refused).toMatchObject([
      { problem: { code: 'UPSTREAM_UNAVAILABLE' } },
      { problem: { code: 'UPSTREAM_UNAVAILABLE' } },
    ]);
    desk.registry.recover();
    const second = await cleanUp('carl', real);
    expect(second.payload.refused).toEqual([]);
    expect(sorted(second.payload.deletedIds)).toEqual(['east/churn/3', 'east/churn/4', 'east/risk/1', 'east/risk/2']);
    expect(everything()).toEqual(['churn/1', 'churn/2']);
  });

  it('with a key gives its result again, and deletes nothing more', async () => {
    const { payload } = await cleanUp('carl', {});
    const real = { dryRun: false, confirmationToken: payload.confirmationToken, idempotencyKey: 'clean-up-once-0001' };
    const first = await cleanUp('carl', real);
    const deletions = desk.registry.calls.get('deleteVersion');
    const again = await cleanUp('carl', real);
    expect(again.payload).toEqual({ ...first.payload, replayed: true });
    expect(desk.registry.calls.get('deleteVersion')).toBe(deletions);
  });
});

describe('who cleans up', () => {
  const as = async (groups: readonly string[], input: object) => {
    const { data, errors } = await desk.gateway.query(
      `mutation ($input: DeleteModelVersionsInput!) { it: deleteModelVersions(input: $input) { ${SELECTION} } }`,
      { input: { filter: REJECTED, ...input } },
      bearer(await desk.token('churner', groups)),
    );
    return { payload: data?.it, error: errors[0] };
  };

  it('deletes what the role covers, and is told of nothing that is invisible', async () => {
    const { payload } = await as(['churn-team'], {});
    expect(sorted(payload.deletedIds)).toEqual(['east/churn/3', 'east/churn/4']);
    expect(payload.refused).toEqual([]);
    const seeing = await as(['churn-team', 'viewers'], {});
    expect(sorted(seeing.payload.deletedIds)).toEqual(['east/churn/3', 'east/churn/4']);
    expect(
      seeing.payload.refused.map(({ modelVersionId }: { modelVersionId: string }) => modelVersionId).toSorted(),
    ).toEqual(['east/risk/1', 'east/risk/2']);
    expect((await as(['viewers'], {})).payload).toMatchObject({ confirmationToken: null, deletedIds: [] });
  });

  it('is judged again when it is done for real', async () => {
    const { payload } = await as(['contributors'], {});
    const real = { dryRun: false, confirmationToken: payload.confirmationToken };
    // The same person, with fewer groups by now.
    const later = await as(['viewers'], real);
    expect(later.payload.deletedIds).toEqual([]);
    expect(later.payload.refused).toHaveLength(4);
    const less = await as(['churn-team'], real);
    expect(sorted(less.payload.deletedIds)).toEqual(['east/churn/3', 'east/churn/4']);
    expect(everything()).toEqual(['churn/1', 'churn/2', 'risk/1', 'risk/2']);
  });
});
