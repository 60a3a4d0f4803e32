import { createMemoryAdapter, createMemoryStore } from '../../adapters/memory/index.js';
import { type Catalog, createCatalog } from '../../src/catalog/catalog.js';
import { createHintStash } from '../../src/catalog/hint-stash.js';
import { createListCursors } from '../../src/catalog/list-cursor.js';
import { createSnapshots } from '../../src/catalog/snapshot/snapshots.js';
import type { Caller } from '../../src/domain/access.js';
import type { VersionListFilter, VersionListOrder } from '../../src/domain/lists.js';
import type { ModelRecord, ModelVersionRecord } from '../../src/domain/model.js';
import { machine } from './report.js';
import { someModel, someVersion } from './snapshot-records.js';

// What lists cost that are answered from the snapshot, and what it holds in memory beside the records. `node --expose-gc` makes the memory figures exact.

const REGISTRIES = ['east', 'west', 'mlflow', 'own'];
const VERSIONS = Number(process.env['BENCH_VERSIONS'] ?? 100_000);
const VERSIONS_PER_MODEL = 20;
const ROUNDS = 40;

const snapshots = createSnapshots();
const records: (ModelRecord | ModelVersionRecord)[] = [];
const emptyHeap = heapBytes();
for (let model = 0; model < VERSIONS / VERSIONS_PER_MODEL; model += 1) {
  const registryId = REGISTRIES[model % REGISTRIES.length] ?? 'east';
  records.push(someModel(registryId, model));
  for (let number = 1; number <= VERSIONS_PER_MODEL; number += 1) records.push(someVersion(registryId, model, number));
}
const recordsHeap = heapBytes();
const loadedMs = timed(() => {
  for (const record of records) snapshots.put(record);
  for (const id of REGISTRIES) snapshots.setState(id, { completeThrough: new Date().toISOString() });
});
const snapshotHeap = heapBytes();

const health = () => ({ status: 'UP', checkedAt: null, lastSuccessAt: null, latencyMs: null, problem: null }) as const;
const open = createCatalog({
  registries: REGISTRIES.map((id) => ({
    id,
    displayName: id,
    labels: [],
    adapter: createMemoryAdapter({ id, ownerTag: 'owner', store: createMemoryStore() }),
    health,
  })),
  cursors: createListCursors(['a-secret-of-more-than-thirty-two-characters'], createHintStash()),
  deadlines: { listMs: 1000, lookupMs: 1000, writeMs: 1000 },
  limits: { adapterCalls: 1 },
  freshness: { maxAgeSeconds: 3600 },
  snapshots,
});
const admin = callerSeeing(undefined);

print(
  `${machine()}. ${VERSIONS} versions of ${VERSIONS / VERSIONS_PER_MODEL} models in ${REGISTRIES.length} registries.`,
);
print(
  `Loaded in ${loadedMs.toFixed(0)} ms. Milliseconds: first time, then the median and the greatest of ${ROUNDS}.\n`,
);

const PENDING: VersionListFilter = { approvalStatuses: ['PENDING'] };
const ENDS: VersionListOrder = { field: 'APPROVAL_STATUS_SINCE', direction: 'ASC' };
await measure('review queue, first page', (catalog) => versions(catalog, PENDING));
await measure('review queue, with its count', async (catalog) => (await versions(catalog, PENDING)).totalCount());
await measure('review queue, longest waiting first', (catalog) => versions(catalog, PENDING, ENDS));
await measure('review queue, after a change', (catalog, round) => {
  snapshots.put(someVersion('east', (round % 50) * REGISTRIES.length, 3));
  return versions(catalog, PENDING);
});
const changed = Array.from({ length: 1000 }, (_, index) => someVersion('east', index * REGISTRIES.length, 3));
await measure('review queue, after 1000 changes', (catalog) => {
  for (const record of changed) snapshots.put(record);
  return versions(catalog, PENDING);
});
await measure(
  'review queue of one team by a name pattern',
  async (catalog) => (await versions(catalog, PENDING)).totalCount(),
  {
    caller: callerSeeing('model-1*'),
  },
);
await measure('words that many have', (catalog) => versions(catalog, { search: 'gradient' }));
await measure('words that none has, counted', async (catalog) =>
  (await versions(catalog, { search: 'gradient nowhere' })).totalCount(),
);
await measure('by tags of the model, counted', async (catalog) =>
  (await versions(catalog, { modelTags: [{ key: 'team', values: ['team-3'] }] })).totalCount(),
);
await measure('in production, counted', async (catalog) =>
  (await versions(catalog, { inProduction: true })).totalCount(),
);
await measure('by alias, counted', async (catalog) =>
  (await versions(catalog, { aliases: ['champion'] })).totalCount(),
);
await measure('models by name', (catalog) =>
  catalog.listModels({ page: {}, selection: {}, filter: {}, order: undefined }),
);
await measure('summary', (catalog) => catalog.summary({}));

print(
  `\nMemory: records ${mega(recordsHeap - emptyHeap)} MB; beside them ${mega(snapshotHeap - recordsHeap)} MB when loaded, `,
);
print(`and ${mega(heapBytes() - snapshotHeap)} MB more for the orders that were asked for above.`);

function versions(catalog: Catalog, filter: VersionListFilter, order?: VersionListOrder) {
  return catalog.listVersions({ page: {}, selection: {}, filter, order, models: undefined });
}

async function measure(
  name: string,
  ask: (catalog: Catalog, round: number) => unknown,
  { caller = admin }: { readonly caller?: Caller } = {},
): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const catalog = open(caller, new AbortController().signal, () => {});
    const began = performance.now();
    await ask(catalog, round);
    times.push(performance.now() - began);
  }
  const [first = 0, ...rest] = times;
  const sorted = rest.sort((a, b) => a - b);
  const cells = [first, sorted[ROUNDS >> 1] ?? 0, sorted.at(-1) ?? 0].map((ms) => ms.toFixed(2).padStart(8));
  print(`${name.padEnd(44)}${cells.join('')}`);
}

function callerSeeing(modelName: string | undefined): Caller {
  const scope = modelName === undefined ? {} : { modelName };
  return {
    actor: { name: 'bench', kind: 'SERVICE', nativeId: 'bench' },
    groups: [],
    grants: [{ role: 'ADMIN', source: 'bench', ...scope }],
  };
}

function timed(run: () => void): number {
  const began = performance.now();
  run();
  return performance.now() - began;
}

function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function mega(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
