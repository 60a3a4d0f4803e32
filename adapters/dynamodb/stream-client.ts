import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  type _Record as Entry,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  type Shard,
} from '@aws-sdk/client-dynamodb-streams';
import { untilAborted } from '../shared/aborted.js';
import { awsClientConfig } from '../shared/aws-client.js';
import { toRegistryError, undocumentedAnswer } from './errors.js';
import type { DynamoDbOptions } from './options.js';
import type { ListedShard, ShardPlace } from './stream-shards.js';

/** The parts of the SDK's clients that are used; a test may hand in others. */
export interface StreamClients {
  readonly table: Pick<DynamoDBClient, 'send'>;
  readonly streams: Pick<DynamoDBStreamsClient, 'send'>;
}

/**
 * No failures, but what a stream does by itself. `trimmed`: older than the 24 hours that it is kept. `expired`: an iterator lives for 15 minutes. `gone`:
 * the shard is not there any more, or the whole stream.
 */
export type ShardEvent = 'trimmed' | 'expired' | 'gone';

export interface ShardPage {
  readonly records: readonly Entry[];
  /** Null: the shard is closed, and this was all. */
  readonly next: string | null;
}

/** The calls of a stream's reader. Only `RegistryError`s come out. */
export interface StreamClient extends Disposable {
  /** ARN of the stream that the table writes to now; null where it writes to none. */
  current(signal: AbortSignal): Promise<string | null>;
  /** One call per 100 shards; null where the stream is not there any more. */
  shards(stream: string, signal: AbortSignal): Promise<readonly ListedShard[] | null>;
  iterator(
    stream: string,
    shard: string,
    place: ShardPlace,
    signal: AbortSignal,
  ): Promise<{ readonly iterator: string } | ShardEvent>;
  records(iterator: string, signal: AbortSignal): Promise<ShardPage | ShardEvent>;
}

/** @param registryId Stands in errors. */
export function createStreamClient(
  registryId: string,
  options: DynamoDbOptions,
  clients: StreamClients & Partial<Disposable> = createClients(options),
): StreamClient {
  const { table } = options;

  const run = async <T>(operation: string, signal: AbortSignal, request: () => Promise<T>): Promise<T> => {
    try {
      return await untilAborted(request, signal);
    } catch (error) {
      throw toRegistryError(error, { registryId, operation, table, signal });
    }
  };

  const page = async (stream: string, after: string | undefined, signal: AbortSignal) => {
    const command = new DescribeStreamCommand({ StreamArn: stream, ...(after && { ExclusiveStartShardId: after }) });
    const { StreamDescription } = await clients.streams.send(command, { abortSignal: signal });
    if (StreamDescription === undefined) throw undocumentedAnswer({ registryId, operation: 'DescribeStream' });
    return StreamDescription;
  };

  return {
    current: (signal) =>
      run('DescribeTable', signal, async () => {
        const { Table } = await clients.table.send(new DescribeTableCommand({ TableName: table }), {
          abortSignal: signal,
        });
        if (Table === undefined) throw undocumentedAnswer({ registryId, operation: 'DescribeTable' });
        // Of a stream that was switched off the ARN stays.
        return Table.StreamSpecification?.StreamEnabled === true ? (Table.LatestStreamArn ?? null) : null;
      }),
    shards: (stream, signal) =>
      run('DescribeStream', signal, async () => {
        const found: ListedShard[] = [];
        let after: string | undefined;
        do {
          const description = await unlessGone(() => page(stream, after, signal));
          if (description === 'gone') return null;
          found.push(...(description.Shards ?? []).map(toListed));
          after = description.LastEvaluatedShardId;
        } while (after !== undefined);
        return found;
      }),
    iterator: (stream, shard, place, signal) =>
      run('GetShardIterator', signal, () =>
        answer(async () => {
          const command = new GetShardIteratorCommand({ StreamArn: stream, ShardId: shard, ...startAt(place) });
          const { ShardIterator } = await clients.streams.send(command, { abortSignal: signal });
          if (ShardIterator === undefined) throw undocumentedAnswer({ registryId, operation: 'GetShardIterator' });
          return { iterator: ShardIterator };
        }),
      ),
    records: (iterator, signal) =>
      run('GetRecords', signal, () =>
        answer(async () => {
          const command = new GetRecordsCommand({ ShardIterator: iterator });
          const { Records, NextShardIterator } = await clients.streams.send(command, { abortSignal: signal });
          if (Records === undefined) throw undocumentedAnswer({ registryId, operation: 'GetRecords' });
          return { records: Records, next: NextShardIterator ?? null };
        }),
      ),
    [Symbol.dispose]: () => clients[Symbol.dispose]?.(),
  };
}

function createClients(options: DynamoDbOptions): StreamClients & Disposable {
  const { endpoint, streamsEndpoint = endpoint, ...access } = options;
  const table = new DynamoDBClient(awsClientConfig(options));
  const streams = new DynamoDBStreamsClient(
    awsClientConfig(streamsEndpoint === undefined ? access : { ...access, endpoint: streamsEndpoint }),
  );
  return {
    table,
    streams,
    [Symbol.dispose]: () => {
      table.destroy();
      streams.destroy();
    },
  };
}

function startAt(place: ShardPlace): Pick<GetShardIteratorCommandInput, 'ShardIteratorType' | 'SequenceNumber'> {
  return place === 'LATEST' || place === 'TRIM_HORIZON'
    ? { ShardIteratorType: place }
    : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: place };
}

function toListed({ ShardId, ParentShardId, SequenceNumberRange }: Shard): ListedShard {
  return {
    id: String(ShardId),
    parent: ParentShardId ?? null,
    isClosed: SequenceNumberRange?.EndingSequenceNumber !== undefined,
  };
}

async function answer<T>(request: () => Promise<T>): Promise<T | ShardEvent> {
  try {
    return await unlessGone(request);
  } catch (error) {
    if (nameOf(error) === 'TrimmedDataAccessException') return 'trimmed';
    if (nameOf(error) === 'ExpiredIteratorException') return 'expired';
    throw error;
  }
}

async function unlessGone<T>(request: () => Promise<T>): Promise<T | 'gone'> {
  try {
    return await request();
  } catch (error) {
    if (nameOf(error) === 'ResourceNotFoundException') return 'gone';
    throw error;
  }
}

function nameOf(error: unknown): unknown {
  return error instanceof Error ? error.name : undefined;
}
