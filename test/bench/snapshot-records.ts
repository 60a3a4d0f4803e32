import { APPROVAL_STATUSES, type ModelRecord, type ModelVersionRecord } from '../../src/domain/model.js';

const FIRST_MS = Date.parse('2025-01-01T00:00:00.000Z');

/** As a registry of some size has them: read from the network, so that no two share their texts. */
export function someModel(registryId: string, model: number): ModelRecord {
  const name = `model-${model}`;
  return parsed({
    ref: { registryId, name },
    nativeId: `arn:aws:sagemaker:eu-central-1:111122223333:model-package-group/${name}`,
    description: `Predicts the outcome number ${model} for the people who asked for it`,
    owner: `team-${model % 7}`,
    tags: [
      { key: 'owner', value: `team-${model % 7}` },
      { key: 'team', value: `team-${model % 11}` },
    ],
    createdAt: at(model),
    createdBy: null,
    updatedAt: at(model * 3),
    aliases: model % 3 === 0 ? [{ name: 'champion', version: '7' }] : [],
    consoleUrl: null,
  });
}

export function someVersion(registryId: string, model: number, number: number): ModelVersionRecord {
  const name = `model-${model}`;
  const seconds = model * 20 + number * 977;
  return parsed({
    ref: { registryId, name, version: String(number) },
    number,
    incarnation: String(FIRST_MS + seconds * 1000),
    nativeId: `arn:aws:sagemaker:eu-central-1:111122223333:model-package/${name}/${number}`,
    description: 'Trained with more data than the one before',
    registrationStatus: 'READY',
    registrationMessage: null,
    approvalStatus: APPROVAL_STATUSES[(model + number) % 3] ?? 'PENDING',
    approvalStatusExplicit: true,
    approvalStatusSince: at(seconds + 500),
    approvalComment: null,
    decision: null,
    stage: null,
    tags: [],
    metadata: [
      { key: 'algorithm', value: 'gradient boosting' },
      { key: 'commit', value: (seconds * 7919).toString(16).padStart(12, '0') },
    ],
    createdAt: at(seconds),
    createdBy: { name: `person-${model % 50}`, kind: 'USER', nativeId: null },
    updatedAt: at(seconds + 600),
    artifacts: [
      {
        uri: `s3://models/${name}/${number}/model.tar.gz`,
        role: null,
        image: '111122223333.dkr.ecr.eu-central-1.amazonaws.com/serving:1',
        imageDigest: null,
        framework: 'XGBOOST',
        frameworkVersion: '2.1',
        digest: null,
      },
    ],
    lineage: null,
    inference: null,
    consoleUrl: null,
  });
}

function parsed<R>(record: R): R {
  return JSON.parse(JSON.stringify(record)) as R;
}

function at(seconds: number): string {
  return new Date(FIRST_MS + seconds * 1000).toISOString();
}
