import { createMemoryAdapter } from '../../adapters/memory/index.js';
import { createMemoryStore } from '../../adapters/memory/store.js';
import type { SagaRegistry } from './registries.js';

/** A registry that gateways of one process can share. */
export function memoryRegistry(id = 'memory'): SagaRegistry {
  const store = createMemoryStore();
  const adapter = createMemoryAdapter({ id, ownerTag: 'owner', store });
  const nowhere = () => {
    throw new Error('A registry in memory has no wire.');
  };
  return {
    id,
    configured: { id, kind: 'memory', options: {} },
    adapter,
    artifacts: [{ uri: 's3://models/saga/model.tar.gz' }],
    wire: { decide: '', createModel: '', registerVersion: '' },
    writes: 1,
    createsOnce: true,
    origin: '',
    listen: async () => ({}),
    through: nowhere,
    setStatus: async ({ name, version }, approvalStatus) => {
      store.updateVersion(name, Number(version), { approvalStatus, approvalStatusExplicit: true });
    },
    deleteModel: async ({ name }) => void store.deleteModel(name),
    [Symbol.asyncDispose]: () => adapter[Symbol.asyncDispose](),
  };
}
