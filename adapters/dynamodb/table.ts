import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type GlobalSecondaryIndexDescription,
  type KeySchemaElement,
  type LocalSecondaryIndexDescription,
  ResourceInUseException,
  ResourceNotFoundException,
  type TableDescription,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** The part of the SDK's document client that this adapter uses. */
export type TableClient = Pick<DynamoDBDocumentClient, 'send'>;

interface IndexKeys {
  readonly hash: string;
  readonly range: string;
}

/** Attribute names of the primary key and of every index. An item is in an index only if it has both of the index's attributes. */
export const TABLE_KEYS: IndexKeys = { hash: 'pk', range: 'sk' };
export const GLOBAL_INDEXES = {
  /** All models by name: only model items have `name`. */
  models: { hash: 'registry', range: 'name' },
  /** All versions by time: only version items have `createdKey`. */
  created: { hash: 'registry', range: 'createdKey' },
  /** All versions in one approval status by time: the review queue reads what is in it and nothing else. */
  review: { hash: 'registryStatus', range: 'createdKey' },
} as const satisfies Record<string, IndexKeys>;
/** Models and versions by the time of their last write: a table may go without, and a poll then reads everything. */
export const MODIFIED_INDEX: IndexKeys = { hash: 'registry', range: 'updatedAt' };
export const LOCAL_INDEXES = {
  /** One model's versions in one approval status. Local, so that it can be read consistently. */
  status: { hash: 'pk', range: 'statusNumber' },
} as const satisfies Record<string, IndexKeys>;

/** Epoch seconds after which DynamoDB may remove an item; only command items have it. */
export const TTL_ATTRIBUTE = 'expiresAt';

const CREATION_POLL_MS = 250;
const CREATION_POLLS_MAX = 480;

/** Which of the parts that a table may go without are there. */
export interface TableParts {
  readonly modifiedIndex: boolean;
}

/** By name; of what the adapter reads by. */
export function globalIndexes({ modifiedIndex }: TableParts): Readonly<Record<string, IndexKeys>> {
  return modifiedIndex ? { ...GLOBAL_INDEXES, modified: MODIFIED_INDEX } : GLOBAL_INDEXES;
}

/** What `CreateTable` needs; the same as the snippets in docs/dynamodb-table.md. */
export function tableDefinition(table: string, parts: TableParts = { modifiedIndex: false }): CreateTableCommandInput {
  const indexes = [TABLE_KEYS, ...Object.values(globalIndexes(parts)), ...Object.values(LOCAL_INDEXES)];
  const attributes = new Set(indexes.flatMap((index) => [index.hash, index.range]));
  return {
    TableName: table,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [...attributes].map((name) => ({ AttributeName: name, AttributeType: 'S' })),
    KeySchema: keySchema(TABLE_KEYS),
    GlobalSecondaryIndexes: Object.entries(globalIndexes(parts)).map(indexDefinition),
    LocalSecondaryIndexes: Object.entries(LOCAL_INDEXES).map(indexDefinition),
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
  };
}

/** Creates the table where it is missing and waits until it can be used. An existing table is left as it is. */
export async function ensureTable(client: TableClient, table: string, parts: TableParts): Promise<void> {
  const isMissing = (await tableStatus(client, table)) === undefined;
  const isOurs = isMissing && (await createTable(client, table, parts));
  await waitUntilCreated(client, table);
  if (!isOurs) return;
  await client.send(
    new UpdateTimeToLiveCommand({
      TableName: table,
      TimeToLiveSpecification: { Enabled: true, AttributeName: TTL_ATTRIBUTE },
    }),
  );
}

/** What differs from the layout that the adapter reads, in words; empty when nothing does. */
export function layoutFaults(table: TableDescription, parts: TableParts): readonly string[] {
  const indexes = [...(table.GlobalSecondaryIndexes ?? []), ...(table.LocalSecondaryIndexes ?? [])];
  return [
    ...keyFaults('the table', TABLE_KEYS, table.KeySchema),
    ...Object.entries(globalIndexes(parts)).flatMap(([name, keys]) => indexFaults('global', name, keys, indexes)),
    ...Object.entries(LOCAL_INDEXES).flatMap(([name, keys]) => indexFaults('local', name, keys, indexes)),
  ];
}

/** False where another process was a moment earlier: it sets the time to live too. */
async function createTable(client: TableClient, table: string, parts: TableParts): Promise<boolean> {
  try {
    await client.send(new CreateTableCommand(tableDefinition(table, parts)));
    return true;
  } catch (error) {
    if (error instanceof ResourceInUseException) return false;
    throw error;
  }
}

async function waitUntilCreated(client: TableClient, table: string): Promise<void> {
  for (let poll = 0; poll < CREATION_POLLS_MAX; poll += 1) {
    if ((await tableStatus(client, table)) !== 'CREATING') return;
    await sleep(CREATION_POLL_MS);
  }
}

async function tableStatus(client: TableClient, table: string): Promise<string | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: table }))).Table?.TableStatus;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

function indexFaults(
  kind: 'global' | 'local',
  name: string,
  keys: IndexKeys,
  indexes: readonly (GlobalSecondaryIndexDescription | LocalSecondaryIndexDescription)[],
): readonly string[] {
  const index = indexes.find((each) => each.IndexName === name);
  if (index === undefined) return [`the ${kind} index "${name}" is missing`];
  if ('IndexStatus' in index && (index.IndexStatus === 'CREATING' || index.IndexStatus === 'DELETING')) {
    return [`the ${kind} index "${name}" cannot be read while it is ${index.IndexStatus}`];
  }
  const faults = keyFaults(`the index "${name}"`, keys, index.KeySchema);
  return index.Projection?.ProjectionType === 'ALL' ? faults : [...faults, `the index "${name}" must project ALL`];
}

function keyFaults(what: string, keys: IndexKeys, schema: readonly KeySchemaElement[] | undefined): readonly string[] {
  const found = new Map(schema?.map((element) => [element.KeyType, element.AttributeName]));
  if (found.get('HASH') === keys.hash && found.get('RANGE') === keys.range) return [];
  return [`${what} must have the keys ${keys.hash} (HASH) and ${keys.range} (RANGE)`];
}

function indexDefinition([name, keys]: [string, IndexKeys]) {
  return { IndexName: name, KeySchema: keySchema(keys), Projection: { ProjectionType: 'ALL' as const } };
}

function keySchema(keys: IndexKeys): KeySchemaElement[] {
  return [
    { AttributeName: keys.hash, KeyType: 'HASH' },
    { AttributeName: keys.range, KeyType: 'RANGE' },
  ];
}
