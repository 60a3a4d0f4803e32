import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Desk, openDesk } from './support.js';

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk({
    models: [{ name: 'churn', statuses: ['PENDING', 'APPROVED', 'REJECTED', 'PENDING', 'PENDING', 'PENDING'] }],
  });
});
afterEach(() => desk[Symbol.asyncDispose]());

const DECIDED = `modelVersionId replayed problem { code }
  modelVersion { approvalStatus latestApproval { id } }
  approval { id from to state channel comment sequence actor { name kind nativeId } previousHash settlementHash problem { code }
    registryId modelName version modelVersionId modelVersion { id approvalStatus } decidedAt recordedAt subjectFingerprint hash
    evaluation { verdict policy requiredApprovals approvalsSoFar checks { name } } }`;

const version = (n: number) => `east/churn/${n}`;
const input = (n: number, expectedStatus: string, more: object = {}) => ({
  modelVersionId: version(n),
  expectedStatus,
  ...more,
});
const stored = (n: number) => desk.store.model('churn')?.versions.get(n);
const chainOf = async (n: number) => {
  const { data, errors } = await desk.ask(
    'vera',
    'query ($id: ID!) { modelVersion(id: $id) { approvals { totalCount totalCountIsExact nodes { id sequence from to state channel actor { name } previousHash hash settlementHash comment } } } }',
    { id: version(n) },
  );
  expect(errors).toEqual([]);
  return data.modelVersion.approvals.nodes;
};

describe('a decision', () => {
  it('is in the ledger and in the registry, and the answer shows both', async () => {
    const { payload, error } = await desk.mutate(
      'ana',
      'approveModelVersion',
      input(1, 'PENDING', { comment: 'good' }),
      DECIDED,
    );
    expect(error).toBeUndefined();
    const { approval } = payload;
    expect(payload).toMatchObject({
      modelVersionId: version(1),
      replayed: false,
      problem: null,
      modelVersion: { approvalStatus: 'APPROVED', latestApproval: { id: approval.id } },
    });
    expect(approval).toMatchObject({
      from: 'PENDING',
      to: 'APPROVED',
      state: 'WRITTEN',
      channel: 'GATEWAY',
      comment: 'good',
      sequence: 1,
      actor: { name: 'ana@example.com', kind: 'USER', nativeId: desk.nativeId('ana') },
      previousHash: null,
      problem: null,
      registryId: 'east',
      modelName: 'churn',
      version: '1',
      modelVersionId: version(1),
      modelVersion: { id: version(1), approvalStatus: 'APPROVED' },
      evaluation: { verdict: 'ALLOW', policy: null, requiredApprovals: 1, approvalsSoFar: 0, checks: [] },
    });
    expect(approval.settlementHash).toMatch(/^[0-9a-f]{64}$/);
    expect(stored(1)).toMatchObject({
      approvalStatus: 'APPROVED',
      approvalComment: 'good',
      decision: { id: `1.${approval.hash}`, status: 'APPROVED', actor: 'ana@example.com', comment: 'good' },
    });
  });

  it('can be rejected, reset and approved again, each bound to the one before', async () => {
    await desk.mutate('ana', 'rejectModelVersion', input(1, 'PENDING'));
    await desk.mutate('bo', 'resetModelVersionApproval', input(1, 'REJECTED'));
    const { payload } = await desk.mutate('cy', 'approveModelVersion', input(1, 'PENDING'), DECIDED);
    expect(payload.approval).toMatchObject({ sequence: 3, from: 'PENDING', to: 'APPROVED' });
    const [third, second, first] = await chainOf(1);
    expect([first, second, third]).toMatchObject([
      { to: 'REJECTED', actor: { name: 'ana@example.com' }, previousHash: null },
      { to: 'PENDING', actor: { name: 'bo@example.com' }, previousHash: first.hash },
      { to: 'APPROVED', actor: { name: 'cy@example.com' }, previousHash: second.hash },
    ]);
  });

  it('takes an empty comment for none', async () => {
    const { payload } = await desk.mutate('ana', 'approveModelVersion', input(1, 'PENDING', { comment: '' }), DECIDED);
    expect(payload.approval.comment).toBeNull();
  });
});

describe('what was decided elsewhere', () => {
  it('enters as IMPORTED before the first decision here', async () => {
    const { payload } = await desk.mutate('ana', 'rejectModelVersion', input(2, 'APPROVED'), DECIDED);
    expect(payload.approval).toMatchObject({ sequence: 2, from: 'APPROVED', to: 'REJECTED' });
    expect(await chainOf(2)).toMatchObject([
      { sequence: 2, channel: 'GATEWAY' },
      {
        sequence: 1,
        channel: 'IMPORTED',
        from: null,
        to: 'APPROVED',
        state: 'WRITTEN',
        actor: null,
        settlementHash: null,
      },
    ]);
  });

  it('enters as IMPORTED before the first change here, once', async () => {
    for (const description of ['a', 'b']) {
      await desk.mutate('carl', 'updateModelVersion', { modelVersionId: version(2), description });
    }
    expect(await chainOf(2)).toMatchObject([{ channel: 'IMPORTED', to: 'APPROVED' }]);
    await desk.mutate('carl', 'updateModelVersion', { modelVersionId: version(1), description: 'nothing decided' });
    expect(await chainOf(1)).toEqual([]);
  });

  it('enters as OUT_OF_BAND with the next decision', async () => {
    await desk.mutate('ana', 'approveModelVersion', input(1, 'PENDING'));
    desk.store.updateVersion('churn', 1, { approvalStatus: 'REJECTED', approvalComment: 'by hand' });
    const late = await desk.mutate('bo', 'resetModelVersionApproval', input(1, 'APPROVED'));
    const [found] = await chainOf(1);
    expect(found).toMatchObject({
      channel: 'OUT_OF_BAND',
      from: 'APPROVED',
      to: 'REJECTED',
      actor: null,
      comment: 'by hand',
    });
    expect(late.error?.extensions).toMatchObject({
      code: 'CONFLICT',
      currentStatus: 'REJECTED',
      winningApprovalId: found.id,
    });
    expect((await desk.mutate('bo', 'resetModelVersionApproval', input(1, 'REJECTED'))).error).toBeUndefined();
    expect(await chainOf(1)).toHaveLength(3);
  });

  it('does not put the words of the decision before it into the mouth of whoever flipped it', async () => {
    await desk.mutate('ana', 'approveModelVersion', input(1, 'PENDING', { comment: 'ours' }));
    // SageMaker keeps the comment where only the status is set.
    desk.store.updateVersion('churn', 1, { approvalStatus: 'REJECTED' });
    await desk.mutate('bo', 'resetModelVersionApproval', input(1, 'REJECTED'));
    expect(await chainOf(1)).toMatchObject([
      {},
      { channel: 'OUT_OF_BAND', to: 'REJECTED', comment: null },
      { channel: 'GATEWAY', comment: 'ours' },
    ]);
  });

  it('of an earlier version of the same name is not of this one', async () => {
    await desk.mutate('ana', 'approveModelVersion', input(1, 'PENDING'));
    const before = await chainOf(1);
    desk.store.deleteModel('churn');
    await desk.mutate('carl', 'createModel', { registryId: 'east', name: 'churn' });
    await desk.mutate('carl', 'registerModelVersion', { modelId: 'east/churn', artifacts: [{ uri: 's3://anew' }] });
    expect(await chainOf(1)).toEqual([]);
    const { payload } = await desk.mutate('ana', 'rejectModelVersion', input(1, 'PENDING'), DECIDED);
    expect(payload.approval).toMatchObject({ sequence: 1, previousHash: null });
    // The one that is gone is still to be found, and its version is not the one of that name.
    const { data } = await desk.ask(
      'vera',
      'query ($id: ID!) { node(id: $id) { ... on ModelApproval { to modelVersionId modelVersion { id } } } modelApprovals(filter: {modelVersionIds: ["east/churn/1"]}) { nodes { to } } }',
      { id: before[0].id },
    );
    expect(data.node).toEqual({ to: 'APPROVED', modelVersionId: version(1), modelVersion: null });
    expect(data.modelApprovals.nodes).toEqual([{ to: 'REJECTED' }, { to: 'APPROVED' }]);
  });
});

describe('a decision that comes too late', () => {
  it('is told the status and who was first, and changes nothing', async () => {
    const first = await desk.mutate('ana', 'approveModelVersion', input(1, 'PENDING'), DECIDED);
    desk.registry.forgetCalls();
    const { payload, error } = await desk.mutate('bo', 'rejectModelVersion', input(1, 'PENDING'));
    expect(payload).toBeNull();
    expect(error).toMatchObject({
      message: expect.stringContaining('ana@example.com'),
      extensions: {
        code: 'CONFLICT',
        registryId: 'east',
        retryable: false,
        currentStatus: 'APPROVED',
        winningApprovalId: first.payload.approval.id,
      },
    });
    expect(await chainOf(1)).toHaveLength(1);
    expect(desk.registry.calls.get('decide')).toBeUndefined();
  });

  it('is told the status where nobody decided', async () => {
    const { error } = await desk.mutate('bo', 'rejectModelVersion', input(1, 'APPROVED'));
    expect(error?.extensions).toMatchObject({ code: 'CONFLICT', currentStatus: 'PENDING' });
    expect(error?.extensions.winningApprovalId).toBeUndefined();
    expect(await chainOf(1)).toEqual([]);
  });

  it('loses to another at the same time, and the ledger and the registry agree', async () => {
    const attempts = await Promise.all([
      desk.mutate('ana', 'approveModelVersion', input(1, 'PENDING'), DECIDED),
      desk.mutate('bo', 'rejectModelVersion', input(1, 'PENDING'), DECIDED),
      desk.mutate('cy', 'approveModelVersion', input(1, 'PENDING'), DECIDED),
    ]);
    const won = attempts.filter(({ error }) => error === undefined);
    expect(won).toHaveLength(1);
    const winner = won[0]?.payload.approval;
    for (const { error } of attempts.filter((each) => each.error !== undefined)) {
      expect(error?.extensions).toMatchObject({ code: 'CONFLICT', winningApprovalId: winner.id });
    }
    expect(await chainOf(1)).toMatchObject([{ to: winner.to, state: 'WRITTEN' }]);
    expect(stored(1)?.approvalStatus).toBe(winner.to);
  });
});

describe('what cannot be decided', () => {
  it.each(['FAILED', 'DELETING', 'PENDING'] as const)(
    'a version whose registration is %s',
    async (registrationStatus) => {
      desk.store.updateVersion('churn', 1, { registrationStatus });
      desk.registry.forgetCalls();
      const { error } = await desk.mutate('ana', 'approveModelVersion', input(1, 'PENDING'));
      expect(error?.extensions).toMatchObject({ code: 'CONFLICT', retryable: registrationStatus === 'PENDING' });
      expect(await chainOf(1)).toEqual([]);
      expect(desk.registry.calls.get('decide')).toBeUndefined();
      // Whoever may decide is told the same before.
      const { data } = await desk.ask(
        'ana',
        '{ modelVersion(id: "east/churn/1") { viewerCanDecide { approve reject reset reason } } }',
      );
      const rejected = await desk.mutate('ana', 'rejectModelVersion', input(1, 'PENDING'));
      const mayReject = rejected.error === undefined;
      expect(mayReject).toBe(registrationStatus === 'PENDING');
      expect(data.modelVersion.viewerCanDecide).toMatchObject({ approve: false, reject: mayReject, reset: mayReject });
      expect(data.modelVersion.viewerCanDecide.reason).toContain(registrationStatus);
    },
  );

  it('a version that is not there, in the same words as one that is invisible', async () => {
    desk.store.createModel({ name: 'secret', description: null, tags: [], createdBy: null });
    const attempt = async (id: string) => {
      const { error } = await desk.mutate('churner', 'approveModelVersion', {
        modelVersionId: id,
        expectedStatus: 'PENDING',
      });
      expect(error?.extensions.code).toBe('NOT_FOUND');
      return error?.message.replace(id.replace('east/', ''), 'IT');
    };
    expect(await attempt('east/churn/99')).toBe(await attempt('east/secret/1'));
    expect(await attempt('east/churn-none/1')).toBe(await attempt('east/secret/1'));
  });

  it('anything by somebody without the role, who sees it', async () => {
    for (const person of ['vera', 'carl'] as const) {
      const { error } = await desk.mutate(person, 'approveModelVersion', input(1, 'PENDING'));
      expect(error).toMatchObject({ message: expect.stringContaining('approver'), extensions: { code: 'FORBIDDEN' } });
    }
    const { data } = await desk.ask(
      'vera',
      '{ modelVersion(id: "east/churn/1") { viewerCanDecide { approve reject reset reason } } }',
    );
    expect(data.modelVersion.viewerCanDecide).toEqual({
      approve: false,
      reject: false,
      reset: false,
      reason: expect.stringContaining('approver'),
    });
  });

  it('with a comment that the registry cannot keep', async () => {
    const { error } = await desk.mutate(
      'ana',
      'approveModelVersion',
      input(1, 'PENDING', { comment: 'x'.repeat(4097) }),
    );
    expect(error).toMatchObject({
      message: expect.stringContaining('4096'),
      extensions: { code: 'BAD_USER_INPUT', registryId: 'east' },
    });
    expect(desk.registry.totalCalls()).toBe(0);
    expect(await chainOf(1)).toEqual([]);
    expect(
      (await desk.mutate('ana', 'approveModelVersion', input(1, 'PENDING', { comment: 'x'.repeat(4096) }))).error,
    ).toBeUndefined();
  });

  it('an id that is none', async () => {
    const { error } = await desk.mutate('ana', 'approveModelVersion', {
      modelVersionId: 'east/churn',
      expectedStatus: 'PENDING',
    });
    expect(error?.extensions.code).toBe('BAD_USER_INPUT');
  });
});

describe('a registry that takes no decisions', () => {
  it('says so, and is asked nothing', async () => {
    await using quiet = await openDesk({
      models: [{ name: 'churn', statuses: ['PENDING'] }],
      without: { capabilities: ['DECIDE'] },
    });
    const { error } = await quiet.mutate('ana', 'approveModelVersion', input(1, 'PENDING'));
    expect(error?.extensions).toMatchObject({ code: 'UNSUPPORTED', capability: 'DECIDE', registryId: 'east' });
    expect(quiet.registry.totalCalls()).toBe(0);
    const { data } = await quiet.ask(
      'ana',
      '{ modelVersion(id: "east/churn/1") { viewerCanDecide { approve reject reset reason } latestApproval { id } } }',
    );
    expect(data.modelVersion.viewerCanDecide).toMatchObject({
      approve: false,
      reason: expect.stringContaining('DECIDE'),
    });
  });
});

describe('an approved version', () => {
  const CHANGED = '{ modelVersion(id: "east/churn/1") { changedSinceApproval } }';
  const replaceArtifacts = (uri: string) => {
    const artifacts = stored(1)?.artifacts.map((artifact) => ({ ...artifact, uri })) ?? [];
    desk.store.updateVersion('churn', 1, { artifacts });
  };

  it('says whether something else is there than what was approved', async () => {
    const changed = async () => (await desk.ask('vera', CHANGED)).data.modelVersion.changedSinceApproval;
    const before = stored(1)?.artifacts[0]?.uri ?? '';
    expect(await changed()).toBeNull();
    await desk.mutate('ana', 'approveModelVersion', input(1, 'PENDING'));
    expect(await changed()).toBe(false);
    replaceArtifacts('s3://models/other');
    expect(await changed()).toBe(true);
    replaceArtifacts(before);
    expect(await changed()).toBe(false);
    await desk.mutate('ana', 'rejectModelVersion', input(1, 'APPROVED'));
    replaceArtifacts('s3://models/other');
    expect(await changed()).toBeNull();
  });
});

describe('a document with several mutations', () => {
  it('sees its own writes, whatever it has read before', async () => {
    const seen =
      'modelVersion { approvalStatus latestApproval { to sequence } approvals { totalCount } } approval { modelVersion { approvalStatus } }';
    const { data, errors } = await desk.ask(
      'ana',
      `mutation {
        a: rejectModelVersion(input: {modelVersionId: "east/churn/1", expectedStatus: PENDING}) { ${seen} }
        b: resetModelVersionApproval(input: {modelVersionId: "east/churn/1", expectedStatus: REJECTED}) { ${seen} }
        c: approveModelVersion(input: {modelVersionId: "east/churn/1", expectedStatus: PENDING}) { ${seen} }
      }`,
    );
    expect(errors).toEqual([]);
    const shown = (to: string, sequence: number) => ({
      modelVersion: { approvalStatus: to, latestApproval: { to, sequence }, approvals: { totalCount: sequence } },
      approval: { modelVersion: { approvalStatus: to } },
    });
    expect(data).toEqual({ a: shown('REJECTED', 1), b: shown('PENDING', 2), c: shown('APPROVED', 3) });
  });
});

describe('approvals of a version', () => {
  it('are paged, the newest first', async () => {
    let status = 'PENDING';
    for (const field of [
      'rejectModelVersion',
      'resetModelVersionApproval',
      'rejectModelVersion',
      'resetModelVersionApproval',
      'approveModelVersion',
    ]) {
      const { payload } = await desk.mutate('ana', field, input(1, status), 'modelVersion { approvalStatus }');
      status = payload.modelVersion.approvalStatus;
    }
    const page = async (id: string, args: string) =>
      desk.ask(
        'vera',
        `{ modelVersion(id: "${id}") { approvals${args} { nodes { sequence } edges { cursor } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`,
      );
    const met: number[] = [];
    let args = '(first: 2)';
    for (let pages = 1; pages <= 3; pages += 1) {
      const { approvals } = (await page(version(1), args)).data.modelVersion;
      met.push(...approvals.nodes.map(({ sequence }: { sequence: number }) => sequence));
      expect(approvals).toMatchObject({
        totalCount: 5,
        pageInfo: { hasNextPage: pages < 3, hasPreviousPage: pages > 1 },
      });
      args = `(first: 2, after: "${approvals.pageInfo.endCursor}")`;
    }
    expect(met).toEqual([5, 4, 3, 2, 1]);
    for (const bad of ['(first: 0)', '(first: 201)', '(after: "nonsense")']) {
      expect((await page(version(1), bad)).errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
    }
    // A cursor of one version's list is none of another's.
    expect((await page(version(2), args)).errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });
});

describe('a decision by its id', () => {
  it('is there for whoever sees its version, and null for others and for what is none', async () => {
    desk.store.createModel({ name: 'secret', description: null, tags: [], createdBy: null });
    await desk.mutate('carl', 'registerModelVersion', { modelId: 'east/secret', artifacts: [{ uri: 's3://s' }] });
    const { payload } = await desk.mutate(
      'ana',
      'approveModelVersion',
      { modelVersionId: 'east/secret/1', expectedStatus: 'PENDING' },
      'approval { id }',
    );
    const { id } = payload.approval;
    const node = async (person: 'vera' | 'churner', nodeId: string) =>
      desk.ask(person, 'query ($id: ID!) { node(id: $id) { __typename id } nodes(ids: [$id]) { id } }', { id: nodeId });
    expect((await node('vera', id)).data).toEqual({ node: { __typename: 'ModelApproval', id }, nodes: [{ id }] });
    expect((await node('churner', id)).data).toEqual({ node: null, nodes: [null] });
    expect((await node('vera', id.replace(/1$/, '2'))).data).toEqual({ node: null, nodes: [null] });
    expect((await node('vera', id.replace('east', 'west'))).data).toEqual({ node: null, nodes: [null] });
    expect((await node('vera', 'approval:east/secret/1')).errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
    // It outlives its version.
    desk.store.deleteModel('secret');
    expect((await node('vera', id)).data.node).toMatchObject({ id });
  });
});
