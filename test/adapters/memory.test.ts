import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMemoryAdapter, createMemoryStore, memoryRegistry } from '../../adapters/memory/index.js';
import { memoryOptions } from '../../adapters/memory/options.js';
import { InvalidInputError } from '../../src/domain/errors.js';
import { APPROVAL_STATUSES } from '../../src/domain/model.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';
import type { OpenedRegistry, RegistryHarness } from '../conformance/harness.js';
import { describeGatedCalls } from '../conformance/registry-gated-calls.js';
import { describeRegistryAdapter } from '../conformance/registry-suite.js';

const harness: RegistryHarness = {
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
  open: async () => open(),
};

function open(without: Parameters<typeof createMemoryAdapter>[0]['without'] = {}): OpenedRegistry {
  const store = createMemoryStore();
  const adapter = createMemoryAdapter({ id: 'memory', ownerTag: 'owner', store, without });
  return {
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

describeRegistryAdapter('memory', harness);

// The same rules for a registry that promises almost nothing: the suite's other direction.
describeRegistryAdapter('memory that declares little', {
  ...harness,
  open: async () =>
    open({
      capabilities: [
        'TAG_MODELS',
        'TAG_VERSIONS',
        'MULTIPLE_ARTIFACTS',
        'LINEAGE',
        'REGISTER_INFERENCE',
        'ALIASES',
        'STAGES',
      ],
      modelFilters: ['name', 'names', 'search', 'owner', 'tags', 'createdAfter'],
      versionFilters: ['modelName', 'approvalStatuses', 'stages', 'tags', 'createdBy'],
      counts: false,
    }),
});

describe('memory that cannot be written to', () => {
  describeGatedCalls({ ...harness, open: async () => open({ capabilities: ['CREATE_MODEL', 'REGISTER_VERSION'] }) });
});

describe('the seed of a memory registry', () => {
  const baseDirectory = fileURLToPath(new URL('../../sandbox', import.meta.url));
  const options = { signal: new AbortController().signal, priority: 'interactive' } as const;

  const open = (seed: string, folder = baseDirectory) =>
    memoryRegistry.create('demo', memoryOptions.parse({ seed }), { siblings: [], baseDirectory: folder });

  const everything = async (adapter: RegistryAdapter) => ({
    models: (await adapter.listModels({ order: { field: 'NAME', direction: 'ASC' }, limit: 200 }, options)).items,
    versions: (await adapter.listVersions({ order: { field: 'CREATED_AT', direction: 'DESC' }, limit: 200 }, options))
      .items,
  });

  it('of the sandbox has something of everything that a reader would look for', async () => {
    await using adapter = open('seed/memory.json');
    const { models, versions } = await everything(adapter);
    expect(models.length).toBeGreaterThanOrEqual(3);
    expect(versions.length).toBeGreaterThanOrEqual(12);
    expect(new Set(versions.map((version) => version.approvalStatus))).toEqual(new Set(APPROVAL_STATUSES));
    expect(new Set(versions.map((version) => version.registrationStatus))).toEqual(
      new Set(['READY', 'PENDING', 'FAILED']),
    );
    expect(new Set(versions.map((version) => version.approvalStatusExplicit))).toEqual(new Set([true, false]));
    expect(models.some((model) => model.owner === null)).toBe(true);
    expect(models.find((model) => model.ref.name === 'fraud-detector')).toMatchObject({
      owner: 'team-risk',
      aliases: [
        { name: 'challenger', version: '5' },
        { name: 'champion', version: '3' },
      ],
      latestVersion: {
        number: 5,
        createdAt: '2026-11-19T16:40:02.310Z',
        createdBy: { name: 'tomas.reyes@acme.example' },
      },
    });
    expect(versions.some((version) => version.lineage?.commit !== undefined && version.stage !== null)).toBe(true);
    expect(versions.map(({ createdAt }) => createdAt)).toEqual(
      versions
        .map(({ createdAt }) => createdAt)
        .toSorted()
        .toReversed(),
    );
  });

  it('goes on counting after its highest number', async () => {
    await using adapter = open('seed/memory.json');
    const model = { registryId: 'demo', name: 'demand-nightly' };
    expect(await adapter.registerVersion({ model, artifacts: [{ uri: 's3://b/9' }] }, options)).toMatchObject({
      number: 9,
    });
  });

  it('may be left out', async () => {
    await using adapter = memoryRegistry.create('demo', memoryOptions.parse({}), { siblings: [], baseDirectory });
    expect(await everything(adapter)).toEqual({ models: [], versions: [] });
  });

  it('has its owners in the tag that the options name', async () => {
    const parsed = memoryOptions.parse({ seed: 'seed/memory.json', ownerTag: 'tier' });
    await using adapter = memoryRegistry.create('demo', parsed, { siblings: [], baseDirectory });
    const { models } = await everything(adapter);
    const owners = Object.fromEntries(models.map(({ ref, owner }) => [ref.name, owner]));
    expect(owners).toMatchObject({ 'fraud-detector': 'gold', 'demand-nightly': 'bronze', 'credit-limit': null });
  });

  describe('with faults', () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'registrar-seed-'));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    const faults = (content: string): string => {
      writeFileSync(join(folder, 'seed.json'), content);
      try {
        open('seed.json', folder);
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidInputError);
        return (error as InvalidInputError).message;
      }
      throw new Error('The seed was to be refused.');
    };

    it('says all of them, with their places', () => {
      const createdAt = '2026-11-20T08:00:00Z';
      const version = { number: 1, createdAt, artifacts: [{ uri: 's3://b/1' }] };
      const message = faults(
        JSON.stringify({
          models: [
            { name: 'a', createdAt, aliases: { champion: 2, 'not an alias!': 1 }, versions: [version, version] },
            { name: 'a', createdAt: 'yesterday', colour: 'blue' },
            {
              name: '123456789012:owned',
              createdAt,
              versions: [{ ...version, number: 0, approvalStatus: 'MAYBE', artifacts: [] }],
            },
          ],
          extra: 1,
        }),
      );
      for (const place of [
        'models.0.aliases.champion',
        'models.0.versions.1.number',
        'models.1.createdAt',
        'models.1.name',
        'models.1',
        'models.2.name',
        'models.2.versions.0.number',
        'models.2.versions.0.approvalStatus',
        'models.2.versions.0.artifacts',
        '(whole file)',
      ]) {
        expect(message).toContain(`  ${place}: `);
      }
    });

    it('says that it is no JSON, or not there', () => {
      expect(faults('{"models": [')).toContain(join(folder, 'seed.json'));
      expect(() => open('no-such-file.json', folder)).toThrow(/no-such-file\.json .*readable JSON/);
    });
  });
});
