import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { DecisionMark } from '../../src/domain/model.js';
import type { ModelRef, VersionRef } from '../../src/domain/refs.js';
import { call } from '../conformance/registry-walk.js';
import { versionNow } from '../conformance/registry-writes.js';
import { engines } from '../support/engines.js';
import { MARK, openMlflowWritable, URI } from '../support/mlflow-writable.js';

const { mlflow } = engines();

describe.skipIf(mlflow === null)('A request made twice on MLflow (left out by REGISTRIES)', () => {
  const writable = openMlflowWritable(mlflow?.url ?? '');
  const { create, register } = writable;

  const numbers = async (ref: ModelRef) => {
    const order = { field: 'NUMBER', direction: 'ASC' } as const;
    const { items } = await writable.adapter().listVersions({ model: ref, order, limit: 100 }, call());
    return items.map(({ number }) => number);
  };

  it('at once makes one version, whoever comes first', async () => {
    const late = await create('late');
    writable.proxy().reset();
    writable.proxy().inject({ kind: 'delay', ms: 1500 }, { match: '/model-versions/create' });
    const slow = register({ model: late, requestId: 'request-1' }, writable.through());
    // It has looked, found nothing, and is about to create.
    while (!writable.proxy().requests.some((request) => request.endsWith('/model-versions/create'))) await sleep(10);
    const fast = await register({ model: late, requestId: 'request-1' });
    expect(fast).toMatchObject({ number: 1 });
    expect(await slow).toMatchObject({ ref: fast.ref });
    expect(writable.proxy().counts()).toMatchObject({ 'DELETE /api/2.0/mlflow/model-versions/delete': 1 });
    expect(await numbers(late)).toEqual([1]);
  });

  it('at once, many times, makes one version', async () => {
    for (let round = 0; round < 2; round += 1) {
      const ref = await create(`contended-${round}`);
      const input = { model: ref, requestId: `request-${round}` };
      const made = await Promise.all([register(input), register(input, writable.through()), register(input)]);
      expect(new Set(made.map(({ number }) => number)).size).toBe(1);
      expect(await numbers(ref)).toEqual([made[0]?.number]);
    }
  });

  const cutOff = async (name: string) => {
    const ref = await create(name);
    const tags = [{ key: 'registrar.request', value: 'request-1' }];
    for (let made = 0; made < 2; made += 1) {
      await writable.opened().api.call('POST', '/model-versions/create', { name, source: URI, tags });
    }
    return ref;
  };

  const decide = async (ref: VersionRef, mark: DecisionMark) => {
    const { incarnation } = await versionNow(writable.adapter(), ref);
    return writable.adapter().decide({ version: ref, incarnation, mark }, call());
  };

  it('after a crash has left two versions gives the first and takes the other back', async () => {
    const ref = await cutOff('cut-off');
    expect(await register({ model: ref, requestId: 'request-1' })).toMatchObject({ number: 1 });
    expect(await numbers(ref)).toEqual([1]);
  });

  it.each([
    ['alias', (ref: VersionRef) => writable.adapter().setAlias({ version: ref, alias: 'champion' }, call())],
    ['decision', (ref: VersionRef) => decide(ref, MARK)],
    ['stage', (ref: VersionRef) => writable.adapter().setStage({ version: ref, stage: 'Staging' }, call())],
    ['reset', (ref: VersionRef) => decide(ref, { ...MARK, status: 'PENDING' })],
  ])('leaves a version that is in use already: %s', async (what, use) => {
    const ref = await cutOff(`used-by-${what}`);
    await use({ ...ref, version: '2' });
    expect(await register({ model: ref, requestId: 'request-1' })).toMatchObject({ number: 1 });
    expect(await numbers(ref)).toEqual([1, 2]);
  });
});
