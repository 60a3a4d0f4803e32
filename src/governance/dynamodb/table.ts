import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeTableCommand, DynamoDBClient, type TableDescription } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  type BatchGetCommandInput,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { untilAborted } from '../../../adapters/shared/aborted.js';
import { type AwsAccess, awsClientConfig } from '../../../adapters/shared/aws-client.js';
import { LedgerUnavailableError } from '../../domain/errors.js';
import { ensureTable } from './ensure-table.js';
import { foreignAnswer, isConditionFailure, isThrottle, timedOut, unavailable } from './errors.js';
import type { ItemKey } from './keys.js';

export type Item = Readonly<Record<string, unknown>>;

export interface Condition {
  readonly expression: string;
  /** By placeholder, with the colon. */
  readonly values?: Readonly<Record<string, unknown>>;
}

type OnTable<Input> = Omit<Input, 'TableName'>;

/** Requests of one call, which all end when its time is up. There is no Scan and no transaction. */
export interface Requests {
  get(key: ItemKey): Promise<Item | undefined>;
  /** Keys of one call; in any order, and without those that are missing. */
  batchGet(keys: readonly ItemKey[]): Promise<readonly Item[]>;
  /** @returns Whether the condition held. */
  put(item: Item & ItemKey, condition?: Condition): Promise<boolean>;
  /** @returns What the item is then; undefined where the condition did not hold. */
  update(input: OnTable<UpdateCommandInput>): Promise<Item | undefined>;
  /** @returns Whether the condition held. */
  remove(key: ItemKey, condition?: Condition): Promise<boolean>;
  /** All pages, until there are `limit` items. */
  query(input: OnTable<QueryCommandInput>, limit?: number): Promise<readonly Item[]>;
  describe(): Promise<TableDescription>;
}

export interface Table extends AsyncDisposable {
  readonly name: string;
  /** Every failure is a LedgerUnavailableError. */
  run<T>(operation: string, work: (requests: Requests) => Promise<T>): Promise<T>;
}

export interface TableOptions {
  readonly access: AwsAccess;
  readonly table: string;
  readonly createTable: boolean;
  readonly timeoutMs: number;
}

const KEYS_PER_BATCH = 100;
const THROTTLED_MAX = 4;
const PAUSE_MS = 50;

export function createTable({ access, table, createTable: mayCreate, timeoutMs }: TableOptions): Table {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(awsClientConfig(access)));
  let ready: Promise<void> | undefined;
  let isClosed = false;

  const prepare = (): Promise<void> => {
    if (!mayCreate) return Promise.resolve();
    // Shared by all calls, and goes on when one of them has run out of time; after a failure the next call begins anew.
    ready ??= ensureTable(client, table).catch((error: unknown) => {
      ready = undefined;
      throw error;
    });
    return ready;
  };

  return {
    name: table,
    run: async (operation, work) => {
      if (isClosed) throw new LedgerUnavailableError('The governance store has been closed.', { operation });
      const signal = AbortSignal.timeout(timeoutMs);
      try {
        return await untilAborted(async () => {
          await prepare().catch((error: unknown) => {
            throw unavailable(error, table, operation);
          });
          return work(createRequests(client, table, operation, signal));
        }, signal);
      } catch (error) {
        throw signal.aborted ? timedOut(timeoutMs, operation) : error;
      }
    },
    [Symbol.asyncDispose]: async () => {
      isClosed = true;
      client.destroy();
    },
  };
}

function createRequests(
  client: DynamoDBDocumentClient,
  table: string,
  operation: string,
  signal: AbortSignal,
): Requests {
  /** The SDK makes one attempt; what DynamoDB itself asks to have again is asked again, for as long as the call may take. */
  const patiently = async <T>(request: () => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await request();
      } catch (error) {
        if (!isThrottle(error) || attempt === THROTTLED_MAX) throw error;
      }
      await sleep(Math.random() * PAUSE_MS * 2 ** attempt, undefined, { signal });
    }
  };

  const send = async <T extends { ConsumedCapacity?: unknown }>(request: () => Promise<T>): Promise<T> => {
    try {
      const answer = await patiently(request);
      // DynamoDB sends it because it is asked to; what does not is something else.
      if (answer.ConsumedCapacity === undefined) throw foreignAnswer(table, operation);
      return answer;
    } catch (error) {
      throw isConditionFailure(error) ? error : unavailable(error, table, operation);
    }
  };

  const conditional = async <T>(request: Promise<T>): Promise<T | undefined> => {
    try {
      return await request;
    } catch (error) {
      if (isConditionFailure(error)) return undefined;
      throw error;
    }
  };

  const base = { TableName: table, ReturnConsumedCapacity: 'TOTAL' } as const;
  const how = { abortSignal: signal };

  const readBatch = async (keys: readonly ItemKey[]): Promise<readonly Item[]> => {
    const found: Item[] = [];
    let wanted: NonNullable<BatchGetCommandInput['RequestItems']>[string]['Keys'] = keys.map((key) => ({ ...key }));
    for (let round = 0; wanted !== undefined && wanted.length > 0; round += 1) {
      if (round > 0) await sleep(Math.random() * PAUSE_MS * 2 ** round, undefined, { signal });
      const RequestItems = { [table]: { Keys: wanted, ConsistentRead: true } };
      const command = new BatchGetCommand({ RequestItems, ReturnConsumedCapacity: 'TOTAL' });
      const answer = await send(() => client.send(command, how));
      found.push(...(answer.Responses?.[table] ?? []));
      wanted = answer.UnprocessedKeys?.[table]?.Keys;
    }
    return found;
  };

  return {
    get: async (Key) =>
      (await send(() => client.send(new GetCommand({ ...base, Key, ConsistentRead: true }), how))).Item,
    batchGet: async (keys) => {
      const chunks = Array.from({ length: Math.ceil(keys.length / KEYS_PER_BATCH) }, (_, index) =>
        keys.slice(index * KEYS_PER_BATCH, (index + 1) * KEYS_PER_BATCH),
      );
      return (await Promise.all(chunks.map(readBatch))).flat();
    },
    put: async (Item, condition) => {
      const command = new PutCommand({ ...base, Item, ...conditionInput(condition) });
      return (await conditional(send(() => client.send(command, how)))) !== undefined;
    },
    update: async (input) => {
      const command = new UpdateCommand({ ...base, ...input, ReturnValues: 'ALL_NEW' });
      return (await conditional(send(() => client.send(command, how))))?.Attributes;
    },
    remove: async (Key, condition) => {
      const command = new DeleteCommand({ ...base, Key, ...conditionInput(condition) });
      return (await conditional(send(() => client.send(command, how)))) !== undefined;
    },
    query: async (input, limit = Number.POSITIVE_INFINITY) => {
      const items: Item[] = [];
      let start: QueryCommandInput['ExclusiveStartKey'];
      do {
        const Limit = Number.isFinite(limit) ? { Limit: limit - items.length } : {};
        const command = new QueryCommand({ ...base, ...input, ...Limit, ...(start && { ExclusiveStartKey: start }) });
        const page = await send(() => client.send(command, how));
        items.push(...(page.Items ?? []));
        start = page.LastEvaluatedKey;
      } while (start !== undefined && items.length < limit);
      return items;
    },
    describe: async () => {
      try {
        const { Table } = await patiently(() => client.send(new DescribeTableCommand({ TableName: table }), how));
        if (Table === undefined) throw foreignAnswer(table, operation);
        return Table;
      } catch (error) {
        throw unavailable(error, table, operation);
      }
    },
  };
}

function conditionInput(condition: Condition | undefined) {
  if (condition === undefined) return {};
  const { expression, values } = condition;
  return {
    ConditionExpression: expression,
    ...(values === undefined ? {} : { ExpressionAttributeValues: { ...values } }),
  };
}

/** An attribute that is text in every item of ours. */
export function textOf(item: Item, attribute: string): string {
  const value = item[attribute];
  if (typeof value === 'string') return value;
  throw new LedgerUnavailableError(
    `The governance store holds an item without "${attribute}", ${String(item['pk'])} ${String(item['sk'])}. Remove what others have put there.`,
    { retryable: false },
  );
}
