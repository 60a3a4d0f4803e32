import { DescribeTableCommand, type DescribeTableCommandOutput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  type BatchGetCommandInput,
  type BatchGetCommandOutput,
  DeleteCommand,
  type DeleteCommandInput,
  DynamoDBDocumentClient,
  PutCommand,
  type PutCommandInput,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import type { RegistryErrorOptions } from '../../src/domain/errors.js';
import type { CallOptions } from '../../src/domain/registry.js';
import { untilAborted } from '../shared/aborted.js';
import { awsClientConfig } from '../shared/aws-client.js';
import { createLimiter } from '../shared/concurrency.js';
import { toRegistryError, undocumentedAnswer } from './errors.js';
import type { DynamoDbOptions } from './options.js';
import { ensureTable, type TableClient, type TableParts } from './table.js';

/** One call of the contract: its name, for errors, and how it was asked for. */
export interface Call {
  readonly operation: string;
  readonly options: CallOptions;
}

/** The answer to a write is otherwise empty, and could not be told from that of something which is not DynamoDB. */
const COUNTED = { ReturnConsumedCapacity: 'TOTAL' } as const;

type OnTable<Input> = Omit<Input, 'TableName'>;

/** The table as one registry uses it: every request goes through here, and only `RegistryError`s come out. There is no Scan. */
export interface Session extends AsyncDisposable {
  readonly registryId: string;
  readonly table: string;
  readonly namespace: string;
  readonly parts: TableParts;
  query(input: OnTable<QueryCommandInput>, call: Call): Promise<QueryCommandOutput>;
  batchGet(input: BatchGetCommandInput, call: Call): Promise<BatchGetCommandOutput>;
  put(input: OnTable<PutCommandInput>, call: Call): Promise<void>;
  update(input: OnTable<UpdateCommandInput>, call: Call): Promise<void>;
  remove(input: OnTable<DeleteCommandInput>, call: Call): Promise<void>;
  transactWrite(input: TransactWriteCommandInput, call: Call): Promise<void>;
  describe(call: Call): Promise<DescribeTableCommandOutput>;
  /** For errors that are found in an answer rather than thrown by a call. */
  fault(call: Call): RegistryErrorOptions;
}

/**
 * Numbers are JavaScript's, also those that exceed what it counts exactly: the SDK would make a bigint of some and fail for the item with others,
 * and an attribute that is its writer's own business must not do that.
 */
export function createClient(options: DynamoDbOptions): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient(awsClientConfig(options)), {
    unmarshallOptions: { wrapNumbers: Number },
  });
}

/** `client` is for tests and shared pools; without one, a client is made on first use and closed with the session. */
export function createSession(registryId: string, options: DynamoDbOptions, client?: TableClient): Session {
  const { table } = options;
  const limiter = createLimiter(options.concurrency);
  let own: DynamoDBDocumentClient | undefined;
  let ready: Promise<void> | undefined;

  const connect = (): TableClient => {
    if (client !== undefined) return client;
    own ??= createClient(options);
    return own;
  };

  const prepare = (): Promise<void> => {
    if (!options.createTable) return Promise.resolve();
    // Shared by all calls, so no call's signal ends it; after a failure the next call begins anew.
    ready ??= ensureTable(connect(), table, options).catch((error: unknown) => {
      ready = undefined;
      throw error;
    });
    return ready;
  };

  const run = async <T>(
    { operation, options: { signal } }: Call,
    request: (client: TableClient, options: { abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<T> => {
    const attempt = () =>
      untilAborted(async () => {
        await prepare();
        return request(connect(), { abortSignal: signal });
      }, signal);
    try {
      return await limiter.run(attempt, signal);
    } catch (error) {
      throw toRegistryError(error, { registryId, operation, table, signal });
    }
  };

  const write = async (
    call: Call,
    request: (client: TableClient, options: { abortSignal: AbortSignal }) => Promise<{ ConsumedCapacity?: unknown }>,
  ): Promise<void> => {
    const answer = await run(call, request);
    if (answer.ConsumedCapacity === undefined) throw undocumentedAnswer({ registryId, operation: call.operation });
  };

  return {
    registryId,
    table,
    namespace: options.namespace ?? registryId,
    parts: options,
    query: (input, call) => run(call, (db, how) => db.send(new QueryCommand({ ...input, TableName: table }), how)),
    batchGet: (input, call) => run(call, (db, how) => db.send(new BatchGetCommand(input), how)),
    put: (input, call) =>
      write(call, (db, how) => db.send(new PutCommand({ ...COUNTED, ...input, TableName: table }), how)),
    update: (input, call) =>
      write(call, (db, how) => db.send(new UpdateCommand({ ...COUNTED, ...input, TableName: table }), how)),
    remove: (input, call) =>
      write(call, (db, how) => db.send(new DeleteCommand({ ...COUNTED, ...input, TableName: table }), how)),
    transactWrite: (input, call) =>
      write(call, (db, how) => db.send(new TransactWriteCommand({ ...COUNTED, ...input }), how)),
    describe: (call) => run(call, (db, how) => db.send(new DescribeTableCommand({ TableName: table }), how)),
    fault: ({ operation }) => ({ registryId, operation }),
    [Symbol.asyncDispose]: async () => {
      own?.destroy();
      own = undefined;
    },
  };
}
