import { CreateTableCommand, DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { modelKey, versionKey } from '../../adapters/dynamodb/keys.js';
import { tableDefinition } from '../../adapters/dynamodb/table.js';
import { UnexpectedUpstreamError } from '../../src/domain/errors.js';
import { present } from '../conformance/registry-population.js';
import { describeRegistryAdapter } from '../conformance/registry-suite.js';
import { call, readAll, versionListing } from '../conformance/registry-walk.js';
import { rejection } from '../conformance/registry-writes.js';
import { engines } from '../support/engines.js';
import { dynamoDbHarness, type Engine, openTable } from '../support/fixtures/dynamodb/harness.js';
import { describeTable } from '../support/fixtures/dynamodb/table-cases.js';
import { describeTableWrites } from '../support/fixtures/dynamodb/write-cases.js';

const { dynamodb } = engines();

if (dynamodb === null) describe.skip('dynamodb on DynamoDB Local: REGISTRIES leaves the engine out');
else {
  describeRegistryAdapter(
    'dynamodb on DynamoDB Local',
    dynamoDbHarness(dynamodb, 'table', { modifiedIndex: true, stream: true }),
  );
  describeTable('dynamodb on DynamoDB Local, beneath the contract', dynamodb);
  describeTableWrites('dynamodb on DynamoDB Local, written to', dynamodb);
  describe('dynamodb on DynamoDB Local, at the limits of the engine', () => describeLimits(dynamodb));
}

function describeLimits(engine: Engine): void {
  it('walks a page of DynamoDB with one call, leaves evidence in the table, and goes on where it ended', async () => {
    await using opened = await openTable(engine);
    const { adapter } = opened;
    const { ref: model } = await adapter.createModel({ name: 'heavy' }, call());
    const artifacts = [{ uri: 's3://models/heavy.tar.gz' }];
    for (let made = 0; made < 14; made += 1) {
      await adapter.registerVersion({ model, artifacts, modelCard: { text: 'x'.repeat(150_000) } }, call());
    }
    opened.sent.length = 0;
    const first = await adapter.walkVersions({}, call());
    expect(first.items.length).toBeLessThan(14);
    expect(JSON.stringify(first.items).length).toBeLessThan(20_000);
    const second = await adapter.walkVersions({ after: present(first.next) }, call());
    expect([...first.items, ...second.items].map(({ number }) => number)).toEqual(
      Array.from({ length: 14 }, (_, index) => index + 1),
    );
    expect(second.next).toBeNull();
    expect(opened.sent).toEqual(['Query', 'Query']);
  });

  it('finds what was modified with one call each, whatever else there is and whoever wrote it by a clock that is off', async () => {
    await using opened = await openTable(engine, 'table', { modifiedIndex: true });
    const { adapter } = opened;
    const { ref: model } = await adapter.createModel({ name: 'fraud' }, call());
    await opened.createVersions(model, 60);
    await adapter.createModel({ name: 'quiet' }, call());
    const set = (key: { readonly pk: string; readonly sk: string }, updatedAt: string) =>
      opened.raw.send(
        new UpdateCommand({
          TableName: opened.table,
          Key: { ...key },
          UpdateExpression: 'SET updatedAt = :at ADD rev :one',
          ExpressionAttributeValues: { ':at': updatedAt, ':one': 1 },
        }),
      );
    const at = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
    for (let number = 1; number <= 60; number += 1) await set(versionKey(opened.namespace, 'fraud', number), at(-60));
    await set(modelKey(opened.namespace, 'quiet'), at(-60));
    await opened.setStage({ ...model, version: '7' }, 'Production');
    await set(versionKey(opened.namespace, 'fraud', 9), at(-10));
    // What its clock says goes far beyond the others, and the next poll begins there.
    await set(versionKey(opened.namespace, 'fraud', 11), at(120));
    opened.sent.length = 0;
    const modifiedSince = at(118);
    const models = await adapter.walkModels({ modifiedSince }, call());
    const versions = await adapter.walkVersions({ modifiedSince }, call());
    expect(models).toMatchObject({ items: [{ ref: model }], next: null });
    expect(versions.items.map(({ ref }) => ref.version)).toEqual(['9', '7', '11']);
    expect(versions.next).toBeNull();
    expect(opened.sent).toEqual(['Query', 'Query']);
  });

  it('reads on where a page or a batch is full before its count is', async () => {
    await using opened = await openTable(engine);
    const { adapter } = opened;
    const { ref: model } = await adapter.createModel({ name: 'heavy' }, call());
    const metadata = Array.from({ length: 19 }, (_, index) => ({ key: `k${index}`, value: 'x'.repeat(10_000) }));
    for (let made = 0; made < 90; made += 1) {
      await adapter.registerVersion({ model, artifacts: [{ uri: 's3://models/heavy.tar.gz' }], metadata }, call());
    }
    opened.sent.length = 0;
    const listing = versionListing(adapter, { model, order: { field: 'NUMBER', direction: 'ASC' } });
    const versions = await readAll(listing);
    expect(versions.map((version) => version.number)).toEqual(Array.from({ length: 90 }, (_, index) => index + 1));
    // 1 MB a page.
    expect(opened.sent.length).toBeGreaterThan(10);

    opened.sent.length = 0;
    const refs = versions.map((version) => version.ref);
    const answers = await adapter.getVersions(refs, call());
    expect(answers.map((answer) => (answer !== null && 'ref' in answer ? answer.ref : answer))).toEqual(refs);
    // 16 MB a batch: what is left out is asked for again.
    expect(opened.sent).toEqual(['BatchGetItem', 'BatchGetItem']);
  });

  it('says which table is missing, and which index', async () => {
    await using opened = await openTable(engine);
    const table = `${opened.table}-partly`;
    const {
      GlobalSecondaryIndexes: indexes = [],
      AttributeDefinitions: attributes = [],
      ...rest
    } = tableDefinition(table);
    await opened.raw.send(
      new CreateTableCommand({
        ...rest,
        GlobalSecondaryIndexes: indexes.filter((index) => index.IndexName !== 'review'),
        AttributeDefinitions: attributes.filter((attribute) => attribute.AttributeName !== 'registryStatus'),
      }),
    );
    await using adapter = opened.adapterWith({ table });
    const faults = async () => (await adapter.check(call())).filter(({ ok }) => !ok);
    expect(await faults()).toMatchObject([
      { name: 'dynamodb:DescribeTable', message: expect.stringContaining('the global index "review" is missing') },
      { name: 'dynamodb:Query review' },
    ]);
    const order = { field: 'CREATED_AT', direction: 'DESC' } as const;
    const pending = { order, limit: 5, filter: { approvalStatuses: ['PENDING'] } } as const;
    expect(await rejection(adapter.listVersions(pending, call()))).toBeInstanceOf(UnexpectedUpstreamError);

    await opened.raw.send(new DeleteTableCommand({ TableName: table }));
    const error = await rejection(adapter.listVersions({ order, limit: 5 }, call()));
    expect(error).toBeInstanceOf(UnexpectedUpstreamError);
    expect(error).toMatchObject({ retryable: false, message: expect.stringContaining(table) });
    expect(await faults()).toHaveLength((await adapter.check(call())).length);
  });

  it('makes a missing table once, however many ask at once', async () => {
    await using opened = await openTable(engine);
    await opened.raw.send(new DeleteTableCommand({ TableName: opened.table }));
    await using first = opened.adapterWith({ createTable: true });
    await using second = opened.adapterWith({ createTable: true });
    const query = { order: { field: 'NAME', direction: 'ASC' }, limit: 5 } as const;
    const pages = await Promise.all([first, second, first].map((adapter) => adapter.listModels(query, call())));
    expect(pages.map((page) => page.items)).toEqual([[], [], []]);
    expect((await first.check(call())).filter(({ ok }) => !ok)).toEqual([]);
  });
}
