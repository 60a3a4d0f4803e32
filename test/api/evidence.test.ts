import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { UnavailableError } from '../../src/domain/errors.js';
import { type Desk, openDesk } from './support.js';

const MODELS = 5;
const VERSIONS = 10;
const ROWS = MODELS * VERSIONS;

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk({
    models: Array.from({ length: MODELS }, (_, n) => ({
      name: `m${n}`,
      statuses: Array.from({ length: VERSIONS }, (__, index) =>
        index % 2 === 0 ? ('PENDING' as const) : ('APPROVED' as const),
      ),
      aliases: { champion: 1 },
    })),
  });
  for (const model of desk.store.models()) {
    for (const number of model.versions.keys()) {
      desk.store.updateVersion(model.name, number, {
        evidence: {
          metrics: [
            { name: 'auc', value: 0.9, dataset: 'test' },
            { name: 'auc', value: 0.8, dataset: 'train' },
            { name: 'loss', value: null, text: 'NaN', step: 9 },
          ].map((metric) => ({ ...NONE, ...metric })),
          parameters: [
            { key: 'depth', value: '7' },
            { key: 'eta', value: '0.1' },
          ],
          reports: [{ kind: 'BIAS', name: 'bias.json', uri: 's3://r/bias.json', contentType: null }],
          modelCard: { status: 'Draft', content: { use: ['churn'] } },
        },
      });
    }
  }
});
const NONE = {
  text: null,
  unit: null,
  dataset: null,
  step: null,
  standardDeviation: null,
  goal: 'UNKNOWN',
  source: null,
} as const;
afterAll(() => desk[Symbol.asyncDispose]());
beforeEach(() => {
  desk.registry.recover();
  desk.registry.forgetCalls();
});
const calls = () => Object.fromEntries(desk.registry.calls);

describe('the evidence of a version', () => {
  it('is what the registry has, filtered as asked', async () => {
    const { data, errors } = await desk.ask(
      'vera',
      `{ modelVersion(id: "east/m0/1") {
          metrics { name value text unit dataset step standardDeviation goal source }
          named: metrics(names: ["auc"]) { dataset } measured: metrics(datasets: ["train"]) { value }
          both: metrics(names: ["loss"], datasets: ["test"]) { name } none: metrics(names: []) { name }
          parameters { key value } some: parameters(names: ["eta", "gone"]) { value }
          reports { kind name uri contentType } modelCard { status content } evidenceProblems { code }
      } }`,
    );
    expect(errors).toEqual([]);
    expect(data.modelVersion).toEqual({
      metrics: [
        { ...NONE, name: 'auc', value: 0.9, dataset: 'test' },
        { ...NONE, name: 'auc', value: 0.8, dataset: 'train' },
        { ...NONE, name: 'loss', value: null, text: 'NaN', step: 9 },
      ],
      named: [{ dataset: 'test' }, { dataset: 'train' }],
      measured: [{ value: 0.8 }],
      both: [],
      none: [],
      parameters: [
        { key: 'depth', value: '7' },
        { key: 'eta', value: '0.1' },
      ],
      some: [{ value: '0.1' }],
      reports: [{ kind: 'BIAS', name: 'bias.json', uri: 's3://r/bias.json', contentType: null }],
      modelCard: { status: 'Draft', content: { use: ['churn'] } },
      evidenceProblems: [],
    });
    expect(calls()).toEqual({ getVersions: 1, getEvidence: 1 });
  });

  it('that cannot be read empties its own cells and not the list', async () => {
    const error = new UnavailableError('The store of metrics does not answer.', { registryId: 'east' });
    desk.registry.cause({ kind: 'fail', error }, { operations: ['getEvidence'] });
    const { data, errors } = await desk.ask(
      'vera',
      '{ modelVersions(first: 2) { nodes { id metrics { name } evidenceProblems { code } } unavailable { problem { code } } } }',
    );
    expect(data.modelVersions.nodes).toEqual([
      { id: expect.any(String), metrics: null, evidenceProblems: null },
      { id: expect.any(String), metrics: null, evidenceProblems: null },
    ]);
    expect(errors).toHaveLength(4);
    expect(errors[0]).toMatchObject({
      message: error.message,
      extensions: { code: 'UPSTREAM_UNAVAILABLE', registryId: 'east' },
    });
  });
});

describe('a list with everything in each row', () => {
  it.each([
    ['metrics { name }', { listVersions: 1, getEvidence: 1 }],
    [
      'metrics { name } parameters { key } reports { uri } modelCard { content } evidenceProblems { code }',
      { listVersions: 1, getEvidence: 1 },
    ],
    [
      'latestApproval { id } approvals { totalCount } approvalPreview { verdict } viewerCanDecide { approve } changedSinceApproval',
      { listVersions: 1 },
    ],
    [
      'model { name latestApprovedVersion { metrics { name } approvalPreview { verdict } } }',
      { listVersions: 1, getModels: 1, getLatestVersions: 1, getEvidence: 1 },
    ],
  ])('costs the same few calls for any number of rows: %s', async (fields, expected) => {
    const { data, errors } = await desk.ask('ana', `{ modelVersions(first: ${ROWS}) { nodes { ${fields} } } }`);
    expect(errors).toEqual([]);
    expect(data.modelVersions.nodes).toHaveLength(ROWS);
    expect(calls()).toEqual(expected);
  });
});

describe('a mutation', () => {
  const input = { modelVersionId: 'east/m1/1' };
  /** What each asks of the registry, writes and reads alike. A version that enters the ledger as IMPORTED is read once more. */
  it.each<[string, object, Record<string, number>]>([
    ['createModel', { registryId: 'east', name: 'calls' }, { createModel: 1 }],
    ['updateModel', { modelId: 'east/m1', description: 'x' }, { updateModel: 1 }],
    ['registerModelVersion', { modelId: 'east/m1', artifacts: [{ uri: 's3://x' }] }, { registerVersion: 1 }],
    ['updateModelVersion', { ...input, description: 'x' }, { getVersions: 1, updateVersion: 1 }],
    ['setModelAlias', { ...input, alias: 'shadow' }, { getVersions: 1, setAlias: 1 }],
    ['deleteModelAlias', { modelId: 'east/m1', alias: 'shadow' }, { deleteAlias: 1 }],
    ['setModelVersionStage', { ...input, stage: 'Live' }, { getVersions: 1, setStage: 1 }],
    ['approveModelVersion', { ...input, expectedStatus: 'PENDING' }, { getVersions: 1, decide: 1 }],
    ['rejectModelVersion', { ...input, expectedStatus: 'APPROVED' }, { getVersions: 1, decide: 1 }],
    ['resetModelVersionApproval', { ...input, expectedStatus: 'REJECTED' }, { getVersions: 1, decide: 1 }],
    // It holds an alias, which goes with it: the model is looked at once more, so that the journal can tell.
    ['deleteModelVersion', input, { getVersions: 2, getServing: 1, deleteVersion: 1, getModels: 1 }],
    ['deleteModelVersions', { filter: { modelIds: ['east/m2'] } }, { listVersions: 1, getServing: 1 }],
    [
      'deleteModel',
      { modelId: 'east/m3', cascade: true, includeApproved: true },
      { listVersions: 1, getServing: 1, getVersions: 2.5 * VERSIONS, deleteVersion: VERSIONS, deleteModel: 1 },
    ],
  ])('%s %o makes the calls that it needs and no more', async (field, given, expected) => {
    const { error } = await desk.mutate('root', field, { ...given });
    expect(error).toBeUndefined();
    await vi.waitFor(() => expect(calls()).toEqual(expected));
  });

  it('deleteModelVersions for real makes three calls for each version, and one for all', async () => {
    const filter = { modelIds: ['east/m2'], approvalStatuses: ['PENDING'] };
    const { payload } = await desk.mutate('root', 'deleteModelVersions', { filter }, 'confirmationToken deletedIds');
    desk.registry.forgetCalls();
    await desk.mutate('root', 'deleteModelVersions', {
      filter,
      dryRun: false,
      confirmationToken: payload.confirmationToken,
    });
    const each = payload.deletedIds.length;
    expect(calls()).toEqual({ getServing: 1, getVersions: 2 * each, deleteVersion: each });
  });
});
