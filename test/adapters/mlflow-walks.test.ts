import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMlflowAdapter, mlflowOptions } from '../../adapters/mlflow/index.js';
import type { ModelRef } from '../../src/domain/refs.js';
import type { RegistryAdapter, WalkPage } from '../../src/domain/registry.js';
import { call } from '../conformance/registry-walk.js';
import { engines } from '../support/engines.js';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import { type OpenedMlflow, openMlflow } from '../support/mlflow-registry.js';

const { mlflow } = engines();
const url = mlflow?.url ?? '';
const PAGE = 50;

describe.skipIf(mlflow === null)('walks through MLflow (left out by REGISTRIES)', () => {
  let opened: OpenedMlflow;
  let proxy: FaultProxy;
  let adapter: RegistryAdapter;
  const names = Array.from({ length: 75 }, (_, index) => `walked-${String(index).padStart(3, '0')}`);
  const refOf = (name: string): ModelRef => ({ registryId: 'mlflow', name });
  beforeAll(async () => {
    opened = await openMlflow(url);
    proxy = await startFaultProxy(url);
    // Several at once: it is the round trips that take the time.
    const todo = [...names];
    const work = async () => {
      for (let name = todo.shift(); name !== undefined; name = todo.shift()) {
        await opened.api.call('POST', '/registered-models/create', { name });
        await opened.createVersions(refOf(name), 1);
      }
    };
    await Promise.all([work(), work(), work(), work()]);
    adapter = createMlflowAdapter(
      'mlflow',
      mlflowOptions.parse({ ...opened.options, url: proxy.origin, pageSize: PAGE }),
    );
  });
  afterAll(async () => {
    await adapter[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    await opened[Symbol.asyncDispose]();
  });

  type Walk = (after: string | undefined) => Promise<WalkPage<{ readonly ref: ModelRef }>>;
  const pageOf =
    (walk: 'walkModels' | 'walkVersions'): Walk =>
    (after) =>
      adapter[walk](after === undefined ? {} : { after }, call());
  const walkAll = async (walk: Walk, between: (page: number) => Promise<unknown> = async () => undefined) => {
    const found = new Set<string>();
    for (let page = 1, after: string | undefined; ; page += 1) {
      const { items, next } = await walk(after);
      for (const { ref } of items) found.add(ref.name);
      if (next === null) return [...found];
      await between(page);
      after = next;
    }
  };

  it('take a call for a page, and two for a whole registry of ordinary size', async () => {
    await using whole = opened.through(proxy.origin);
    proxy.reset();
    expect((await whole.walkModels({}, call())).items).toHaveLength(names.length);
    expect((await whole.walkVersions({}, call())).items).toHaveLength(names.length);
    expect(proxy.requests).toHaveLength(2);
    proxy.reset();
    expect(await walkAll(pageOf('walkModels'))).toEqual(names);
    expect(proxy.requests).toHaveLength(2);
    // Pages of versions are ten times as large.
    proxy.reset();
    expect(await walkAll(pageOf('walkVersions'))).toEqual(names);
    expect(proxy.requests).toHaveLength(1);
  });

  it('ask for smaller pages where the server refuses large ones', async () => {
    const refusal = { error_code: 'INVALID_PARAMETER_VALUE', message: 'max_results must be at most 100' };
    proxy.reset();
    proxy.inject({ kind: 'status', status: 400, json: refusal }, { match: '/model-versions/search', times: 1 });
    expect(await walkAll(pageOf('walkVersions'))).toEqual(names);
    expect(proxy.requests).toHaveLength(3);
    // From then on at once.
    proxy.reset();
    expect(await walkAll(pageOf('walkVersions'))).toEqual(names);
    expect(proxy.requests).toHaveLength(2);
  });

  it('do not give a part for the whole when a page fails', async () => {
    proxy.reset();
    const { next } = await adapter.walkModels({}, call());
    proxy.inject({ kind: 'status', status: 503 });
    await expect(adapter.walkModels({ after: next ?? '' }, call())).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
    });
    proxy.reset();
  });

  // After those before, which have made the pages of versions small.
  it.each(['walkVersions', 'walkModels'] as const)('miss nothing of %s that deletions move meanwhile', async (walk) => {
    const there = (await walkAll(pageOf(walk))).sort();
    // All that the second page shows of the first, and then some of the first page too.
    const gone = [...there.slice(35, 50), ...there.slice(0, 3)];
    const found = await walkAll(pageOf(walk), async (page) => {
      if (page !== 1) return;
      for (const name of gone) await opened.deleteModel(refOf(name));
    });
    expect(found.sort()).toEqual(there);
    const left = there.filter((name) => !gone.includes(name));
    expect((await walkAll(pageOf(walk))).sort()).toEqual(left);
  });
});
