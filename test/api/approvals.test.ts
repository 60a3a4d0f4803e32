import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ConflictError,
  LedgerUnavailableError,
  UnavailableError,
  UnexpectedUpstreamError,
} from '../../src/domain/errors.js';
import { createSqliteStore } from '../../src/governance/sqlite/index.js';
import { type Desk, type Mutated, openDesk, type Person, temporaryFolder } from './support.js';

const approve = (desk: Desk, person: Person, id = 'east/churn/1', selection = STATE) =>
  desk.mutate(person, 'approveModelVersion', { modelVersionId: id, expectedStatus: 'PENDING' }, selection);
const STATE =
  'approval { id state sequence evaluation { requiredApprovals approvalsSoFar } } modelVersion { approvalStatus } problem { code }';

describe('an approval that takes two', () => {
  let desk: Desk;
  beforeEach(async () => {
    desk = await openDesk({
      models: [{ name: 'churn', statuses: ['PENDING', 'PENDING'] }],
      policies: [{ id: 'two', requiredApprovals: 2 }],
    });
  });
  afterEach(() => desk[Symbol.asyncDispose]());
  const stored = () => desk.store.model('churn')?.versions.get(1)?.approvalStatus;
  const seenBy = async (person: Person) => {
    const { data } = await desk.ask(
      person,
      '{ modelVersion(id: "east/churn/1") { approvalPreview { verdict policy requiredApprovals approvalsSoFar } viewerCanDecide { approve reject reset reason } approvals { nodes { state to actor { name } } } } }',
    );
    return data.modelVersion;
  };

  it('is made by two voters, one after the other', async () => {
    const first = await approve(desk, 'ana');
    expect(first.payload).toMatchObject({
      approval: { state: 'VOTED', sequence: 1, evaluation: { requiredApprovals: 2, approvalsSoFar: 0 } },
      modelVersion: { approvalStatus: 'PENDING' },
      problem: null,
    });
    expect(stored()).toBe('PENDING');
    const preview = { verdict: 'ALLOW', policy: 'two', requiredApprovals: 2, approvalsSoFar: 1 };
    expect(await seenBy('vera')).toMatchObject({ approvalPreview: preview });
    expect(await seenBy('bo')).toMatchObject({
      approvalPreview: preview,
      viewerCanDecide: { approve: true, reason: null },
    });
    const second = await approve(desk, 'bo');
    expect(second.payload).toMatchObject({
      approval: { state: 'WRITTEN', sequence: 2, evaluation: { requiredApprovals: 2, approvalsSoFar: 1 } },
      modelVersion: { approvalStatus: 'APPROVED' },
    });
    expect(stored()).toBe('APPROVED');
  });

  it('is made by two voters at the same time, neither of whom loses', async () => {
    const votes = await Promise.all([approve(desk, 'ana'), approve(desk, 'bo')]);
    expect(votes.map(({ error }) => error)).toEqual([undefined, undefined]);
    expect(votes.map(({ payload }) => payload.approval.state).toSorted()).toEqual(['VOTED', 'WRITTEN']);
    expect(stored()).toBe('APPROVED');
  });

  it('counts nobody twice, and says so before', async () => {
    await approve(desk, 'ana');
    expect((await seenBy('ana')).viewerCanDecide).toEqual({
      approve: false,
      reject: true,
      reset: true,
      reason: expect.stringContaining('voted'),
    });
    const again = await approve(desk, 'ana');
    expect(again.error).toMatchObject({ message: expect.stringContaining('voted'), extensions: { code: 'CONFLICT' } });
    expect(stored()).toBe('PENDING');
    const both = await Promise.all([approve(desk, 'bo', 'east/churn/2'), approve(desk, 'bo', 'east/churn/2')]);
    expect(both.map(({ error }) => error?.extensions.code).toSorted()).toEqual(['CONFLICT', undefined]);
    expect(desk.store.model('churn')?.versions.get(2)?.approvalStatus).toBe('PENDING');
  });

  it('ends with one rejection', async () => {
    await approve(desk, 'ana');
    const { payload } = await desk.mutate(
      'bo',
      'rejectModelVersion',
      { modelVersionId: 'east/churn/1', expectedStatus: 'PENDING' },
      STATE,
    );
    expect(payload).toMatchObject({ approval: { state: 'WRITTEN' }, modelVersion: { approvalStatus: 'REJECTED' } });
    await desk.mutate('bo', 'resetModelVersionApproval', {
      modelVersionId: 'east/churn/1',
      expectedStatus: 'REJECTED',
    });
    // What was voted before counts no more.
    expect((await approve(desk, 'cy')).payload.approval).toMatchObject({ state: 'VOTED' });
    expect((await seenBy('vera')).approvalPreview.approvalsSoFar).toBe(1);
  });

  it('is rejected although somebody votes in the very moment', async () => {
    await using folder = await temporaryFolder();
    let vote: Promise<Mutated> | undefined;
    await using racing = await openDesk({
      models: [{ name: 'churn', statuses: ['PENDING'] }],
      policies: [{ id: 'two', requiredApprovals: 2 }],
      // Right before the rejection is put, a vote comes first.
      createStore: () => {
        const store = createSqliteStore({ file: path.join(folder.path, 'governance.sqlite') });
        const putDecision: typeof store.ledger.putDecision = async (entry) => {
          if (entry.body.to === 'REJECTED' && vote === undefined) {
            vote = approve(racing, 'ana');
            await vote;
          }
          return store.ledger.putDecision(entry);
        };
        return { ...store, ledger: { ...store.ledger, putDecision } };
      },
    });
    const rejection = await racing.mutate(
      'bo',
      'rejectModelVersion',
      { modelVersionId: 'east/churn/1', expectedStatus: 'PENDING' },
      STATE,
    );
    expect(rejection).toMatchObject({
      error: undefined,
      payload: { approval: { state: 'WRITTEN', sequence: 2 }, modelVersion: { approvalStatus: 'REJECTED' } },
    });
    expect((await vote)?.payload.approval).toMatchObject({ state: 'VOTED', sequence: 1 });
  });

  it('takes votes for what is there now alone', async () => {
    await approve(desk, 'ana');
    const artifacts = desk.store
      .model('churn')
      ?.versions.get(1)
      ?.artifacts.map((each) => ({ ...each, digest: 'sha256:0' }));
    desk.store.updateVersion('churn', 1, { artifacts: artifacts ?? [] });
    expect((await seenBy('ana')).viewerCanDecide.approve).toBe(true);
    expect((await seenBy('vera')).approvalPreview.approvalsSoFar).toBe(0);
    expect((await approve(desk, 'bo')).payload.approval.state).toBe('VOTED');
    expect((await approve(desk, 'ana')).payload.approval.state).toBe('WRITTEN');
  });

  it('keeps a late decision told who won, whatever came after it', async () => {
    const { payload } = await desk.mutate(
      'cy',
      'rejectModelVersion',
      { modelVersionId: 'east/churn/1', expectedStatus: 'PENDING' },
      STATE,
    );
    const vote = await desk.mutate(
      'ana',
      'approveModelVersion',
      { modelVersionId: 'east/churn/1', expectedStatus: 'REJECTED' },
      STATE,
    );
    expect(vote.payload.approval.state).toBe('VOTED');
    const late = await approve(desk, 'bo');
    expect(late.error?.extensions).toMatchObject({ currentStatus: 'REJECTED', winningApprovalId: payload.approval.id });
  });
});

describe('who may approve', () => {
  const permission = async (desk: Desk, person: Person, id: string) =>
    (
      await desk.ask(
        person,
        'query ($id: ID!) { modelVersion(id: $id) { viewerCanDecide { approve reject reset reason } } }',
        { id },
      )
    ).data.modelVersion.viewerCanDecide;

  it('is not who registered it, who may take it back', async () => {
    await using desk = await openDesk({
      models: [{ name: 'churn', statuses: [] }],
      policies: [{ id: 'separate' }],
    });
    for (let n = 0; n < 2; n += 1) {
      await desk.mutate('dora', 'registerModelVersion', { modelId: 'east/churn', artifacts: [{ uri: 's3://x' }] });
    }
    const { error } = await approve(desk, 'dora');
    expect(error).toMatchObject({
      message: expect.stringContaining('registered'),
      extensions: { code: 'POLICY_DENIED' },
    });
    expect(await permission(desk, 'dora', 'east/churn/1')).toMatchObject({
      approve: false,
      reject: true,
      reset: true,
      reason: error?.message,
    });
    expect(
      (await desk.mutate('dora', 'rejectModelVersion', { modelVersionId: 'east/churn/1', expectedStatus: 'PENDING' }))
        .error,
    ).toBeUndefined();
    expect((await approve(desk, 'ana', 'east/churn/2')).error).toBeUndefined();
  });

  it('is whom the policy names, admins as well', async () => {
    await using desk = await openDesk({
      models: [{ name: 'churn', statuses: ['PENDING'] }],
      policies: [{ id: 'named', deciders: { groups: ['churn-team'] } }],
    });
    for (const person of ['root', 'ana'] as const) {
      const { error } = await approve(desk, person);
      expect(error).toMatchObject({ message: expect.stringContaining('named'), extensions: { code: 'POLICY_DENIED' } });
      expect(await permission(desk, person, 'east/churn/1')).toEqual({
        approve: false,
        reject: false,
        reset: false,
        reason: error?.message,
      });
    }
    expect((await approve(desk, 'churner')).error).toBeUndefined();
  });
});

describe('a decision that the registry does not take', () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await openDesk({ models: [{ name: 'churn', statuses: ['PENDING', 'PENDING'] }] });
  });
  afterAll(() => desk[Symbol.asyncDispose]());

  it('is FAILED in the ledger with the reason, and can be sent again with its key', async () => {
    const error = new ConflictError('Registry east is in the middle of something else.', { registryId: 'east' });
    desk.registry.cause({ kind: 'fail', error }, { operations: ['decide'], times: 1 });
    const input = { modelVersionId: 'east/churn/1', expectedStatus: 'PENDING', idempotencyKey: 'decide-once-0001' };
    const refused = await desk.mutate('ana', 'approveModelVersion', input);
    expect(refused.error).toMatchObject({ message: error.message, extensions: { code: 'CONFLICT' } });
    const { data } = await desk.ask(
      'vera',
      '{ modelVersion(id: "east/churn/1") { approvalStatus latestApproval { state settlementHash problem { code message retryable } } } }',
    );
    expect(data.modelVersion).toMatchObject({
      approvalStatus: 'PENDING',
      latestApproval: { state: 'FAILED', problem: { code: 'CONFLICT', message: error.message, retryable: false } },
    });
    const again = await desk.mutate('ana', 'approveModelVersion', input, STATE);
    expect(again.payload).toMatchObject({
      approval: { state: 'WRITTEN', sequence: 2 },
      modelVersion: { approvalStatus: 'APPROVED' },
    });
  });

  it('because it reads back something else, is not taken for done when it is sent again', async () => {
    await using stubborn = await openDesk({
      models: [{ name: 'churn', statuses: ['PENDING'] }],
      // It takes the write and forgets it.
      around: (adapter) => {
        let forgets = 1;
        return {
          ...adapter,
          async decide(write, options) {
            if (forgets === 0) return adapter.decide(write, options);
            forgets -= 1;
            const [found] = await adapter.getVersions([write.version], options);
            if (found === null || found === undefined || found instanceof Error)
              throw new Error('There is no version.');
            return found;
          },
        };
      },
    });
    const input = { modelVersionId: 'east/churn/1', expectedStatus: 'PENDING', idempotencyKey: 'decide-once-0002' };
    const refused = await stubborn.mutate('ana', 'approveModelVersion', input);
    expect(refused.error?.extensions.code).toBe(new UnexpectedUpstreamError('').code);
    const again = await stubborn.mutate('ana', 'approveModelVersion', input, STATE);
    expect(again.payload).toMatchObject({
      approval: { state: 'WRITTEN' },
      modelVersion: { approvalStatus: 'APPROVED' },
    });
  });
});

describe('a decision about a version that was made anew while it was written', () => {
  it('has failed, and is none about the new one', async () => {
    await using desk = await openDesk({
      models: [{ name: 'churn', statuses: ['PENDING'] }],
      around: (adapter) => ({
        ...adapter,
        async decide(write, options) {
          desk.store.deleteModel('churn');
          await adapter.createModel({ name: 'churn' }, options);
          await adapter.registerVersion(
            { model: { registryId: 'east', name: 'churn' }, artifacts: [{ uri: 's3://another' }] },
            options,
          );
          return adapter.decide(write, options);
        },
      }),
    });
    const { error } = await desk.mutate('ana', 'approveModelVersion', {
      modelVersionId: 'east/churn/1',
      expectedStatus: 'PENDING',
    });
    expect(error?.extensions.code).toBe('NOT_FOUND');
    const { data } = await desk.ask(
      'vera',
      '{ modelVersion(id: "east/churn/1") { latestApproval { id } } modelApprovals { nodes { state channel problem { code } } } }',
    );
    expect(data).toEqual({
      modelVersion: { latestApproval: null },
      modelApprovals: { nodes: [{ state: 'FAILED', channel: 'GATEWAY', problem: { code: 'NOT_FOUND' } }] },
    });
  });
});

describe('a decision whose write got no answer', () => {
  it('is taken and not written yet, and is carried out; its key shows how far it has come', async () => {
    await using desk = await openDesk({
      models: [{ name: 'churn', statuses: ['PENDING'] }],
      deadlines: { writeMs: 200 },
      decisionTimes: { startWithinMs: 100, sweepMs: 50 },
    });
    const down = new UnavailableError('Registry east hung up.', { registryId: 'east' });
    desk.registry.cause({ kind: 'fail', error: down }, { operations: ['decide'] });
    const input = { modelVersionId: 'east/churn/1', expectedStatus: 'PENDING', idempotencyKey: 'decide-once-0003' };
    const first = await desk.mutate('ana', 'approveModelVersion', input, `replayed ${STATE}`);
    expect(first).toMatchObject({
      error: undefined,
      payload: {
        replayed: false,
        approval: { state: 'INTENDED' },
        modelVersion: null,
        problem: { code: 'UPSTREAM_UNAVAILABLE' },
      },
    });
    // Nobody else decides meanwhile.
    const other = await desk.mutate('bo', 'rejectModelVersion', {
      modelVersionId: 'east/churn/1',
      expectedStatus: 'PENDING',
    });
    expect(other.error?.extensions).toMatchObject({ code: 'CONFLICT', winningApprovalId: first.payload.approval.id });
    desk.registry.recover();
    await vi.waitUntil(() => desk.store.model('churn')?.versions.get(1)?.approvalStatus === 'APPROVED', {
      timeout: 10_000,
    });
    await vi.waitFor(
      async () =>
        expect((await desk.mutate('ana', 'approveModelVersion', input, `replayed ${STATE}`)).payload).toMatchObject({
          replayed: true,
          approval: { id: first.payload.approval.id, state: 'WRITTEN' },
          modelVersion: { approvalStatus: 'APPROVED' },
          problem: null,
        }),
      { timeout: 10_000 },
    );
  });
});

describe('a decision whose answer was lost', () => {
  it('is shown as it is there, to a document that has read the version before', async () => {
    const error = new UnavailableError('Registry east hung up.', { registryId: 'east' });
    await using desk = await openDesk({
      models: [{ name: 'churn', statuses: ['PENDING'] }],
      around: (adapter) => ({
        ...adapter,
        async decide(write, options) {
          await adapter.decide(write, options);
          throw error;
        },
      }),
    });
    const { data, errors } = await desk.ask(
      'root',
      `mutation {
        before: updateModelVersion(input: {modelVersionId: "east/churn/1", description: "x"}) { modelVersion { approvalStatus } }
        it: approveModelVersion(input: {modelVersionId: "east/churn/1", expectedStatus: PENDING}) {
          modelVersion { id } problem { code } approval { state modelVersion { approvalStatus } }
        }
      }`,
    );
    expect(errors).toEqual([]);
    expect(data).toEqual({
      before: { modelVersion: { approvalStatus: 'PENDING' } },
      it: {
        modelVersion: null,
        problem: { code: 'UPSTREAM_UNAVAILABLE' },
        approval: { state: 'INTENDED', modelVersion: { approvalStatus: 'APPROVED' } },
      },
    });
  });
});

describe('a ledger that is away', () => {
  it('empties its own cells and not the list, and takes no decision', async () => {
    await using folder = await temporaryFolder();
    const away = () => Promise.reject(new LedgerUnavailableError('The governance store does not answer.'));
    await using desk = await openDesk({
      models: [{ name: 'churn', statuses: ['PENDING', 'APPROVED'] }],
      createStore: () => {
        const store = createSqliteStore({ file: path.join(folder.path, 'governance.sqlite') });
        return { ...store, ledger: { ...store.ledger, chains: away, list: away } };
      },
    });
    const { data, errors } = await desk.ask(
      'ana',
      '{ modelVersions { nodes { approvalStatus latestApproval { id } viewerCanDecide { approve } changedSinceApproval } } modelApprovals { nodes { id } } }',
    );
    const row = { latestApproval: null, viewerCanDecide: null, changedSinceApproval: null };
    expect(data.modelVersions.nodes).toEqual([
      { ...row, approvalStatus: 'APPROVED' },
      { ...row, approvalStatus: 'PENDING' },
    ]);
    expect(data.modelApprovals).toBeNull();
    expect(errors.map(({ extensions }) => [extensions.code, extensions.retryable])).toEqual(
      Array.from({ length: errors.length }, () => ['LEDGER_UNAVAILABLE', true]),
    );
    desk.registry.forgetCalls();
    const inputs: [string, object][] = [
      ['approveModelVersion', { modelVersionId: 'east/churn/1', expectedStatus: 'PENDING' }],
      ['updateModelVersion', { modelVersionId: 'east/churn/1', description: 'x' }],
      ['setModelAlias', { modelVersionId: 'east/churn/1', alias: 'x' }],
      ['setModelVersionStage', { modelVersionId: 'east/churn/1', stage: 'x' }],
      ['deleteModelVersion', { modelVersionId: 'east/churn/1' }],
    ];
    for (const [field, input] of inputs) {
      expect((await desk.mutate('root', field, { ...input })).error?.extensions.code, field).toBe('LEDGER_UNAVAILABLE');
    }
    expect(desk.registry.totalCalls()).toBe(0);
  });
});
