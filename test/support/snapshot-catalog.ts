import type { MemoryStore } from '../../adapters/memory/index.js';
import { type Catalog, type CatalogOptions, createCatalog } from '../../src/catalog/catalog.js';
import { createHintStash } from '../../src/catalog/hint-stash.js';
import { createListCursors } from '../../src/catalog/list-cursor.js';
import { createSnapshots, type Snapshots } from '../../src/catalog/snapshot/snapshots.js';
import type { Caller, Grant } from '../../src/domain/access.js';
import type { Timestamp } from '../../src/domain/model.js';
import type { CallOptions } from '../../src/domain/registry.js';
import { type ChaosRegistry, createChaosRegistry } from './chaos-registry.js';
import { memoryRegistryOf } from './gateway.js';

const call: CallOptions = { signal: new AbortController().signal, priority: 'interactive' };

/** The real catalog over memory registries that count what they are asked, and a snapshot of them. */
export interface SnapshotCatalog {
  readonly snapshots: Snapshots;
  readonly registries: ReadonlyMap<string, ChaosRegistry & { readonly store: MemoryStore }>;
  registry(id: string): ChaosRegistry & { readonly store: MemoryStore };
  /** Reads registries as a whole into the snapshot; complete as of `ageSeconds` ago. Default: all of them. */
  crawl(ids?: readonly string[], ageSeconds?: number): Promise<void>;
  /** For one operation. */
  open(caller?: Caller): Catalog;
  totalCalls(): number;
}

export function callerWith(...grants: readonly Omit<Grant, 'source'>[]): Caller {
  const actor = { name: 'ana@example.com', kind: 'USER', nativeId: 'i#ana' } as const;
  return { actor, groups: [], grants: grants.map((grant) => ({ ...grant, source: 'access.grants[0]' })) };
}

export const ADMIN = callerWith({ role: 'ADMIN' });

export function openSnapshotCatalog(
  ids: readonly string[],
  options: Partial<CatalogOptions> & { readonly withoutSnapshots?: boolean } = {},
): SnapshotCatalog {
  const { withoutSnapshots = false, ...rest } = options;
  const snapshots = createSnapshots();
  const registries = new Map(
    ids.map((id) => {
      const { adapter, store } = memoryRegistryOf(id);
      return [id, { ...createChaosRegistry(adapter), store }];
    }),
  );
  const registry: SnapshotCatalog['registry'] = (id) => {
    const found = registries.get(id);
    if (found === undefined) throw new Error(`The test has no registry ${id}.`);
    return found;
  };
  const health = () =>
    ({ status: 'UP', checkedAt: null, lastSuccessAt: null, latencyMs: null, problem: null }) as const;
  const openFor = createCatalog({
    registries: ids.map((id) => ({
      id,
      displayName: id,
      labels: [{ key: 'team', value: id }],
      adapter: registry(id).adapter,
      health,
    })),
    cursors: createListCursors(['a-secret-of-more-than-thirty-two-characters'], createHintStash()),
    deadlines: { listMs: 1000, lookupMs: 1000, writeMs: 1000 },
    limits: { adapterCalls: 500 },
    ...(withoutSnapshots ? {} : { snapshots }),
    ...rest,
  });
  return {
    snapshots,
    registries,
    registry,
    async crawl(of = ids, ageSeconds = 0) {
      for (const id of of) {
        const { adapter } = registry(id);
        const { items: models } = await adapter.walkModels({}, call);
        const { items: versions } = await adapter.walkVersions({}, call);
        snapshots.clear(id);
        for (const model of models) snapshots.put(model);
        for (const { aliasNames: _, ...version } of versions) snapshots.put(version);
        snapshots.setState(id, { completeThrough: ago(ageSeconds) });
      }
      for (const each of registries.values()) each.forgetCalls();
    },
    open: (caller = ADMIN) => openFor(caller, call.signal, () => {}),
    totalCalls: () => [...registries.values()].reduce((sum, each) => sum + each.totalCalls(), 0),
  };
}

export function ago(seconds: number): Timestamp {
  return new Date(Date.now() - seconds * 1000).toISOString();
}
