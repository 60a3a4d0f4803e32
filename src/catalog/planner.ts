import { InvalidInputError, UnavailableError, UnsupportedError } from '../domain/errors.js';
import type { ModelRecord, ModelVersionRecord, Timestamp } from '../domain/model.js';
import { type ModelRef, modelId, modelOf } from '../domain/refs.js';
import type { JournalFeed } from '../journal/feed.js';
import type { JournalCursors } from '../journal/journal-cursor.js';
import type { Freshness } from './connection.js';
import type { FreshnessArgs, Wanted } from './freshness.js';
import type { CompleteSnapshot, Snapshots } from './snapshot/snapshots.js';

/** What answers can come from besides the registries themselves. */
export interface PlannerOptions {
  /** Absent: every answer is live. */
  readonly snapshots?: Snapshots | undefined;
  /** What this replica has taken in of the journal, and how clients name places in it. Absent: there is no journal. */
  readonly feed?: JournalFeed | undefined;
  readonly journalCursors?: JournalCursors | undefined;
  /** How old an answer may be where its caller does not say. Default: 60 seconds. */
  readonly freshness?: { readonly maxAgeSeconds: number } | undefined;
  /** Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/** Whether what was asked must be live as far as that is possible: what something is decided by. */
export type View = 'PLANNED' | 'LIVE';

export interface ListQuestion {
  readonly view: View;
  readonly registryIds: readonly string[];
  readonly wanted: Wanted;
  /** No registry can be asked this. */
  readonly needsSnapshot: boolean;
  /** The walk began in the snapshot, and ends there. Undefined: it begins now. */
  readonly begunInSnapshot: boolean | undefined;
}

/** `mayBeOlder`: what cannot be asked may be answered from older data. */
export type ListPlan = { readonly from: 'SNAPSHOT' } | { readonly from: 'LIVE'; readonly mayBeOlder: boolean };

export interface LookupPlan {
  /** Null: ask the registry. */
  readonly snapshot: CompleteSnapshot | null;
  /** What is not in the snapshot is not there; else it may be new, and the registry is asked. */
  readonly isFinal: boolean;
  readonly mayBeOlder: boolean;
}

const DEFAULT_MAX_AGE_SECONDS = 60;
/** How long a replica may take to read on to a position that a client names. */
const REACH_MS = 1000;

type AnyRecord = ModelRecord | ModelVersionRecord;

/**
 * Decides for one operation where its answers come from.
 *
 * A list comes from the snapshot when that is fresh enough of every registry that it is about, else from the registries: one that is behind makes all of
 * them be asked, so that an order over them is of one time. What only the snapshot can answer is answered at any age, unless the caller has said how
 * old it may be. What was written in the operation itself is read from the registries from then on.
 */
export class Planner {
  readonly #origins = new WeakMap<AnyRecord, Freshness>();
  readonly #touched = new Set<string>();
  readonly #touchedRegistries = new Set<string>();
  readonly #reached = new Map<string, Promise<boolean>>();
  readonly #beganAt: Timestamp;
  /** What parts of the operation that do not say themselves are held to. */
  #maxAgeSeconds: number;
  #isStrict = false;

  constructor(private readonly options: PlannerOptions) {
    this.#maxAgeSeconds = options.freshness?.maxAgeSeconds ?? DEFAULT_MAX_AGE_SECONDS;
    this.#beganAt = new Date(this.now()).toISOString();
  }

  now(): number {
    return (this.options.now ?? Date.now)();
  }

  /** Null: it was never walked as a whole. */
  snapshotOf(registryId: string): CompleteSnapshot | null {
    return this.options.snapshots?.of(registryId) ?? null;
  }

  /** Taken before anything is read: whoever goes on from there misses nothing. */
  changesCursor(): () => string | null {
    const { feed, journalCursors } = this.options;
    const head = feed?.head ?? null;
    return () => (head === null ? null : (journalCursors?.encode(head) ?? null));
  }

  freshnessOf(record: AnyRecord): Freshness {
    return this.#origins.get(record) ?? { asOf: this.#beganAt, source: 'LIVE' };
  }

  came<R extends AnyRecord>(record: R, source: 'SNAPSHOT' | 'STALE_ON_ERROR'): R {
    const asOf = this.snapshotOf(record.ref.registryId)?.state.completeThrough;
    if (asOf !== undefined) this.#origins.set(record, { asOf, source });
    return record;
  }

  /** It was written, or deleted, in this operation. */
  touch(ref: ModelRef): void {
    this.#touched.add(modelId(ref));
    this.#touchedRegistries.add(ref.registryId);
  }

  /** @throws UnavailableError where the snapshot alone could answer and is too old; UnsupportedError where there is none. */
  async list({ view, registryIds, wanted, needsSnapshot, begunInSnapshot }: ListQuestion): Promise<ListPlan> {
    if (this.options.snapshots === undefined) {
      if (needsSnapshot) throw keepsNone();
      await this.#isReached(wanted);
      return { from: 'LIVE', mayBeOlder: false };
    }
    const limits = this.#limitsOf(view, wanted);
    const isReached = await this.#isReached(wanted);
    const mustBeSnapshot = begunInSnapshot === true || needsSnapshot;
    if (!mustBeSnapshot && (view === 'LIVE' || begunInSnapshot === false)) return this.#live(limits);
    if (mustBeSnapshot) {
      await this.requireSnapshot(registryIds, wanted, view);
      return { from: 'SNAPSHOT' };
    }
    const isUsable = (id: string) =>
      isReached && this.#isFresh(id, limits.maxAgeSeconds) && !this.#touchedRegistries.has(id);
    return registryIds.length > 0 && registryIds.every(isUsable) ? { from: 'SNAPSHOT' } : this.#live(limits);
  }

  /** For what only the snapshot can answer. @throws UnavailableError where it is older than its caller allows. */
  async requireSnapshot(registryIds: readonly string[], wanted: Wanted, view: View = 'PLANNED'): Promise<void> {
    const { isStrict, maxAgeSeconds } = this.#limitsOf(view, wanted);
    const isReached = await this.#isReached(wanted);
    if (!isStrict) return;
    const isBehind = (id: string) => this.snapshotOf(id) !== null && !(isReached && this.#isFresh(id, maxAgeSeconds));
    const late = registryIds.find(isBehind);
    if (late !== undefined) throw tooOld(late);
  }

  /** @param of The model that it is, or is of; only the registry where that is not known. */
  async lookup(view: View, of: ModelRef | { readonly registryId: string }, wanted: Wanted): Promise<LookupPlan> {
    const limits = this.#limitsOf(view, wanted);
    const isReached = await this.#isReached(wanted);
    const isTouched = 'name' in of ? this.#touched.has(modelId(of)) : this.#touchedRegistries.has(of.registryId);
    if (view === 'LIVE' || isTouched) return { snapshot: null, isFinal: false, mayBeOlder: false };
    const mayBeOlder = !limits.isStrict;
    const { registryId } = of;
    if ('like' in wanted) {
      const isLive = this.freshnessOf(wanted.like).source === 'LIVE';
      return { snapshot: isLive ? null : this.snapshotOf(registryId), isFinal: !isLive, mayBeOlder };
    }
    const isUsable = isReached && this.#isFresh(registryId, limits.maxAgeSeconds);
    return { snapshot: isUsable ? this.snapshotOf(registryId) : null, isFinal: false, mayBeOlder };
  }

  #live({ isStrict }: { readonly isStrict: boolean }): ListPlan {
    return { from: 'LIVE', mayBeOlder: !isStrict && this.#touched.size === 0 };
  }

  /** `isStrict`: rather no answer than an older one. */
  #limitsOf(view: View, wanted: Wanted): { readonly maxAgeSeconds: number; readonly isStrict: boolean } {
    if ('like' in wanted) {
      // A list within a thing is as fresh as the thing.
      const isLive = this.freshnessOf(wanted.like).source === 'LIVE';
      return { maxAgeSeconds: isLive ? 0 : Number.POSITIVE_INFINITY, isStrict: isLive && this.#isStrict };
    }
    const asked = wanted.maxAgeSeconds ?? undefined;
    const isStrict = view === 'LIVE' || asked !== undefined || (wanted.after ?? undefined) !== undefined;
    if (asked !== undefined) this.#maxAgeSeconds = Math.min(this.#maxAgeSeconds, asked);
    if (isStrict) this.#isStrict = true;
    return { maxAgeSeconds: asked ?? this.#maxAgeSeconds, isStrict };
  }

  #isFresh(registryId: string, maxAgeSeconds: number): boolean {
    const snapshot = this.snapshotOf(registryId);
    if (snapshot === null || maxAgeSeconds <= 0) return false;
    return this.now() - Date.parse(snapshot.state.completeThrough) <= maxAgeSeconds * 1000;
  }

  /** Whether the snapshot has what the caller names; it is given a moment to. */
  #isReached(wanted: FreshnessArgs | { readonly like: AnyRecord }): Promise<boolean> {
    const after = 'like' in wanted ? undefined : (wanted.after ?? undefined);
    if (after === undefined) return Promise.resolve(true);
    const known = this.#reached.get(after);
    if (known !== undefined) return known;
    const reached = this.#reach(after);
    this.#reached.set(after, reached);
    return reached;
  }

  async #reach(after: string): Promise<boolean> {
    const { feed, journalCursors } = this.options;
    if (feed === undefined || journalCursors === undefined) {
      throw new InvalidInputError('`freshness.after` is no cursor of this gateway, which keeps no journal of changes.');
    }
    const at = journalCursors.decode(after);
    return at !== 'RETIRED' && feed.reached(at, REACH_MS);
  }
}

export function ownerOf(record: AnyRecord): ModelRef {
  return 'version' in record.ref ? modelOf(record.ref) : record.ref;
}

function keepsNone(): UnsupportedError {
  return new UnsupportedError(
    'This filter or order takes the picture of all registries that the gateway keeps in memory, and this gateway keeps none.',
  );
}

function tooOld(registryId: string): UnavailableError {
  return new UnavailableError(
    `What the gateway knows of registry ${registryId} is older than \`freshness\` allows, and the registry itself cannot be asked this. Try again in a moment, or allow more age.`,
    { registryId, retryAfterMs: 1000 },
  );
}
