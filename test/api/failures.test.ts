import { describe, expect, it } from 'vitest';
import { PermissionDeniedError, UnavailableError } from '../../src/domain/errors.js';
import { type ChaosRegistry, createChaosRegistry } from '../support/chaos-registry.js';
import { type GatewayOptions, startGateway, type TestGateway } from '../support/gateway.js';
import { sampleRegistry } from './support.js';

const STATUSES = ['APPROVED', 'PENDING'] as const;

/** Two registries with three models each, of which the second misbehaves on demand. */
async function start(
  options?: GatewayOptions,
): Promise<{ gateway: TestGateway; good: ChaosRegistry; bad: ChaosRegistry }> {
  const models = ['a', 'b', 'c'].map((name) => ({ name, statuses: STATUSES }));
  const good = createChaosRegistry(await sampleRegistry('good', models));
  const bad = createChaosRegistry(await sampleRegistry('bad', models));
  for (const registry of [good, bad]) registry.forgetCalls();
  return { gateway: await startGateway([good.adapter, bad.adapter], options), good, bad };
}

const unreachable = new UnavailableError('Registry bad cannot be reached.', {
  registryId: 'bad',
  cause: new Error('connect ECONNREFUSED 10.0.0.1'),
});
const LIST =
  '{ models { nodes { id } totalCountIsExact unavailable { registry { id } problem { code message retryable } } } }';

describe('a registry that is down', () => {
  it('is missing from a list, which says so and gives the rest', async () => {
    const { gateway, bad } = await start();
    await using _ = gateway;
    bad.cause({ kind: 'fail', error: unreachable });
    const { data, errors } = await gateway.query(LIST);
    expect(errors).toEqual([]);
    expect(data.models).toEqual({
      nodes: [{ id: 'good/a' }, { id: 'good/b' }, { id: 'good/c' }],
      totalCountIsExact: false,
      unavailable: [
        {
          registry: { id: 'bad' },
          problem: { code: 'UPSTREAM_UNAVAILABLE', message: 'Registry bad cannot be reached.', retryable: true },
        },
      ],
    });
  });

  it('is an error where one thing of it is asked for, and null is not claimed', async () => {
    const { gateway, bad } = await start();
    await using _ = gateway;
    bad.cause({ kind: 'fail', error: unreachable });
    const { data, errors } = await gateway.query(
      '{ bad: model(id: "bad/a") { id } good: model(id: "good/a") { id } nodes(ids: ["bad/a/1", "good/a/1"]) { id } }',
    );
    expect(data).toEqual({ bad: null, good: { id: 'good/a' }, nodes: [null, { id: 'good/a/1' }] });
    const byPath = errors.toSorted((a, b) => (String(a.path) < String(b.path) ? -1 : 1));
    expect(byPath).toMatchObject([
      { path: ['bad'], extensions: { code: 'UPSTREAM_UNAVAILABLE', registryId: 'bad', retryable: true } },
      { path: ['nodes', 0], extensions: { code: 'UPSTREAM_UNAVAILABLE', registryId: 'bad' } },
    ]);
    expect(JSON.stringify({ data, errors })).not.toContain('ECONNREFUSED');
  });

  it('is not asked again in the same operation, and asked no more for a moment once it has failed often', async () => {
    const { gateway, bad } = await start();
    await using _ = gateway;
    bad.cause({ kind: 'fail', error: unreachable });
    await gateway.query(
      '{ a: models { nodes { id } } b: model(id: "bad/b") { versions { nodes { id } } latestVersion { id } } }',
    );
    // Both root fields began before the first failed; each is tried three times.
    expect(bad.totalCalls()).toBe(6);
    for (let i = 0; i < 5; i += 1) await gateway.query(LIST);
    const soFar = bad.totalCalls();
    const { data } = await gateway.query(`{ registries { id health { status problem { code } } } ${LIST.slice(1)}`);
    expect(bad.totalCalls()).toBe(soFar);
    expect(data.models.unavailable[0].problem.message).toMatch(/not asked again for a moment/);
    expect(data.registries.map((registry: { health: { status: string } }) => registry.health.status)).toEqual([
      'UP',
      'STARTING',
    ]);
  });

  it('is back in the list as soon as it answers', async () => {
    const { gateway, bad } = await start();
    await using _ = gateway;
    bad.cause({ kind: 'fail', error: unreachable }, { times: 3 });
    expect((await gateway.query(LIST)).data.models.unavailable).toHaveLength(1);
    const { data } = await gateway.query(LIST);
    expect(data.models.unavailable).toEqual([]);
    expect(data.models.nodes).toHaveLength(6);
  });
});

describe('a registry that hangs', () => {
  it('costs its deadline once, and its part of the answer', async () => {
    const { gateway, bad } = await start({ deadlines: { listMs: 200, lookupMs: 300 } });
    await using _ = gateway;
    bad.cause({ kind: 'hang' });
    const { data, errors } = await gateway.query(`{
      models { nodes { id latestVersion { version } } unavailable { registry { id } problem { code } } }
      modelVersions { nodes { id } unavailable { problem { code } } }
      model(id: "bad/a") { latestVersion { id } }
    }`);
    expect(data.models.nodes).toHaveLength(3);
    expect(data.models.unavailable).toEqual([{ registry: { id: 'bad' }, problem: { code: 'UPSTREAM_TIMEOUT' } }]);
    expect(data.modelVersions.unavailable).toEqual([{ problem: { code: 'UPSTREAM_TIMEOUT' } }]);
    expect(errors).toMatchObject([{ path: ['model'], extensions: { code: 'UPSTREAM_TIMEOUT', registryId: 'bad' } }]);
    expect(bad.totalCalls()).toBe(3);
  });

  it('only in some cells leaves the rows whole', async () => {
    const { gateway, bad } = await start({ deadlines: { lookupMs: 200 } });
    await using _ = gateway;
    bad.cause({ kind: 'hang' }, { operations: ['getLatestVersions'] });
    const { data, errors } = await gateway.query(
      '{ models(filter: {registryIds: ["bad"]}) { nodes { id latestVersion { version } latestApprovedVersion { version } tags { key } } } }',
    );
    expect(data.models.nodes).toEqual(
      ['a', 'b', 'c'].map((name) => ({
        id: `bad/${name}`,
        latestVersion: { version: '2' },
        latestApprovedVersion: null,
        tags: [{ key: 'tier' }],
      })),
    );
    expect(new Set(errors.map((error) => error.extensions.code))).toEqual(new Set(['UPSTREAM_TIMEOUT']));
    expect(errors).toHaveLength(3);
    expect(bad.calls.get('getLatestVersions')).toBe(1);
  });
});

describe('a registry that refuses the gateway', () => {
  it('is FORBIDDEN for that registry, and DOWN', async () => {
    const { gateway, bad } = await start();
    await using _ = gateway;
    bad.cause({
      kind: 'fail',
      error: new PermissionDeniedError('The role of registry bad may not sagemaker:Search.', {
        registryId: 'bad',
        missingPermission: 'sagemaker:Search',
      }),
    });
    const { data } = await gateway.query(LIST);
    expect(data.models.unavailable[0].problem).toMatchObject({ code: 'FORBIDDEN', retryable: false });
    const after = await gateway.query('{ registry(id: "bad") { health { status problem { code message } } } }');
    expect(after.data.registry.health).toMatchObject({ status: 'DOWN', problem: { code: 'FORBIDDEN' } });
  });
});

describe('the number of calls', () => {
  it('for a dashboard is two per registry that gives the latest version with the model, however many rows there are', async () => {
    const { gateway, good, bad } = await start();
    await using _ = gateway;
    const { errors } = await gateway.query(
      '{ models(first: 50) { nodes { id tags { key value } aliases { name } latestVersion { version aliasNames } latestApprovedVersion { version model { name } } } } }',
    );
    expect(errors).toEqual([]);
    for (const registry of [good, bad]) {
      expect(Object.fromEntries(registry.calls)).toEqual({ listModels: 1, getLatestVersions: 1 });
    }
  });

  it('for a review queue is one per registry when it names the models only', async () => {
    const { gateway, good } = await start();
    await using _ = gateway;
    await gateway.query(
      '{ modelVersions { nodes { id model { ...M } } } } fragment M on Model { __typename id name registry { id } }',
    );
    expect(Object.fromEntries(good.calls)).toEqual({ listVersions: 1 });
  });

  it('with the tags of each model, is one more', async () => {
    const { gateway, good } = await start();
    await using _ = gateway;
    await gateway.query('{ modelVersions { nodes { id model { tags { key } } } } }');
    expect(Object.fromEntries(good.calls)).toEqual({ listVersions: 1, getModels: 1 });
  });

  it('is bounded: beyond that a field is COST_EXCEEDED', async () => {
    const { gateway, good, bad } = await start({ limits: { adapterCalls: 4 } });
    await using _ = gateway;
    const { data, errors } = await gateway.query(
      '{ models { nodes { id versions(first: 1) { nodes { id } unavailable { problem { code } } } } } }',
    );
    expect(errors).toEqual([]);
    const codes = data.models.nodes.map(
      (node: { versions: { unavailable: { problem: { code: string } }[] } }) =>
        node.versions.unavailable[0]?.problem.code ?? 'answered',
    );
    expect(codes.toSorted()).toEqual([
      'COST_EXCEEDED',
      'COST_EXCEEDED',
      'COST_EXCEEDED',
      'COST_EXCEEDED',
      'answered',
      'answered',
    ]);
    expect(good.totalCalls() + bad.totalCalls()).toBe(4);
  });
});
