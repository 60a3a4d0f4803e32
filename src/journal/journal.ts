import type { Change, ChangeEvidence, StateRecord } from '../domain/changes.js';
import { RegistryError } from '../domain/errors.js';
import type { Lease, LeaseStore } from '../domain/lease.js';
import type { Timestamp } from '../domain/model.js';

/**
 * State and stream are one: what is known of every entity, and the order in which it came to be known. Whoever writes an entity says which revision
 * it has seen; another in between makes the write stale, and nothing is appended. One engine in process, one in Redis, one suite for both.
 *
 * Every method rejects with `JournalUnavailableError` where the engine cannot be reached, and nothing is known then of what became of a write:
 * repeating it is safe, for it is stale where it had taken effect.
 */
export interface Journal extends AsyncDisposable {
  readonly leases: LeaseStore;

  head(): Promise<JournalHead>;

  /** Entities by id, as they are stored; null for what was never there. What is gone is there with `record: null`, so that its revision goes on. */
  get(registryId: string, entities: readonly string[]): Promise<readonly (StoredEntity | null)[]>;

  /**
   * All entities of a registry in pages of any order, those that are gone among them. What is written while it is read may be there or not: take the
   * head before, and follow from there.
   */
  load(registryId: string, signal?: AbortSignal): AsyncIterable<readonly StoredEntity[]>;

  /**
   * Each write by itself, all of it or nothing: record, revision and changes together.
   * @throws EpochChangedError where the journal has begun anew since; FencedError where the lease is over or another's. Writes that came before such an
   * end in the list may have taken effect.
   * @returns One outcome per write, in their order.
   */
  append(writes: readonly EntityWrite[], guard: WriteGuard): Promise<readonly AppendOutcome[]>;

  /**
   * Changes that belong to no entity's state. One whose id was published before is left out; ids are remembered as long as changes are kept, at least.
   * @returns Position of the last one that was put; null where all had been published before.
   */
  publish(changes: readonly Change[], guard: WriteGuard): Promise<Position | null>;

  /** Adds to the evidence of changes that are there. What is trimmed already is left out silently. */
  confirm(changeIds: readonly string[], evidence: ChangeEvidence): Promise<void>;

  /**
   * Forward from `after` (exclusive), or backward from `before` (exclusive; absent: from the end).
   * @returns Entries in the order of the walk. `gap`: what lies between `after` and the first entry that is kept is gone, or the position is beyond the
   * end; entries are empty then.
   */
  read(query: JournalQuery): Promise<JournalPage>;

  /**
   * Batches of entries after a position, as they come; ends with the signal. Rejects with `JournalUnavailableError` in an outage, with
   * `EpochChangedError` where the journal has begun anew, and with `TrimmedError` where it was too slow, or where `after` is not the position of
   * an entry (any more: an engine may lose its last moments): begin again from the state then.
   */
  follow(
    from: { readonly epoch: string; readonly after: Position },
    signal: AbortSignal,
  ): AsyncIterable<readonly JournalEntry[]>;

  /** Of all registries in one look, with the head as it was at that moment. */
  registries(): Promise<{ readonly head: JournalHead; readonly states: ReadonlyMap<string, RegistryState> }>;

  /** @throws EpochChangedError, FencedError */
  setRegistryState(registryId: string, state: RegistryState, guard: WriteGuard): Promise<void>;

  /** Which of these keys were marked and not yet forgotten. */
  seen(keys: readonly string[]): Promise<readonly boolean[]>;
  /** Remembers keys for so long. */
  mark(keys: readonly string[], ttlMs: number): Promise<void>;

  /** Small texts by key, e.g. places in a stream. Lost with the epoch. */
  readonly notes: JournalNotes;

  /** Drops the oldest entries beyond these bounds, but none after `keepAfter` where that is given; and what is gone since longer than `maxAgeMs`. */
  trim(bounds: {
    readonly maxAgeMs: number;
    readonly maxEntries: number;
    readonly keepAfter?: Position;
  }): Promise<void>;
}

export interface JournalNotes {
  get(key: string): Promise<string | null>;
  /** @throws EpochChangedError, FencedError */
  set(key: string, value: string, guard: WriteGuard): Promise<void>;
  remove(key: string): Promise<void>;
}

/** A place in the stream: `<milliseconds>-<sequence>`. Order: `comparePositions`. Meaningful within one epoch. */
export type Position = string;

export const BEGINNING: Position = '0-0';

export interface JournalHead {
  /** Random; another one wherever the journal began anew, empty. */
  readonly epoch: string;
  /** Of the last entry; `BEGINNING` where there was never one. */
  readonly position: Position;
}

export interface StoredEntity {
  /** `registryId`, `modelId` or `versionId`. */
  readonly entity: string;
  /** From 1, one more with each write. */
  readonly rev: number;
  /** Of its last write. */
  readonly position: Position;
  /** Null: it is gone. */
  readonly record: StateRecord | null;
  /** Changes of the last of its writes that had any, for those who confirm them. */
  readonly lastChanges: readonly string[];
}

export interface EntityWrite {
  readonly registryId: string;
  readonly entity: string;
  /** As it was before the upstream was read; 0: never there. */
  readonly expectedRev: number;
  /** Null: it is gone. */
  readonly record: StateRecord | null;
  /** Empty for what is worth no word, e.g. the first look at a registry. */
  readonly changes: readonly Change[];
}

export interface WriteGuard {
  /** As the writer knows it from `head`. */
  readonly epoch: string;
  /** For what only the holder of a lease may write. */
  readonly lease?: Lease;
}

export type AppendOutcome =
  | { readonly kind: 'WRITTEN'; readonly rev: number; readonly position: Position }
  /** Another wrote it meanwhile: read it and the upstream again. `current` is null where it was never there. */
  | { readonly kind: 'STALE'; readonly current: StoredEntity | null };

/** One step of the stream. A write without changes is one entry, a write with n changes n entries, of which the last has the record. */
export interface JournalEntry {
  readonly position: Position;
  readonly registryId: string;
  /** Null where nobody's state changed, and with all but the last of several changes of one write. */
  readonly state: StoredEntity | null;
  /** With all evidence so far; null for a write that is worth no word. */
  readonly change: Change | null;
}

export type JournalQuery = { readonly epoch: string; readonly limit: number } & (
  | { readonly after: Position }
  | { readonly before: Position | null }
);

export interface JournalPage {
  readonly entries: readonly JournalEntry[];
  readonly hasMore: boolean;
  readonly head: JournalHead;
  /** Null where nothing is missing. `keptFrom`: when the oldest entry that is kept was put; null where there is none. */
  readonly gap: { readonly reason: GapReason; readonly keptFrom: Timestamp | null } | null;
}

/** EPOCH: the journal began anew. TRIMMED: too long ago. BEYOND: a position that was never reached in this epoch. */
export type GapReason = 'EPOCH' | 'TRIMMED' | 'BEYOND';

/** How far the journal knows a registry. Absent: it was never walked as a whole in this epoch. */
export interface RegistryState {
  /** Every change before this time is in the journal (deletions: before `walkedAt`). Never moves back. */
  readonly completeThrough: Timestamp;
  /** Start of the last complete walk. */
  readonly walkedAt: Timestamp;
  /** Greatest modification time that the upstream has shown: the next poll goes back to it and a little further. */
  readonly highestModified: Timestamp | null;
}

export function comparePositions(a: Position, b: Position): number {
  const [aMs = 0, aSeq = 0] = a.split('-').map(Number);
  const [bMs = 0, bSeq = 0] = b.split('-').map(Number);
  return aMs - bMs || aSeq - bSeq;
}

/** When the entry at a position was put, by the journal's own clock. */
export function timeOf(position: Position): Timestamp {
  return new Date(Number(position.split('-')[0])).toISOString();
}

/** The journal cannot be reached now. Told to clients as a retryable outage. */
export class JournalUnavailableError extends RegistryError {
  readonly code = 'UPSTREAM_UNAVAILABLE';
  override readonly retryable = true;

  constructor(cause?: unknown) {
    super('The journal of changes cannot be reached now. Try again in a moment.', { cause, retryAfterMs: 1000 });
  }
}

/** The journal has begun anew: whatever is known from before is of no use. */
export class EpochChangedError extends Error {
  override readonly name = 'EpochChangedError';
}

/** The writer's lease is over, or another's by now. */
export class FencedError extends Error {
  override readonly name = 'FencedError';
}

/** What was to be read on is not kept any more. */
export class TrimmedError extends Error {
  override readonly name = 'TrimmedError';
}
