import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeHint, SourceContext } from '../../src/domain/change-source.js';
import type { Patience } from './patience.js';
import { openShard, type ShardPace } from './read-shard.js';
import { createShardReaders } from './shard-readers.js';
import type { StreamClient } from './stream-client.js';
import { holeHints, type Namespaces, toHints } from './stream-hints.js';
import { createStreamPlaces } from './stream-places.js';
import { type KnownProgress, planShards, readableShards } from './stream-shards.js';

/** In milliseconds. */
export interface StreamPace extends ShardPace {
  /** Between two looks at the stream while no shard comes to its end. */
  readonly lookMs: number;
  /** Between two looks, however many do: DynamoDB takes ten a second for the whole account. */
  readonly lookAtMostMs: number;
}

export interface StreamReading {
  readonly client: StreamClient;
  readonly namespaces: Namespaces;
  readonly pace: StreamPace;
  /** For calls to DynamoDB. */
  readonly calls: Patience;
  /** For hints that are not taken yet. */
  readonly deliveries: Patience;
}

/**
 * Reads a stream, all its shards at once and each after its parent, until it is over: the table writes to another one, or to none and all was read.
 * Rejects when a place cannot be kept, and when the context's signal ends it.
 */
export async function readStream(stream: string, reading: StreamReading, context: SourceContext): Promise<void> {
  const { client, namespaces, pace, calls, deliveries } = reading;
  await using readers = createShardReaders(context.signal);
  const { signal } = readers;
  const places = createStreamPlaces(context.checkpoints, stream);
  const progress = new Map<string, string>();

  const take = async (hints: readonly ChangeHint[]) => {
    if (hints.length > 0) await deliveries.untilDone(() => context.take(hints, signal), signal);
  };
  const fillHole = () => take(holeHints(namespaces));
  const open = (shard: string) => {
    const keep = async (place: string) => {
      await places.keep(shard, place);
      progress.set(shard, place);
    };
    const deliver: Parameters<typeof openShard>[0]['deliver'] = (records) =>
      take(toHints(records, { stream, shard }, namespaces));
    const shardReading = { client, stream, shard, pace, calls, signal, deliver, keep, fillHole };
    return openShard(shardReading, progress.get(shard) ?? 'TRIM_HORIZON');
  };

  let known: KnownProgress | null = await places.load();
  for (;;) {
    const current = await calls.untilDone(() => client.current(signal), signal);
    // Whoever begins with the other one looks at the registries as a whole.
    if (current !== null && current !== stream) return;
    const listed = await calls.untilDone(() => client.shards(stream, signal), signal);
    if (listed === null) return;
    const plan = planShards(listed, known);
    replace(progress, plan.progress);
    known = progress;
    const ready = readableShards(listed, progress).filter((shard) => !readers.has(shard));
    if (current === null && ready.length === 0 && readers.size === 0) return;

    // Iterators first: what happens after them is in the shards, and what happened before is seen by whoever looks at the registries then.
    const opened = new Map<string, Awaited<ReturnType<typeof openShard>>>();
    for (const shard of ready) opened.set(shard, await open(shard));
    if (plan.hasHole || [...opened.values()].some(({ hasHole }) => hasHole)) await fillHole();
    await places.meet(progress);
    for (const [shard, { read }] of opened) readers.start(shard, read);

    await Promise.race([readers.ended(), sleep(pace.lookMs, undefined, { signal })]);
    await sleep(pace.lookAtMostMs, undefined, { signal });
  }
}

function replace<K, V>(map: Map<K, V>, entries: ReadonlyMap<K, V>): void {
  map.clear();
  for (const [key, value] of entries) map.set(key, value);
}
