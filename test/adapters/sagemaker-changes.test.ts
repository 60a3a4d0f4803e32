import { DescribeModelPackageCommand, ListTagsCommand, UpdateModelPackageCommand } from '@aws-sdk/client-sagemaker';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConflictError, InvalidInputError, NotFoundError, UnsupportedError } from '../../src/domain/errors.js';
import type { ModelRecord, ModelVersionRecord, Tag } from '../../src/domain/model.js';
import type { ModelUpdate, NewVersion, RegistryAdapter, StageWrite, VersionUpdate } from '../../src/domain/registry.js';
import { call } from '../conformance/registry-walk.js';
import { rejection } from '../conformance/registry-writes.js';
import { engines } from '../support/engines.js';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import { openAccount, type SageMakerAccount } from '../support/sagemaker-account.js';

const { aws } = engines();
const READ = 'SageMaker.DescribeModelPackage';
const WRITE = 'SageMaker.UpdateModelPackage';

describe.skipIf(aws === null)('changes in SageMaker (skipped where REGISTRIES leaves its engine out)', () => {
  let account: SageMakerAccount;
  let proxy: FaultProxy;
  let adapter: RegistryAdapter;
  let model: ModelRecord;
  let count = 0;

  beforeAll(async () => {
    if (aws === null) return;
    account = openAccount(aws);
    proxy = await startFaultProxy(aws.endpoint);
    adapter = account.adapter({ endpoint: proxy.origin, stsEndpoint: aws.endpoint });
  });
  beforeEach(async () => {
    count += 1;
    const tags = [{ key: 'tier', value: 'gold' }];
    model = await adapter.createModel({ name: `Model-${count}`, owner: 'team-a', tags, requestId: 'r' }, call());
    proxy.reset();
  });
  afterAll(async () => {
    await adapter[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    account[Symbol.dispose]();
  });

  const register = async (more: Partial<NewVersion> = {}) => {
    const version = await adapter.registerVersion({ model: model.ref, artifacts: [artifact], ...more }, call());
    proxy.reset();
    return version;
  };
  const upstream = ({ nativeId }: ModelVersionRecord) =>
    account.client.send(new DescribeModelPackageCommand({ ModelPackageName: nativeId }));

  describe('updateModel', () => {
    const update = (input: Omit<ModelUpdate, 'model'>) => adapter.updateModel({ model: model.ref, ...input }, call());

    it('sets and removes tags by one call each, and keeps the others', async () => {
      const setTags = [
        { key: 'domain', value: 'payments' },
        { key: 'empty', value: '' },
      ];
      const updated = await update({ setTags, removeTags: ['tier', 'never-there'], owner: 'team-b' });
      expect(updated.tags).toEqual([...setTags, { key: 'owner', value: 'team-b' }]);
      expect(updated.owner).toBe('team-b');
      expect(proxy.counts()).toEqual({
        'SageMaker.DescribeModelPackageGroup': 2,
        'SageMaker.ListTags': 2,
        'SageMaker.DeleteTags': 1,
        'SageMaker.AddTags': 1,
      });
      const { Tags = [] } = await account.client.send(new ListTagsCommand({ ResourceArn: model.nativeId }));
      expect(Tags).toContainEqual({ Key: 'registrar:request', Value: 'r' });
    });

    it('writes nothing where nothing changes', async () => {
      expect(await update({})).toEqual(model);
      expect(await update({ setTags: [...model.tags], removeTags: ['never-there'] })).toEqual(model);
      expect(Object.keys(proxy.counts()).toSorted()).toEqual([
        'SageMaker.DescribeModelPackageGroup',
        'SageMaker.ListTags',
      ]);
    });

    it('clears the owner', async () => {
      expect(await update({ owner: null })).toMatchObject({ owner: null, tags: [{ key: 'tier', value: 'gold' }] });
    });

    it('can put 49 tags in the place of others, and no more', async () => {
      const many = (prefix: string, length: number): Tag[] =>
        Array.from({ length }, (_, index) => ({ key: `${prefix}${index}`, value: 'x' }));
      const full = await update({ setTags: many('a', 47) });
      expect(full.tags).toHaveLength(49);
      proxy.reset();
      // The removal would be done before the upstream refuses the rest.
      const tooMany = update({ setTags: many('b', 2), removeTags: ['tier'] });
      expect(await rejection(tooMany)).toBeInstanceOf(InvalidInputError);
      expect(proxy.counts()).toEqual({ 'SageMaker.DescribeModelPackageGroup': 1, 'SageMaker.ListTags': 1 });
      const removeTags = full.tags.map(({ key }) => key).filter((key) => key !== 'owner');
      expect((await update({ setTags: many('c', 48), removeTags })).tags).toHaveLength(49);
    });

    it.each([
      { setTags: [{ key: 'registrar.x', value: 'y' }] },
      { setTags: [{ key: 'registrar:request', value: 'y' }] },
      { setTags: [{ key: 'sagemaker:collection', value: 'y' }] },
      { removeTags: ['registrar:request'] },
      { setTags: [{ key: 'Registrar.x', value: 'y' }] },
      { setTags: [{ key: 'SageMaker:Collection', value: 'y' }] },
      { removeTags: ['REGISTRAR:request'] },
      { removeTags: ['aws:x'] },
      { setTags: [{ key: 'json', value: '{}' }] },
      { setTags: [{ key: 'tier', value: 'x' }], removeTags: ['tier'] },
      { setTags: [{ key: 'owner', value: 'x' }], owner: 'y' },
    ])('refuses %j without a call', async (input) => {
      expect(await rejection(update(input))).toBeInstanceOf(InvalidInputError);
      expect(proxy.requests).toEqual([]);
    });

    it('refuses a description, which SageMaker never changes', async () => {
      for (const description of ['new', null])
        expect(await rejection(update({ description }))).toMatchObject({ capability: 'UPDATE_MODEL_DESCRIPTION' });
    });

    it('is completed by a repetition where it failed half-way', async () => {
      const input = { setTags: [{ key: 'domain', value: 'x' }], removeTags: ['tier'] };
      proxy.inject({ kind: 'status', status: 500 }, { match: 'AddTags', times: 1 });
      expect(await rejection(update(input))).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
      expect((await update(input)).tags.map(({ key }) => key)).toEqual(['domain', 'owner']);
    });

    it('needs the model, by its own spelling', async () => {
      for (const name of ['missing', model.ref.name.toLowerCase(), 'no such name']) {
        const input = { model: { ...model.ref, name }, setTags: [{ key: 'a', value: 'b' }] };
        expect(await rejection(adapter.updateModel(input, call()))).toBeInstanceOf(NotFoundError);
      }
      expect(proxy.counts()['SageMaker.AddTags']).toBeUndefined();
    });
  });

  describe('updateVersion', () => {
    const update = ({ ref }: ModelVersionRecord, input: Omit<VersionUpdate, 'version'>) =>
      adapter.updateVersion({ version: ref, ...input }, call());
    const metadata = [
      { key: 'auc', value: '0.91' },
      { key: 'rows', value: '10' },
    ];

    it('sets and removes metadata and the card in one call', async () => {
      const version = await register({ metadata, lineage: { runId: 'run-1' } });
      const updated = await update(version, {
        setMetadata: [{ key: 'auc', value: '0.92' }],
        removeMetadata: ['rows', 'never-there'],
        modelCard: { intended_uses: { purpose: 'a\u2028b' } },
      });
      expect(proxy.requests).toEqual([READ, WRITE, READ]);
      const { updatedAt } = updated;
      const approvalStatusSince = null;
      expect(updated).toEqual({
        ...version,
        metadata: [{ key: 'auc', value: '0.92' }],
        updatedAt,
        approvalStatusSince,
      });
      expect((await upstream(version)).ModelCard).toEqual({
        ModelCardContent: '{"intended_uses":{"purpose":"a\\u2028b"}}',
        ModelCardStatus: 'Draft',
      });
    });

    it('writes nothing where nothing changes', async () => {
      const version = await register({ metadata, modelCard: { a: 1 } });
      expect(await update(version, {})).toEqual(version);
      const same = { setMetadata: metadata, removeMetadata: ['never-there'], modelCard: { a: 1 } };
      expect(await update(version, same)).toEqual(version);
      expect(proxy.requests).toEqual([READ, READ]);
    });

    it("keeps the card's status, and refuses an archived card", async () => {
      const version = await register({ modelCard: { a: 1 } });
      const moveTo = (ModelCardStatus: 'Approved' | 'Archived') =>
        account.client.send(
          new UpdateModelPackageCommand({ ModelPackageArn: version.nativeId, ModelCard: { ModelCardStatus } }),
        );
      await moveTo('Approved');
      await update(version, { modelCard: { a: 2 } });
      expect((await upstream(version)).ModelCard).toEqual({ ModelCardContent: '{"a":2}', ModelCardStatus: 'Approved' });
      await moveTo('Archived');
      proxy.reset();
      expect(await rejection(update(version, { modelCard: { a: 3 } }))).toBeInstanceOf(ConflictError);
      expect(proxy.requests).toEqual([READ]);
    });

    it('tells an archived card from other faults where it is archived meanwhile', async () => {
      const version = await register({ modelCard: { a: 1 } });
      const message = 'Model Card is in Archived state.';
      proxy.inject({ kind: 'status', status: 400, json: { __type: 'ValidationException', message } }, { match: WRITE });
      expect(await rejection(update(version, { modelCard: { a: 3 } }))).toBeInstanceOf(ConflictError);
    });

    it('refuses more than 50 entries with those that are there, hidden ones among them', async () => {
      const many = (prefix: string, length: number) =>
        Array.from({ length }, (_, index) => ({ key: `${prefix}${index}`, value: 'v' }));
      const version = await register({ metadata: many('a', 49), lineage: { runId: 'run-1' } });
      expect(await rejection(update(version, { setMetadata: many('b', 1) }))).toMatchObject({ code: 'BAD_USER_INPUT' });
      expect(proxy.requests).toEqual([READ]);
      const swapped = await update(version, { setMetadata: many('b', 1), removeMetadata: ['a0'] });
      expect(swapped.metadata).toHaveLength(49);
      expect(swapped.lineage?.runId).toBe('run-1');
    });

    it.each([
      { setMetadata: [{ key: 'registrar.decision', value: 'x' }] },
      { removeMetadata: ['registrar.decision'] },
      { setMetadata: [{ key: 'a', value: '' }] },
      { setMetadata: [{ key: 'a', value: '{}' }] },
      { setMetadata: [{ key: 'a,b', value: 'x' }] },
      { setMetadata: [{ key: 'a', value: 'x'.repeat(257) }] },
      { setMetadata: [{ key: 'a', value: 'x' }], removeMetadata: ['a'] },
      { modelCard: { text: 'x'.repeat(100_000) } },
    ])('refuses metadata and cards that cannot be held, without a call (%#)', async (input) => {
      const version = await register();
      expect(await rejection(update(version, input))).toBeInstanceOf(InvalidInputError);
      expect(proxy.requests).toEqual([]);
    });

    it('refuses what SageMaker never changes', async () => {
      const version = await register();
      expect(await rejection(update(version, { description: null }))).toMatchObject({
        capability: 'UPDATE_VERSION_DESCRIPTION',
      });
      expect(await rejection(update(version, { removeTags: ['a'] }))).toMatchObject({ capability: 'TAG_VERSIONS' });
      expect(await rejection(update(version, { modelCard: null }))).toBeInstanceOf(UnsupportedError);
      expect(proxy.requests).toEqual([]);
    });
  });

  describe('setStage', () => {
    const move = ({ ref }: ModelVersionRecord, input: Omit<StageWrite, 'version'>) =>
      adapter.setStage({ version: ref, ...input }, call());

    it('gives a status where none is given, and keeps the one of the stage', async () => {
      const version = await register();
      const staged = await move(version, { stage: 'Staging' });
      expect(proxy.requests).toEqual([READ, WRITE, READ]);
      expect(staged).toEqual({
        ...version,
        stage: { name: 'Staging', status: 'Active', description: null },
        updatedAt: staged.updatedAt,
        approvalStatusSince: null,
      });
      await move(version, { stage: 'Staging', status: 'In-review', description: 'since Monday' });
      const kept = { name: 'Staging', status: 'In-review', description: 'since Monday' };
      expect(await move(version, { stage: 'Staging', expectedStage: 'Staging' })).toMatchObject({ stage: kept });
      expect(await move(version, { stage: 'Production' })).toMatchObject({
        stage: { name: 'Production', status: 'Active', description: null },
      });
    });

    it('looks at the stage that is expected', async () => {
      const version = await register();
      expect(await rejection(move(version, { stage: 'B', expectedStage: 'A' }))).toBeInstanceOf(ConflictError);
      await move(version, { stage: 'A', expectedStage: null });
      expect(await rejection(move(version, { stage: 'B', expectedStage: null }))).toBeInstanceOf(ConflictError);
      expect((await upstream(version)).ModelLifeCycle?.Stage).toBe('A');
    });

    it.each([
      [{ stage: 'two words' }, InvalidInputError],
      [{ stage: '-x' }, InvalidInputError],
      [{ stage: 'x'.repeat(64) }, InvalidInputError],
      [{ stage: 'A', status: 'not ok' }, InvalidInputError],
      [{ stage: 'A', description: 'a\nb' }, InvalidInputError],
      [{ stage: 'A', description: 'x'.repeat(1025) }, InvalidInputError],
      [{ stage: 'A', archiveOthers: true }, UnsupportedError],
      [{ stage: null }, UnsupportedError],
    ])('refuses %j without a call', async (input, error) => {
      const version = await register();
      expect(await rejection(move(version, input))).toBeInstanceOf(error);
      expect(proxy.requests).toEqual([]);
    });
  });

  describe('deleting', () => {
    it('takes a version, then its model, and gives the number to no other', async () => {
      const version = await register();
      expect(await rejection(adapter.deleteModel(model.ref, call()))).toMatchObject({
        code: 'CONFLICT',
        operation: 'deleteModel',
      });
      expect(proxy.counts()['SageMaker.DeleteModelPackageGroup']).toBeUndefined();
      proxy.reset();
      await adapter.deleteVersion(version.ref, call());
      expect(proxy.requests).toEqual([READ, 'SageMaker.DeleteModelPackage']);
      expect(await rejection(adapter.deleteVersion(version.ref, call()))).toBeInstanceOf(NotFoundError);
      expect((await register()).number).toBe(2);
      await adapter.deleteVersion({ ...version.ref, version: '2' }, call());
      proxy.reset();
      await adapter.deleteModel(model.ref, call());
      expect(proxy.counts()).toEqual({
        'SageMaker.DescribeModelPackageGroup': 1,
        'SageMaker.ListTags': 1,
        'SageMaker.ListModelPackages': 1,
        'SageMaker.DeleteModelPackageGroup': 1,
      });
      expect(await rejection(adapter.deleteModel(model.ref, call()))).toBeInstanceOf(NotFoundError);
    });

    it('is refused where a version comes in between', async () => {
      const message = 'still contains model package versions';
      const fault = { kind: 'status', status: 400, json: { __type: 'ConflictException', message } } as const;
      proxy.inject(fault, { match: 'DeleteModelPackageGroup' });
      expect((await rejection(adapter.deleteModel(model.ref, call()))).message).toContain('still has versions');
    });

    it('never takes what is spelled otherwise', async () => {
      const version = await register();
      const name = model.ref.name.toLowerCase();
      expect(await rejection(adapter.deleteVersion({ ...version.ref, name }, call()))).toBeInstanceOf(NotFoundError);
      expect(await adapter.getVersions([version.ref], call())).toEqual([version]);
    });
  });
});

const artifact = {
  uri: 's3://models/m/model.tar.gz',
  image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/xgboost:1.7',
};
