import {
  DeleteModelPackageCommand,
  DeleteModelPackageGroupCommand,
  type ModelApprovalStatus,
  UpdateModelPackageCommand,
} from '@aws-sdk/client-sagemaker';
import { describe } from 'vitest';
import type { ApprovalStatus } from '../../src/domain/model.js';
import type { VersionRef } from '../../src/domain/refs.js';
import type { OpenedRegistry, RegistryHarness } from '../conformance/harness.js';
import { describeRegistryAdapter } from '../conformance/registry-suite.js';
import { engines } from '../support/engines.js';
import { createPackages, openAccount } from '../support/sagemaker-account.js';

const { aws } = engines();

const STATUS: Readonly<Record<ApprovalStatus, ModelApprovalStatus>> = {
  PENDING: 'PendingManualApproval',
  APPROVED: 'Approved',
  REJECTED: 'Rejected',
};

function open(engine: { endpoint: string; region: string }): OpenedRegistry {
  const account = openAccount(engine);
  const adapter = account.adapter();
  const arn = ({ name, version }: VersionRef) =>
    `arn:aws:sagemaker:${engine.region}:${account.id}:model-package/${name.toLowerCase()}/${version}`;
  return {
    adapter,
    origin: engine.endpoint,
    through: (origin) => account.adapter({ endpoint: origin }),
    async setApprovalStatus(ref, status) {
      await account.client.send(
        new UpdateModelPackageCommand({ ModelPackageArn: arn(ref), ModelApprovalStatus: STATUS[status] }),
      );
    },
    async deleteVersion(ref) {
      await account.client.send(new DeleteModelPackageCommand({ ModelPackageName: arn(ref) }));
    },
    async deleteModel({ name }) {
      await account.client.send(new DeleteModelPackageGroupCommand({ ModelPackageGroupName: name }));
    },
    async setAlias() {
      throw new Error('SageMaker has no aliases.');
    },
    async setStage(ref, stage) {
      const lifeCycle = { Stage: stage, StageStatus: 'Approved' };
      await account.client.send(
        new UpdateModelPackageCommand({ ModelPackageArn: arn(ref), ModelLifeCycle: lifeCycle }),
      );
    },
    createVersions: ({ name }, count) => createPackages(account.client, name, count),
    async [Symbol.asyncDispose]() {
      await adapter[Symbol.asyncDispose]();
      account[Symbol.dispose]();
    },
  };
}

describe.skipIf(aws === null)('SageMaker (skipped where REGISTRIES leaves its engine out)', () => {
  if (aws === null) return;
  const harness: RegistryHarness = {
    oddNames: ['0', '1', 'latest', 'v1', 'UPPER', 'Mixed-Case', 'two--hyphens', `long-${'x'.repeat(58)}`],
    timestampPrecisionMs: 1,
    open: async () => open(aws),
  };
  describeRegistryAdapter('sagemaker', harness);
});
