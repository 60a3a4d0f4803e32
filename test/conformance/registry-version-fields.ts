import { expect, it } from 'vitest';
import type { RegistryCapability } from '../../src/domain/capabilities.js';
import { RegistryError, UnsupportedError } from '../../src/domain/errors.js';
import type { ArtifactRecord, InferenceRecord, LineageRecord } from '../../src/domain/model.js';
import type { NewVersion } from '../../src/domain/registry.js';
import type { RegistryHarness } from './harness.js';
import { present } from './registry-population.js';
import { call } from './registry-walk.js';
import { everything, expectUnsupported, keysOf, openWritable, URI } from './registry-writes.js';

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

/** Which fields of a version the registry holds: what it cannot hold it must refuse. */
export function describeVersionFields(harness: RegistryHarness): void {
  const writable = openWritable(harness);
  const { refused, register } = writable;

  it.each(GATED_FIELDS)('takes what $capability gates only with it', async ({ capability, fields }) => {
    const adapter = writable.adapter();
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
    const adapter = writable.adapter();
    const { LINEAGE, REGISTER_INFERENCE } = adapter.capabilities;
    const lineage = keysOf(LINEAGE_FIELDS).map((field) => ({ lineage: { [field]: LINEAGE_FIELDS[field] } }));
    const inference = keysOf(INFERENCE_FIELDS).map((field) => ({ inference: { [field]: INFERENCE_FIELDS[field] } }));
    expect(await anyHeld(lineage)).toBe(LINEAGE);
    expect(await anyHeld(inference)).toBe(REGISTER_INFERENCE);
  });

  /** Nothing is dropped silently: a field is in the record, or the write is refused as a whole. */
  async function heldOrRefused(input: Partial<NewVersion>, expected: object): Promise<void> {
    const before = await everything(writable.adapter());
    try {
      const created = await register(input);
      expect(
        present((await writable.adapter().getVersions([created.ref], call({ consistency: 'strong' })))[0]),
      ).toMatchObject(expected);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      expect(error).toBeInstanceOf(UnsupportedError);
      expect(await everything(writable.adapter())).toEqual(before);
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
