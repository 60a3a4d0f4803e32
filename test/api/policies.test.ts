import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { UnavailableError } from '../../src/domain/errors.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';
import { createSqliteStore } from '../../src/governance/sqlite/index.js';
import { type Desk, type DeskOptions, openDesk, temporaryFolder } from './support.js';

const models: DeskOptions['models'] = [{ name: 'churn', statuses: [] }];
const GOOD_ENOUGH = { name: 'good enough', check: "metrics['auc'] >= 0.9", onFail: 'deny' };

const OUTCOME = `modelVersionId problem { code message } evaluation { verdict policy checks { name passed expected actual problem { code } } }
  modelVersion { approvalStatus latestApproval { to state channel actor { name kind nativeId } evaluation { verdict policy } } }`;
const register = (desk: Desk, auc: number | null, more: object = {}) =>
  desk.mutate(
    'carl',
    'registerModelVersion',
    {
      modelId: 'east/churn',
      artifacts: [{ uri: 's3://x' }],
      ...(auc === null ? {} : { metrics: [{ name: 'auc', value: auc }] }),
      ...more,
    },
    OUTCOME,
  );
const approve = (desk: Desk, n: number) =>
  desk.mutate(
    'ana',
    'approveModelVersion',
    { modelVersionId: `east/churn/${n}`, expectedStatus: 'PENDING' },
    'approval { evaluation { verdict evaluatedAt checks { name passed actual } } } modelVersion { approvalStatus }',
  );
const preview = async (desk: Desk, person: 'vera' | 'ana' | 'root', n: number, more = '') => {
  const { data, errors } = await desk.ask(
    person,
    `{ modelVersion(id: "east/churn/${n}") { ${more} approvalPreview { verdict policy requiredApprovals approvalsSoFar checks { name passed expected actual problem { code } } } viewerCanDecide { approve reason } } }`,
  );
  expect(errors).toEqual([]);
  return data.modelVersion;
};

describe('at registration a policy', () => {
  it('approves what all its rules pass', async () => {
    await using desk = await openDesk({ models, policies: [{ id: 'auto', rules: [GOOD_ENOUGH], onPass: 'approve' }] });
    const { payload } = await register(desk, 0.95);
    expect(payload).toMatchObject({
      problem: null,
      evaluation: {
        verdict: 'AUTO_APPROVE',
        policy: 'auto',
        checks: [{ name: 'good enough', passed: true, problem: null }],
      },
      modelVersion: {
        approvalStatus: 'APPROVED',
        latestApproval: {
          to: 'APPROVED',
          state: 'WRITTEN',
          channel: 'POLICY',
          actor: { name: 'auto', kind: 'POLICY', nativeId: 'policy:auto' },
          evaluation: { verdict: 'AUTO_APPROVE', policy: 'auto' },
        },
      },
    });
    expect(desk.store.model('churn')?.versions.get(1)?.decision).toMatchObject({ status: 'APPROVED', actor: 'auto' });
  });

  it('rejects what fails a rule that rejects', async () => {
    await using desk = await openDesk({
      models,
      policies: [{ id: 'auto', rules: [{ ...GOOD_ENOUGH, onFail: 'reject' }] }],
    });
    const { payload } = await register(desk, 0.5);
    expect(payload).toMatchObject({
      evaluation: { verdict: 'AUTO_REJECT', checks: [{ passed: false }] },
      modelVersion: { approvalStatus: 'REJECTED', latestApproval: { to: 'REJECTED', channel: 'POLICY' } },
    });
  });

  it.each([
    ['ALLOW', 0.95, GOOD_ENOUGH],
    ['REVIEW', 0.5, { ...GOOD_ENOUGH, onFail: 'review' }],
    ['DENY', 0.5, GOOD_ENOUGH],
  ] as const)('leaves to people what is %s', async (verdict, auc, rule) => {
    await using desk = await openDesk({ models, policies: [{ id: 'p', rules: [rule] }] });
    const { payload } = await register(desk, auc);
    expect(payload).toMatchObject({
      evaluation: { verdict },
      modelVersion: { approvalStatus: 'PENDING', latestApproval: null },
    });
    const decided = await approve(desk, 1);
    expect(decided.error?.extensions.code).toBe(verdict === 'DENY' ? 'POLICY_DENIED' : undefined);
  });

  it('gives the same evaluation again when the request is repeated, and decides once', async () => {
    await using desk = await openDesk({ models, policies: [{ id: 'auto', rules: [GOOD_ENOUGH], onPass: 'approve' }] });
    const first = await register(desk, 0.95, { idempotencyKey: 'register-once-0001' });
    const again = await register(desk, 0.95, { idempotencyKey: 'register-once-0001' });
    expect(again.payload).toEqual(first.payload);
    expect(desk.registry.calls.get('decide')).toBe(1);
  });

  it('decides nothing that it would not decide of the version as it is when it is decided', async () => {
    await using desk = await openDesk({
      models,
      policies: [{ id: 'auto', rules: [{ name: 'described', check: 'has(version.description)' }], onPass: 'approve' }],
      around: (adapter) => ({
        ...adapter,
        async registerVersion(version, options) {
          const registered = await adapter.registerVersion(version, options);
          desk.store.updateVersion('churn', registered.number, { description: null });
          return registered;
        },
      }),
    });
    const { payload, error } = await register(desk, null, { description: 'all there is to say' });
    expect(error).toBeUndefined();
    expect(payload).toMatchObject({ evaluation: { verdict: 'AUTO_APPROVE' }, problem: null });
    expect(desk.store.model('churn')?.versions.get(1)?.approvalStatus).toBe('PENDING');
    expect(desk.registry.calls.get('decide')).toBeUndefined();
  });

  it('that would approve what is not ready yet says that it could not', async () => {
    await using desk = await openDesk({
      models,
      policies: [{ id: 'auto', rules: [GOOD_ENOUGH], onPass: 'approve' }],
      around: (adapter) => ({
        ...adapter,
        async registerVersion(version, options) {
          const registered = await adapter.registerVersion(version, options);
          desk.store.updateVersion('churn', registered.number, { registrationStatus: 'PENDING' });
          return registered;
        },
      }),
    });
    const { payload, error } = await register(desk, 0.95);
    expect(error).toBeUndefined();
    expect(payload).toMatchObject({
      evaluation: { verdict: 'AUTO_APPROVE' },
      problem: { code: 'CONFLICT', message: expect.stringContaining('still being registered') },
    });
  });

  it('whose decision cannot be written leaves the version, and says why', async () => {
    await using desk = await openDesk({ models, policies: [{ id: 'auto', rules: [GOOD_ENOUGH], onPass: 'approve' }] });
    const error = new UnavailableError('Registry east hung up.', { registryId: 'east' });
    desk.registry.cause({ kind: 'fail', error }, { operations: ['decide'] });
    const { payload, error: fault } = await register(desk, 0.95);
    expect(fault).toBeUndefined();
    expect(payload).toMatchObject({
      modelVersionId: 'east/churn/1',
      problem: { code: 'UPSTREAM_UNAVAILABLE' },
      evaluation: { verdict: 'AUTO_APPROVE' },
    });
    expect(payload.modelVersion).toMatchObject({ approvalStatus: 'PENDING', latestApproval: { state: 'INTENDED' } });
  });
});

describe('evidence that cannot be read', () => {
  const down = new UnavailableError('The store of metrics does not answer.', { registryId: 'east' });

  it.each([
    ['a rule that denies', { rules: [GOOD_ENOUGH] }],
    ['a rule that rejects', { rules: [{ ...GOOD_ENOUGH, onFail: 'reject' }] }],
    ['a rule that asks for a review', { rules: [{ ...GOOD_ENOUGH, onFail: 'review' }] }],
    [
      'a rule for the absence of something',
      { rules: [{ ...GOOD_ENOUGH, check: "!has(metrics.auc) || metrics['auc'] >= 0.9" }] },
    ],
    ['evidence that is required', { requiredEvidence: [{ metric: 'auc' }], onPass: 'review' }],
  ])('never approves and never rejects, by %s', async (_, policy) => {
    await using desk = await openDesk({ models, policies: [{ id: 'auto', onPass: 'approve', ...policy }] });
    desk.registry.cause({ kind: 'fail', error: down }, { operations: ['getEvidence'] });
    const { payload } = await register(desk, 0.95);
    expect(payload).toMatchObject({
      evaluation: {
        verdict: expect.stringMatching(/^(DENY|REVIEW)$/),
        checks: [{ passed: false, problem: { code: 'UPSTREAM_UNAVAILABLE' } }],
      },
      modelVersion: { approvalStatus: 'PENDING', latestApproval: null },
    });
    if (payload.evaluation.verdict === 'DENY') {
      const denied = await approve(desk, 1);
      expect(denied.error).toMatchObject({
        message: expect.stringContaining(down.message),
        extensions: { code: 'POLICY_DENIED' },
      });
    }
    desk.registry.recover();
    expect((await approve(desk, 1)).error).toBeUndefined();
  });

  it('counts only where a rule looks at it, whatever else is asked for', async () => {
    // Reports are away, metrics are not.
    const withoutReports = (adapter: RegistryAdapter): RegistryAdapter => ({
      ...adapter,
      async getEvidence(refs, options) {
        const found = await adapter.getEvidence(refs, options);
        if (!options.parts.includes('REPORTS')) return found;
        return found.map((each) =>
          each === null || each instanceof Error
            ? each
            : { ...each, reports: [], problems: [{ part: 'REPORTS' as const, error: down }] },
        );
      },
    });
    await using desk = await openDesk({
      models,
      around: withoutReports,
      policies: [{ id: 'p', rules: [GOOD_ENOUGH] }],
    });
    await register(desk, 0.95);
    const alone = await preview(desk, 'vera', 1);
    const together = await preview(
      desk,
      'vera',
      1,
      'metrics { name } reports { name } modelCard { status } evidenceProblems { code message }',
    );
    expect(together).toMatchObject({
      metrics: [{ name: 'auc' }],
      reports: [],
      evidenceProblems: [{ code: down.code, message: down.message }],
    });
    expect(together.approvalPreview).toEqual(alone.approvalPreview);
    expect(alone.approvalPreview.verdict).toBe('ALLOW');
  });
});

describe('the preview', () => {
  const policies = [
    {
      id: 'ranking',
      requiredEvidence: ['description', { parameter: 'depth' }],
      rules: [
        { name: 'better than production', check: "!hasProduction || metrics['auc'] >= production.metrics['auc']" },
        { name: 'owned', check: "model.owner != ''", onFail: 'review' },
      ],
    },
  ];

  it('says what the decision will be judged by, the same to every reader, and is stored with the decision', async () => {
    await using desk = await openDesk({ models, policies });
    await register(desk, 0.95, { description: 'x', parameters: [{ key: 'depth', value: '7' }] });
    const seen = await Promise.all(
      (['vera', 'ana', 'root'] as const).map(async (person) => (await preview(desk, person, 1)).approvalPreview),
    );
    expect(new Set(seen.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(seen[0]).toMatchObject({
      verdict: 'REVIEW',
      policy: 'ranking',
      requiredApprovals: 1,
      approvalsSoFar: 0,
      checks: [
        { name: 'evidence: description', passed: true },
        { name: 'evidence: parameter depth', passed: true, actual: 'parameter depth = "7"' },
        { name: 'better than production', passed: true },
        { name: 'owned', passed: false },
      ],
    });
    const { payload } = await approve(desk, 1);
    expect(payload.approval.evaluation).toMatchObject({
      verdict: 'REVIEW',
      checks: seen[0].checks.map(
        ({ name, passed, actual }: { name: string; passed: boolean; actual: string | null }) => ({
          name,
          passed,
          actual,
        }),
      ),
    });
    // What was judged then stays, whatever is there later.
    desk.store.updateVersion('churn', 1, { description: null });
    const { data } = await desk.ask(
      'vera',
      '{ modelVersion(id: "east/churn/1") { approvalPreview { verdict } latestApproval { evaluation { verdict evaluatedAt } } } }',
    );
    expect(data.modelVersion).toEqual({
      approvalPreview: { verdict: 'DENY' },
      latestApproval: { evaluation: { verdict: 'REVIEW', evaluatedAt: payload.approval.evaluation.evaluatedAt } },
    });
  });

  it('compares with what is in production, and says why it may not be approved', async () => {
    await using desk = await openDesk({ models, policies: [{ id: 'p', rules: policies[0]?.rules.slice(0, 1) }] });
    await register(desk, 0.9);
    await approve(desk, 1);
    await register(desk, 0.8);
    const { approvalPreview, viewerCanDecide } = await preview(desk, 'ana', 2);
    expect(approvalPreview).toMatchObject({
      verdict: 'DENY',
      checks: [{ passed: false, actual: expect.stringContaining('0.8') }],
    });
    const { error } = await approve(desk, 2);
    expect(error).toMatchObject({
      message: viewerCanDecide.reason,
      extensions: { code: 'POLICY_DENIED', registryId: 'east' },
    });
    expect(viewerCanDecide.approve).toBe(false);
    expect(desk.store.model('churn')?.versions.get(2)?.approvalStatus).toBe('PENDING');
  });

  it('sees what the mutations before it have put into production', async () => {
    await using desk = await openDesk({
      models: [{ name: 'churn', statuses: ['PENDING', 'PENDING'] }],
      policies: [{ id: 'p', production: { stage: 'Live' }, rules: [{ name: 'first', check: '!hasProduction' }] }],
    });
    const { data, errors } = await desk.ask(
      'carl',
      `mutation {
        before: updateModelVersion(input: {modelVersionId: "east/churn/2", description: "x"}) { modelVersion { approvalPreview { verdict } } }
        move: setModelVersionStage(input: {modelVersionId: "east/churn/1", stage: "Live"}) { replayed }
        after: updateModelVersion(input: {modelVersionId: "east/churn/2", description: "y"}) { modelVersion { approvalPreview { verdict } } }
      }`,
    );
    expect(errors).toEqual([]);
    expect([data.before, data.after].map(({ modelVersion }) => modelVersion.approvalPreview.verdict)).toEqual([
      'ALLOW',
      'DENY',
    ]);
  });

  it('reads the evidence of many versions together, however long the ledger takes for each', async () => {
    await using folder = await temporaryFolder();
    let reads = 0;
    await using desk = await openDesk({
      models: [{ name: 'churn', statuses: Array.from({ length: 20 }, () => 'PENDING' as const) }],
      policies: [{ id: 'p', rules: [GOOD_ENOUGH] }],
      createStore: () => {
        const store = createSqliteStore({ file: path.join(folder.path, 'governance.sqlite') });
        const chains: typeof store.ledger.chains = async (version) => {
          reads += 1;
          await sleep(5 * (reads % 4));
          return store.ledger.chains(version);
        };
        return { ...store, ledger: { ...store.ledger, chains } };
      },
    });
    desk.registry.forgetCalls();
    const { data } = await desk.ask(
      'ana',
      '{ modelVersions { nodes { approvalPreview { verdict } viewerCanDecide { approve } latestApproval { id } } } }',
    );
    expect(data.modelVersions.nodes).toHaveLength(20);
    expect(Object.fromEntries(desk.registry.calls)).toEqual({ listVersions: 1, getEvidence: 1 });
    // Each chain is read once for all that is asked of it.
    expect(reads).toBe(20);
  });

  it.each([
    ['alias', { alias: 'champion' }],
    ['stage', { stage: 'Live' }],
  ] as const)('finds production by its %s, for many versions in few calls', async (_, production) => {
    await using desk = await openDesk({
      models: [
        { name: 'churn', statuses: Array.from({ length: 50 }, () => 'PENDING' as const), aliases: { champion: 50 } },
      ],
      policies: [
        { id: 'p', production, rules: [{ name: 'better', check: "metrics['auc'] >= production.metrics['auc']" }] },
      ],
    });
    desk.store.updateVersion('churn', 50, { stage: { name: 'Live', status: null, description: null } });
    desk.registry.forgetCalls();
    const { data, errors } = await desk.ask(
      'ana',
      '{ modelVersions(first: 50) { nodes { approvalPreview { verdict } viewerCanDecide { approve } latestApproval { id } changedSinceApproval } } }',
    );
    expect(errors).toEqual([]);
    expect(data.modelVersions.nodes).toHaveLength(50);
    // The production is one of them, and its evidence is read with theirs.
    expect(Object.fromEntries(desk.registry.calls)).toEqual(
      'stage' in production ? { listVersions: 2, getEvidence: 1 } : { listVersions: 1, getModels: 1, getEvidence: 1 },
    );
  });
});
