import { readFileSync } from 'node:fs';
import type { ModelPackage, ModelPackageGroup } from '@aws-sdk/client-sagemaker';
import { describe, expect, it } from 'vitest';
import { toActor, toModel, toVersion } from '../../../adapters/sagemaker/map.js';

const context = { registryId: 'prod', ownerTag: 'owner', consoleUrl: null, ownerAccount: undefined };

/** What Search answered, with its times as the client reads them. */
function recorded<T>(name: string): T {
  const file = new URL(`../../support/fixtures/sagemaker/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8'), (key, value: unknown) =>
    key.endsWith('Time') && typeof value === 'string' ? new Date(value) : value,
  ) as T;
}

const group = recorded<ModelPackageGroup>('search-group');
const pkg = recorded<ModelPackage>('search-version');
const version = (more: Partial<ModelPackage>) => toVersion({ ...pkg, ...more }, context);

describe('a group becomes a model', () => {
  it('with its tags in byte order, without those of Studio and of the gateway', () => {
    expect(toModel(group, group.Tags ?? [], context)).toEqual({
      ref: { registryId: 'prod', name: 'Fraud-Detector' },
      nativeId: 'arn:aws:sagemaker:eu-west-1:210987654321:model-package-group/Fraud-Detector',
      description: 'Scores card payments',
      owner: 'team-risk',
      tags: [
        { key: 'Tier', value: 'gold' },
        { key: 'owner', value: 'team-risk' },
      ],
      createdAt: '2026-11-21T07:16:27.444Z',
      createdBy: {
        name: 'data-science/ana@example.com',
        kind: 'UNKNOWN',
        nativeId: 'arn:aws:sts::210987654321:assumed-role/data-science/ana@example.com',
      },
      updatedAt: null,
      aliases: [],
      consoleUrl: null,
    });
  });

  it('of another account with the account in its ref', () => {
    const shared = toModel(group, [], { ...context, ownerAccount: '210987654321', ownerTag: 'team' });
    expect(shared).toMatchObject({ ref: { ownerAccount: '210987654321' }, owner: null, tags: [] });
  });
});

describe('a package becomes a version', () => {
  it('with all that it says', () => {
    expect(toVersion(pkg, context)).toMatchObject({
      ref: { registryId: 'prod', name: 'Fraud-Detector', version: '1' },
      number: 1,
      nativeId: 'arn:aws:sagemaker:eu-west-1:210987654321:model-package/fraud-detector/1',
      registrationStatus: 'READY',
      registrationMessage: null,
      approvalStatus: 'APPROVED',
      approvalStatusExplicit: true,
      stage: { name: 'Production', status: 'Approved', description: 'live' },
      aliasNames: [],
      tags: [],
      metadata: [
        { key: 'auc', value: '0.91' },
        { key: 'zeta', value: '1' },
      ],
      createdAt: '2026-11-21T07:16:27.481Z',
      updatedAt: '2026-11-21T07:16:27.500Z',
      lineage: {
        commit: 'abc123',
        trainingJob: 'arn:aws:sagemaker:eu-west-1:210987654321:training-job/fraud-1',
        pipelineExecution: null,
        runId: 'run-1',
        experimentId: null,
        sourceUri: 'arn:aws:sagemaker:eu-west-1:210987654321:model/fraud-1',
      },
      inference: { contentTypes: ['text/csv'], batchInstanceTypes: ['ml.m5.xlarge'] },
    });
  });

  it('with every file that it is made of', () => {
    expect(toVersion(pkg, context)?.artifacts.map(({ uri, role }) => [uri, role])).toEqual([
      ['s3://models/fraud/model.tar.gz', 'model'],
      ['s3://models/fraud/embedder/', null],
      ['s3://models/fraud/adapter/', 'adapter'],
    ]);
  });

  it('pending, though not explicitly, when nothing is said', () => {
    const { ModelApprovalStatus: _, ...silent } = pkg;
    expect(toVersion(silent, context)).toMatchObject({ approvalStatus: 'PENDING', approvalStatusExplicit: false });
    expect(version({ ModelApprovalStatus: 'PendingManualApproval' })).toMatchObject({
      approvalStatus: 'PENDING',
      approvalStatusExplicit: true,
    });
    expect(version({ ModelApprovalStatus: 'Rejected' })?.approvalStatus).toBe('REJECTED');
  });

  it('with the time of its status only while nothing has changed', () => {
    expect(toVersion(pkg, context)?.approvalStatusSince).toBeNull();
    expect(version({ LastModifiedTime: new Date('2026-11-21T07:16:27.481Z') })?.approvalStatusSince).toBe(
      '2026-11-21T07:16:27.481Z',
    );
  });

  it('with the time of its creation as what tells it from a later one', () => {
    expect(toVersion(pkg, context)?.incarnation).toBe(String(Date.parse('2026-11-21T07:16:27.481Z')));
  });

  it('with the comment and the mark of its decision, which is not among the metadata', () => {
    const marked = version({
      ApprovalDescription: 'AUC is fine',
      CustomerMetadataProperties: {
        auc: '0.91',
        'registrar.decision': '1 3.abc REJECTED 2026-11-21T08:00:00.000Z',
        'registrar.actor': 'ana=2Bops',
      },
    });
    expect(marked).toMatchObject({
      approvalStatus: 'APPROVED',
      approvalComment: 'AUC is fine',
      // It disagrees with the status: somebody else has decided since, and that is for the reader to see.
      decision: {
        id: '3.abc',
        status: 'REJECTED',
        actor: 'ana+ops',
        at: '2026-11-21T08:00:00.000Z',
        comment: 'AUC is fine',
      },
      metadata: [{ key: 'auc', value: '0.91' }],
    });
    const agreeing = version({
      CustomerMetadataProperties: { 'registrar.decision': '1 3.abc APPROVED 2026-11-21T08:00:00.000Z' },
    });
    expect([marked?.approvalStatusSince, agreeing?.approvalStatusSince]).toEqual([null, '2026-11-21T08:00:00.000Z']);
    expect(version({ ApprovalDescription: '' })).toMatchObject({ approvalComment: null, decision: null });
  });

  it('with its stage, and no description where that is empty', () => {
    expect(
      version({ ModelLifeCycle: { Stage: 'Staging', StageStatus: 'Active', StageDescription: '' } })?.stage,
    ).toEqual({
      name: 'Staging',
      status: 'Active',
      description: null,
    });
  });

  it('with the reasons of its failures', () => {
    const failed = version({
      ModelPackageStatus: 'Failed',
      ModelPackageStatusDetails: {
        ValidationStatuses: [{ Name: 'v', Status: 'Failed', FailureReason: 'No such image' }],
        ImageScanStatuses: [{ Name: 's', Status: 'Completed' }],
      },
    });
    expect(failed).toMatchObject({ registrationStatus: 'FAILED', registrationMessage: 'No such image' });
    expect(version({ ModelPackageStatus: 'InProgress' })?.registrationStatus).toBe('PENDING');
    expect(version({ ModelPackageStatus: 'Deleting' })?.registrationStatus).toBe('DELETING');
  });

  it('not at all without a group', () => {
    const { ModelPackageGroupName: _, ModelPackageVersion: __, ...unversioned } = pkg;
    expect(toVersion({ ...unversioned, ModelPackageName: 'marketplace' }, context)).toBeNull();
  });
});

describe('a user context becomes an actor', () => {
  it.each([
    [{ UserProfileName: 'ana', UserProfileArn: 'arn:aws:sagemaker:eu-west-1:1:user-profile/d/ana' }, 'ana', 'USER'],
    [{ IamIdentity: { Arn: 'arn:aws:iam::1:user/team/ana' } }, 'ana', 'USER'],
    [{ IamIdentity: { Arn: 'arn:aws:iam::1:root' } }, 'root', 'USER'],
    [
      { IamIdentity: { Arn: 'arn:aws:sts::1:assumed-role/AWSReservedSSO_DS_0a1b/ana@example.com' } },
      'ana@example.com',
      'USER',
    ],
    [{ IamIdentity: { Arn: 'arn:aws:sts::1:assumed-role/ci/build-7', SourceIdentity: 'ana' } }, 'ana', 'USER'],
    [{ IamIdentity: { Arn: 'arn:aws:sts::1:assumed-role/ci/build-7' } }, 'ci/build-7', 'UNKNOWN'],
  ])('%j', (user, name, kind) => {
    expect(toActor(user)).toMatchObject({ name, kind });
  });

  it('or to nobody', () => {
    expect(toActor(undefined)).toBeNull();
    expect(toActor({})).toBeNull();
  });
});
