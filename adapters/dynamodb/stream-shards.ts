/** A shard as the stream lists it: those of the last 24 hours. */
export interface ListedShard {
  readonly id: string;
  readonly parent: string | null;
  /** Nothing is written to it any more; what is written goes on in its children. */
  readonly isClosed: boolean;
}

/** Where to begin in a shard: `LATEST`, `TRIM_HORIZON`, or the sequence number to begin after. */
export type ShardPlace = string;

/** Instead of a place: all of the shard was read. */
export const ENDED = 'ENDED';

/** By shard, a place or `ENDED`. */
export type Progress = ReadonlyMap<string, string>;

/** By shard as well. Null: it was met, and where its reader stood was not kept. */
export type KnownProgress = ReadonlyMap<string, string | null>;

export interface ShardPlan {
  /** Of every shard that is listed. */
  readonly progress: Progress;
  /** Something may have been missed: the registries in the table have to be looked at as a whole. */
  readonly hasHole: boolean;
}

/**
 * Where to go on in a stream's shards.
 *
 * @param known Null: the stream was never read. It is read from now on then, and what came before is a hole.
 */
export function planShards(listed: readonly ListedShard[], known: KnownProgress | null): ShardPlan {
  if (known === null) {
    const progress = new Map(listed.map(({ id, isClosed }) => [id, isClosed ? ENDED : 'LATEST']));
    return { progress, hasHole: true };
  }
  const ids = new Set(listed.map(({ id }) => id));
  const isMissed = ([id, place]: readonly [string, string | null]) => (ids.has(id) ? place === null : place !== ENDED);
  // A shard that was not there before holds nothing but what came since.
  const placeOf = (id: string) => (known.has(id) ? (known.get(id) ?? 'LATEST') : 'TRIM_HORIZON');
  return { progress: new Map(listed.map(({ id }) => [id, placeOf(id)])), hasHole: [...known].some(isMissed) };
}

/** Shards that may be read now: records of one item are in order only where a shard comes after its parent. */
export function readableShards(listed: readonly ListedShard[], progress: Progress): readonly string[] {
  const ids = new Set(listed.map(({ id }) => id));
  const isRead = (parent: string | null) => parent === null || !ids.has(parent) || progress.get(parent) === ENDED;
  return listed.filter(({ id, parent }) => progress.get(id) !== ENDED && isRead(parent)).map(({ id }) => id);
}
