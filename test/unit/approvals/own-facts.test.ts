import { describe, expect, it } from 'vitest';
import { createMemoryAdapter } from '../../../adapters/memory/index.js';
import { createMemoryStore } from '../../../adapters/memory/store.js';
import { createOwnFacts } from '../../../src/approvals/own-facts.js';
import { UnavailableError } from '../../../src/domain/errors.js';
import type { RegistryAdapter } from '../../../src/domain/registry.js';

const OPTIONS = { signal: AbortSignal.timeout(20_000), priority: 'interactive' } as const;
const MODEL = { registryId: 'lab', name: 'fraud' };

async function fill(versions: number): Promise<RegistryAdapter> {
  const adapter = createMemoryAdapter({ id: 'lab', ownerTag: 'owner', store: createMemoryStore() });
  await adapter.createModel({ name: 'fraud' }, OPTIONS);
  for (let made = 0; made < versions; made += 1) {
    await adapter.registerVersion({ model: MODEL, artifacts: [{ uri: `s3://models/${made}` }] }, OPTIONS);
  }
  return adapter;
}

const factsOver = (adapter: RegistryAdapter) =>
  createOwnFacts(new Map([[adapter.id, adapter]]), { listMs: 5_000, lookupMs: 5_000 });

describe('what the gateway itself reads for rules', () => {
  it('finds the version with the highest number in a stage, on whichever page it is', async () => {
    const adapter = await fill(120);
    for (const version of ['3', '7']) {
      await adapter.setStage({ version: { ...MODEL, version }, stage: 'production' }, OPTIONS);
    }
    let pages = 0;
    const narrow: RegistryAdapter = {
      ...adapter,
      // As a registry that cannot filter by stage.
      listVersions: async ({ filter: _, ...query }, options) => {
        pages += 1;
        return adapter.listVersions(query, options);
      },
    };
    expect((await factsOver(narrow).latestInStage(MODEL, 'production'))?.ref.version).toBe('7');
    expect(pages).toBe(3);
    expect(await factsOver(narrow).latestInStage(MODEL, 'elsewhere')).toBeNull();
  });

  it('has nothing of what is not there, and throws what could not be read', async () => {
    const adapter = await fill(1);
    const facts = factsOver(adapter);
    expect(await facts.model({ ...MODEL, name: 'none' })).toBeNull();
    expect(await facts.latestApproved(MODEL)).toBeNull();
    expect((await facts.version({ ...MODEL, version: '1' }))?.number).toBe(1);
    expect((await facts.evidence({ ...MODEL, version: '1' }, ['METRICS']))?.metrics).toEqual([]);
    const away = factsOver({ ...adapter, getModels: async () => [new UnavailableError('It is away.')] });
    await expect(away.model(MODEL)).rejects.toThrow(UnavailableError);
  });
});
