/** Readers that run side by side, until one fails or all are ended. */
export interface ShardReaders extends AsyncDisposable {
  /** Aborted when they are disposed of, which waits for them. */
  readonly signal: AbortSignal;
  readonly size: number;
  has(shard: string): boolean;
  start(shard: string, read: () => Promise<void>): void;
  /** Resolves when the next one comes to its end. Rejects when one fails, or has failed. */
  ended(): Promise<void>;
}

export function createShardReaders(outer: AbortSignal): ShardReaders {
  const stop = new AbortController();
  const running = new Map<string, Promise<void>>();
  return {
    signal: AbortSignal.any([outer, stop.signal]),
    get size() {
      return running.size;
    },
    has: (shard) => running.has(shard),
    start(shard, read) {
      const reader = read().then(() => {
        running.delete(shard);
      });
      // One that fails stays, to be found by the next who asks.
      reader.catch(() => undefined);
      running.set(shard, reader);
    },
    ended: () => Promise.race(running.values()),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.allSettled(running.values());
    },
  };
}
