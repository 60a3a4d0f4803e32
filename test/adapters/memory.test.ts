import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryRegistry } from '../../adapters/memory/index.js';
import { memoryOptions } from '../../adapters/memory/options.js';
import { REGISTRY_CAPABILITIES, type RegistryCapability } from '../../src/domain/capabilities.js';
import { InvalidInputError } from '../../src/domain/errors.js';
import { APPROVAL_STATUSES, type EvidenceRecord } from '../../src/domain/model.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';
import { describeGatedCalls } from '../conformance/registry-gated-calls.js';
import { describeRegistryAdapter } from '../conformance/registry-suite.js';
import { memoryHarness, openMemory } from '../support/memory-registry.js';

const NO_EVIDENCE: EvidenceRecord = { metrics: [], parameters: [], reports: [], modelCard: null, problems: [] };

describeRegistryAdapter('memory', memoryHarness);

/** What changes something that is there. */
const CHANGING = [
  'UPDATE_MODEL_DESCRIPTION',
  'TAG_MODELS',
  'DELETE_MODEL',
  'UPDATE_VERSION_DESCRIPTION',
  'UPDATE_METADATA',
  'TAG_VERSIONS',
  'UPDATE_MODEL_CARD',
  'DELETE_VERSION',
  'DECIDE',
  'ALIASES',
  'STAGES',
  'CLEAR_STAGE',
] as const satisfies readonly RegistryCapability[];

// The same rules for a registry that promises almost nothing: the suite's other direction.
describeRegistryAdapter('memory that declares little', {
  ...memoryHarness,
  open: async () =>
    openMemory({
      capabilities: [
        ...CHANGING,
        'REGISTER_METRICS',
        'REGISTER_PARAMETERS',
        'REGISTER_REPORTS',
        'REGISTER_MODEL_CARD',
        'REGISTER_INFERENCE',
        'MULTIPLE_ARTIFACTS',
        'METRICS',
        'PARAMETERS',
        'REPORTS',
        'MODEL_CARDS',
        'LINEAGE',
      ],
      modelFilters: ['name', 'names', 'search', 'owner', 'tags', 'createdAfter'],
      versionFilters: ['modelName', 'approvalStatuses', 'stages', 'tags', 'createdBy'],
      counts: false,
    }),
});

/** Of calls that several capabilities let through, some of them; of what can be read and registered, some parts. */
const HALVES = {
  half: [
    'UPDATE_MODEL_DESCRIPTION',
    'UPDATE_VERSION_DESCRIPTION',
    'TAG_VERSIONS',
    'DELETE_MODEL',
    'CLEAR_STAGE',
    'REGISTER_METRICS',
    'REGISTER_REPORTS',
    'REPORTS',
  ],
  'the other half': [
    'TAG_MODELS',
    'UPDATE_METADATA',
    'UPDATE_MODEL_CARD',
    'DELETE_VERSION',
    'REGISTER_PARAMETERS',
    'PARAMETERS',
    'REGISTER_MODEL_CARD',
  ],
} as const satisfies Record<string, readonly RegistryCapability[]>;

for (const [name, capabilities] of Object.entries(HALVES)) {
  // Without tags the suite has no model with an owner to find.
  const open = async () => openMemory({ capabilities, modelFilters: ['owner'] });
  describeRegistryAdapter(`memory that leaves ${name} out`, { ...memoryHarness, open });
}

describe('memory that cannot be written to', () => {
  const off = [...CHANGING, 'CREATE_MODEL', 'REGISTER_VERSION'] as const;
  describeGatedCalls({ ...memoryHarness, open: async () => openMemory({ capabilities: off }) });
});

describe('memory', () => {
  const options = { signal: new AbortController().signal, priority: 'interactive' } as const;
  const artifacts = [{ uri: 's3://registrar-conformance/model.tar.gz' }];

  it.each(REGISTRY_CAPABILITIES)('can be told to leave %s out, and that alone', (capability) => {
    const { capabilities } = openMemory().adapter;
    expect(openMemory({ capabilities: [capability] }).adapter.capabilities).toEqual({
      ...capabilities,
      [capability]: false,
    });
  });

  it('does all but what issues to come will bring', () => {
    const { capabilities } = openMemory().adapter;
    expect(REGISTRY_CAPABILITIES.filter((capability) => !capabilities[capability])).toEqual([
      'DEPLOYMENTS',
      'DEPLOY',
      'COLLECTIONS',
      'PUSH_EVENTS',
    ]);
  });

  it('tells versions apart by ULIDs', async () => {
    const { adapter } = openMemory();
    const { ref: model } = await adapter.createModel({ name: 'm' }, options);
    expect((await adapter.registerVersion({ model, artifacts }, options)).incarnation).toMatch(
      /^[0-9A-HJKMNP-TV-Z]{26}$/,
    );
  });

  it('hides what the gateway keeps among tags and metadata', async () => {
    const { adapter, store } = openMemory();
    const { ref: model } = await adapter.createModel({ name: 'm' }, options);
    const { ref } = await adapter.registerVersion({ model, artifacts }, options);
    const tags = [
      { key: 'registrar.decision', value: 'forged' },
      { key: 'tier', value: 'gold' },
    ];
    store.updateModel('m', { tags });
    store.updateVersion('m', 1, { tags, metadata: tags });
    const shown = [{ key: 'tier', value: 'gold' }];
    expect(await adapter.getModels([model], options)).toMatchObject([{ tags: shown }]);
    expect(await adapter.getVersions([ref], options)).toMatchObject([{ tags: shown, metadata: shown, decision: null }]);
  });

  it('knows who made a thing by name and id', async () => {
    const { adapter } = openMemory();
    const by = { ...options, caller: { name: 'ana@example.com', nativeId: 'https://issuer.example#ana' } };
    const createdBy = { ...by.caller, kind: 'USER' };
    const model = await adapter.createModel({ name: 'm' }, by);
    expect(model).toMatchObject({ createdBy });
    expect(await adapter.registerVersion({ model: model.ref, artifacts }, by)).toMatchObject({ createdBy });
  });

  it('does not take a version for the result of a request that made its predecessor', async () => {
    await using opened = openMemory();
    const { adapter } = opened;
    const { ref: model } = await adapter.createModel({ name: 'm' }, options);
    const input = { model, artifacts, requestId: 'r' };
    const first = await adapter.registerVersion(input, options);
    await opened.deleteModel(model);
    await adapter.createModel({ name: 'm' }, options);
    await adapter.registerVersion({ model, artifacts }, options);
    const again = await adapter.registerVersion(input, options);
    expect(again.number).toBe(2);
    expect(again.incarnation).not.toBe(first.incarnation);
  });

  it.each([
    ['METRICS', 'metrics'],
    ['PARAMETERS', 'parameters'],
    ['REPORTS', 'reports'],
    ['MODEL_CARDS', 'modelCard'],
  ] as const)('shows nothing of what it has without %s', async (capability, field) => {
    const { adapter } = openMemory({ capabilities: [capability] });
    const { ref: model } = await adapter.createModel({ name: 'm' }, options);
    const evidence = {
      metrics: [{ name: 'auc', value: 0.9 }],
      parameters: [{ key: 'depth', value: '7' }],
      reports: [{ kind: 'BIAS', uri: 's3://b/bias.json' }],
      modelCard: { name: 'm' },
    } as const;
    const { ref } = await adapter.registerVersion({ model, artifacts, ...evidence }, options);
    const parts = ['METRICS', 'PARAMETERS', 'REPORTS', 'MODEL_CARD'] as const;
    const [found] = await adapter.getEvidence([ref], { ...options, parts });
    expect(found).toMatchObject({ ...NO_EVIDENCE, ...expected(), [field]: NO_EVIDENCE[field] });

    function expected() {
      return {
        metrics: [{ name: 'auc', value: 0.9, goal: 'UNKNOWN' }],
        parameters: evidence.parameters,
        reports: [{ kind: 'BIAS', name: 'bias.json', uri: 's3://b/bias.json', contentType: null }],
        modelCard: { status: null, content: { name: 'm' } },
      };
    }
  });
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

  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'registrar-seed-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('may hold evidence', async () => {
    const createdAt = '2026-11-20T08:00:00Z';
    const version = {
      ...{ number: 1, createdAt, artifacts: [{ uri: 's3://b/1' }] },
      metrics: [
        { name: 'rmse', value: 'NaN', goal: 'LOWER_IS_BETTER' },
        { name: 'auc', value: 0.91, dataset: 'validation', standardDeviation: 0.01, step: 3 },
      ],
      parameters: { max_depth: '7', booster: 'gbtree' },
      reports: [
        { kind: 'BIAS', uri: 's3://b/reports/bias.json' },
        { kind: 'OTHER', uri: 's3://b/x', name: 'Drift', contentType: 'text/html' },
      ],
      modelCard: { status: 'Approved', content: { purpose: ['scoring', 1, null] } },
    };
    const bare = { number: 2, createdAt: '1961-04-12T06:07:00Z', artifacts: [{ uri: 's3://b/2' }] };
    writeFileSync(
      join(folder, 'evidence.json'),
      JSON.stringify({ models: [{ name: 'm', createdAt, versions: [version, bare] }] }),
    );
    await using adapter = open('evidence.json', folder);
    const model = { registryId: 'demo', name: 'm' };
    const refs = ['1', '2'].map((number) => ({ ...model, version: number }));
    const parts = ['METRICS', 'PARAMETERS', 'REPORTS', 'MODEL_CARD'] as const;
    const unsaid = { unit: null, source: null };
    expect(await adapter.getEvidence(refs, { ...options, parts })).toEqual([
      {
        metrics: [
          {
            ...{ name: 'auc', value: 0.91, text: null, dataset: 'validation', step: 3 },
            ...{ standardDeviation: 0.01, goal: 'UNKNOWN', ...unsaid },
          },
          {
            ...{ name: 'rmse', value: null, text: 'NaN', dataset: null, step: null },
            ...{ standardDeviation: null, goal: 'LOWER_IS_BETTER', ...unsaid },
          },
        ],
        parameters: [
          { key: 'booster', value: 'gbtree' },
          { key: 'max_depth', value: '7' },
        ],
        reports: [
          { kind: 'BIAS', name: 'bias.json', uri: 's3://b/reports/bias.json', contentType: null },
          { kind: 'OTHER', name: 'Drift', uri: 's3://b/x', contentType: 'text/html' },
        ],
        modelCard: { status: 'Approved', content: { purpose: ['scoring', 1, null] } },
        problems: [],
      },
      NO_EVIDENCE,
    ]);
    const [first, second] = await adapter.getVersions(refs, options);
    for (const found of [first, second]) {
      expect(found).toMatchObject({ incarnation: expect.stringMatching(/^[0-9A-Z]{26}$/), decision: null });
    }
  });

  describe('with faults', () => {
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
              versions: [
                {
                  ...version,
                  ...{ number: 0, approvalStatus: 'MAYBE', artifacts: [] },
                  ...{ metrics: [{ name: 'auc', value: 'high' }], reports: [{ kind: 'NEWS', uri: '' }] },
                  decision: { id: '1.00', status: 'APPROVED' },
                },
              ],
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
        'models.2.versions.0.metrics.0.value',
        'models.2.versions.0.reports.0.kind',
        'models.2.versions.0.reports.0.uri',
        'models.2.versions.0',
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
