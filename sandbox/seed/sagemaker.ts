import { CreateBucketCommand, PutBucketPolicyCommand, type S3Client } from '@aws-sdk/client-s3';
import {
  CreateModelPackageCommand,
  CreateModelPackageGroupCommand,
  ListModelPackagesCommand,
  PutModelPackageGroupPolicyCommand,
  SageMakerServiceException,
  UpdateModelPackageCommand,
} from '@aws-sdk/client-sagemaker';
import { AWS_REGION } from '../engines/aws.js';
import { ACCOUNTS, BUCKET, RESEARCH } from '../registries.js';
import { type AwsClients, createAwsClients } from './aws-clients.js';
import { seedEndpoint } from './endpoint.js';
import { commitOf, sha256 } from './evidence.js';
import { GROUPS, type GroupSeed, type VersionSeed } from './sagemaker-groups.js';
import { putReports } from './sagemaker-reports.js';

/** What is there already stays as it is. */
export async function seedSageMaker(endpoint: string): Promise<string> {
  using clients = createAwsClients(endpoint);
  await createBucket(clients.s3(RESEARCH));
  await Promise.all(GROUPS.map((group) => seedGroup(clients, group)));
  await seedEndpoint(clients);
  const versions = GROUPS.reduce((sum, group) => sum + group.versions.length, 0);
  return `${versions} versions in ${GROUPS.length} model package groups of two accounts`;
}

/** Both accounts read the reports in it. */
async function createBucket(s3: S3Client): Promise<void> {
  const bucket = { Bucket: BUCKET, CreateBucketConfiguration: { LocationConstraint: AWS_REGION } } as const;
  await s3.send(new CreateBucketCommand(bucket)).catch(unless('BucketAlreadyOwnedByYou'));
  const statement = {
    Sid: 'ReadReports',
    Effect: 'Allow',
    Principal: { AWS: ACCOUNTS.map(({ roleArn }) => roleArn) },
    Action: ['s3:GetObject', 's3:ListBucket'],
    Resource: [`arn:aws:s3:::${BUCKET}`, `arn:aws:s3:::${BUCKET}/*`],
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await s3.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy }));
}

async function seedGroup(clients: AwsClients, group: GroupSeed): Promise<void> {
  const { account, name, description, tags, sharedWith } = group;
  const platform = clients.sagemaker(account, 'platform');
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  const input = { ModelPackageGroupName: name, ModelPackageGroupDescription: description, Tags };
  await platform.send(new CreateModelPackageGroupCommand(input)).catch((error: unknown) => {
    if (!(error instanceof SageMakerServiceException) || !/already exists/i.test(error.message)) throw error;
  });
  if (sharedWith !== undefined) {
    const ResourcePolicy = JSON.stringify(readPolicy(group, sharedWith.id));
    await platform.send(new PutModelPackageGroupPolicyCommand({ ModelPackageGroupName: name, ResourcePolicy }));
  }
  const listed = await platform.send(new ListModelPackagesCommand({ ModelPackageGroupName: name, MaxResults: 100 }));
  const present = Math.max(0, ...(listed.ModelPackageSummaryList ?? []).map((each) => each.ModelPackageVersion ?? 0));
  for (const [index, version] of group.versions.entries()) {
    if (index >= present) await seedVersion(clients, group, index + 1, version);
  }
}

async function seedVersion(clients: AwsClients, group: GroupSeed, number: number, version: VersionSeed): Promise<void> {
  const { account, name } = group;
  const id = `${account.id}/${name}/${number}`;
  const pipeline = clients.sagemaker(account, 'training-pipeline');
  const { ModelPackageArn } = await pipeline.send(
    new CreateModelPackageCommand({
      ModelPackageGroupName: name,
      ModelPackageDescription: version.description,
      ModelApprovalStatus: 'PendingManualApproval',
      ClientToken: sha256(id).slice(0, 36),
      CustomerMetadataProperties: version.metadata,
      MetadataProperties: {
        CommitId: commitOf(id),
        Repository: group.repository,
        GeneratedBy: `arn:aws:sagemaker:${AWS_REGION}:${account.id}:pipeline/${name}/execution/${sha256(id).slice(0, 12)}`,
        ProjectId: `p-${sha256(name).slice(0, 12)}`,
      },
      InferenceSpecification: inferenceOf(group, number),
      ...(await putReports(clients.s3(RESEARCH), group, number, version)),
    }),
  );
  const stage = version.stage && {
    Stage: version.stage.name,
    StageStatus: version.stage.status,
    StageDescription: version.stage.description,
  };
  if (stage !== undefined)
    await pipeline.send(new UpdateModelPackageCommand({ ModelPackageArn, ModelLifeCycle: stage }));
  if (version.decision === undefined) return;
  const { status, comment } = version.decision;
  const decision = { ModelPackageArn, ModelApprovalStatus: status, ApprovalDescription: comment };
  await clients.sagemaker(account, 'model-risk-review').send(new UpdateModelPackageCommand(decision));
}

function inferenceOf({ account, name, image }: GroupSeed, number: number) {
  const framework = image.includes('pytorch') ? 'PYTORCH' : image.includes('xgboost') ? 'XGBOOST' : 'SKLEARN';
  const [, tag = ''] = image.split(':');
  const [frameworkVersion = ''] = tag.split('-');
  return {
    Containers: [
      {
        Image: image,
        ImageDigest: `sha256:${sha256(image)}`,
        ModelDataUrl: `s3://${BUCKET}/${account.id}/${name}/${number}/model.tar.gz`,
        Framework: framework,
        FrameworkVersion: frameworkVersion,
      },
    ],
    SupportedContentTypes: ['text/csv', 'application/json'],
    SupportedResponseMIMETypes: ['application/json'],
    SupportedRealtimeInferenceInstanceTypes: ['ml.m5.large' as const, 'ml.c6i.xlarge' as const],
    SupportedTransformInstanceTypes: ['ml.m5.xlarge' as const],
  };
}

/** For the whole account, so that the group is also listed there. */
function readPolicy({ account, name }: GroupSeed, reader: string): object {
  const arn = `arn:aws:sagemaker:${AWS_REGION}:${account.id}`;
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'ReadFromProduction',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${reader}:root` },
        Action: [
          'sagemaker:DescribeModelPackageGroup',
          'sagemaker:ListModelPackages',
          'sagemaker:DescribeModelPackage',
        ],
        Resource: [`${arn}:model-package-group/${name}`, `${arn}:model-package/${name}/*`],
      },
    ],
  };
}

function unless(name: string): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof Error) || error.name !== name) throw error;
  };
}
