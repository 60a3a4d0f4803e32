import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { awsClientConfig } from '../../adapters/shared/aws-client.js';
import { createLedger } from '../../src/approvals/ledger/ledger.js';
import { createDynamoDbStore } from '../../src/governance/dynamodb/index.js';
import { tableDefinition } from '../../src/governance/dynamodb/layout.js';
import type { GovernanceStore } from '../../src/governance/store.js';
import { archived } from '../conformance/governance-archive.js';
import { at, decision, subject } from '../conformance/governance-entries.js';
import { engines } from '../support/engines.js';
import { type Fault, type FaultProxy, PROXY_WORDS, startFaultProxy } from '../support/fault-proxy.js';
import {
  type Engine,
  type OpenedGovernanceTable,
  openGovernanceTable,
} from '../support/fixtures/governance/dynamodb.js';
import { ledgerKeys } from '../support/fixtures/governance/keys.js';

const { dynamodb } = engines();

if (dynamodb === null) describe.skip('a governance table that does not work: REGISTRIES leaves the engine out');
else describe('a governance table that does not work', () => describeFaults(dynamodb));

const CONTEXT = { code: 'LEDGER_UNAVAILABLE', name: 'LedgerUnavailableError' };
const THROTTLE = {
  kind: 'status',
  status: 400,
  json: { __type: 'com.amazonaws.dynamodb.v20120810#ThrottlingException', message: PROXY_WORDS },
} as const;
const DENIED = {
  kind: 'status',
  status: 400,
  json: {
    __type: 'com.amazon.coral.service#AccessDeniedException',
    message: 'not authorized to perform: dynamodb:PutItem on x',
  },
} as const;

function describeFaults(engine: Engine): void {
  let opened: OpenedGovernanceTable;
  let proxy: FaultProxy;
  let store: GovernanceStore;
  beforeAll(async () => {
    opened = await openGovernanceTable(engine);
    await opened.store.ledger.chains(subject().version);
    proxy = await startFaultProxy(engine.endpoint);
    store = opened.storeWith({
      access: { ...opened.access, endpoint: proxy.origin },
      createTable: false,
      timeoutMs: 1500,
    });
  });
  afterEach(() => proxy.reset());
  afterAll(async () => {
    await opened[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
  });

  const put = () => store.ledger.putDecision(decision(subject(randomUUID()), 1));

  it.each<[string, Fault, boolean, RegExp]>([
    ['500', { kind: 'status', status: 500 }, true, /could not be reached or cannot serve/],
    ['503', { kind: 'status', status: 503 }, true, /could not be reached or cannot serve/],
    ['a reset connection', { kind: 'reset' }, true, /could not be reached or cannot serve/],
    ['no end of throttling', THROTTLE, true, /asks for fewer calls/],
    ['no answer', { kind: 'hang' }, true, /did not answer within 1500 ms/],
    ['a web page', { kind: 'html' }, false, /not one of DynamoDB's/],
    ['an empty object', { kind: 'status', status: 200, json: {} }, false, /not one of DynamoDB's/],
    ['403', { kind: 'status', status: 403 }, false, /does not accept the gateway's credentials/],
    ['a denied action', DENIED, false, /may not do dynamodb:PutItem/],
  ])('says LEDGER_UNAVAILABLE upon %s, in its own words and in time', async (_, fault, retryable, words) => {
    proxy.inject(fault);
    for (const call of [put, () => store.ledger.chains(subject().version), () => store.leases.acquire('a', 'b', 1)]) {
      const started = performance.now();
      const error: Error = await call().then(
        () => Promise.reject(new Error('It must fail.')),
        (thrown: Error) => thrown,
      );
      expect(error).toMatchObject({ ...CONTEXT, retryable, message: expect.stringMatching(words) });
      expect(error.message).not.toContain(PROXY_WORDS);
      expect(performance.now() - started).toBeLessThan(3000);
    }
    const results = await store.check();
    expect(results.filter(({ ok }) => ok)).toEqual([]);
  });

  it('says so where nothing listens', async () => {
    const dead = opened.storeWith({ access: { ...opened.access, endpoint: 'http://127.0.0.1:9' }, createTable: false });
    await expect(dead.ledger.chains(subject().version)).rejects.toMatchObject({ ...CONTEXT, retryable: true });
    const making = opened.storeWith({ access: { ...opened.access, endpoint: 'http://127.0.0.1:9' } });
    await expect(making.ledger.chains(subject().version)).rejects.toMatchObject({ ...CONTEXT, retryable: true });
  });

  it('asks again where DynamoDB asks for fewer calls, and sends all else once', async () => {
    proxy.inject(THROTTLE, { times: 2 });
    await put();
    expect(proxy.counts()).toEqual({ 'DynamoDB_20120810.PutItem': 3 });
    proxy.reset();
    proxy.inject({ kind: 'status', status: 500 });
    await expect(put()).rejects.toMatchObject(CONTEXT);
    expect(proxy.requests).toHaveLength(1);
  });

  it('knows its own decision again where the answer to the put was lost', async () => {
    const ledger = createLedger({ store, keys: ledgerKeys('own'), now: Date.now });
    const of = subject('lost answer');
    const chain = (await ledger.read(of.version)).of(of.incarnation);
    proxy.inject({ kind: 'truncate' }, { match: 'PutItem', times: 1 });
    const { won, record } = await ledger.decide(chain, decision(of, 1).body);
    expect(won).toBe(true);
    expect((await ledger.read(of.version)).of(of.incarnation).head?.decision).toEqual(record);
    proxy.inject({ kind: 'truncate' }, { match: 'PutItem', times: 1 });
    const settlement = await ledger.settle(record, 'WRITTEN');
    expect((await ledger.read(of.version)).of(of.incarnation).head?.settlement).toEqual(settlement);
  });

  it('reads a chain and a head with one request, a list with two', async () => {
    const of = subject('counted');
    await store.ledger.putDecision(decision(of, 1));
    proxy.reset();
    await store.ledger.chains(of.version);
    expect(proxy.counts()).toEqual({ 'DynamoDB_20120810.Query': 1 });
    proxy.reset();
    await store.ledger.list({ index: { by: 'model', modelId: 'lab/counted' }, direction: 'ASC', limit: 50 });
    expect(proxy.counts()).toEqual({ 'DynamoDB_20120810.Query': 1, 'DynamoDB_20120810.BatchGetItem': 1 });
  });

  it('says how far its archive is only once all of a put is there', async () => {
    const epoch = randomUUID();
    const changes = Array.from({ length: 20 }, (_, index) => archived(index, 'partly', { epoch }));
    proxy.inject({ kind: 'reset' }, { match: 'PutItem', times: 1 });
    await expect(store.archive.put(changes)).rejects.toMatchObject(CONTEXT);
    expect(await store.archive.latest(epoch)).toBeNull();
    await store.archive.put(changes);
    expect(await store.archive.latest(epoch)).toBe(changes.at(-1)?.position);
    const { items } = await store.archive.list({ registryIds: ['partly'], direction: 'ASC', limit: 100 });
    expect(items).toEqual(changes);
  });

  it('reads a page of the archive with one request for the days and one for each day and registry', async () => {
    const changes = ['one', 'two', 'three'].flatMap((id) => [archived(0, id), archived(1, id), archived(90e6, id)]);
    await store.archive.put(changes);
    proxy.reset();
    const registryIds = ['one', 'two'];
    const { items } = await store.archive.list({ registryIds, since: at(1), direction: 'ASC', limit: 100 });
    expect(items).toHaveLength(4);
    expect(proxy.counts()).toEqual({ 'DynamoDB_20120810.Query': 1 + 4 });
    proxy.reset();
    await store.archive.list({ registryIds, direction: 'DESC', limit: 2 });
    expect(proxy.counts(), 'the rest is left for the next page').toEqual({ 'DynamoDB_20120810.Query': 1 + 4 });
    proxy.reset();
    await store.archive.list({ registryIds, direction: 'DESC', limit: 1 });
    expect(proxy.counts()).toEqual({ 'DynamoDB_20120810.Query': 1 + 2 });
  });

  it('is made once by many that start at once', async () => {
    const table = `governance-${randomUUID()}`;
    const stores = Array.from({ length: 4 }, () => opened.storeWith({ table }));
    const asked = await Promise.all(stores.map((each) => each.ledger.putDecision(decision(subject('first'), 1))));
    expect(asked).toEqual(Array.from({ length: 4 }, () => asked[0]));
  });

  it('says what is missing of the table', async () => {
    const client = new DynamoDBClient(awsClientConfig(opened.access));
    const definition = tableDefinition(`governance-${randomUUID()}`);
    const table = String(definition.TableName);
    const without = (definition.GlobalSecondaryIndexes ?? []).filter(({ IndexName }) => IndexName !== 'model');
    const AttributeDefinitions = definition.AttributeDefinitions?.filter(
      ({ AttributeName }) => AttributeName !== 'model',
    );
    const partial = createDynamoDbStore({ access: opened.access, table });
    await expect(partial.ledger.chains(subject().version)).rejects.toMatchObject({
      ...CONTEXT,
      retryable: false,
      message: expect.stringContaining(`there is no table ${table}`),
    });
    await client.send(new CreateTableCommand({ ...definition, GlobalSecondaryIndexes: without, AttributeDefinitions }));
    const results = await partial.check();
    expect(results.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual([
      'dynamodb:DescribeTable',
      'dynamodb:Query model',
    ]);
    expect(results[0]?.message).toContain('the global index "model" is missing');
    await client.send(new DeleteTableCommand({ TableName: table }));
    await partial[Symbol.asyncDispose]();
    client.destroy();
  });
}
