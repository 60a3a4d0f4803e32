import type { Without } from '../../adapters/memory/declarations.js';
import { createMemoryAdapter, createMemoryStore, type MemoryStore } from '../../adapters/memory/index.js';
import type { OpenedRegistry, RegistryHarness } from '../conformance/harness.js';

/** A memory registry for the conformance suite; other people write to it by its store. */
export function openMemory(without: Without = {}): OpenedRegistry & { readonly store: MemoryStore } {
  const store = createMemoryStore();
  const adapter = createMemoryAdapter({ id: 'memory', ownerTag: 'owner', store, without });
  return {
    store,
    adapter,
    origin: null,
    through: () => adapter,
    setApprovalStatus: async ({ name, version }, approvalStatus) => {
      store.updateVersion(name, Number(version), { approvalStatus, approvalStatusExplicit: true });
    },
    deleteVersion: async ({ name, version }) => {
      store.deleteVersion(name, Number(version));
    },
    deleteModel: async ({ name }) => {
      store.deleteModel(name);
    },
    setAlias: async ({ name, version }, alias) => {
      store.setAlias(name, alias, Number(version));
    },
    setStage: async ({ name, version }, stage) => {
      store.updateVersion(name, Number(version), { stage: { name: stage, status: null, description: null } });
    },
    createVersions: async (model, count) => {
      const input = { model, artifacts: [{ uri: 's3://registrar-conformance/many/model.tar.gz' }] };
      const options = { signal: new AbortController().signal, priority: 'background' } as const;
      for (let made = 0; made < count; made += 1) await adapter.registerVersion(input, options);
    },
    [Symbol.asyncDispose]: () => adapter[Symbol.asyncDispose](),
  };
}

export const memoryHarness: RegistryHarness = {
  oddNames: [
    'with space',
    ' leading and trailing ',
    "it's",
    'double "quotes"',
    'per%cent',
    'under_score',
    'back\\slash',
    'sl/ash',
    'co:lon',
    '12345678901:eleven',
    'Ünïcödé-模型',
    'emoji-😀',
    'private-\ue000',
    '..',
    '`tick`',
    '?query#fragment&x=1',
    '__proto__',
  ],
  timestampPrecisionMs: 1,
  hasNetwork: false,
  open: async () => openMemory(),
};
