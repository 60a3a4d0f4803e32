import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateTableCommand,
  DescribeTableCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { TTL_ATTRIBUTE, tableDefinition } from './layout.js';

const POLL_MS = 250;
const POLLS_MAX = 480;

/** Creates the table where it is missing and waits until it can be used. An existing table is left as it is. */
export async function ensureTable(client: DynamoDBDocumentClient, table: string): Promise<void> {
  if ((await tableStatus(client, table)) === 'ACTIVE') return;
  const isOurs = await create(client, table);
  for (let poll = 0; poll < POLLS_MAX && (await tableStatus(client, table)) !== 'ACTIVE'; poll += 1)
    await sleep(POLL_MS);
  if (!isOurs) return;
  const TimeToLiveSpecification = { Enabled: true, AttributeName: TTL_ATTRIBUTE };
  await client.send(new UpdateTimeToLiveCommand({ TableName: table, TimeToLiveSpecification }));
}

/** False where another process was a moment earlier: it sets the time to live too. */
async function create(client: DynamoDBDocumentClient, table: string): Promise<boolean> {
  try {
    await client.send(new CreateTableCommand(tableDefinition(table)));
    return true;
  } catch (error) {
    if (error instanceof ResourceInUseException) return false;
    throw error;
  }
}

async function tableStatus(client: DynamoDBDocumentClient, table: string): Promise<string | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: table }))).Table?.TableStatus;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
