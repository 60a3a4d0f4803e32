import type { RegistryEntry } from '../catalog/entry.js';
import type { SnapshotSink } from '../catalog/snapshot/snapshot-sink.js';
import type { ChangeSource, TakeHints } from '../domain/change-source.js';
import { type Change, isVersionRecord, type StateRecord } from '../domain/changes.js';
import type { ModelVersionRecord } from '../domain/model.js';
import type { RegistryAdapter } from '../domain/registry.js';
import type { StatusJudge } from '../domain/status-judge.js';
import { BEGINNING, type Journal } from '../journal/journal.js';
import { type Follower, startFollower } from './follower.js';
import { createHealthWatch } from './health-watch.js';
import { createIntake } from './intake.js';
import { createJudgeLater } from './judge-later.js';
import { createLookAgain } from './look-again.js';
import { createMirror } from './mirror.js';
import { createObserver } from './observer.js';
import { createReadAgain, type ReadNow } from './read-again.js';
import { type Reconciler, type ReconcilerTimes, startReconciler } from './reconciler.js';
import { runSources } from './run-sources.js';
import { withOwnWrites } from './with-own-writes.js';

export interface SyncOptions {
  readonly journal: Journal;
  readonly registryIds: readonly string[];
  readonly sink: SnapshotSink;
  /** How long a registry may take for a single read. */
  readonly lookupMs: number;
  /** How long it may take for a page of a walk. */
  readonly pageMs: number;
  readonly times: ReconcilerTimes & {
    /** Between two looks at how far the registries are known. */
    readonly stateMs: number;
    readonly ledgerWaitMs: number;
  };
  readonly now: () => number;
  readonly report: (problem: unknown, what: Readonly<Record<string, unknown>>) => void;
}

/** Keeps the journal up to what the registries hold, and this replica up to the journal. */
export interface Sync extends AsyncDisposable {
  readonly feed: Follower;
  /** The registry with its writes told to the journal. */
  withOwnWrites(adapter: RegistryAdapter): RegistryAdapter;
  readonly take: TakeHints;
  /** Begins to crawl, poll and listen, until it is disposed of: before what it was given is. */
  start(parts: SyncParts): AsyncDisposable;
}

export interface SyncParts {
  readonly entries: readonly RegistryEntry[];
  readonly sources: readonly ChangeSource[];
  readonly judge: StatusJudge;
  /** Told of a version that came into a registry without passing through the gateway. */
  readonly found: (version: ModelVersionRecord) => void;
  /** False: nothing is crawled, polled or listened to. */
  readonly isActive: boolean;
}

/** How long a write waits until this replica has taken it in from the journal. */
const OWN_WRITE_MS = 250;

export function createSync(options: SyncOptions): Sync {
  const { journal, registryIds, sink, times, now } = options;
  const stop = new AbortController();
  const mirror = createMirror();
  const adapters = new Map<string, RegistryAdapter>();
  const reconcilers = new Map<string, Reconciler>();
  let parts: SyncParts | undefined;

  const feed = startFollower({
    journal,
    registryIds,
    mirror,
    sink,
    stateMs: times.stateMs,
    report: (problem) => options.report(problem, { part: 'journal' }),
  });
  const epoch = () => feed.head?.epoch ?? null;
  const isKnown = (registryId: string) => feed.state(registryId) !== undefined;
  const reads: ReadNow = { adapters, timeoutMs: options.lookupMs, signal: stop.signal };

  const judgeLater = createJudgeLater({
    mirror,
    everyMs: times.ledgerWaitMs,
    report: (problem) => options.report(problem, { part: 'ledger' }),
  });
  const appended = (change: Change, record: StateRecord | null) => {
    if (record === null || !isVersionRecord(record)) return;
    if (change.type === 'VERSION_STATUS' && change.outOfBand === null) judgeLater.note(record, change.previousStatus);
    if (change.type === 'VERSION_REGISTERED' && !change.evidence.includes('SELF')) parts?.found(record);
  };
  const observer = createObserver({
    journal,
    epoch,
    isKnown,
    readAgain: createReadAgain(reads),
    judge: { judge: (found) => requireParts(parts).judge.judge(found) },
    signal: stop.signal,
    ledgerWaitMs: times.ledgerWaitMs,
    now,
    appended,
  });
  const looks = createLookAgain({
    ...reads,
    mirror,
    observer,
    evidence: 'SELF',
    report: (problem) => options.report(problem, { part: 'look' }),
  });
  const take = createIntake({
    ...reads,
    journal,
    mirror,
    observer,
    isKnown,
    poll: async (registryId) => reconcilers.get(registryId)?.pollNow(),
  });
  const watchHealth = createHealthWatch({ journal, mirror, epoch, now });

  return {
    feed,
    take,
    withOwnWrites: (adapter) =>
      withOwnWrites(adapter, {
        mirror,
        wrote: async (observation) => {
          try {
            const position = await observer.observe([observation]);
            const current = epoch();
            // So that whoever wrote it finds it here, and the next write of the same thing knows what was before it.
            if (position !== null && current !== null) await feed.reached({ epoch: current, position }, OWN_WRITE_MS);
          } catch (error) {
            options.report(error, { part: 'own write', entity: observation.entity });
          }
        },
        lookAt: (registryId, entities) => looks.at(registryId, entities),
      }),

    start(given) {
      parts = given;
      for (const { id, adapter } of given.entries) adapters.set(id, adapter);
      const active = new AsyncDisposableStack();
      active.use(judgeLater);
      active.use(looks);
      judgeLater.begin(given.judge);
      const begun = () => {
        // The last thing that is opened is the first that is closed: nothing under way waits for what will not come any more.
        active.defer(() => stop.abort(new Error('The gateway stops.')));
        return active;
      };
      if (!given.isActive) return begun();
      for (const { id, adapter, health } of given.entries) {
        const reconciler = startReconciler({
          adapter,
          journal,
          mirror,
          observer,
          times,
          pageMs: options.pageMs,
          epoch,
          position: () => feed.head?.position ?? BEGINNING,
          state: () => feed.state(id),
          afterPass: (lease) => watchHealth(id, health(), lease),
          stateChanged: () => feed.refresh(),
          now,
          report: (problem) => options.report(problem, { part: 'reconciler', registryId: id }),
        });
        reconcilers.set(id, active.use(reconciler));
      }
      active.use(
        runSources({
          sources: given.sources,
          journal,
          take,
          epoch,
          leaseMs: times.leaseMs,
          report: (source, problem) => options.report(problem, { part: 'source', source: source.name }),
        }),
      );
      return begun();
    },

    [Symbol.asyncDispose]: () => feed[Symbol.asyncDispose](),
  };
}

function requireParts(parts: SyncParts | undefined): SyncParts {
  if (parts === undefined) throw new Error('Something was observed before the sync was started.');
  return parts;
}
