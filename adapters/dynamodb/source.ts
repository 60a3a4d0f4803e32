import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeSource } from '../../src/domain/change-source.js';
import { UnexpectedUpstreamError } from '../../src/domain/errors.js';
import { accountOfRole } from '../shared/aws-client.js';
import type { DynamoDbOptions } from './options.js';
import { createPatience } from './patience.js';
import { readStream, type StreamPace } from './read-stream.js';
import { createStreamClient, type StreamClients } from './stream-client.js';
import type { Namespaces } from './stream-hints.js';

const PACE: StreamPace = { idleMs: 1000, busyMs: 250, lookMs: 15_000, lookAtMostMs: 500 };

export interface ConfiguredTable {
  readonly id: string;
  readonly options: DynamoDbOptions;
}

/** One source per table, however many registries are in it: AWS wants no more than two readers of a shard. */
export function createStreamSources(registries: readonly ConfiguredTable[]): readonly ChangeSource[] {
  const tables = Map.groupBy(
    registries.filter(({ options }) => options.stream),
    ({ options }) => placeOf(options),
  );
  return [...tables].map(([place, shared]) => createStreamSource(place, shared));
}

/**
 * Reads the stream of one table.
 *
 * @param registries Those in it; the table is reached as the first of them says.
 * @param clients In place of those that the options make; not closed here.
 */
export function createStreamSource(
  place: string,
  registries: readonly ConfiguredTable[],
  { pace = PACE, clients }: { readonly pace?: StreamPace; readonly clients?: StreamClients } = {},
): ChangeSource {
  const [first] = registries;
  if (first === undefined) throw new TypeError('A stream without a registry is nobody’s.');
  const client = createStreamClient(first.id, first.options, clients);
  const namespaces: Namespaces = new Map(
    [...Map.groupBy(registries, ({ id, options }) => options.namespace ?? id)].map(([namespace, there]) => [
      namespace,
      there.map(({ id }) => id),
    ]),
  );

  return {
    name: `dynamodb stream ${place}`,
    registryIds: registries.map(({ id }) => id),
    isExclusive: true,
    run: async (context) => {
      const { signal } = context;
      const calls = createPatience(context.report);
      // What keeps hints from being taken is the gateway's own to tell.
      const deliveries = createPatience(() => undefined);
      const reading = { client, namespaces, pace, calls, deliveries };
      try {
        for (;;) {
          const stream = await calls.untilDone(() => currentStream(signal), signal);
          await readStream(stream, reading, context);
          await sleep(pace.lookAtMostMs, undefined, { signal });
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
    [Symbol.asyncDispose]: async () => client[Symbol.dispose](),
  };

  async function currentStream(signal: AbortSignal): Promise<string> {
    const stream = await client.current(signal);
    if (stream !== null) return stream;
    throw new UnexpectedUpstreamError(
      `The table ${first?.options.table} has no stream. Switch it on, with any view type (docs/dynamodb-table.md), or take \`stream\` out of the options; until then polls alone find changes.`,
      { registryId: first?.id ?? '', operation: 'DescribeTable' },
    );
  }
}

/** Tells tables apart: registries that reach the same one by different roles of its account share its stream. */
function placeOf({ endpoint, region, roleArn, table }: DynamoDbOptions): string {
  const account = accountOfRole(roleArn);
  return [endpoint, region, account, table].filter((part) => part !== undefined).join('/');
}
