import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UnavailableError } from '../../src/domain/errors.js';
import { createMemoryJournal } from '../../src/journal/memory-journal.js';
import { type ChaosRegistry, createChaosRegistry } from '../support/chaos-registry.js';
import { startGateway, type TestGateway } from '../support/gateway.js';
import { CHANGES, connect, idsOf, listen, openRaw, put, type RawSocket, statusChange } from './stream-support.js';
import { sampleRegistry } from './support.js';

const journal = createMemoryJournal();
let registry: ChaosRegistry;
let gateway: TestGateway;
beforeAll(async () => {
  registry = createChaosRegistry(await sampleRegistry('east', [{ name: 'churn', statuses: ['APPROVED', 'PENDING'] }]));
  gateway = await startGateway([registry.adapter], {
    createJournal: () => journal,
    subscriptions: { maxPerConnection: 3, heartbeatSeconds: 1 },
  });
});
afterAll(() => gateway[Symbol.asyncDispose]());

async function initialised(headers?: Record<string, string>): Promise<RawSocket> {
  const raw = await openRaw(gateway.url, headers === undefined ? {} : { headers });
  raw.send({ type: 'connection_init' });
  await raw.messages.count(1);
  return raw;
}

describe('subscriptions over WebSocket', () => {
  it('begin with a checkpoint and tell each change as it happens', async () => {
    using client = connect(gateway.url);
    const all = listen(client);
    const statuses = listen(
      client,
      'subscription { modelVersionStatusChanged { __typename ... on ModelVersionStatusChanged { id cursor status modelVersion { id approvalStatus } } ... on JournalCheckpoint { cursor at completeThrough { registryId completeThrough } } } }',
    );
    const [checkpoint] = await statuses.items.count(1);
    expect(checkpoint).toEqual({
      __typename: 'JournalCheckpoint',
      cursor: expect.stringMatching(/^[\w-]+$/),
      at: expect.stringMatching(/Z$/),
      completeThrough: [{ registryId: 'east', completeThrough: null }],
    });
    await all.items.count(1);

    const change = statusChange('churn');
    const health = statusChange('churn', {
      type: 'REGISTRY_HEALTH',
      model: null,
      version: null,
      previousHealth: 'UP',
      health: 'DOWN',
      problem: { code: 'UPSTREAM_UNAVAILABLE', message: 'It does not answer.' },
    } as never);
    await put(journal, change, health);
    expect((await all.items.count(3)).map(({ __typename }) => __typename)).toEqual([
      'JournalCheckpoint',
      'ModelVersionStatusChanged',
      'RegistryHealthChanged',
    ]);
    const [, told] = await statuses.items.count(2);
    expect(told).toMatchObject({
      id: change.id,
      status: 'APPROVED',
      modelVersion: { id: 'east/churn/1', approvalStatus: 'APPROVED' },
    });
    expect(statuses.items.all).toHaveLength(2);
  });

  it('resume after the cursor of any item', async () => {
    using client = connect(gateway.url);
    const first = listen(client);
    const [checkpoint] = await first.items.count(1);
    first.stop();
    const missed = [statusChange('churn'), statusChange('churn')];
    await put(journal, ...missed);
    const again = listen(client, CHANGES, { after: checkpoint?.cursor });
    const items = await again.items.count(3);
    expect(idsOf(items)).toEqual(missed.map(({ id }) => id));
    expect(items[0]).toMatchObject({ __typename: 'JournalCheckpoint', cursor: checkpoint?.cursor });
    const [, , last] = items;
    const next = statusChange('churn');
    await put(journal, next);
    const later = listen(client, CHANGES, { after: last?.cursor });
    expect(idsOf(await later.items.count(2))).toEqual([next.id]);
  });

  it('leave the others listening when one leaves', async () => {
    using client = connect(gateway.url);
    const [leaving, staying] = [listen(client), listen(client)];
    await Promise.all([leaving.items.count(1), staying.items.count(1)]);
    leaving.stop();
    const change = statusChange('churn');
    await put(journal, change);
    expect(idsOf(await staying.items.count(2))).toEqual([change.id]);
    expect(leaving.items.all).toHaveLength(1);
  });

  it('tell of what fails in one event in the words of the API, and go on', async () => {
    using client = connect(gateway.url);
    const listening = listen(
      client,
      'subscription { registryChanges { ... on ModelVersionStatusChanged { id modelVersion { id } } ... on JournalCheckpoint { cursor } } }',
    );
    await listening.items.count(1);
    registry.cause(
      {
        kind: 'fail',
        error: new UnavailableError('Registry east is away.', {
          registryId: 'east',
          cause: new Error('10.0.0.7 refused'),
        }),
      },
      { operations: ['getVersions'] },
    );
    const change = statusChange('churn');
    await put(journal, change);
    const [fault] = await listening.faults.count(1);
    registry.recover();
    expect(fault?.errors).toMatchObject([
      { extensions: { code: 'UPSTREAM_UNAVAILABLE', registryId: 'east', retryable: true } },
    ]);
    expect(JSON.stringify(fault)).not.toContain('10.0.0.7');
    const [, item] = await listening.items.count(2);
    expect(item).toEqual({ id: change.id, modelVersion: null });
    await sleep(10);
    const next = statusChange('churn');
    await put(journal, next);
    expect((await listening.items.count(3))[2]).toMatchObject({ id: next.id });
  });

  it.each([
    ['a document that is none', 'subscription {', 'BAD_USER_INPUT'],
    ['a field that is not there', 'subscription { registryChanges { nothing } }', 'BAD_USER_INPUT'],
    [
      'two root fields',
      'subscription { a: registryChanges { __typename } b: registryChanges { __typename } }',
      'BAD_USER_INPUT',
    ],
    ['a cursor of nobody', 'subscription { registryChanges(after: "abc") { __typename } }', 'BAD_USER_INPUT'],
    [
      'a registry that is not there',
      'subscription { registryChanges(filter: {registryIds: ["west"]}) { __typename } }',
      'BAD_USER_INPUT',
    ],
    [
      'an id that is none',
      'subscription { registryChanges(filter: {modelIds: ["east"]}) { __typename } }',
      'BAD_USER_INPUT',
    ],
    [
      'what depends on who asks',
      'subscription { registryChanges { ...F } } fragment F on ModelVersionRegistered { modelVersion { viewerCanDecide { approve } } }',
      'UNSUPPORTED',
    ],
    [
      'too deep a selection',
      `subscription { registryChanges { ... on ModelCreated { ${'model { latestVersion { '.repeat(12)} id ${'} }'.repeat(12)} } } }`,
      'COST_EXCEEDED',
    ],
    ['too many tokens', `subscription { registryChanges { ${'__typename '.repeat(4100)} } }`, 'BAD_USER_INPUT'],
  ])('refuse %s before they begin', async (_what, query, code) => {
    using raw = await initialised();
    raw.send({ id: '1', type: 'subscribe', payload: { query } });
    const [, refused] = await raw.messages.count(2);
    expect(refused).toMatchObject({ id: '1', type: 'error', payload: [{ extensions: { code, retryable: false } }] });
    expect(refused.payload[0].message).not.toBe('');
  });

  it('refuse more operations than one connection may have', async () => {
    using raw = await initialised();
    for (const id of ['a', 'b', 'c', 'd']) raw.send({ id, type: 'subscribe', payload: { query: CHANGES } });
    const messages = await raw.messages.until((all) => all.some(({ type }) => type === 'error'));
    expect(messages.find(({ type }) => type === 'error')).toMatchObject({
      id: 'd',
      payload: [{ extensions: { code: 'COST_EXCEEDED' } }],
    });
  });

  it('take queries and mutations too, with the same errors', async () => {
    using client = connect(gateway.url);
    const found = listen(client, '{ model(id: "east/churn") { id name } }');
    expect(await found.ended).toEqual({ kind: 'COMPLETE' });
    expect(found.items.all).toEqual([{ id: 'east/churn', name: 'churn' }]);
    const made = listen(client, 'mutation { createModel(input: {registryId: "east", name: "new"}) { modelId } }');
    expect(await made.ended).toEqual({ kind: 'COMPLETE' });
    expect(made.items.all).toEqual([{ modelId: 'east/new' }]);
    const wrong = listen(client, '{ model(id: "") { id } }');
    await wrong.ended;
    expect(wrong.faults.all[0]?.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    const invalid = listen(client, '{ nothing }');
    expect(await invalid.ended).toMatchObject({ kind: 'ERROR', error: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });
});

describe('the protocol graphql-transport-ws', () => {
  it.each<[string, number, (raw: RawSocket) => void]>([
    ['what is no message', 4400, (raw) => raw.socket.send('{')],
    ['a message of the server', 4400, (raw) => raw.send({ type: 'connection_ack' })],
    ['a subscription by nobody', 4401, (raw) => raw.send({ id: '1', type: 'subscribe', payload: { query: CHANGES } })],
    [
      'bad credentials',
      4403,
      (raw) => raw.send({ type: 'connection_init', payload: { Authorization: 'Bearer nonsense' } }),
    ],
  ])('ends with %s', async (_what, code, send) => {
    using raw = await openRaw(gateway.url);
    send(raw);
    expect(await raw.closed).toMatchObject({ code });
  });

  it('ends with a second initialisation, and with an id that is taken', async () => {
    using twice = await initialised();
    twice.send({ type: 'connection_init' });
    expect(await twice.closed).toMatchObject({ code: 4429 });
    using taken = await initialised();
    for (const _ of [1, 2]) taken.send({ id: '1', type: 'subscribe', payload: { query: CHANGES } });
    expect(await taken.closed).toMatchObject({ code: 4409 });
  });

  it('is the only one', async () => {
    await expect(openRaw(gateway.url, { protocol: 'graphql-ws' })).rejects.toThrow(/subprotocol/i);
  });

  it('answers pings', async () => {
    using raw = await initialised();
    raw.send({ type: 'ping', payload: { n: 1 } });
    expect((await raw.messages.count(2))[1]).toEqual({ type: 'pong', payload: { n: 1 } });
  });

  it('is spoken at one address alone', async () => {
    await expect(openRaw(`${gateway.url}/elsewhere`)).rejects.toThrow(/404/);
  });

  it('lets no page of another origin in as the anonymous caller', async () => {
    using foreign = await openRaw(gateway.url, { headers: { origin: 'https://evil.example' } });
    foreign.send({ type: 'connection_init' });
    expect(await foreign.closed).toMatchObject({ code: 4403 });
    using own = await initialised({ origin: gateway.url });
    expect(own.messages.all).toEqual([{ type: 'connection_ack' }]);
    using renamed = await openRaw(gateway.url, { headers: { host: 'evil.example' } });
    renamed.send({ type: 'connection_init' });
    expect(await renamed.closed).toMatchObject({ code: 4403 });
  });

  it('hangs up on a client that gives no sign of life', async () => {
    using dead = await openRaw(gateway.url, { autoPong: false });
    expect(await dead.closed).toMatchObject({ code: 1006 });
  });
});
