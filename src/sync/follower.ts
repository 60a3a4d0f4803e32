import { setTimeout as sleep } from 'node:timers/promises';
import type { SnapshotSink } from '../catalog/snapshot/snapshot-sink.js';
import { isModelRecord, isVersionRecord, type StateRecord } from '../domain/changes.js';
import type { FeedListener, JournalFeed } from '../journal/feed.js';
import {
  comparePositions,
  EpochChangedError,
  type Journal,
  type JournalEntry,
  type JournalHead,
  type RegistryState,
  type StoredEntity,
  TrimmedError,
} from '../journal/journal.js';
import type { Mirror } from './mirror.js';

export interface FollowerOptions {
  readonly journal: Journal;
  readonly registryIds: readonly string[];
  readonly mirror: Mirror;
  readonly sink: SnapshotSink;
  /** Between two looks at how far the registries are known. */
  readonly stateMs: number;
  /** Told of outages of the journal, for the log; null: it is there again. */
  readonly report: (problem: Error | null) => void;
}

/** One tail of the journal for all of this replica. */
export interface Follower extends JournalFeed, AsyncDisposable {
  /** How far the journal knows a registry, as far as this replica has read; undefined: it was never walked, or nothing is known yet. */
  state(registryId: string): RegistryState | undefined;
  /** Looks at once how far the registries are known. */
  refresh(): Promise<void>;
}

const RETRY_MS = 500;

/**
 * Loads the entity state, then follows the stream, and begins again from the state where the journal began anew or has moved on too far. What it has
 * loaded stays in use while the journal is away.
 */
export function startFollower(options: FollowerOptions): Follower {
  const { journal, registryIds, mirror, sink, stateMs, report } = options;
  const stop = new AbortController();
  const listeners = new Set<FeedListener>();
  const states = new Map<string, RegistryState>();
  let waiters: { readonly head: JournalHead; readonly resolve: (reached: boolean) => void }[] = [];
  let head: JournalHead | null = null;

  const put = (record: StateRecord | null, registryId: string, entity: string) => {
    if (record === null) sink.remove(registryId, entity);
    else if (isVersionRecord(record) || isModelRecord(record)) sink.put(record);
  };
  const take = (registryId: string, stored: StoredEntity) => {
    if (mirror.apply(registryId, stored) !== undefined) put(stored.record, registryId, stored.entity);
  };
  const hasReached = (wanted: JournalHead) =>
    head !== null && head.epoch === wanted.epoch && comparePositions(head.position, wanted.position) >= 0;
  const moveTo = (next: JournalHead) => {
    head = next;
    const done = waiters.filter((each) => hasReached(each.head));
    if (done.length === 0) return;
    waiters = waiters.filter((each) => !done.includes(each));
    for (const { resolve } of done) resolve(true);
  };

  const load = async (): Promise<JournalHead> => {
    const from = await journal.head();
    for (const registryId of registryIds) {
      mirror.clear(registryId);
      sink.clear(registryId);
      states.delete(registryId);
      for await (const page of journal.load(registryId, stop.signal)) {
        for (const stored of page) take(registryId, stored);
      }
    }
    moveTo(from);
    for (const listener of listeners) listener.restarted(from);
    return from;
  };

  const takeBatch = (epoch: string, batch: readonly JournalEntry[]) => {
    for (const { registryId, state } of batch) if (state !== null) take(registryId, state);
    const last = batch.at(-1);
    if (last === undefined) return;
    moveTo({ epoch, position: last.position });
    for (const listener of listeners) listener.entries(batch);
  };

  /** What the registries' states say holds once everything up to the head of that moment has been taken in. */
  const refresh = async () => {
    const found = await journal.registries();
    if (!hasReached(found.head) && !(await reached(found.head, stateMs))) return;
    for (const registryId of registryIds) {
      const state = found.states.get(registryId);
      if (state === undefined) states.delete(registryId);
      else states.set(registryId, state);
      sink.setState(registryId, state ?? null);
    }
  };

  const reached: JournalFeed['reached'] = (wanted, withinMs) => {
    if (hasReached(wanted)) return Promise.resolve(true);
    return new Promise((resolve) => {
      const waiter = {
        head: wanted,
        resolve: (isReached: boolean) => {
          clearTimeout(timer);
          resolve(isReached);
        },
      };
      const timer = setTimeout(() => {
        waiters = waiters.filter((each) => each !== waiter);
        resolve(false);
      }, withinMs);
      waiters.push(waiter);
    });
  };

  const follow = async () => {
    let from: JournalHead | null = null;
    while (!stop.signal.aborted) {
      try {
        from ??= await load();
        void refresh().catch(() => {});
        report(null);
        for await (const batch of journal.follow({ epoch: from.epoch, after: from.position }, stop.signal)) {
          takeBatch(from.epoch, batch);
          from = head ?? from;
        }
      } catch (error) {
        if (stop.signal.aborted) return;
        if (error instanceof EpochChangedError || error instanceof TrimmedError) from = null;
        else report(error instanceof Error ? error : new Error(String(error)));
        await sleep(RETRY_MS, undefined, { signal: stop.signal }).catch(() => {});
      }
    }
  };
  const watchStates = async () => {
    while (!stop.signal.aborted) {
      await refresh().catch(() => {});
      await sleep(stateMs, undefined, { signal: stop.signal }).catch(() => {});
    }
  };
  const running = Promise.all([follow(), watchStates()]);

  return {
    get head() {
      return head;
    },
    state: (registryId) => states.get(registryId),
    refresh,
    reached,
    subscribe(listener) {
      listeners.add(listener);
      return {
        [Symbol.dispose]() {
          listeners.delete(listener);
        },
      };
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}
