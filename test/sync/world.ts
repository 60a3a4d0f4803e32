import { createMemoryAdapter, createMemoryStore, type MemoryStore } from '../../adapters/memory/index.js';
import type { ChangeSource } from '../../src/domain/change-source.js';
import type { Change } from '../../src/domain/changes.js';
import type { ModelVersionRecord } from '../../src/domain/model.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';
import type { StatusJudge } from '../../src/domain/status-judge.js';
import { BEGINNING, type Journal } from '../../src/journal/journal.js';
import { createSync, type Sync } from '../../src/sync/sync.js';
import { type ChaosRegistry, createChaosRegistry } from '../support/chaos-registry.js';

export const REGISTRY = 'reg';

/** One replica over a registry in memory that others write to behind its back. */
export interface Replica extends AsyncDisposable {
  readonly sync: Sync;
  /** As the gateway's mutations use it. */
  readonly adapter: RegistryAdapter;
  readonly found: readonly ModelVersionRecord[];
  readonly problems: readonly unknown[];
}

export interface ReplicaOptions {
  readonly journal: Journal;
  readonly registry: RegistryAdapter;
  /** Default: quick. `Infinity`: never after the first walk and the poll that follows it. */
  readonly pollMs?: number;
  readonly leaseMs?: number;
  readonly judge?: StatusJudge;
  readonly ledgerWaitMs?: number;
  readonly isActive?: boolean;
  readonly sources?: readonly ChangeSource[];
}

const NO_POLL_MS = 2 ** 30;

export function openReplica(options: ReplicaOptions): Replica {
  const { journal, registry, pollMs = 20, leaseMs = 1000, isActive = true } = options;
  const found: ModelVersionRecord[] = [];
  const problems: unknown[] = [];
  const sync = createSync({
    journal,
    registryIds: [registry.id],
    sink: { clear() {}, put() {}, remove() {}, setState() {} },
    lookupMs: 5000,
    pageMs: 5000,
    times: {
      pollMs: pollMs === Number.POSITIVE_INFINITY ? NO_POLL_MS : pollMs,
      walkMs: NO_POLL_MS,
      overlapMs: 0,
      leaseMs,
      stateMs: 20,
      ledgerWaitMs: options.ledgerWaitMs ?? 50,
    },
    now: Date.now,
    report: (problem) => problem !== null && problems.push(problem),
  });
  const adapter = sync.withOwnWrites(registry);
  const active = sync.start({
    entries: [{ id: registry.id, displayName: registry.id, labels: [], adapter, health }],
    sources: options.sources ?? [],
    judge: options.judge ?? decidedElsewhere,
    found: (version) => found.push(version),
    isActive,
  });
  return {
    sync,
    adapter,
    found,
    problems,
    async [Symbol.asyncDispose]() {
      await active[Symbol.asyncDispose]();
      await sync[Symbol.asyncDispose]();
    },
  };
}

/** Nobody decides through a gateway in these tests, unless one says so. */
const decidedElsewhere: StatusJudge = { judge: async () => ({ outOfBand: true, approvalId: null }) };

const health = () => ({ status: 'UP', checkedAt: null, lastSuccessAt: null, latencyMs: null, problem: null }) as const;

export function openRegistry(): { readonly store: MemoryStore; readonly chaos: ChaosRegistry } {
  const store = createMemoryStore();
  const chaos = createChaosRegistry(createMemoryAdapter({ id: REGISTRY, ownerTag: 'owner', store }));
  return { store, chaos };
}

/** A model with so many pending versions, written behind the gateway's back. */
export function addModel(store: MemoryStore, name: string, versions = 1): void {
  store.createModel({ name, description: null, tags: [], createdBy: null });
  for (let made = 0; made < versions; made += 1) addVersion(store, name);
}

export function addVersion(store: MemoryStore, model: string): void {
  store.createVersion(model, {
    description: null,
    registrationStatus: 'READY',
    registrationMessage: null,
    approvalStatus: 'PENDING',
    approvalStatusExplicit: true,
    approvalComment: null,
    decision: null,
    stage: null,
    tags: [],
    metadata: [],
    createdBy: null,
    artifacts: [],
    lineage: null,
    inference: null,
    evidence: { metrics: [], parameters: [], reports: [], modelCard: null },
  });
}

/** All that the journal tells, with the evidence it has by now. */
export async function changesIn(journal: Journal): Promise<readonly Change[]> {
  const { epoch } = await journal.head();
  const { entries } = await journal.read({ epoch, after: BEGINNING, limit: 10_000 });
  return entries.flatMap(({ change }) => (change === null ? [] : [change]));
}

/** A line per change, for comparing. */
export function told(changes: readonly Change[]): string[] {
  return changes.map((change) => {
    const what = [change.model?.name, change.version].filter((part) => part !== undefined && part !== null).join('/');
    const to = change.type === 'VERSION_STATUS' ? ` ${change.previousStatus} → ${change.status}` : '';
    const alias =
      change.type === 'ALIAS' ? ` ${change.alias}: ${change.previousVersion} → ${change.currentVersion}` : '';
    return `${change.type} ${what}${to}${alias}`;
  });
}
