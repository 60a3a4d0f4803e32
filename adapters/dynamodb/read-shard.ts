import { setTimeout as sleep } from 'node:timers/promises';
import type { _Record as Entry } from '@aws-sdk/client-dynamodb-streams';
import type { Patience } from './patience.js';
import type { ShardEvent, StreamClient } from './stream-client.js';
import { ENDED, type ShardPlace } from './stream-shards.js';

const HORIZON = 'TRIM_HORIZON';

/** How the reader of a shard is paced, in milliseconds. */
export interface ShardPace {
  /** After an empty answer. */
  readonly idleMs: number;
  /** After one with records: DynamoDB takes five calls a second for a shard, and another reader may be there. */
  readonly busyMs: number;
}

export interface ShardReading {
  readonly client: StreamClient;
  readonly stream: string;
  readonly shard: string;
  readonly pace: ShardPace;
  readonly calls: Patience;
  readonly signal: AbortSignal;
  /** Resolves once what the records lead to has arrived. */
  readonly deliver: (records: readonly Entry[]) => Promise<void>;
  /** Keeps the place for the next reader. */
  readonly keep: (place: string) => Promise<void>;
  /** For what cannot be read any more: resolves once the registries have been told to look by themselves. */
  readonly fillHole: () => Promise<void>;
}

/** A shard with an iterator in hand: whatever is written from now on is read. */
export interface OpenedShard {
  /** The place was not there any more. */
  readonly hasHole: boolean;
  /** Reads until the shard is closed and read to its end. */
  read(): Promise<void>;
}

/** @param place Where to begin. */
export async function openShard(reading: ShardReading, place: ShardPlace): Promise<OpenedShard> {
  const opening = await openAt(reading, place);
  return { hasHole: opening.hasHole, read: () => read(reading, opening) };
}

async function read(reading: ShardReading, begin: Opening): Promise<void> {
  const { client, pace, calls, signal, deliver, keep, fillHole } = reading;
  let { iterator, place } = begin;
  while (iterator !== null) {
    const current = iterator;
    const page = await calls.untilDone(() => client.records(current, signal), signal);
    if (typeof page === 'string') {
      const again = await reopen(reading, place, page);
      if (again.hasHole) await fillHole();
      ({ iterator, place } = again);
      continue;
    }
    const last = page.records.at(-1)?.dynamodb?.SequenceNumber;
    if (last !== undefined) {
      await deliver(page.records);
      await keep(last);
      place = last;
    }
    iterator = page.next;
    if (iterator !== null) await sleep(last === undefined ? pace.idleMs : pace.busyMs, undefined, { signal });
  }
  await keep(ENDED);
}

interface Opening {
  /** Null: the shard is gone. */
  readonly iterator: string | null;
  /** Where to begin again should the iterator expire. */
  readonly place: ShardPlace;
  readonly hasHole: boolean;
}

async function openAt(reading: ShardReading, place: ShardPlace): Promise<Opening> {
  const { client, stream, shard, calls, signal } = reading;
  const found = await calls.untilDone(() => client.iterator(stream, shard, place, signal), signal);
  if (typeof found !== 'string') return { iterator: found.iterator, place, hasHole: false };
  if (found === 'gone' || place === HORIZON) return { iterator: null, place, hasHole: true };
  // What is left begins at the horizon.
  return { ...(await openAt(reading, HORIZON)), hasHole: true };
}

/** After an iterator that leads nowhere any more. */
async function reopen(reading: ShardReading, place: ShardPlace, why: ShardEvent): Promise<Opening> {
  if (why === 'gone') return { iterator: null, place, hasHole: true };
  const again = await openAt(reading, why === 'trimmed' ? HORIZON : place);
  // Where nothing was read yet, "from now on" begins anew.
  return { ...again, hasHole: again.hasHole || why === 'trimmed' || place === 'LATEST' };
}
