import { UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import {
  createDynamoDbRegistry,
  type DynamoDbOptions,
  dynamoDbOptions,
  dynamoDbRegistry,
} from '../../adapters/dynamodb/index.js';
import { createStreamSource } from '../../adapters/dynamodb/source.js';
import type { ChangeHint } from '../../src/domain/change-source.js';
import { modelId, versionId } from '../../src/domain/refs.js';
import { createMemoryJournal } from '../../src/journal/memory-journal.js';
import { call } from '../conformance/registry-walk.js';
import { engines } from '../support/engines.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import { type Engine, type OpenedTable, openTable } from '../support/fixtures/dynamodb/harness.js';
import {
  createCheckpoints,
  type KeptCheckpoints,
  type SourceRun,
  startRun,
} from '../support/fixtures/dynamodb/source-run.js';
import { changesIn, openReplica, told } from '../sync/world.js';

const { dynamodb, aws } = engines();

if (dynamodb === null) describe.skip('the stream of a table on DynamoDB Local: REGISTRIES leaves the engine out');
else describe('the stream of a table on DynamoDB Local', () => describeStream(dynamodb, true));
if (aws === null) describe.skip('the stream of a table on moto: REGISTRIES leaves the engine out');
else describe('the stream of a table on moto', () => describeStream(aws, false));

const PACE = { idleMs: 20, busyMs: 5, lookMs: 50, lookAtMostMs: 5 };
const OTHER = 'other';
const ARTIFACTS = [{ uri: 's3://models/1.tar.gz' }];

/** @param isWhole moto, which is slow, has one shard that is open for good. */
function describeStream(engine: Engine, isWhole: boolean): void {
  const optionsOf = ({ table }: OpenedTable, more: object = {}): DynamoDbOptions =>
    dynamoDbOptions.parse({ ...engine, table, stream: true, ...more });
  const sourceOf = (opened: OpenedTable, more: object = {}) => {
    const options = optionsOf(opened, more);
    const registries = [opened.adapter.id, OTHER].map((id) => ({ id, options }));
    return createStreamSource('test', registries, { pace: PACE });
  };

  it('tells once of the whole, so that nothing from before is missed, and then of each item by its key', async () => {
    await using opened = await openTable(engine);
    await opened.adapter.createModel({ name: 'before' }, call());
    await using source = sourceOf(opened);
    await using run = startRun(source, createCheckpoints().lease());
    await run.until(() => run.taken.length === 1);
    expect(run.taken).toEqual([
      [
        { registryId: opened.adapter.id, dedupeKey: expect.any(String) },
        { registryId: OTHER, dedupeKey: expect.any(String) },
      ],
    ]);

    const { ref: model } = await opened.adapter.createModel({ name: 'sl/ash #1 模型' }, call());
    await heard(run, modelId(model));
    const { ref: version } = await opened.adapter.registerVersion({ model, artifacts: ARTIFACTS }, call());
    await heard(run, versionId(version));
    const steps = [
      () => opened.setApprovalStatus(version, 'APPROVED'),
      () => opened.setStage(version, 'Production'),
      () => opened.deleteVersion(version),
    ];
    // Each is heard by itself.
    for (const step of steps) {
      const hints = run.taken.flat().length;
      await step();
      await run.until(() => idsOf(run.taken.flat().slice(hints)).includes(versionId(version)));
    }
    await opened.deleteModel(model);
    const keys = run.taken.flat().map(({ dedupeKey }) => dedupeKey);
    expect(Math.max(...keys.map((key) => key.length))).toBeLessThan(120);
    const times = run.taken.flat().filter(({ entity }) => entity !== undefined);
    for (const { occurredAt } of times) expect(occurredAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(run.problems).toEqual([]);
  });

  it('goes on from its place: what happened meanwhile is told, each item once, and nothing is told again', async () => {
    await using opened = await openTable(engine);
    const { ref: model } = await opened.adapter.createModel({ name: 'busy' }, call());
    const checkpoints = createCheckpoints();
    await using source = sourceOf(opened);
    {
      await using run = startRun(source, checkpoints.lease());
      await run.until(() => run.taken.length === 1);
      await opened.createVersions(model, 2);
      await heard(run, `${modelId(model)}/2`);
    }
    for (let turn = 0; turn < 8; turn += 1) {
      await opened.setApprovalStatus({ ...model, version: '1' }, turn % 2 === 0 ? 'APPROVED' : 'REJECTED');
    }
    await opened.setStage({ ...model, version: '2' }, 'Production');
    await using again = startRun(source, checkpoints.lease());
    await heard(again, `${modelId(model)}/2`);
    expect(again.taken).toHaveLength(1);
    expect(idsOf(again.taken.flat()).toSorted()).toEqual([
      modelId(model),
      `${modelId(model)}/1`,
      `${modelId(model)}/2`,
    ]);
  });

  // The rest is between the source and a stream, whoever serves it.
  if (!isWhole) return;

  it('tells registries that share a table apart, and says nothing of what is nobody’s', async () => {
    await using opened = await openTable(engine);
    await using source = sourceOf(opened);
    await using run = startRun(source, createCheckpoints().lease());
    await run.until(() => run.taken.length === 1);
    await using other = createDynamoDbRegistry(OTHER, optionsOf(opened));
    await using foreign = createDynamoDbRegistry('foreign', optionsOf(opened));
    await foreign.createModel({ name: 'theirs' }, call());
    await opened.raw.send(new PutCommand({ TableName: opened.table, Item: { pk: 'REG#other#MODEL#x', sk: 'mine' } }));
    await opened.adapter.createModel({ name: 'ours', requestId: 'request-1' }, call());
    await other.createModel({ name: 'others' }, call());
    await heard(run, 'other/others');
    expect(idsOf(run.taken.slice(1).flat())).toEqual(['self-managed/ours', 'other/others']);
  });

  it('delivers again what could not be taken, and keeps its place only then', async () => {
    await using opened = await openTable(engine);
    const checkpoints = createCheckpoints();
    await using source = sourceOf(opened);
    let refusals = 0;
    const refuse = async (hints: readonly ChangeHint[]) => {
      if (hints.some(({ entity }) => entity === undefined) || refusals === 2) return;
      refusals += 1;
      throw new Error('The journal is away.');
    };
    await using run = startRun(source, checkpoints.lease(), refuse);
    await run.until(() => run.taken.length === 1);
    await opened.adapter.createModel({ name: 'patient' }, call());
    await expect.poll(() => refusals, { interval: 5 }).toBe(1);
    expect(placesIn(checkpoints)).toEqual([]);
    await heard(run, 'self-managed/patient');
    expect(refusals).toBe(2);
    expect(run.problems, 'which is not the upstream’s fault').toEqual([]);
    await expect.poll(() => placesIn(checkpoints), { interval: 5 }).toHaveLength(1);
  });

  it('hands over: who has lost the lease keeps no place and ends, and the next one misses nothing', async () => {
    await using opened = await openTable(engine);
    const checkpoints = createCheckpoints();
    await using first = sourceOf(opened);
    await using second = sourceOf(opened);
    await using loser = startRun(first, checkpoints.lease());
    await loser.until(() => loser.taken.length === 1);
    await opened.adapter.createModel({ name: 'one' }, call());
    await heard(loser, 'self-managed/one');
    await expect.poll(() => placesIn(checkpoints), { interval: 5 }).toHaveLength(1);
    const lease = checkpoints.lease();
    await opened.adapter.createModel({ name: 'two' }, call());
    await expect(loser.ended).rejects.toThrow(/lease/);
    await using winner = startRun(second, lease);
    await opened.adapter.createModel({ name: 'three' }, call());
    await heard(winner, 'self-managed/three');
    expect(idsOf(winner.taken.flat())).toEqual(['self-managed/two', 'self-managed/three']);
  });

  it('says that the stream is off, and hears again once it is on', async () => {
    await using opened = await openTable(engine);
    const turn = (on: boolean) =>
      opened.raw.send(
        new UpdateTableCommand({
          TableName: opened.table,
          StreamSpecification: on ? { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' } : { StreamEnabled: false },
        }),
      );
    const checkpoints = createCheckpoints();
    await using source = sourceOf(opened);
    await using run = startRun(source, checkpoints.lease());
    await run.until(() => run.taken.length === 1);
    await opened.adapter.createModel({ name: 'last-word' }, call());
    await turn(false);
    await run.until(() => run.problems.length > 0);
    expect(run.problems[0]).toMatchObject({
      registryId: 'self-managed',
      message: expect.stringMatching(/has no stream\. Switch it on/),
    });
    expect(idsOf(run.taken.flat()), 'a closed shard is read to its end').toContain('self-managed/last-word');
    await opened.adapter.createModel({ name: 'unheard' }, call());
    await turn(true);
    await run.until(() => run.problems.at(-1) === null);
    await run.until(() => run.taken.flat().filter(({ entity }) => entity === undefined).length === 4);
    await opened.adapter.createModel({ name: 'heard' }, call());
    await heard(run, 'self-managed/heard');
    expect(idsOf(run.taken.flat())).not.toContain('self-managed/unheard');
    // The places in the old stream are forgotten.
    await expect.poll(() => placesIn(checkpoints), { interval: 5 }).toHaveLength(1);
  });

  it('sits out an outage, says so, and misses nothing', async () => {
    await using opened = await openTable(engine);
    await using proxy = await startFaultProxy(engine.endpoint);
    await using source = sourceOf(opened, { endpoint: proxy.origin });
    await using run = startRun(source, createCheckpoints().lease());
    await run.until(() => run.taken.length === 1);
    proxy.inject({ kind: 'reset' });
    await opened.adapter.createModel({ name: 'meanwhile' }, call());
    await run.until(() => run.problems.length > 0);
    expect(run.problems[0]).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', registryId: 'self-managed' });
    proxy.reset();
    await heard(run, 'self-managed/meanwhile');
    await run.until(() => run.problems.at(-1) === null);
  });

  it('reads idle shards with one call each, and looks at the stream with two', async () => {
    await using opened = await openTable(engine);
    await using proxy = await startFaultProxy(engine.endpoint);
    await using source = sourceOf(opened, { endpoint: proxy.origin });
    await using run = startRun(source, createCheckpoints().lease());
    await run.until(() => run.taken.length === 1);
    await opened.adapter.createModel({ name: 'counted' }, call());
    await heard(run, 'self-managed/counted');
    const { 'DynamoDBStreams_20120810.GetRecords': reads = 0, ...looks } = proxy.counts();
    expect(reads).toBeGreaterThan(0);
    expect(looks).toEqual({
      'DynamoDB_20120810.DescribeTable': expect.any(Number),
      'DynamoDBStreams_20120810.DescribeStream': expect.any(Number),
      'DynamoDBStreams_20120810.GetShardIterator': 1,
    });
  });

  it('brings what others write into the journal without a poll, and nothing twice when a poll finds it too', async () => {
    await using opened = await openTable(engine);
    const { ref: model } = await opened.adapter.createModel({ name: 'fraud' }, call());
    await opened.createVersions(model, 1);
    await using journal = createMemoryJournal();
    const registry = opened.adapter;
    const registries = [{ id: registry.id, options: optionsOf(opened) }];
    const happens = (what: string) =>
      expect.poll(async () => told(await changesIn(journal)), { interval: 10, timeout: 10_000 }).toContain(what);
    {
      const sources = [createStreamSource('test', registries, { pace: PACE })];
      await using _ = openReplica({ journal, registry, sources, pollMs: Number.POSITIVE_INFINITY });
      await expect.poll(() => journal.notes.get('source dynamodb stream test stream'), { interval: 10 }).not.toBeNull();
      await expect.poll(async () => (await journal.registries()).states.size, { interval: 10 }).toBe(1);
      await opened.setApprovalStatus({ ...model, version: '1' }, 'APPROVED');
      await happens('VERSION_STATUS fraud/1 PENDING → APPROVED');
      await registry.registerVersion({ model, artifacts: ARTIFACTS }, call());
      await happens('VERSION_REGISTERED fraud/2');
      await opened.deleteVersion({ ...model, version: '1' });
      await happens('VERSION_DELETED fraud/1');
      expect((await changesIn(journal)).map(({ evidence }) => evidence)).not.toContainEqual(['POLL']);
    }
    const sources = [createStreamSource('test', registries, { pace: PACE })];
    await using _ = openReplica({ journal, registry, sources });
    await opened.setApprovalStatus({ ...model, version: '2' }, 'REJECTED');
    await happens('VERSION_STATUS fraud/2 PENDING → REJECTED');
    const lines = told(await changesIn(journal));
    expect(lines.filter((line) => line.endsWith('fraud/2 PENDING → REJECTED'))).toHaveLength(1);
  });

  it('is one for each table, of the registries that want it', async () => {
    const options = (table: string, stream = true) => dynamoDbOptions.parse({ ...engine, table, stream });
    const { sources, webhooks } = dynamoDbRegistry.createSources([
      { id: 'one', options: options('shared') },
      { id: 'deaf', options: options('shared', false) },
      { id: 'two', options: options('shared') },
      { id: 'three', options: options('own') },
    ]);
    expect(sources.map(({ registryIds }) => registryIds)).toEqual([['one', 'two'], ['three']]);
    expect(new Set(sources.map(({ name }) => name)).size).toBe(2);
    expect(sources.every(({ isExclusive }) => isExclusive)).toBe(true);
    expect(webhooks).toEqual([]);
    for (const source of sources) await source[Symbol.asyncDispose]();
  });
}

/** Places in shards that are kept. */
function placesIn({ kept }: KeptCheckpoints): string[] {
  return [...kept].filter(([key]) => key !== 'stream').map(([, place]) => place);
}

function heard(run: SourceRun, id: string): Promise<void> {
  return run.until(() => idsOf(run.taken.flat()).includes(id));
}

/** Ids of what hints name. */
function idsOf(hints: readonly ChangeHint[]): string[] {
  return hints.flatMap(({ entity }) =>
    entity === undefined ? [] : ['version' in entity ? versionId(entity) : modelId(entity)],
  );
}
