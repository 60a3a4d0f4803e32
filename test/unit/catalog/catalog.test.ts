import { describe, expect, it } from 'vitest';
import { createCatalog } from '../../../src/catalog/catalog.js';
import { createHintStash } from '../../../src/catalog/hint-stash.js';
import { createListCursors } from '../../../src/catalog/list-cursor.js';
import type { Caller } from '../../../src/domain/access.js';
import type { CallOptions } from '../../../src/domain/registry.js';
import { memoryRegistryOf } from '../../support/gateway.js';

const call: CallOptions = { signal: new AbortController().signal, priority: 'interactive' };

const ana: Caller = {
  actor: { name: 'ana@example.com', kind: 'USER', nativeId: 'i#ana' },
  groups: [],
  // Two patterns: no registry can apply both, so that pages bring what is invisible.
  grants: ['churn', 'risk'].map((modelName) => ({ role: 'VIEWER', modelName, source: 'access.grants[0]' })),
};

describe('a catalog opened for one caller', () => {
  it('does not give away later what a page of a list has brought along', async () => {
    const { adapter } = memoryRegistryOf('a');
    for (const name of ['churn', 'secret']) {
      await adapter.createModel({ name }, call);
      await adapter.registerVersion({ model: { registryId: 'a', name }, artifacts: [{ uri: 's3://m/1' }] }, call);
    }
    const health = () =>
      ({ status: 'UP', checkedAt: null, lastSuccessAt: null, latencyMs: null, problem: null }) as const;
    const open = createCatalog({
      registries: [{ id: 'a', displayName: 'a', labels: [], adapter, health }],
      cursors: createListCursors(['a-secret-of-more-than-thirty-two-characters'], createHintStash()),
      deadlines: { listMs: 1000, lookupMs: 1000, writeMs: 1000 },
      limits: { adapterCalls: 10 },
    });
    const catalog = open(ana, call.signal, () => {});
    const models = await catalog.listModels({ page: {}, selection: {}, filter: {}, order: undefined });
    const list = { page: {}, selection: {}, filter: {}, order: undefined, models: undefined };
    const versions = await catalog.listVersions(list);
    expect([models, versions].map(({ edges }) => edges.map(({ node }) => node.ref.name))).toEqual([
      ['churn'],
      ['churn'],
    ]);
    expect(await catalog.model({ registryId: 'a', name: 'secret' })).toBeNull();
    expect(await catalog.version({ registryId: 'a', name: 'secret', version: '1' })).toBeNull();
    expect(await catalog.version({ registryId: 'a', name: 'churn', version: '1' })).not.toBeNull();
  });
});
