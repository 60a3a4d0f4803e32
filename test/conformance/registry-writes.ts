import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GATED_CALLS, type GatedCall } from '../../adapters/shared/unsupported.js';
import type { RegistryCapability } from '../../src/domain/capabilities.js';
import {
  ConflictError,
  InvalidInputError,
  NotFoundError,
  RegistryError,
  UnsupportedError,
} from '../../src/domain/errors.js';
import { type ArtifactRecord, type InferenceRecord, type LineageRecord, sortTags } from '../../src/domain/model.js';
import type { ModelRef } from '../../src/domain/refs.js';
import type { NewModel, NewVersion, RegistryAdapter } from '../../src/domain/registry.js';
import type { OpenedRegistry, RegistryHarness } from './harness.js';
import { present } from './registry-population.js';
import { call, modelListing, readAll, versionListing } from './registry-walk.js';

const strong = call({ consistency: 'strong' });
const URI = 's3://registrar-conformance/written/model.tar.gz';

/** One value per field, for asking whether the registry can hold it. Typed over all keys. */
const ARTIFACT_FIELDS: { readonly [K in Exclude<keyof ArtifactRecord, 'uri'>]-?: string } = {
  role: 'model',
  image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/xgboost:1.7',
  imageDigest: 'sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945',
  framework: 'XGBOOST',
  frameworkVersion: '1.7',
  digest: 'sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
};

const LINEAGE_FIELDS: { readonly [K in Exclude<keyof LineageRecord, 'experimentId'>]-?: string } = {
  commit: '4f2a9c1d5e6b7a8c9d0e1f2a3b4c5d6e7f8a9b0c',
  repository: 'https://git.example.com/risk/fraud.git',
  pipelineExecution: 'arn:aws:sagemaker:eu-west-1:123456789012:pipeline/fraud/execution/abc123def456',
  trainingJob: 'arn:aws:sagemaker:eu-west-1:123456789012:training-job/fraud-2026-11-20',
  runId: '0123456789abcdef0123456789abcdef',
  dataset: 's3://registrar-conformance/datasets/payments-2026-10.parquet',
  sourceUri: 'arn:aws:sagemaker:eu-west-1:123456789012:model/fraud-2026-11-20',
  generatedBy: 'nightly-training',
};

const INFERENCE_FIELDS: { readonly [K in keyof InferenceRecord]-?: readonly string[] } = {
  contentTypes: ['text/csv', 'application/json'],
  responseTypes: ['application/json'],
  realtimeInstanceTypes: ['ml.m5.large', 'ml.m5.xlarge'],
  batchInstanceTypes: ['ml.m5.2xlarge'],
};

/** Fields of a version that a capability gates. */
const GATED_FIELDS: readonly { readonly capability: RegistryCapability; readonly fields: Partial<NewVersion> }[] = [
  { capability: 'TAG_VERSIONS', fields: { tags: [{ key: 'season', value: 'spring' }] } },
  { capability: 'MULTIPLE_ARTIFACTS', fields: { artifacts: [{ uri: URI }, { uri: `${URI}.2` }] } },
  { capability: 'LINEAGE', fields: { lineage: { commit: LINEAGE_FIELDS.commit } } },
  { capability: 'REGISTER_INFERENCE', fields: { inference: { contentTypes: ['text/csv'] } } },
];

export function describeWrites(harness: RegistryHarness): void {
  let opened: OpenedRegistry;
  let adapter: RegistryAdapter;
  let model: ModelRef;

  beforeAll(async () => {
    opened = await harness.open();
    adapter = opened.adapter;
    model = (await adapter.createModel({ name: 'written' }, call())).ref;
  });
  afterAll(() => opened[Symbol.asyncDispose]());

  /** Runs writes that must be refused, and sees that nothing came of any. */
  const refusedAll = async (writes: readonly (() => Promise<unknown>)[]): Promise<RegistryError[]> => {
    const before = await everything(adapter);
    const errors: RegistryError[] = [];
    for (const write of writes) errors.push(await rejection(write()));
    expect(await everything(adapter)).toEqual(before);
    for (const error of errors) expect(error).toMatchObject({ registryId: adapter.id });
    return errors;
  };
  const refused = async (write: () => Promise<unknown>): Promise<RegistryError> => {
    const [error] = await refusedAll([write]);
    if (error === undefined) throw new Error('One error was expected.');
    return error;
  };
  const register = (input: Partial<NewVersion>) =>
    adapter.registerVersion({ model, artifacts: [{ uri: URI }], ...input }, call());

  describe('createModel', () => {
    it('makes a model with all that it was given', async () => {
      const input = modelWithAll(adapter, 'made-with-all');
      const created = await adapter.createModel(input, call());
      const read = present((await adapter.getModels([created.ref], strong))[0]);
      const { latestVersion: _, ...rest } = created;
      expect(read).toMatchObject(rest);
      expect(created).toMatchObject({
        ref: { registryId: adapter.id, name: input.name },
        description: input.description,
      });
      expect(created.aliases).toEqual([]);
      if (!adapter.capabilities.TAG_MODELS) return;
      expect(created.owner).toBe('team-risk');
      // The owner is a tag like others; nothing else is added that a person would see.
      expect(created.tags).toHaveLength(3);
      expect(created.tags).toEqual(expect.arrayContaining([...(input.tags ?? [])]));
    });

    it('keeps odd names untouched', async () => {
      for (const name of harness.oddNames) {
        const created = await adapter.createModel({ name }, call());
        expect(created.ref.name).toBe(name);
        const version = await adapter.registerVersion({ model: created.ref, artifacts: [{ uri: URI }] }, call());
        expect(version.ref).toEqual({ registryId: adapter.id, name, version: '1' });
        expect(await adapter.getModels([created.ref], strong)).toMatchObject([{ ref: created.ref }]);
        expect(await adapter.findVersion(version.nativeId, strong)).toMatchObject({ ref: version.ref });
      }
    });

    it('refuses a name that is taken', async () => {
      const error = await refused(() => adapter.createModel({ name: model.name, description: 'Another' }, call()));
      expect(error).toBeInstanceOf(ConflictError);
      expect(error.operation).toBe('createModel');
    });

    it('lets one of two win who take a name at once', async () => {
      const input = { name: 'taken-at-once' };
      const outcomes = await Promise.allSettled([
        adapter.createModel(input, call()),
        adapter.createModel(input, call()),
      ]);
      const lost = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
      expect(lost).toEqual([expect.any(ConflictError)]);
    });

    it('gives the first result again for the same request', async () => {
      const input = { ...modelWithAll(adapter, 'made-once'), requestId: 'request-model-1' };
      const first = await adapter.createModel(input, call());
      expect((await adapter.createModel(input, call())).ref).toEqual(first.ref);
      expect(
        await refused(() => adapter.createModel({ ...input, requestId: 'request-model-2' }, call())),
      ).toBeInstanceOf(ConflictError);
    });

    it('refuses what does not fit', async () => {
      const { modelNameMax, descriptionMax } = adapter.limits;
      const names = [
        '',
        'x'.repeat(modelNameMax + 1),
        'lone \ud800 surrogate',
        'nul \u0000 byte',
        '123456789012:owned',
      ];
      const inputs: readonly NewModel[] = [
        ...names.map((name) => ({ name })),
        { name: 'long', description: 'x'.repeat(descriptionMax + 1) },
        { name: 'long-request', requestId: 'x'.repeat(37) },
      ];
      const errors = await refusedAll(inputs.map((input) => () => adapter.createModel(input, call())));
      for (const [index, error] of errors.entries()) {
        expect(error, JSON.stringify(inputs[index]).slice(0, 80)).toBeInstanceOf(InvalidInputError);
      }
    });

    it('takes what just fits', async () => {
      const { modelNameMax, descriptionMax } = adapter.limits;
      const input = { name: 'n'.repeat(modelNameMax), description: 'd'.repeat(descriptionMax) };
      expect(await adapter.createModel(input, call())).toMatchObject({ description: input.description });
    });

    it('takes an owner once: as such, as the tag, or as both where they agree', async () => {
      if (!adapter.capabilities.TAG_MODELS) return;
      const [tag] = (await adapter.createModel({ name: 'owned', owner: 'team-risk' }, call())).tags;
      const tags = [{ key: tag?.key ?? '', value: 'team-risk' }];
      expect(await adapter.createModel({ name: 'owned-by-tag', tags }, call())).toMatchObject({
        owner: 'team-risk',
        tags,
      });
      const both = await adapter.createModel({ name: 'owned-by-both', owner: 'team-risk', tags }, call());
      expect(both).toMatchObject({ owner: 'team-risk', tags });
      const error = await refused(() => adapter.createModel({ name: 'torn', owner: 'team-growth', tags }, call()));
      expect(error).toBeInstanceOf(InvalidInputError);
    });

    it('takes tags and an owner with TAG_MODELS alone', async () => {
      const tagged: readonly NewModel[] = [
        { name: 'with-owner', owner: 'team-risk' },
        { name: 'with-tags', tags: [{ key: 'tier', value: 'gold' }] },
      ];
      for (const input of tagged) {
        if (adapter.capabilities.TAG_MODELS) await adapter.createModel(input, call());
        else expectUnsupported(await refused(() => adapter.createModel(input, call())), 'TAG_MODELS');
      }
      if (!adapter.capabilities.TAG_MODELS) return;
      const twice = [
        { key: 'tier', value: 'gold' },
        { key: 'tier', value: 'silver' },
      ];
      const error = await refused(() => adapter.createModel({ name: 'twice', tags: twice }, call()));
      expect(error).toBeInstanceOf(InvalidInputError);
    });
  });

  describe('registerVersion', () => {
    it('numbers versions from 1 and leaves them pending, explicitly', async () => {
      const { ref } = await adapter.createModel({ name: 'numbered' }, call());
      for (const number of [1, 2, 3]) {
        const version = await register({ model: ref });
        expect(version).toMatchObject({
          ref: { ...ref, version: String(number) },
          number,
          approvalStatus: 'PENDING',
          approvalStatusExplicit: true,
          stage: null,
        });
        expect(version.aliasNames ?? []).toEqual([]);
      }
    });

    it('gives each its own number when several register at once', async () => {
      const { ref } = await adapter.createModel({ name: 'numbered-at-once' }, call());
      const versions = await Promise.all([1, 2, 3, 4].map(() => register({ model: ref })));
      expect(versions.map((version) => version.number).toSorted()).toEqual([1, 2, 3, 4]);
    });

    it('registers with all that it was given', async () => {
      const input = versionWithAll(adapter, model);
      const created = await adapter.registerVersion(input, call());
      const read = present((await adapter.getVersions([created.ref], strong))[0]);
      const { aliasNames: _, ...rest } = created;
      expect(read).toMatchObject(rest);
      expect(created).toMatchObject({ description: input.description, artifacts: [{ uri: URI }] });
      for (const { tags, metadata } of [created, read]) {
        for (const entries of [tags, metadata]) expect(entries).toEqual(sortTags(entries));
      }
      expect([...created.tags, ...created.metadata].map(({ key, value }) => `${key}=${value}`).toSorted()).toEqual(
        [...(input.tags ?? []), ...(input.metadata ?? [])].map(({ key, value }) => `${key}=${value}`).toSorted(),
      );
    });

    it('gives the first result again for the same request', async () => {
      const input = { ...versionWithAll(adapter, model), requestId: 'request-version-1' };
      const first = await adapter.registerVersion(input, call());
      expect((await adapter.registerVersion(input, call())).ref).toEqual(first.ref);
      const other = await adapter.registerVersion({ ...input, requestId: 'request-version-2' }, call());
      expect(other.number).toBe(first.number + 1);
    });

    it('refuses a missing model', async () => {
      const names = ['no-such-model', '', 'a/b', "'", '%'];
      for (const error of await refusedAll(
        names.map((name) => () => register({ model: { registryId: adapter.id, name } })),
      )) {
        expect(error).toBeInstanceOf(NotFoundError);
        expect(error.operation).toBe('registerVersion');
      }
    });

    it('refuses what does not fit', async () => {
      const { descriptionMax, metadataEntriesMax, metadataKeyMax, metadataValueMax } = adapter.limits;
      const inputs: Partial<NewVersion>[] = [
        { artifacts: [] },
        { artifacts: [{ uri: '' }] },
        { description: 'x'.repeat(descriptionMax + 1) },
        { requestId: 'x'.repeat(37) },
      ];
      if (metadataEntriesMax !== 0) {
        inputs.push(
          { metadata: [{ key: 'k'.repeat(metadataKeyMax + 1), value: 'v' }] },
          { metadata: [{ key: 'k', value: 'v'.repeat(metadataValueMax + 1) }] },
          { metadata: [{ key: '', value: 'v' }] },
          { metadata: [{ key: 'k', value: 'a' }, { key: 'k', value: 'b' }] }, // biome-ignore format: one case a line
        );
      }
      if (metadataEntriesMax !== null && metadataEntriesMax > 0) {
        const metadata = Array.from({ length: metadataEntriesMax + 1 }, (_, i) => ({ key: `k${i}`, value: 'v' }));
        inputs.push({ metadata });
      }
      const errors = await refusedAll(inputs.map((input) => () => register(input)));
      for (const [index, error] of errors.entries()) {
        expect(error, JSON.stringify(inputs[index]).slice(0, 80)).toBeInstanceOf(InvalidInputError);
      }
      if (metadataEntriesMax === 0) {
        const error = await refused(() => register({ metadata: [{ key: 'k', value: 'v' }] }));
        expect(error).toBeInstanceOf(UnsupportedError);
      }
    });

    it.each(GATED_FIELDS)('takes what $capability gates only with it', async ({ capability, fields }) => {
      if (!adapter.capabilities[capability]) {
        expectUnsupported(await refused(() => register(fields)), capability);
        return;
      }
      // Under LINEAGE a registry may still lack a field; which ones it holds is asked below.
      if (capability === 'LINEAGE' || capability === 'REGISTER_INFERENCE') return;
      expect(await register(fields)).toMatchObject(fields);
    });

    it.each(keysOf(ARTIFACT_FIELDS))('holds %s of an artifact or refuses it', async (field) => {
      const artifact = { uri: URI, [field]: ARTIFACT_FIELDS[field] };
      await heldOrRefused({ artifacts: [artifact] }, { artifacts: [artifact] });
    });

    it.each(keysOf(LINEAGE_FIELDS))('holds %s of the lineage or refuses it', async (field) => {
      const lineage = { [field]: LINEAGE_FIELDS[field] };
      await heldOrRefused({ lineage }, { lineage });
    });

    it.each(keysOf(INFERENCE_FIELDS))('holds %s of the inference or refuses it', async (field) => {
      const inference = { [field]: INFERENCE_FIELDS[field] };
      await heldOrRefused({ inference }, { inference });
    });

    it('holds some of the fields that LINEAGE and REGISTER_INFERENCE promise', async () => {
      const { LINEAGE, REGISTER_INFERENCE } = adapter.capabilities;
      const lineage = keysOf(LINEAGE_FIELDS).map((field) => ({ lineage: { [field]: LINEAGE_FIELDS[field] } }));
      const inference = keysOf(INFERENCE_FIELDS).map((field) => ({ inference: { [field]: INFERENCE_FIELDS[field] } }));
      expect(await anyHeld(lineage)).toBe(LINEAGE);
      expect(await anyHeld(inference)).toBe(REGISTER_INFERENCE);
    });
  });

  it.each(Object.entries(GATED_CALLS) as [GatedCall, RegistryCapability][])(
    '%s needs %s',
    async (operation, capability) => {
      if (adapter.capabilities[capability]) return;
      const calls = {
        createModel: () => adapter.createModel({ name: 'unsupported' }, call()),
        registerVersion: () => register({}),
      } satisfies Record<GatedCall, () => Promise<unknown>>;
      const error = await refused(calls[operation]);
      expectUnsupported(error, capability);
      expect(error.operation).toBe(operation);
    },
  );

  /** Nothing is dropped silently: a field is in the record, or the write is refused as a whole. */
  async function heldOrRefused(input: Partial<NewVersion>, expected: object): Promise<void> {
    const before = await everything(adapter);
    try {
      const created = await register(input);
      expect(present((await adapter.getVersions([created.ref], strong))[0])).toMatchObject(expected);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      expect(error).toBeInstanceOf(UnsupportedError);
      expect(await everything(adapter)).toEqual(before);
    }
  }

  async function anyHeld(inputs: readonly Partial<NewVersion>[]): Promise<boolean> {
    for (const input of inputs) {
      try {
        await register(input);
        return true;
      } catch (error) {
        expect(error).toBeInstanceOf(UnsupportedError);
      }
    }
    return false;
  }
}

function modelWithAll({ capabilities }: RegistryAdapter, name: string): NewModel {
  const tags = [
    { key: 'tier', value: 'gold' },
    { key: 'domain', value: 'card payments' },
  ];
  return {
    name,
    description: 'Scores card payments',
    ...(capabilities.TAG_MODELS ? { owner: 'team-risk', tags } : {}),
  };
}

function versionWithAll({ capabilities, limits }: RegistryAdapter, model: ModelRef): NewVersion {
  const tags = [
    { key: 'season', value: 'autumn' },
    { key: 'author', value: 'ana' },
  ];
  const metadata = [
    { key: 'zeta', value: '1' },
    { key: 'candidate', value: 'c1' },
  ];
  return {
    model,
    description: 'Trained on October',
    artifacts: [{ uri: URI }],
    ...(limits.metadataEntriesMax === 0 ? {} : { metadata }),
    ...(capabilities.TAG_VERSIONS ? { tags } : {}),
  };
}

/** All that the registry holds, for seeing that a refused write left no trace. */
async function everything(adapter: RegistryAdapter): Promise<unknown> {
  const order = { field: 'CREATED_AT', direction: 'ASC' } as const;
  return {
    models: await readAll(modelListing(adapter, { direction: 'ASC' })),
    versions: await readAll(versionListing(adapter, { order })),
  };
}

function expectUnsupported(error: RegistryError, capability: RegistryCapability): void {
  expect(error).toBeInstanceOf(UnsupportedError);
  expect(error).toMatchObject({ capability });
}

/** What a write that must be refused is refused with. */
export async function rejection(promise: Promise<unknown>): Promise<RegistryError> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!('error' in outcome)) {
    throw new Error(`The call was to be refused; it answered ${JSON.stringify(outcome.value)?.slice(0, 200)}`);
  }
  // Thrown as it is, so that a foreign error shows itself in the report.
  if (!(outcome.error instanceof RegistryError)) throw outcome.error;
  return outcome.error;
}

function keysOf<T extends object>(values: T): (keyof T & string)[] {
  return Object.keys(values) as (keyof T & string)[];
}
