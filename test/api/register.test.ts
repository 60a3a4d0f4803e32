import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RegistryCapability } from '../../src/domain/capabilities.js';
import { type Desk, openDesk } from './support.js';

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk({ models: [{ name: 'churn', statuses: [] }] });
});
afterEach(() => desk[Symbol.asyncDispose]());

const REGISTERED = `modelVersionId replayed problem { code } evaluation { verdict policy requiredApprovals approvalsSoFar checks { name } }
  modelVersion {
    id version number description registrationStatus approvalStatus approvalStatusExplicit createdBy { name nativeId } latestApproval { id }
    artifacts { uri role image imageDigest framework frameworkVersion digest } metadata { key value } tags { key value }
    metrics { name value unit dataset } parameters { key value } reports { kind name uri contentType } modelCard { content } evidenceProblems { code }
    lineage { commit repository pipelineExecution trainingJob runId dataset sourceUri generatedBy }
    inference { contentTypes responseTypes realtimeInstanceTypes batchInstanceTypes }
  }`;
const artifact = { uri: 's3://models/churn/1' };
const register = (input: object, person: 'carl' | 'vera' | 'churner' = 'carl') =>
  desk.mutate(person, 'registerModelVersion', { modelId: 'east/churn', artifacts: [artifact], ...input }, REGISTERED);

const FULL = {
  description: 'third',
  artifacts: [
    {
      uri: 's3://a',
      role: 'model',
      image: 'repo/image:1',
      imageDigest: 'sha256:1',
      framework: 'XGBOOST',
      frameworkVersion: '1.7',
      digest: 'sha256:2',
    },
    { uri: 's3://b' },
  ],
  metrics: [
    { name: 'auc', value: 0.91, dataset: 'test' },
    { name: 'latency', value: 12, unit: 'ms' },
  ],
  parameters: [{ key: 'depth', value: '7' }],
  reports: [{ kind: 'MODEL_QUALITY', uri: 's3://reports/quality.json', contentType: 'application/json' }],
  metadata: [{ key: 'm', value: '1' }],
  tags: [{ key: 't', value: '1' }],
  lineage: {
    commit: 'abc',
    repository: 'git',
    pipelineExecution: 'p',
    trainingJob: 'j',
    runId: 'r',
    dataset: 'd',
    sourceUri: 's',
    generatedBy: 'g',
  },
  inference: {
    contentTypes: ['text/csv'],
    responseTypes: ['text/csv'],
    realtimeInstanceTypes: ['ml.m5.large'],
    batchInstanceTypes: ['ml.m5.xlarge'],
  },
  modelCard: { intendedUse: 'churn' },
};

describe('a new version', () => {
  it('is PENDING, and all that was said of it', async () => {
    const { payload, error } = await register(FULL);
    expect(error).toBeUndefined();
    const none = { role: null, image: null, imageDigest: null, framework: null, frameworkVersion: null, digest: null };
    expect(payload).toEqual({
      modelVersionId: 'east/churn/1',
      replayed: false,
      problem: null,
      evaluation: { verdict: 'ALLOW', policy: null, requiredApprovals: 1, approvalsSoFar: 0, checks: [] },
      modelVersion: {
        id: 'east/churn/1',
        version: '1',
        number: 1,
        registrationStatus: 'READY',
        approvalStatus: 'PENDING',
        approvalStatusExplicit: true,
        latestApproval: null,
        createdBy: { name: 'carl@example.com', nativeId: desk.nativeId('carl') },
        ...FULL,
        artifacts: [FULL.artifacts[0], { ...none, uri: 's3://b' }],
        metrics: [
          { name: 'auc', value: 0.91, dataset: 'test', unit: null },
          { name: 'latency', value: 12, dataset: null, unit: 'ms' },
        ],
        reports: [{ ...FULL.reports[0], name: 'quality.json' }],
        modelCard: { content: FULL.modelCard },
        evidenceProblems: [],
      },
    });
  });

  it('takes null for what is not said', async () => {
    const nulls = Object.fromEntries(Object.keys(FULL).map((field) => [field, null]));
    const { payload } = await register({
      ...nulls,
      artifacts: [{ ...artifact, role: null, digest: null }],
      lineage: { commit: null },
      inference: { contentTypes: null },
    });
    expect(payload.modelVersion).toMatchObject({
      description: null,
      metrics: [],
      parameters: [],
      reports: [],
      metadata: [],
      tags: [],
      modelCard: null,
    });
  });

  it.each([
    ['without artifacts', { artifacts: [] }],
    ['with an artifact that is nowhere', { artifacts: [{ uri: '' }] }],
    ['with a description that is too long', { description: 'x'.repeat(4097) }],
    [
      'with two values for one entry',
      {
        metadata: [
          { key: 'a', value: '1' },
          { key: 'a', value: '2' },
        ],
      },
    ],
    ['with metadata that is too long', { metadata: [{ key: 'a', value: 'x'.repeat(4097) }] }],
    [
      'with the same metric twice',
      {
        metrics: [
          { name: 'auc', value: 1 },
          { name: 'auc', value: 2 },
        ],
      },
    ],
    ['with too many artifacts', { artifacts: Array.from({ length: 201 }, () => artifact) }],
  ])('%s is refused', async (_, input) => {
    expect((await register(input)).error?.extensions.code).toBe('BAD_USER_INPUT');
    expect(desk.store.model('churn')?.versions.size).toBe(0);
  });

  it('of a model that is not there, or by somebody without the role, is refused', async () => {
    expect((await register({ modelId: 'east/none' })).error?.extensions.code).toBe('NOT_FOUND');
    expect((await register({}, 'vera')).error?.extensions.code).toBe('FORBIDDEN');
    expect((await register({}, 'churner')).error).toBeUndefined();
  });

  it('is registered in a registry that takes no decisions, and nobody is asked about it', async () => {
    await using quiet = await openDesk({
      models: [{ name: 'churn', statuses: [] }],
      without: { capabilities: ['DECIDE'] },
      policies: [{ id: 'all', rules: [{ name: 'never', check: 'false', onFail: 'reject' }] }],
    });
    const { payload } = await quiet.mutate(
      'carl',
      'registerModelVersion',
      { modelId: 'east/churn', artifacts: [artifact] },
      'evaluation { verdict } modelVersion { approvalStatus } problem { code }',
    );
    expect(payload).toEqual({ evaluation: null, modelVersion: { approvalStatus: 'PENDING' }, problem: null });
  });
});

describe('a registry that can hold less', () => {
  it.each<[RegistryCapability, object]>([
    ['REGISTER_VERSION', {}],
    ['MULTIPLE_ARTIFACTS', { artifacts: FULL.artifacts }],
    ['REGISTER_METRICS', { metrics: FULL.metrics }],
    ['REGISTER_PARAMETERS', { parameters: FULL.parameters }],
    ['REGISTER_REPORTS', { reports: FULL.reports }],
    ['REGISTER_MODEL_CARD', { modelCard: FULL.modelCard }],
    ['REGISTER_INFERENCE', { inference: FULL.inference }],
    ['LINEAGE', { lineage: FULL.lineage }],
    ['TAG_VERSIONS', { tags: FULL.tags }],
  ])('names %s, and registers nothing', async (capability, input) => {
    await using lesser = await openDesk({
      models: [{ name: 'churn', statuses: [] }],
      without: { capabilities: [capability] },
    });
    const { error } = await lesser.mutate('carl', 'registerModelVersion', {
      modelId: 'east/churn',
      artifacts: [artifact],
      ...input,
    });
    expect(error?.extensions).toMatchObject({ code: 'UNSUPPORTED', capability, registryId: 'east' });
    expect(lesser.store.model('churn')?.versions.size).toBe(0);
  });
});
