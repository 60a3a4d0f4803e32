import { describe, expect, it } from 'vitest';
import { APPROVAL_STATUSES } from '../../src/domain/model.js';
import type { ModelRef } from '../../src/domain/refs.js';
import type { RegistryHarness } from './harness.js';
import { type Population, present, stageNamed } from './registry-population.js';
import { call } from './registry-walk.js';

/** Names that no registry of the suite holds, most of them impossible there: a caller may ask for anything. */
const MISSING_NAMES = [
  'no-such-model',
  '',
  '.',
  '..',
  'a/b',
  'a%2Fb',
  '%',
  "fraud-detector' OR name LIKE '%",
  'fraud-detector"',
  'fraud-detector ',
  'fraud-detecto_',
  'FRAUD-DETECTOR',
  'models:/fraud-detector',
  '`',
  '\\',
  'line\nbreak',
  '\u0000',
  '😀',
  'x'.repeat(3000),
];

/** `01` and `1.0` are numbers of version 1, but not its name. */
const MISSING_VERSIONS = ['999999', '0', '-1', '01', '1.0', '1 ', '+1', '1e0', 'latest', '', 'v1', '9'.repeat(30), '١'];

const FOREIGN_NATIVE_IDS = [
  '',
  'nonsense',
  'models:/no-such-model/1',
  'models:/fraud-detector',
  'arn:aws:sagemaker:eu-west-1:999999999999:model-package/no-such-model/1',
  'arn:aws:s3:::bucket',
  'memory://another/fraud-detector/1',
  '%',
  'x'.repeat(3000),
];

export function describeLookups(population: () => Population, { oddNames }: RegistryHarness): void {
  const missingNames = MISSING_NAMES.filter((name) => !oddNames.includes(name));
  const strong = call({ consistency: 'strong' });

  describe('getServing', () => {
    it('answers per ref with what serves, which is nothing here, whether the version is there or not', async () => {
      const { adapter, main } = population();
      const versions = [...MISSING_VERSIONS, '1', '2', '1'].map((version) => ({ ...main, version }));
      const models = missingNames.map((name) => ({ registryId: adapter.id, name, version: '1' }));
      const refs = [...versions, ...models, { ...main, ownerAccount: '999999999999', version: '1' }];
      expect(await adapter.getServing(refs, call())).toEqual(refs.map(() => []));
    });

    it('takes no refs', async () => {
      expect(await population().adapter.getServing([], call())).toEqual([]);
    });
  });

  describe('getModels', () => {
    it('answers in the order asked, as often as asked', async () => {
      const { adapter, models } = population();
      const refs = models.map((model) => model.ref).toReversed();
      const asked = [...refs, ...refs.slice(0, 2), missing(adapter.id), ...refs];
      const answers = await adapter.getModels(asked, call());
      expect(answers.map((answer) => (answer === null ? null : present(answer).ref))).toEqual(
        asked.map((ref) => (ref.name === missing(adapter.id).name ? null : ref)),
      );
    });

    it('takes no refs', async () => {
      expect(await population().adapter.getModels([], call())).toEqual([]);
    });

    it.each(missingNames)('answers null for the missing name %j', async (name) => {
      const { adapter, main } = population();
      const refs = [{ registryId: adapter.id, name }, main];
      for (const options of [call(), strong]) {
        const [absent, there] = await adapter.getModels(refs, options);
        expect(absent).toBeNull();
        expect(there).toMatchObject({ ref: main });
      }
    });

    it('never shows a model of its own as that of another account', async () => {
      const { adapter, main } = population();
      const [answer] = await adapter.getModels([{ ...main, ownerAccount: '999999999999' }], call());
      expect(answer === null || answer instanceof Error).toBe(true);
    });

    it('has the model as it was made', async () => {
      const { adapter, main } = population();
      const model = present((await adapter.getModels([main], strong))[0]);
      expect(model).toMatchObject({ ref: main, description: 'Scores card payments for fraud' });
      if (!adapter.capabilities.TAG_MODELS) return;
      expect(model.owner).toBe('team-risk');
      expect(model.tags.map((tag) => tag.value).toSorted()).toEqual(['gold', 'payments', 'team-risk']);
      expect(model.tags.map((tag) => tag.key)).toEqual(model.tags.map((tag) => tag.key).toSorted());
    });

    it('has the aliases', async () => {
      const { adapter, main, empty } = population();
      const [model, none] = (await adapter.getModels([main, empty], strong)).map(present);
      const aliases = [
        { name: 'canary', version: '3' },
        { name: 'challenger', version: '7' },
        { name: 'champion', version: '3' },
      ];
      expect(model?.aliases).toEqual(adapter.capabilities.ALIASES ? aliases : []);
      expect(none?.aliases).toEqual([]);
    });

    it('states a latest version only rightly', async () => {
      const { adapter, main, empty } = population();
      const [model, none] = (await adapter.getModels([main, empty], strong)).map(present);
      if (model?.latestVersion !== undefined) expect(model.latestVersion?.number).toBe(7);
      if (none?.latestVersion !== undefined) expect(none.latestVersion).toBeNull();
    });
  });

  describe('getVersions', () => {
    it('answers in the order asked, as often as asked', async () => {
      const { adapter, versions } = population();
      const refs = versions.map((version) => version.ref).toReversed();
      const asked = [...refs, ...refs.slice(0, 2), { ...missing(adapter.id), version: '1' }, ...refs];
      const answers = await adapter.getVersions(asked, call());
      expect(answers.map((answer) => (answer === null ? null : present(answer).ref))).toEqual(
        asked.map((ref) => (ref.name === missing(adapter.id).name ? null : ref)),
      );
    });

    it('takes no refs', async () => {
      expect(await population().adapter.getVersions([], call())).toEqual([]);
    });

    it.each(missingNames)('answers null for version 1 of the missing name %j', async (name) => {
      const { adapter, main } = population();
      const refs = [
        { registryId: adapter.id, name, version: '1' },
        { ...main, version: '1' },
      ];
      for (const options of [call(), strong]) {
        const [absent, there] = await adapter.getVersions(refs, options);
        expect(absent).toBeNull();
        expect(there).toMatchObject({ number: 1 });
      }
    });

    it.each(MISSING_VERSIONS)('answers null for the missing version %j', async (version) => {
      const { adapter, main } = population();
      for (const options of [call(), strong]) {
        expect(await adapter.getVersions([{ ...main, version }], options)).toEqual([null]);
      }
    });

    it('has the version as it was made, and what was said of it since', async () => {
      const { adapter, main } = population();
      const version = present((await adapter.getVersions([{ ...main, version: '3' }], strong))[0]);
      expect(version).toMatchObject({
        ref: { ...main, version: '3' },
        number: 3,
        description: 'Candidate 3 of autumn',
        registrationStatus: 'READY',
        approvalStatus: 'APPROVED',
        approvalStatusExplicit: true,
        artifacts: [{ uri: 's3://registrar-conformance/fraud-detector/3/model.tar.gz' }],
      });
      const { capabilities, limits } = adapter;
      if (capabilities.ALIASES) expect(version.aliasNames).toEqual(['canary', 'champion']);
      if (capabilities.STAGES) expect(version.stage?.name).toBe(stageNamed(limits.stages, 'Production'));
      else expect(version.stage).toBeNull();
      if (capabilities.TAG_VERSIONS) expect(version.tags).toContainEqual({ key: 'season', value: 'autumn' });
      if (limits.metadataEntriesMax !== 0) {
        expect([...version.metadata, ...version.tags]).toContainEqual({ key: 'candidate', value: 'c3' });
      }
    });

    it('has times in the one form of times', () => {
      const { models, versions } = population();
      const times = [...models, ...versions].flatMap(({ createdAt, updatedAt }) => [createdAt, updatedAt]);
      for (const time of times) if (time !== null) expect(new Date(time).toISOString()).toBe(time);
      for (const { createdAt } of versions) expect(createdAt).not.toBeNull();
    });

    it('has records that survive JSON', () => {
      const { models, versions } = population();
      expect(JSON.parse(JSON.stringify({ models, versions }))).toEqual({ models, versions });
    });
  });

  describe('getLatestVersions', () => {
    it('gives the highest number of each model, null where there is none', async () => {
      const { adapter, models, versionsOf } = population();
      const refs = models.map((model) => model.ref);
      const asked = [missing(adapter.id), ...refs, ...refs.slice(0, 2)];
      const answers = await adapter.getLatestVersions(asked, call());
      expect(answers.map(numberOf)).toEqual(asked.map((ref) => highest(versionsOf(ref).map((v) => v.number))));
    });

    it.each(APPROVAL_STATUSES)('gives the highest number among the %s', async (approvalStatus) => {
      const { adapter, models, versionsOf } = population();
      const refs = models.map((model) => model.ref);
      const answers = await adapter.getLatestVersions(refs, { ...call(), approvalStatus });
      const expected = refs.map((ref) =>
        highest(
          versionsOf(ref)
            .filter((v) => v.approvalStatus === approvalStatus)
            .map((v) => v.number),
        ),
      );
      expect(answers.map(numberOf)).toEqual(expected);
      expect(expected.some((number) => number !== null)).toBe(true);
    });

    it('gives whole records', async () => {
      const { adapter, main, versions } = population();
      const latest = present((await adapter.getLatestVersions([main], call()))[0]);
      const expected = versions.find((v) => v.ref.name === main.name && v.number === latest.number);
      const { aliasNames, ...rest } = latest;
      expect(expected).toMatchObject(rest);
      if (aliasNames !== undefined) expect(aliasNames).toEqual(expected?.aliasNames);
    });

    it('takes no models and missing ones', async () => {
      const { adapter } = population();
      expect(await adapter.getLatestVersions([], call())).toEqual([]);
      const refs = missingNames.map((name) => ({ registryId: adapter.id, name }));
      expect(await adapter.getLatestVersions(refs, call())).toEqual(refs.map(() => null));
    });
  });

  describe('findVersion', () => {
    it('finds every version by its native id', async () => {
      const { adapter, versions } = population();
      const nativeIds = new Set(versions.map((version) => version.nativeId));
      expect(nativeIds.size, 'native ids are unique').toBe(versions.length);
      for (const version of versions) {
        expect((await adapter.findVersion(version.nativeId, call()))?.ref).toEqual(version.ref);
      }
    });

    it.each(FOREIGN_NATIVE_IDS)('answers null for %j', async (nativeId) => {
      expect(await population().adapter.findVersion(nativeId, call())).toBeNull();
    });

    it('answers null for the native id of a model, and of versions that are not there', async () => {
      const { adapter, models, versions } = population();
      for (const model of models) expect(await adapter.findVersion(model.nativeId, call())).toBeNull();
      for (const { nativeId } of versions.slice(0, 3)) {
        for (const other of [`${nativeId}999`, `${nativeId}/1`, nativeId.slice(0, -1)]) {
          expect(await adapter.findVersion(other, call())).toBeNull();
        }
      }
    });
  });

  it('lists nothing for a missing model', async () => {
    const { adapter } = population();
    for (const name of missingNames) {
      const model = { registryId: adapter.id, name };
      const order = { field: 'NUMBER', direction: 'DESC' } as const;
      const page = await adapter.listVersions({ model, order, limit: 10 }, call());
      expect(page.items).toEqual([]);
      expect(page.hasMore).toBe(false);
    }
  });
}

function missing(registryId: string): ModelRef {
  return { registryId, name: 'no-such-model' };
}

function highest(numbers: readonly number[]): number | null {
  return numbers.length === 0 ? null : Math.max(...numbers);
}

function numberOf(answer: { readonly number: number } | null | Error): number | null {
  return answer === null ? null : present(answer).number;
}
