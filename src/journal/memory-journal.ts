import { newEpoch } from './epoch.js';
import {
  BEGINNING,
  comparePositions,
  type EntityWrite,
  EpochChangedError,
  FencedError,
  type Journal,
  type JournalEntry,
  JournalUnavailableError,
  type Position,
  type RegistryState,
  type StoredEntity,
  TrimmedError,
  timeOf,
  type WriteGuard,
} from './journal.js';
import { createMemoryLeases } from './memory-leases.js';
import { createMemoryStream } from './memory-stream.js';
import { pageOf } from './page-of.js';
import { ahead } from './registry-state.js';

/** Entries in one batch for those who follow. */
const BATCH = 500;
/** Entities in one page of a load. */
const PAGE = 1000;

/** The journal of a gateway that is alone: it lives and ends with the process. Nothing waits in it, so each call is one step. */
export function createMemoryJournal({ now = Date.now }: { readonly now?: () => number } = {}): Journal {
  const epoch = newEpoch();
  const stream = createMemoryStream(now);
  const leases = createMemoryLeases(now);
  const registries = new Map<string, Map<string, StoredEntity>>();
  const registryStates = new Map<string, RegistryState>();
  const marks = new Map<string, number>();
  const notes = new Map<string, string>();
  let bell = Promise.withResolvers<void>();
  let isDisposed = false;

  const ring = () => {
    bell.resolve();
    bell = Promise.withResolvers();
  };
  const assertOpen = () => {
    if (isDisposed) throw new JournalUnavailableError(new Error('The journal has been closed.'));
  };
  const assertMayWrite = (guard: WriteGuard) => {
    assertOpen();
    if (guard.epoch !== epoch) throw new EpochChangedError('The journal has begun anew.');
    if (guard.lease !== undefined && !leases.holds(guard.lease)) throw new FencedError('The lease is over.');
  };
  const entitiesOf = (registryId: string): Map<string, StoredEntity> => {
    const known = registries.get(registryId) ?? new Map<string, StoredEntity>();
    registries.set(registryId, known);
    return known;
  };
  const head = () => ({ epoch, position: stream.head });

  const write = ({ registryId, entity, record, changes }: EntityWrite, before: StoredEntity | null): StoredEntity => {
    const entities = entitiesOf(registryId);
    const rev = (before?.rev ?? 0) + 1;
    const lastChanges = changes.length > 0 ? changes.map(({ id }) => id) : (before?.lastChanges ?? []);
    for (const change of changes.slice(0, -1)) stream.put(() => ({ registryId, state: null, change }));
    const position = stream.put((at) => {
      const state = { entity, rev, position: at, record, lastChanges };
      entities.set(entity, state);
      return { registryId, state, change: changes.at(-1) ?? null };
    });
    return { entity, rev, position, record, lastChanges };
  };

  async function* follow(from: { epoch: string; after: Position }, signal: AbortSignal) {
    assertOpen();
    if (from.epoch !== epoch) throw new EpochChangedError('The journal has begun anew.');
    let { after } = from;
    if (after !== BEGINNING && after !== stream.trimmed && !stream.has(after)) throw new TrimmedError(gone(after));
    signal.addEventListener('abort', ring);
    try {
      while (!signal.aborted) {
        assertOpen();
        if (comparePositions(after, stream.trimmed) < 0) throw new TrimmedError(gone(after));
        const { promise: rung } = bell;
        const batch: readonly JournalEntry[] = stream.after(after, BATCH);
        if (batch.length > 0) yield batch;
        else await rung;
        after = batch.at(-1)?.position ?? after;
      }
    } finally {
      signal.removeEventListener('abort', ring);
    }
  }

  return {
    leases: {
      async acquire(name, holder, ttlMs) {
        assertOpen();
        return leases.acquire(name, holder, ttlMs);
      },
      async release(lease) {
        assertOpen();
        await leases.release(lease);
      },
    },

    async head() {
      assertOpen();
      return head();
    },

    async get(registryId, entities) {
      assertOpen();
      const known = entitiesOf(registryId);
      return entities.map((entity) => known.get(entity) ?? null);
    },

    async *load(registryId, signal) {
      assertOpen();
      const all = [...entitiesOf(registryId).values()];
      for (let start = 0; start < all.length; start += PAGE) {
        signal?.throwIfAborted();
        yield all.slice(start, start + PAGE);
      }
    },

    async append(writes, guard) {
      const outcomes = writes.map((each) => {
        assertMayWrite(guard);
        const current = entitiesOf(each.registryId).get(each.entity) ?? null;
        if ((current?.rev ?? 0) !== each.expectedRev) return { kind: 'STALE', current } as const;
        const { rev, position } = write(each, current);
        return { kind: 'WRITTEN', rev, position } as const;
      });
      ring();
      return outcomes;
    },

    async publish(changes, guard) {
      let last: Position | null = null;
      assertMayWrite(guard);
      for (const change of changes) {
        if (stream.hasChange(change.id)) continue;
        last = stream.put(() => ({ registryId: change.registryId, state: null, change }));
      }
      ring();
      return last;
    },

    async confirm(changeIds, evidence) {
      assertOpen();
      for (const id of changeIds) stream.confirm(id, evidence);
    },

    async read(query) {
      assertOpen();
      const entries =
        'after' in query ? stream.after(query.after, query.limit + 1) : stream.before(query.before, query.limit + 1);
      return pageOf(query, { head: head(), trimmed: stream.trimmed, oldest: stream.oldest, entries });
    },

    follow,

    async registries() {
      assertOpen();
      return { head: head(), states: new Map(registryStates) };
    },

    async setRegistryState(registryId, state, guard) {
      assertMayWrite(guard);
      registryStates.set(registryId, ahead(registryStates.get(registryId), state));
    },

    async seen(keys) {
      assertOpen();
      return keys.map((key) => (marks.get(key) ?? 0) > now());
    },

    async mark(keys, ttlMs) {
      assertOpen();
      for (const key of keys) marks.set(key, now() + ttlMs);
    },

    notes: {
      async get(key) {
        assertOpen();
        return notes.get(key) ?? null;
      },
      async set(key, value, guard) {
        assertMayWrite(guard);
        notes.set(key, value);
      },
      async remove(key) {
        assertOpen();
        notes.delete(key);
      },
    },

    async trim({ maxAgeMs, maxEntries, keepAfter }) {
      assertOpen();
      const putBeforeMs = now() - maxAgeMs;
      stream.trim({ putBeforeMs, maxEntries, keepAfter });
      for (const entities of registries.values()) {
        for (const { entity, record, position } of entities.values()) {
          if (record === null && Date.parse(timeOf(position)) < putBeforeMs) entities.delete(entity);
        }
      }
      for (const [key, until] of marks) if (until <= now()) marks.delete(key);
    },

    async [Symbol.asyncDispose]() {
      isDisposed = true;
      ring();
    },
  };
}

function gone(after: Position): string {
  return `What came after ${after} is not kept any more, or was lost.`;
}
