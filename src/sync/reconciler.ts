import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lease, LeaseStore } from '../domain/lease.js';
import type { Timestamp } from '../domain/model.js';
import type { RegistryAdapter } from '../domain/registry.js';
import { EpochChangedError, FencedError, type Journal, type RegistryState } from '../journal/journal.js';
import { type WalkContext, walkKind } from './walk.js';

export interface ReconcilerTimes {
  /** Between two polls. Default: the registry's own. */
  readonly pollMs?: number;
  /** Between two walks of everything. */
  readonly walkMs: number;
  /** How far a poll goes back behind the latest modification that was seen. */
  readonly overlapMs: number;
  /** How long a lease lasts, and with it how long a dead replica's registries wait. */
  readonly leaseMs: number;
}

export interface ReconcilerOptions extends Pick<WalkContext, 'mirror' | 'observer' | 'position'> {
  readonly adapter: RegistryAdapter;
  readonly journal: Pick<Journal, 'setRegistryState'> & { readonly leases: LeaseStore };
  readonly times: ReconcilerTimes;
  readonly pageMs: number;
  /** Null before this replica has taken in the journal. */
  readonly epoch: () => string | null;
  readonly state: () => RegistryState | undefined;
  /** After each pass of the lease's holder, whatever became of it. */
  readonly afterPass: (lease: Lease) => Promise<void>;
  readonly stateChanged: () => Promise<void>;
  readonly now: () => number;
  /** Told of what ended a pass, for the log. */
  readonly report: (problem: unknown) => void;
}

/** Keeps the journal up to what one registry holds, in one replica at a time. */
export interface Reconciler extends AsyncDisposable {
  /** One poll at once, by this replica, whoever has the lease. */
  pollNow(): Promise<void>;
}

/** A walk that takes long is not followed by the next at once. */
const REST_FACTOR = 5;
const BACKOFF_MAX_MS = 60_000;
const STARTING_MAX_MS = 2_000;

export function startReconciler(options: ReconcilerOptions): Reconciler {
  const { adapter, journal, times, now, report } = options;
  const { polling } = adapter;
  const everyMs = times.pollMs ?? polling.everyMs;
  const stop = new AbortController();
  const holder = randomUUID();
  const walksAlways = !polling.versionsByModification && !polling.modelsByModification;
  let lease: Lease | null = null;

  const context = (held?: Lease): WalkContext => ({
    ...options,
    call: () => ({
      signal: AbortSignal.any([stop.signal, AbortSignal.timeout(options.pageMs)]),
      priority: 'background',
    }),
    ...(held === undefined ? {} : { lease: held }),
  });

  /** @returns The greatest modification time that was met. */
  const look = async (state: RegistryState | undefined, isWhole: boolean, held?: Lease): Promise<Timestamp | null> => {
    const known = state?.highestModified ?? null;
    const since = known === null ? null : new Date(Date.parse(known) - times.overlapMs).toISOString();
    const models = await walkKind(context(held), 'models', isWhole || !polling.modelsByModification ? null : since);
    const versions = await walkKind(
      context(held),
      'versions',
      isWhole || !polling.versionsByModification ? null : since,
    );
    return [known, models.highestModified, versions.highestModified].reduce(later, null);
  };

  const pass = async (held: Lease): Promise<number> => {
    const epoch = options.epoch();
    if (epoch === null) return times.leaseMs / 3;
    const begunAt = now();
    const state = options.state();
    const isWhole = walksAlways || state === undefined || begunAt - Date.parse(state.walkedAt) >= times.walkMs;
    const highestModified = await look(state, isWhole, held);
    const begun = new Date(begunAt).toISOString();
    const next: RegistryState = {
      completeThrough: new Date(begunAt - polling.indexLagMs).toISOString(),
      walkedAt: isWhole ? begun : state.walkedAt,
      highestModified,
    };
    await journal.setRegistryState(adapter.id, next, { epoch, lease: held });
    await options.stateChanged();
    // What happened while everything was walked for the first time is found by a poll right after it.
    if (state === undefined) return 0;
    return Math.max(everyMs, REST_FACTOR * (walksAlways ? now() - begunAt : 0)) - (now() - begunAt);
  };

  const run = async () => {
    let failures = 0;
    while (!stop.signal.aborted) {
      let restMs = times.leaseMs / 3;
      try {
        lease = await journal.leases.acquire(leaseName(adapter.id), holder, times.leaseMs);
        if (lease !== null) {
          const held = lease;
          using _renewal = renewing(() => journal.leases.acquire(held.name, holder, times.leaseMs), times.leaseMs);
          try {
            restMs = await pass(held);
            failures = 0;
          } finally {
            await options.afterPass(held).catch(report);
          }
        }
      } catch (error) {
        if (stop.signal.aborted) return;
        const isMeanwhile = error instanceof FencedError || error instanceof EpochChangedError;
        failures += 1;
        // An outage is told of ever less often.
        if (!isMeanwhile && Number.isInteger(Math.log2(failures))) report(error);
        // One that was never walked is about to come up.
        const mostMs = options.state() === undefined ? STARTING_MAX_MS : BACKOFF_MAX_MS;
        restMs = Math.min(everyMs * 2 ** (failures - 1), mostMs);
      }
      await restHolding(Math.max(restMs, 0));
    }
  };

  /** The lease is kept between two passes, so that the same replica goes on. */
  const restHolding = async (restMs: number) => {
    const until = now() + restMs;
    while (!stop.signal.aborted) {
      const leftMs = until - now();
      if (leftMs <= 0) return;
      await sleep(Math.min(leftMs, times.leaseMs / 3), undefined, { signal: stop.signal }).catch(() => {});
      if (lease === null || stop.signal.aborted) continue;
      lease = await journal.leases.acquire(lease.name, holder, times.leaseMs).catch(() => null);
    }
  };
  const running = run();

  return {
    async pollNow() {
      const state = options.state();
      if (state !== undefined) await look(state, walksAlways);
    },
    async [Symbol.asyncDispose]() {
      stop.abort(new Error('The gateway stops.'));
      await running;
      if (lease !== null) await journal.leases.release(lease).catch(() => {});
    },
  };
}

/** Renews a lease while its holder works; should that fail, the next write is refused. */
function renewing(renew: () => Promise<unknown>, leaseMs: number): Disposable {
  const timer = setInterval(() => void renew().catch(() => {}), leaseMs / 3);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
    },
  };
}

function leaseName(registryId: string): string {
  return `sync ${registryId}`;
}

function later(a: Timestamp | null, b: Timestamp | null): Timestamp | null {
  return (a ?? '') > (b ?? '') ? a : b;
}
