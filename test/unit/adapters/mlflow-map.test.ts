import { describe, expect, it } from 'vitest';
import { approvalOf, approvalTag, decidedBy, tagValuesOf } from '../../../adapters/mlflow/approval.js';
import { mlflowOptions } from '../../../adapters/mlflow/index.js';
import { type MapContext, toModelRecord, toVersionRecord } from '../../../adapters/mlflow/map.js';
import { modelsAnswer, versionAnswer, versionsAnswer } from '../../../adapters/mlflow/wire.js';
import modelVersionGet from '../../support/fixtures/mlflow/model-version-get.json' with { type: 'json' };
import modelVersionsSearch from '../../support/fixtures/mlflow/model-versions-search.json' with { type: 'json' };
import registeredModelsSearch from '../../support/fixtures/mlflow/registered-models-search.json' with { type: 'json' };

const { approval, ownerTag } = mlflowOptions.parse({ url: 'http://127.0.0.1:5000' });
const context: MapContext = {
  registryId: 'ml',
  approval,
  ownerTag,
  url: 'https://mlflow.example.com/a',
  workspace: undefined,
};

function models() {
  return modelsAnswer.parse(registeredModelsSearch).registered_models;
}

function versions() {
  return versionsAnswer.parse(modelVersionsSearch).model_versions;
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('The fixture has too few entries.');
  return value;
}

describe('a model', () => {
  const record = toModelRecord(context, present(models()[0]));

  it('has what MLflow says, and its owner from the tag', () => {
    expect(record).toMatchObject({
      ref: { registryId: 'ml', name: 'fraud-detector' },
      nativeId: 'models:/fraud-detector',
      description: 'Scores card payments for fraud',
      owner: 'team-risk',
      createdBy: null,
      consoleUrl: 'https://mlflow.example.com/a/#/models/fraud-detector',
    });
    expect(record.createdAt).toBe(new Date(1795246193296).toISOString());
  });

  it('shows tags by key, without those of the gateway', () => {
    expect(record.tags).toEqual([
      { key: 'domain', value: 'payments' },
      { key: 'owner', value: 'team-risk' },
    ]);
  });

  it('has the newest version over all stages, with the aliases that only the model knows', () => {
    expect(record.latestVersion).toMatchObject({ number: 3, aliasNames: ['challenger'], stage: null });
    expect(toModelRecord(context, { ...present(models()[0]), latest_versions: [] }).latestVersion).toBeNull();
  });

  it('leads to its workspace', () => {
    const { consoleUrl } = toModelRecord({ ...context, workspace: 'team-a' }, present(models()[0]));
    expect(consoleUrl).toBe('https://mlflow.example.com/a/#/models/fraud-detector?workspace=team-a');
  });
});

describe('a version', () => {
  it('of a single read has everything', () => {
    const { model_version } = versionAnswer.parse(modelVersionGet);
    expect(toVersionRecord(context, model_version, model_version.aliases)).toEqual({
      ref: { registryId: 'ml', name: 'fraud-detector', version: '1' },
      number: 1,
      incarnation: '1795246193352',
      nativeId: 'models:/fraud-detector/1',
      description: 'Candidate 1',
      registrationStatus: 'READY',
      registrationMessage: null,
      approvalStatus: 'APPROVED',
      approvalStatusExplicit: true,
      approvalStatusSince: '2026-11-20T08:15:30.250Z',
      approvalComment: 'Good on October',
      decision: {
        id: '01JD',
        status: 'APPROVED',
        actor: 'ana@example.com',
        at: '2026-11-20T08:15:30.250Z',
        comment: 'Good on October',
      },
      stage: { name: 'Production', status: null, description: null },
      aliasNames: ['canary', 'champion'],
      tags: [{ key: 'season', value: 'autumn' }],
      metadata: [],
      createdAt: new Date(1795246193352).toISOString(),
      createdBy: { name: 'ben@example.com', kind: 'USER', nativeId: 'https://issuer.example#ben' },
      updatedAt: new Date(1795246193742).toISOString(),
      artifacts: [
        {
          uri: 's3://models/fraud/1',
          role: null,
          image: null,
          imageDigest: null,
          framework: null,
          frameworkVersion: null,
          digest: null,
        },
      ],
      lineage: {
        commit: '4f2a9c1',
        repository: null,
        pipelineExecution: null,
        trainingJob: null,
        runId: '0123456789abcdef0123456789abcdef',
        experimentId: null,
        dataset: null,
        sourceUri: null,
        generatedBy: null,
      },
      inference: null,
      consoleUrl: 'https://mlflow.example.com/a/#/models/fraud-detector/versions/1',
    });
  });

  it('of a search does not claim to have no aliases', () => {
    expect(toVersionRecord(context, present(versions()[0]), undefined)).not.toHaveProperty('aliasNames');
  });

  it('does not believe an annotation that tells of another status', () => {
    expect(toVersionRecord(context, present(versions()[1]), undefined)).toMatchObject({
      approvalStatus: 'REJECTED',
      approvalStatusSince: null,
      approvalComment: null,
      decision: { id: '01JD', status: 'APPROVED', comment: 'Good on October' },
    });
  });

  it('without tags is pending because nothing is said, and has no lineage', () => {
    expect(toVersionRecord(context, present(versions()[2]), undefined)).toMatchObject({
      approvalStatus: 'PENDING',
      approvalStatusExplicit: false,
      stage: null,
      lineage: null,
      tags: [],
    });
  });
});

describe('the approval convention', () => {
  const custom = mlflowOptions.parse({
    url: 'http://127.0.0.1:5000',
    approval: {
      tag: 'review',
      values: { PENDING: ['In Review'], APPROVED: ['ok', 'OK', 'Signed off'], REJECTED: ['no'] },
      absent: 'APPROVED',
      unknown: 'REJECTED',
    },
  }).approval;
  const tagged = (value: string) => approvalOf(custom, [{ key: 'review', value }]);

  it('reads any of the values, ignoring case', () => {
    expect(tagged('SIGNED OFF')).toMatchObject({ status: 'APPROVED', isExplicit: true });
    expect(tagged(' in review ')).toMatchObject({ status: 'PENDING', isExplicit: true });
  });

  it('has a status for what is absent and for what is unknown, and says that neither is explicit', () => {
    expect(approvalOf(custom, [])).toMatchObject({ status: 'APPROVED', isExplicit: false });
    expect(tagged('maybe')).toMatchObject({ status: 'REJECTED', isExplicit: false });
  });

  it('can be searched by only for a status that nothing else means', () => {
    expect(tagValuesOf(custom, 'PENDING')).toEqual(['in review']);
    expect(tagValuesOf(custom, 'APPROVED')).toBeNull();
    expect(tagValuesOf(custom, 'REJECTED')).toBeNull();
    expect(tagValuesOf(approval, 'APPROVED')).toEqual(['approved']);
  });

  it('writes the first value', () => {
    expect(approvalTag(custom, 'PENDING')).toEqual({ key: 'review', value: 'In Review' });
  });

  const annotated = (value: string, status = 'approved') => {
    const tags = [
      { key: 'validation_status', value: status },
      { key: 'registrar.decision', value },
    ];
    return decidedBy(approvalOf(approval, tags), tags);
  };
  const written = { v: 1, id: '1.ab', status: 'APPROVED', at: '2026-11-20T08:15:30Z' };

  it.each([
    'not json',
    '[]',
    'null',
    '{}',
    JSON.stringify({ ...written, v: 2 }),
    JSON.stringify({ ...written, id: '' }),
    JSON.stringify({ ...written, status: 'approved' }),
    JSON.stringify({ ...written, at: 'soon' }),
    JSON.stringify({ ...written, at: '+012026-11-20T08:15:30Z' }),
    JSON.stringify({ ...written, comment: 7 }),
  ])('does without the annotation %s', (value) => {
    expect(annotated(value)).toEqual({ mark: null, agreed: null });
  });

  it('takes an annotation without actor and comment, and knows the status that it is about', () => {
    const mark = { id: '1.ab', status: 'APPROVED', at: '2026-11-20T08:15:30.000Z', actor: null, comment: null };
    expect(annotated(JSON.stringify(written))).toEqual({ mark, agreed: mark });
    expect(annotated(JSON.stringify(written), 'pending')).toEqual({ mark, agreed: null });
    // PENDING only because nothing is said: a mark of that status is not what says it.
    const pending = JSON.stringify({ ...written, status: 'PENDING' });
    expect(annotated(pending, 'perhaps')).toMatchObject({ mark: { status: 'PENDING' }, agreed: null });
  });
});
