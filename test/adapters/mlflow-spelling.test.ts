import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NotFoundError } from '../../src/domain/errors.js';
import type { ModelRef, VersionRef } from '../../src/domain/refs.js';
import { call, readAll, versionListing } from '../conformance/registry-walk.js';
import { rejection } from '../conformance/registry-writes.js';
import { engines } from '../support/engines.js';
import { MARK, openMlflowWritable, URI } from '../support/mlflow-writable.js';

const { mlflow } = engines();

/** MySQL and SQL Server compare names without regard to case; the engine of these tests does not, so that its answers are given for it. */
describe.skipIf(mlflow === null)('Another spelling on MLflow (left out by REGISTRIES)', () => {
  const writable = openMlflowWritable(mlflow?.url ?? '');
  const adapter = () => writable.through();
  let model: ModelRef;
  let version: VersionRef;
  let answers: Readonly<Record<string, unknown>>;

  beforeAll(async () => {
    const { ref } = await writable.register();
    const { api } = writable.opened();
    await api.call('POST', '/registered-models/alias', { name: ref.name, version: ref.version, alias: 'champion' });
    model = { ...writable.model(), name: 'WRITTEN' };
    version = { ...model, version: ref.version };
    const found = await api.call('GET', `/model-versions/get?name=${ref.name}&version=${ref.version}`);
    answers = {
      '/registered-models/get': await api.call('GET', `/registered-models/get?name=${ref.name}`),
      '/registered-models/alias': found,
      '/registered-models/search': await api.call('GET', '/registered-models/search'),
      '/model-versions/get': found,
      '/model-versions/search': await api.call('GET', '/model-versions/search'),
    };
  });
  beforeEach(() => {
    writable.proxy().reset();
    for (const [path, json] of Object.entries(answers)) {
      writable.proxy().inject({ kind: 'status', status: 200, json }, { match: new RegExp(`^GET .*${path}`) });
    }
  });

  const tags = [{ key: 'tier', value: 'gold' }];
  it.each<[string, () => Promise<unknown>]>([
    ['registerVersion', () => adapter().registerVersion({ model, artifacts: [{ uri: URI }] }, call())],
    ['updateModel', () => adapter().updateModel({ model, setTags: tags }, call())],
    ['deleteModel', () => adapter().deleteModel(model, call())],
    ['updateVersion', () => adapter().updateVersion({ version, setTags: tags }, call())],
    ['deleteVersion', () => adapter().deleteVersion(version, call())],
    ['decide', () => adapter().decide({ version, incarnation: '0', mark: MARK }, call())],
    ['setAlias', () => adapter().setAlias({ version, alias: 'shadow' }, call())],
    ['deleteAlias', () => adapter().deleteAlias({ model, alias: 'champion' }, call())],
    ['setStage', () => adapter().setStage({ version, stage: 'Staging' }, call())],
  ])('is not written to by %s', async (_, write) => {
    expect(await rejection(write())).toBeInstanceOf(NotFoundError);
    expect(writable.proxy().requests.filter((request) => !request.startsWith('GET '))).toEqual([]);
  });

  it('is not found by a read', async () => {
    expect(await adapter().getModels([model], call())).toEqual([null]);
    expect(await adapter().getVersions([version], call())).toEqual([null]);
    expect(await adapter().getLatestVersions([model], call())).toEqual([null]);
    expect(await adapter().getEvidence([version], { ...call(), parts: ['METRICS'] })).toEqual([null]);
    expect(await adapter().findVersion('models:/WRITTEN/1', call())).toBeNull();
    expect(await adapter().findVersion('models:/WRITTEN@champion', call())).toBeNull();
    for (const field of ['NUMBER', 'CREATED_AT'] as const) {
      const order = { field, direction: 'ASC' } as const;
      expect(await readAll(versionListing(adapter(), { model, order }))).toEqual([]);
    }
  });
});
