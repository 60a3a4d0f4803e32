import type { RegistryDefinition } from '../../src/domain/registry.js';
import { createMemoryAdapter } from './adapter.js';
import { type MemoryOptions, memoryOptions } from './options.js';
import { loadSeed } from './seed.js';
import { createMemoryStore } from './store.js';

export { createMemoryAdapter, type MemoryAdapterConfig } from './adapter.js';
export { createMemoryStore, type MemoryStore } from './store.js';

/** A registry in the memory of the process, gone with it: for trying the gateway out and for tests. */
export const memoryRegistry = {
  kind: 'MEMORY',
  optionsSchema: memoryOptions,
  create: (id, { seed, ownerTag }, { baseDirectory }) =>
    createMemoryAdapter({
      id,
      ownerTag,
      store: createMemoryStore(seed === undefined ? [] : loadSeed(id, seed, baseDirectory)),
    }),
} as const satisfies RegistryDefinition<MemoryOptions, typeof memoryOptions>;
