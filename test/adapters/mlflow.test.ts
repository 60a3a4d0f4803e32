import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMlflowAdapter, mlflowOptions } from '../../adapters/mlflow/index.js';
import { ConflictError, InvalidInputError, UnexpectedUpstreamError } from '../../src/domain/errors.js';
import type { ModelRef } from '../../src/domain/refs.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';
import { present } from '../conformance/registry-population.js';
import { describeRegistryAdapter } from '../conformance/registry-suite.js';
import { call, modelListing, readAll, versionListing } from '../conformance/registry-walk.js';
import { rejection } from '../conformance/registry-writes.js';
import { engines } from '../support/engines.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import { type OpenedMlflow, openMlflow } from '../support/mlflow-registry.js';

const { mlflow } = engines();
const url = mlflow?.url ?? '';

const ODD_NAMES = [
  'with space',
  ' leading and trailing ',
  "it's",
  'double "quotes"',
  'both \' and "',
  'per%cent',
  'under_score',
  'back\\slash',
  'ends in backslash\\',
  "backslash and quote\\'",
  'Ünïcödé-模型',
  'emoji-😀',
  'private-\ue000',
  '`tick`',
  '&x=1+2=3',
  'a@b',
  'name; -- comment',
  "', 'x') OR (1=1",
  'line\nbreak',
  '__proto__',
];

const URI = 's3://registrar-conformance/model.tar.gz';

describe.skipIf(mlflow === null)('MLflow (left out by REGISTRIES)', () => {
  describeRegistryAdapter('mlflow', { oddNames: ODD_NAMES, timestampPrecisionMs: 1, open: () => openMlflow(url) });

  describe('and what is peculiar to it', () => {
    let opened: OpenedMlflow;
    let adapter: RegistryAdapter;
    beforeAll(async () => {
      opened = await openMlflow(url);
      adapter = opened.adapter;
    });
    afterAll(() => opened[Symbol.asyncDispose]());

    const create = async (name: string) => (await adapter.createModel({ name }, call())).ref;
    const register = (model: ModelRef, uri = URI) =>
      adapter.registerVersion({ model, artifacts: [{ uri }] }, call({ caller: { name: 'ana@example.com' } }));

    it('never shows a prompt, nor its versions', async () => {
      const isPrompt = { key: 'mlflow.prompt.is_prompt', value: 'true' };
      const text = { key: 'mlflow.prompt.text', value: 'Summarise {{ text }}' };
      await opened.api.call('POST', '/registered-models/create', { name: 'summarise', tags: [isPrompt] });
      const version = { name: 'summarise', source: 'dummy-source', tags: [isPrompt, text] };
      await opened.api.call('POST', '/model-versions/create', version);
      await opened.api.call('POST', '/registered-models/alias', { name: 'summarise', alias: 'prod', version: '1' });

      const model = { registryId: adapter.id, name: 'summarise' };
      const other = await create('no-prompt');
      const order = { field: 'CREATED_AT', direction: 'DESC' } as const;
      const byNumber = { field: 'NUMBER', direction: 'DESC' } as const;
      const models = await readAll(modelListing(adapter, { direction: 'ASC' }));
      expect(models.map((found) => found.ref.name)).not.toContain('summarise');
      expect(await readAll(versionListing(adapter, { order }))).toEqual([]);
      expect(await readAll(versionListing(adapter, { order, model }))).toEqual([]);
      expect(await readAll(versionListing(adapter, { order: byNumber, model }))).toEqual([]);
      expect(await adapter.getModels([model], call())).toEqual([null]);
      expect(await adapter.getModels([model, other], call())).toMatchObject([null, { ref: other }]);
      expect(await adapter.getVersions([{ ...model, version: '1' }], call())).toEqual([null]);
      expect(await adapter.getLatestVersions([model], call())).toEqual([null]);
      expect(await adapter.findVersion('models:/summarise/1', call())).toBeNull();
      expect(await adapter.findVersion('models:/summarise@prod', call())).toBeNull();
      expect(await rejection(register(model))).toMatchObject({ code: 'NOT_FOUND' });
      const taken = await rejection(adapter.createModel({ name: 'summarise' }, call()));
      expect(taken).toBeInstanceOf(ConflictError);
      expect(taken).toMatchObject({ message: expect.stringContaining('prompt') });
    });

    it('finds a version by an alias in a URI, and by one whose name holds an @', async () => {
      const model = await create('team@x');
      const { ref } = await register(model);
      await opened.setAlias(ref, 'champion');
      expect(await adapter.findVersion('models:/team@x@champion', call())).toMatchObject({
        ref,
        aliasNames: ['champion'],
      });
      expect(await adapter.findVersion('models:/team@x/1', call())).toMatchObject({ ref });
      expect(await adapter.findVersion('models:/team@x@nobody', call())).toBeNull();
    });

    it('takes names that MLflow refuses in URIs', async () => {
      const model = await create('?query#fragment');
      expect((await register(model)).ref.name).toBe('?query#fragment');
      expect(await adapter.findVersion('models:/?query#fragment/1', call())).toMatchObject({ number: 1 });
    });

    it('says who registered, and keeps its own tags to itself', async () => {
      const version = await register(await create('signed'));
      expect(version.createdBy).toEqual({ name: 'ana@example.com', kind: 'USER', nativeId: null });
      expect(version.tags).toEqual([]);
      const reserved = { artifacts: [{ uri: URI }], model: version.ref };
      for (const key of [
        'validation_status',
        'registrar.decision',
        'mlflow.source.git.commit',
        'mlflow.prompt.is_prompt',
        'Validation_Status',
        'registrar.CREATEDBY ',
      ]) {
        const tags = [{ key, value: 'x' }];
        expect(await rejection(adapter.registerVersion({ ...reserved, tags }, call()))).toBeInstanceOf(
          InvalidInputError,
        );
      }
    });

    it.each([
      '/etc/passwd',
      'file:///etc/passwd',
      'relative/path',
      's3://bucket/../other',
      'models:/no-such-model/1',
      'runs:/0123/model',
      'mlflow-artifacts:/1/x',
      `s3://bucket/${'x'.repeat(600)}`,
    ])('refuses the artifact %s as bad input', async (uri) => {
      const model = { registryId: adapter.id, name: 'signed' };
      expect(await rejection(register(model, uri))).toBeInstanceOf(InvalidInputError);
    });

    it('finds the latest pending version where nothing says that it is', async () => {
      const model = await create('unsaid');
      await opened.createVersions(model, 3);
      await opened.setApprovalStatus({ ...model, version: '3' }, 'APPROVED');
      const [pending] = await adapter.getLatestVersions([model], { ...call(), approvalStatus: 'PENDING' });
      expect(pending).toMatchObject({ number: 2, approvalStatusExplicit: false });
    });

    it('follows another approval convention', async () => {
      const model = await create('reviewed');
      await opened.createVersions(model, 4);
      const values = { PENDING: ['Open'], APPROVED: ['ok', 'signed-off'], REJECTED: ['no'] };
      const approval = { tag: 'review', values, absent: 'REJECTED', unknown: 'REJECTED' };
      await using other = createMlflowAdapter('mlflow', mlflowOptions.parse({ ...opened.options, approval }));
      for (const [version, value] of [
        ['1', 'OK'],
        ['2', 'Signed-Off'],
        ['3', 'not signed-off'],
      ]) {
        const tag = { name: 'reviewed', version, key: 'review', value };
        await opened.api.call('POST', '/model-versions/set-tag', tag);
      }
      const latest = async (approvalStatus: 'APPROVED' | 'REJECTED' | 'PENDING') =>
        other.getLatestVersions([model, { ...model, name: 'signed' }], { ...call(), approvalStatus });
      expect(await latest('APPROVED')).toMatchObject([{ number: 2 }, null]);
      expect(await latest('REJECTED')).toMatchObject([{ number: 4 }, { number: 1 }]);
      expect(await latest('PENDING')).toEqual([null, null]);
      const registered = await other.registerVersion({ model, artifacts: [{ uri: URI }] }, call());
      expect(registered).toMatchObject({ approvalStatus: 'PENDING', approvalStatusExplicit: true, tags: [] });
    });

    it('does not take a missing workspace for an empty one', async () => {
      const options = { ...opened.options, workspace: 'no-such-workspace' };
      await using lost = createMlflowAdapter('mlflow', mlflowOptions.parse(options));
      expect(await rejection(lost.getModels([{ registryId: 'mlflow', name: 'signed' }], call()))).toBeInstanceOf(
        UnexpectedUpstreamError,
      );
      const checks = await lost.check(call());
      expect(checks.find(({ name }) => name === 'workspace')).toMatchObject({ ok: false });
      expect(checks.find(({ name }) => name === 'reach')).toMatchObject({ ok: true });
    });

    it('takes the fewest calls', async () => {
      const models: ModelRef[] = [];
      for (let index = 0; index < 30; index += 1) {
        const model = await create(`counted-${index}`);
        models.push(model);
        await opened.createVersions(model, 1);
      }
      const versions = models.map((model) => ({ ...model, version: '1' }));
      await using proxy = await startFaultProxy(url);
      await using counted = opened.through(proxy.origin);
      const callsOf = async (calling: Promise<unknown>) => {
        await calling;
        const { length } = proxy.requests;
        proxy.reset();
        return length;
      };
      const byName = { field: 'NAME', direction: 'ASC' } as const;
      const byTime = { field: 'CREATED_AT', direction: 'DESC' } as const;
      const byNumber = { field: 'NUMBER', direction: 'DESC' } as const;
      const approved = { ...call(), approvalStatus: 'APPROVED' } as const;
      const pending = { ...call(), approvalStatus: 'PENDING' } as const;
      const page = await counted.listModels({ order: byName, limit: 10 }, call());
      proxy.reset();
      const after = { anchor: { name: present(page.items.at(-1) ?? null).ref.name }, hint: page.nextHint ?? '' };
      expect({
        'listModels, next page': await callsOf(counted.listModels({ order: byName, limit: 10, after }, call())),
        listVersions: await callsOf(counted.listVersions({ order: byTime, limit: 10 }, call())),
        'listVersions of a model': await callsOf(
          counted.listVersions({ model: present(models[0] ?? null), order: byNumber, limit: 10 }, call()),
        ),
        'getModels of 1': await callsOf(counted.getModels(models.slice(0, 1), call())),
        'getModels of 30': await callsOf(counted.getModels(models, call())),
        'getVersions of 1': await callsOf(counted.getVersions(versions.slice(0, 1), call())),
        'getVersions of 30': await callsOf(counted.getVersions(versions, call())),
        'getLatestVersions of 30': await callsOf(counted.getLatestVersions(models, call())),
        'getLatestVersions of 30, approved': await callsOf(counted.getLatestVersions(models, approved)),
        'getLatestVersions of 30, pending': await callsOf(counted.getLatestVersions(models, pending)),
        findVersion: await callsOf(counted.findVersion('models:/counted-1/1', call())),
      }).toEqual({
        'listModels, next page': 1,
        listVersions: 1,
        'listVersions of a model': 1,
        'getModels of 1': 1,
        'getModels of 30': 1,
        'getVersions of 1': 1,
        'getVersions of 30': 2,
        'getLatestVersions of 30': 1,
        'getLatestVersions of 30, approved': 1,
        'getLatestVersions of 30, pending': 1,
        findVersion: 1,
      });
    });
  });
});
