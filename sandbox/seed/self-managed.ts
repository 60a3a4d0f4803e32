import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { createDynamoDbRegistry, dynamoDbOptions } from '../../adapters/dynamodb/index.js';
import { modelKey, registryStatus, statusNumber, versionKey } from '../../adapters/dynamodb/keys.js';
import { ConflictError } from '../../src/domain/errors.js';
import type { ApprovalStatus, Tag } from '../../src/domain/model.js';
import type { CallOptions, RegistryAdapter } from '../../src/domain/registry.js';
import { AWS_CREDENTIALS, AWS_REGION } from '../engines/aws.js';
import { DYNAMODB_ID, TABLE } from '../registries.js';
import { commitOf } from './evidence.js';
import { SELF_MANAGED_MODELS, type SelfManagedModelSeed, type SelfManagedVersionSeed } from './self-managed-models.js';

const CALL_TIMEOUT_MS = 30_000;

/** What is there already stays as it is. */
export async function seedSelfManaged(endpoint: string): Promise<string> {
  const client = new DynamoDBClient({ region: AWS_REGION, endpoint, credentials: AWS_CREDENTIALS });
  const table = DynamoDBDocumentClient.from(client);
  const options = dynamoDbOptions.parse({ region: AWS_REGION, endpoint, table: TABLE, createTable: true });
  await using registry = createDynamoDbRegistry(DYNAMODB_ID, options, table);
  // One after the other, so that models have different times as they would in life.
  for (const model of SELF_MANAGED_MODELS) await seedModel(registry, table, model);
  client.destroy();
  return `${SELF_MANAGED_MODELS.length} self-managed models`;
}

async function seedModel(
  registry: RegistryAdapter,
  table: DynamoDBDocumentClient,
  seed: SelfManagedModelSeed,
): Promise<void> {
  const { name, description, owner } = seed;
  const ref = { registryId: registry.id, name };
  await registry
    .createModel({ name, description, owner, tags: tagsOf(seed.tags) }, by('platform'))
    .catch((error: unknown) => {
      if (!(error instanceof ConflictError)) throw error;
    });
  const [latest] = await registry.getLatestVersions([ref], by('platform'));
  if (latest instanceof Error) throw latest;
  const present = latest?.number ?? 0;
  for (const [index, version] of seed.versions.entries()) {
    if (index >= present) await seedVersion(registry, table, name, version);
  }
}

async function seedVersion(
  registry: RegistryAdapter,
  table: DynamoDBDocumentClient,
  name: string,
  { description, artifact, framework, frameworkVersion, metadata, status }: SelfManagedVersionSeed,
): Promise<void> {
  const created = await registry.registerVersion(
    {
      model: { registryId: registry.id, name },
      description,
      artifacts: [{ uri: artifact, role: 'model', framework, frameworkVersion }],
      metadata: tagsOf(metadata),
      lineage: { commit: commitOf(artifact), repository: `https://git.example.com/models/${name}` },
    },
    by('training-pipeline'),
  );
  if (status !== 'PENDING') await decide(table, name, created.number, status);
}

/** Straight in the table, as the teams that own it do: docs/dynamodb-table.md says how. Versions are decided in the order of their numbers. */
async function decide(
  table: DynamoDBDocumentClient,
  name: string,
  number: number,
  status: ApprovalStatus,
): Promise<void> {
  const now = new Date().toISOString();
  const version = {
    TableName: TABLE,
    Key: versionKey(DYNAMODB_ID, name, number),
    UpdateExpression:
      'SET approvalStatus = :status, approvalStatusSince = :now, updatedAt = :now, ' +
      'registryStatus = :registryStatus, statusNumber = :statusNumber ADD rev :one',
    ExpressionAttributeValues: {
      ':status': status,
      ':now': now,
      ':registryStatus': registryStatus(DYNAMODB_ID, status),
      ':statusNumber': statusNumber(status, number),
      ':one': 1,
    },
  };
  const isApproved = status === 'APPROVED';
  const model = {
    TableName: TABLE,
    Key: modelKey(DYNAMODB_ID, name),
    UpdateExpression: `SET updatedAt = :now${isApproved ? ', latestApprovedVersion = :number' : ''} ADD rev :one`,
    ExpressionAttributeValues: { ':now': now, ':one': 1, ...(isApproved ? { ':number': number } : {}) },
  };
  await table.send(new TransactWriteCommand({ TransactItems: [{ Update: version }, { Update: model }] }));
}

function by(name: string): CallOptions {
  return { signal: AbortSignal.timeout(CALL_TIMEOUT_MS), priority: 'background', caller: { name } };
}

function tagsOf(values: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(values).map(([key, value]) => ({ key, value }));
}
