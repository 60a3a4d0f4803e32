import { describe, expect, it } from 'vitest';
import { dynamoDbOptions } from '../../../adapters/dynamodb/index.js';
import { createStreamSource } from '../../../adapters/dynamodb/source.js';
import { toHints } from '../../../adapters/dynamodb/stream-hints.js';
import { planShards, readableShards } from '../../../adapters/dynamodb/stream-shards.js';
import { createScriptedStream, type ScriptedStream, STREAM } from '../../support/fixtures/dynamodb/scripted-stream.js';
import {
  createCheckpoints,
  type KeptCheckpoints,
  type SourceRun,
  startRun,
} from '../../support/fixtures/dynamodb/source-run.js';

const PACE = { idleMs: 1, busyMs: 1, lookMs: 10, lookAtMostMs: 1 };

function sourceOf(stream: ScriptedStream) {
  const options = dynamoDbOptions.parse({ region: 'eu-west-1', table: 'models', stream: true });
  return createStreamSource('test', [{ id: 'lab', options }], { pace: PACE, clients: stream.clients });
}

/** Names of models that were told of, in order; `*` is the registry as a whole. */
function told({ taken }: SourceRun): string[] {
  return taken.flat().map(({ entity }) => entity?.name ?? '*');
}

const until = (run: SourceRun, ...names: string[]) => run.until(() => names.every((name) => told(run).includes(name)));

/** Runs until all of these were told of. */
async function runUntil(stream: ScriptedStream, checkpoints: KeptCheckpoints, ...names: string[]): Promise<string[]> {
  await using source = sourceOf(stream);
  await using run = startRun(source, checkpoints.lease());
  await until(run, ...names);
  await expect.poll(() => [...checkpoints.kept.keys()].length, { interval: 1 }).toBeGreaterThan(0);
  return told(run);
}

describe('a stream whose shards come and go', () => {
  it('reads children after their parent, and grandchildren after them', async () => {
    const stream = createScriptedStream();
    stream.add('root');
    await using source = sourceOf(stream);
    const held = Promise.withResolvers<void>();
    await using run = startRun(source, createCheckpoints().lease(), async (hints) => {
      if (hints.some(({ entity }) => entity?.name === 'slow')) await held.promise;
    });
    await until(run, '*');
    stream.write('root', 'slow');
    stream.close('root');
    for (const child of ['left', 'right']) {
      stream.add(child, 'root');
      stream.write(child, `${child}-1`);
    }
    stream.close('left');
    stream.add('leaf', 'left');
    stream.write('leaf', 'leaf-1');
    // The stream is looked at again and again meanwhile, and its children are met.
    await expect
      .poll(() => stream.calls.filter((call) => call === 'DescribeStream').length, { interval: 1 })
      .toBeGreaterThan(3);
    expect(told(run)).toEqual(['*']);
    held.resolve();
    await until(run, 'leaf-1', 'right-1');
    const order = told(run);
    expect(order.slice(0, 2)).toEqual(['*', 'slow']);
    expect(order.indexOf('left-1')).toBeLessThan(order.indexOf('leaf-1'));
    expect(order.toSorted()).toEqual(['*', 'leaf-1', 'left-1', 'right-1', 'slow']);
    const opened = stream.calls.filter((call) => call.startsWith('GetShardIterator'));
    expect(opened.toSorted()).toEqual([
      'GetShardIterator leaf TRIM_HORIZON',
      'GetShardIterator left TRIM_HORIZON',
      'GetShardIterator right TRIM_HORIZON',
      'GetShardIterator root LATEST',
    ]);
  });

  it('finds its way after a restart: through shards that were closed, split and made meanwhile', async () => {
    const stream = createScriptedStream(2);
    const checkpoints = createCheckpoints();
    stream.add('old');
    stream.close('old');
    stream.add('root', 'old');
    {
      await using source = sourceOf(stream);
      await using run = startRun(source, checkpoints.lease());
      await until(run, '*');
      stream.write('root', 'one');
      await until(run, 'one');
      await expect.poll(() => checkpoints.kept.size, { interval: 1 }).toBe(3);
    }
    stream.write('root', 'two');
    stream.close('root');
    stream.add('left', 'root');
    stream.add('right', 'root');
    stream.write('left', 'three');
    stream.write('right', 'four');
    stream.forget('old');
    const order = await runUntil(stream, checkpoints, 'three', 'four');
    expect(order[0]).toBe('two');
    expect(order.toSorted()).toEqual(['four', 'three', 'two']);
    expect([...checkpoints.kept.keys()].some((key) => key.endsWith('/old'))).toBe(false);
  });

  it('has the registries looked at where what it wants was trimmed, and goes on with what is left', async () => {
    const stream = createScriptedStream();
    const checkpoints = createCheckpoints();
    stream.add('root');
    {
      await using source = sourceOf(stream);
      await using run = startRun(source, checkpoints.lease());
      await until(run, '*');
      stream.write('root', 'one');
      await until(run, 'one');
      await expect.poll(() => checkpoints.kept.size, { interval: 1 }).toBe(2);
    }
    stream.write('root', 'lost', 'kept');
    stream.trim('root', 2);
    expect(await runUntil(stream, checkpoints, 'kept')).toEqual(['*', 'kept']);
  });

  it('does so as well where it is trimmed between the iterator and the read', async () => {
    const stream = createScriptedStream();
    stream.add('root');
    await using source = sourceOf(stream);
    await using run = startRun(source, createCheckpoints().lease());
    await until(run, '*');
    stream.fail('GetRecords', 'TrimmedDataAccessException');
    stream.write('root', 'next');
    await until(run, 'next');
    expect(told(run)).toEqual(['*', '*', 'next']);
    expect(run.problems).toEqual([]);
  });

  it('renews an iterator that has expired, and tells nothing twice', async () => {
    const stream = createScriptedStream();
    stream.add('root');
    await using source = sourceOf(stream);
    await using run = startRun(source, createCheckpoints().lease());
    await until(run, '*');
    // Nothing was read from there yet, so nobody knows what came between.
    stream.expire();
    await run.until(() => told(run).length === 2);
    expect(told(run)).toEqual(['*', '*']);
    stream.write('root', 'one');
    await until(run, 'one');
    stream.expire();
    stream.write('root', 'two');
    await until(run, 'two');
    expect(told(run)).toEqual(['*', '*', 'one', 'two']);
  });

  it('has the registries looked at where a shard is gone before it was read to its end', async () => {
    const stream = createScriptedStream();
    const checkpoints = createCheckpoints();
    stream.add('root');
    {
      await using source = sourceOf(stream);
      await using run = startRun(source, checkpoints.lease());
      await until(run, '*');
      stream.write('root', 'one');
      await until(run, 'one');
      await expect.poll(() => checkpoints.kept.size, { interval: 1 }).toBe(2);
    }
    stream.write('root', 'lost');
    stream.forget('root');
    stream.add('later');
    stream.write('later', 'two');
    expect(await runUntil(stream, checkpoints, 'two')).toEqual(['*', 'two']);
  });

  it('slows down where DynamoDB asks for it, says so, and says when it is over', async () => {
    const stream = createScriptedStream();
    stream.add('root');
    stream.fail('GetRecords', 'LimitExceededException');
    await using source = sourceOf(stream);
    await using run = startRun(source, createCheckpoints().lease());
    await run.until(() => run.problems.length === 2);
    expect(run.problems).toEqual([expect.objectContaining({ code: 'RATE_LIMITED', registryId: 'lab' }), null]);
  });

  it('lists more shards than one answer holds', async () => {
    const stream = createScriptedStream();
    for (let shard = 0; shard < 250; shard += 1) stream.add(`shard-${shard}`);
    await using source = sourceOf(stream);
    await using run = startRun(source, createCheckpoints().lease());
    await until(run, '*');
    stream.write('shard-249', 'last');
    await until(run, 'last');
    expect(stream.calls.slice(0, 5).filter((call) => call === 'DescribeStream')).toHaveLength(3);
  });
});

describe('planShards', () => {
  const open = (id: string, parent: string | null = null) => ({ id, parent, isClosed: false });

  it('begins now where nothing is known, and knows that it has missed what was before', () => {
    expect(planShards([{ ...open('a'), isClosed: true }, open('b', 'a')], null)).toEqual({
      progress: new Map([
        ['a', 'ENDED'],
        ['b', 'LATEST'],
      ]),
      hasHole: true,
    });
  });

  it('goes on where it was, and begins what is new with its first record', () => {
    const known = new Map([
      ['a', 'ENDED'],
      ['b', '17'],
    ]);
    expect(planShards([open('b', 'a'), open('c', 'b')], known)).toEqual({
      progress: new Map([
        ['b', '17'],
        ['c', 'TRIM_HORIZON'],
      ]),
      hasHole: false,
    });
  });

  it('has a hole where a place was not kept', () => {
    expect(planShards([open('a')], new Map([['a', null]]))).toEqual({
      progress: new Map([['a', 'LATEST']]),
      hasHole: true,
    });
  });

  it('lets a shard whose parent is not listed any more be read', () => {
    const progress = new Map([
      ['b', '1'],
      ['c', 'TRIM_HORIZON'],
    ]);
    expect(readableShards([open('b', 'gone'), open('c', 'b')], progress)).toEqual(['b']);
  });
});

describe('toHints', () => {
  const record = (pk: string, sk: string, sequence: string, updatedAt?: string) => ({
    dynamodb: {
      ApproximateCreationDateTime: new Date('2026-11-29T10:50:00.000Z'),
      Keys: { pk: { S: pk }, sk: { S: sk } },
      SequenceNumber: sequence,
      ...(updatedAt === undefined ? {} : { NewImage: { updatedAt: { S: updatedAt } } }),
    },
  });
  const namespaces = new Map([
    ['lab', ['lab', 'lab-copy']],
    ['prod', ['production']],
  ]);
  const origin = { stream: STREAM, shard: 'shardId-1' };

  it('names each item once, by its last record, in every registry that shows it', () => {
    const hints = toHints(
      [
        record('REG#prod#MODEL#a#b', 'V#0000000012', '1', '2026-11-29T10:50:01.001Z'),
        record('REG#lab#MODEL#x', 'META', '2'),
        record('REG#prod#MODEL#a#b', 'V#0000000012', '3', '2026-11-29T10:50:03.003Z'),
      ],
      origin,
      namespaces,
    );
    expect(hints).toMatchObject([
      { registryId: 'lab', entity: { registryId: 'lab', name: 'x' }, occurredAt: '2026-11-29T10:50:00.000Z' },
      { registryId: 'lab-copy', entity: { registryId: 'lab-copy', name: 'x' } },
      {
        registryId: 'production',
        entity: { registryId: 'production', name: 'a#b', version: '12' },
        occurredAt: '2026-11-29T10:50:03.003Z',
      },
    ]);
    expect(hints[2]?.dedupeKey).toMatch(/^dynamodb-stream\/[\w-]{22}\/3$/);
    expect(hints[0]?.dedupeKey).toBe(hints[1]?.dedupeKey);
  });

  it('is silent about commands, strangers, and keys of no layout', () => {
    const records = [
      record('REG#lab#CMD#0', 'CMD', '1'),
      record('REG#nobody#MODEL#x', 'META', '2'),
      record('REG#lab#MODEL#x', 'V#12', '3'),
      record('REG#lab#MODEL#', 'META', '4'),
      record('something', 'else', '5'),
      { dynamodb: {} },
      {},
    ];
    expect(toHints(records, origin, namespaces)).toEqual([]);
  });

  it('gives the same record the same key, and another shard’s another', () => {
    const key = (from: typeof origin) =>
      toHints([record('REG#prod#MODEL#x', 'META', '1')], from, namespaces)[0]?.dedupeKey;
    expect(key(origin)).toBe(key({ ...origin }));
    expect(key(origin)).not.toBe(key({ ...origin, shard: 'shardId-2' }));
    expect(key(origin)).not.toBe(key({ ...origin, stream: `${STREAM}9` }));
  });
});
