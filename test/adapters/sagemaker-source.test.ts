import { randomUUID } from 'node:crypto';
import {
  CreateModelPackageCommand,
  CreateModelPackageGroupCommand,
  UpdateModelPackageCommand,
} from '@aws-sdk/client-sagemaker';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSageMakerSources, type SageMakerOptions, sageMakerOptions } from '../../adapters/sagemaker/index.js';
import type { ChangeHint, TakeHints } from '../../src/domain/change-source.js';
import { UnavailableError } from '../../src/domain/errors.js';
import { engines } from '../support/engines.js';
import { createEventQueue, type EventQueue } from '../support/event-queue.js';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import { openAccount, packageOf, type SageMakerAccount } from '../support/sagemaker-account.js';

const { aws } = engines();

const TIMES = {
  waitSeconds: 1,
  hiddenSeconds: 1,
  retryMs: { first: 20, most: 100 },
  againSeconds: { first: 0, most: 0 },
};
const until = { timeout: 10_000, interval: 20 };

describe.skipIf(aws === null)('events of SageMaker (skipped where REGISTRIES leaves its engine out)', () => {
  const engine = aws ?? { endpoint: '', region: '' };
  let research: SageMakerAccount;
  let production: SageMakerAccount;
  let queue: EventQueue;
  let closing: AsyncDisposableStack;

  beforeEach(async () => {
    closing = new AsyncDisposableStack();
    research = closing.use(openAccount(engine));
    production = closing.use(openAccount(engine));
    queue = closing.use(await createEventQueue(engine, research, { maxReceiveCount: 3, alsoFrom: [production] }));
  });
  afterEach(() => closing.disposeAsync());

  const options = (account: SageMakerAccount, more: Partial<SageMakerOptions> = {}) =>
    sageMakerOptions.parse({ ...engine, roleArn: account.roleArn, events: { queueUrl: queue.url }, ...more });

  const registries = () => [
    { id: 'research', options: options(research) },
    { id: 'production', options: options(production) },
  ];

  /** Runs the one source that the registries have, until the test ends. */
  function run(take: TakeHints = async () => {}, given = registries(), times = TIMES) {
    const { sources } = createSageMakerSources(given, times);
    const [source] = sources;
    if (source === undefined || sources.length > 1) throw new Error('One source was expected.');
    const stop = new AbortController();
    const taken: ChangeHint[] = [];
    const batches: (readonly ChangeHint[])[] = [];
    const reports: (Error | null)[] = [];
    const ended = source.run({
      signal: stop.signal,
      report: (problem) => reports.push(problem),
      checkpoints: { get: async () => null, set: async () => {}, remove: async () => {} },
      async take(hints, signal) {
        batches.push(hints);
        await take(hints, signal);
        taken.push(...hints);
      },
    });
    closing.defer(async () => {
      stop.abort();
      await ended;
      await source[Symbol.asyncDispose]();
    });
    return { source, taken, batches, reports, stop, ended };
  }

  async function createVersion(account: SageMakerAccount, group: string): Promise<string> {
    await account.client
      .send(new CreateModelPackageGroupCommand({ ModelPackageGroupName: group }))
      .catch(() => undefined);
    const { ModelPackageArn = '' } = await account.client.send(new CreateModelPackageCommand(packageOf(group)));
    return ModelPackageArn;
  }

  const empty = () => vi.waitFor(async () => expect(await queue.counts()).toEqual({ shown: 0, hidden: 0 }), until);

  it('one queue is one source, and the account of an event chooses the registry', async () => {
    const { source, taken, reports } = run();
    expect(source).toMatchObject({
      name: `sqs ${queue.url}`,
      registryIds: ['research', 'production'],
      isExclusive: false,
    });
    await createVersion(research, 'Card-Fraud');
    await createVersion(production, 'churn');
    await vi.waitFor(() => expect(taken).toHaveLength(2), until);
    expect(taken.map(({ entity }) => entity)).toEqual(
      expect.arrayContaining([
        // With the name as it is written, although the ARN has it in lower case.
        { registryId: 'research', name: 'Card-Fraud', version: '1' },
        { registryId: 'production', name: 'churn', version: '1' },
      ]),
    );
    await empty();
    expect(reports).toEqual([]);
  });

  it('a decision, a stage and metadata are hints alike, each another word, and none says what has changed', async () => {
    const ModelPackageArn = await createVersion(research, 'fraud');
    const { taken } = run();
    for (const change of [
      { ModelApprovalStatus: 'Approved' as const },
      { ModelLifeCycle: { Stage: 'Production', StageStatus: 'Live' } },
      { CustomerMetadataProperties: { reviewed: 'yes' } },
    ]) {
      await research.client.send(new UpdateModelPackageCommand({ ModelPackageArn, ...change }));
    }
    await vi.waitFor(() => expect(taken).toHaveLength(4), until);
    expect(new Set(taken.map(({ dedupeKey }) => dedupeKey)).size).toBe(4);
    for (const hint of taken) {
      expect(Object.keys(hint).sort()).toEqual(['dedupeKey', 'entity', 'occurredAt', 'registryId']);
      expect(hint.entity).toEqual({ registryId: 'research', name: 'fraud', version: '1' });
    }
  });

  it('the same change told twice is the same word, whatever the ids of the two events', async () => {
    const { taken } = run();
    const body = eventOf(research.id, 'fraud');
    await queue.send({ ...body, id: randomUUID() });
    await queue.send({ ...body, id: randomUUID() });
    await vi.waitFor(() => expect(taken).toHaveLength(2), until);
    expect(taken[0]).toEqual(taken[1]);
  });

  it('what could not be taken is delivered again, alone, and removed once it is taken', async () => {
    for (const name of ['stubborn', 'fraud', 'churn']) await queue.send(eventOf(research.id, name));
    let refusals = 2;
    const { taken, reports } = run(async (hints) => {
      if (!hints.some(({ entity }) => entity?.name === 'stubborn') || refusals === 0) return;
      refusals -= 1;
      throw new UnavailableError('The journal is away.');
    });
    await vi.waitFor(() => expect(taken).toHaveLength(3), until);
    expect(taken.at(-1)?.entity?.name).toBe('stubborn');
    await empty();
    await vi.waitFor(() => expect(reports.at(-1)).toBeNull(), until);
    expect(reports[0]).toMatchObject({ message: 'The journal is away.' });
    expect(await queue.deadLetters()).toEqual([]);
  });

  it('a registry that cannot be read holds up its own events alone, until they are dead letters', async () => {
    const { taken, batches } = run(async (hints) => {
      if (hints.some(({ registryId }) => registryId === 'research')) throw new UnavailableError('Research is away.');
    });
    await createVersion(research, 'fraud');
    await createVersion(production, 'churn');
    await vi.waitFor(async () => expect(await queue.deadLetters()).toHaveLength(1), until);
    expect(taken.map(({ registryId }) => registryId)).toEqual(['production']);
    expect(batches.flat().filter(({ registryId }) => registryId === 'research')).toHaveLength(3);
    expect(batches.every((hints) => new Set(hints.map(({ registryId }) => registryId)).size === 1)).toBe(true);
    await empty();
  });

  it('many events are few batches', async () => {
    await Promise.all(Array.from({ length: 25 }, (_, index) => queue.send(eventOf(research.id, `model-${index}`))));
    const { taken, batches } = run();
    await vi.waitFor(() => expect(taken).toHaveLength(25), until);
    expect(batches.length).toBeLessThanOrEqual(4);
    await empty();
  });

  it('what takes long stays hidden meanwhile, and is taken once', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { batches } = run(() => released);
    await queue.send(eventOf(research.id, 'fraud'));
    await vi.waitFor(() => expect(batches).toHaveLength(1), until);
    const second = run();
    // Two and a half times as long as a message is hidden by itself.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(second.batches).toEqual([]);
    release();
    await empty();
    expect(batches).toHaveLength(1);
  });

  it('a source that is stopped shows at once what it had not finished', async () => {
    const { batches, stop, ended, reports } = run(() => new Promise(() => {}), registries(), {
      ...TIMES,
      hiddenSeconds: 600,
    });
    await queue.send(eventOf(research.id, 'fraud'));
    await vi.waitFor(() => expect(batches).toHaveLength(1), until);
    stop.abort();
    await ended;
    expect(await queue.counts()).toEqual({ shown: 1, hidden: 0 });
    expect(reports).toEqual([]);
  });

  it('what is no event ends as a dead letter, told of once, and holds nothing up', async () => {
    const { taken, reports } = run();
    await queue.send('<html>');
    await queue.send({ hello: 'world' });
    await queue.send(eventOf(research.id, 'fraud'));
    await vi.waitFor(async () => expect(await queue.deadLetters()).toHaveLength(2), until);
    expect(taken).toHaveLength(1);
    expect(reports.filter((report) => report !== null).map(({ message }) => message)).toEqual([
      expect.stringContaining('is no event of EventBridge: "<html>"'),
      expect.stringContaining('is no event of EventBridge: "{\\"hello\\":\\"world\\"}"'),
    ]);
  });

  it('without a queue for dead letters, what is no event is told of and removed', async () => {
    const plain = closing.use(await createEventQueue(engine, research, { maxReceiveCount: null, name: 'plain' }));
    await plain.send('not JSON');
    const { reports } = run(undefined, [
      { id: 'research', options: options(research, { events: { queueUrl: plain.url } }) },
    ]);
    await vi.waitFor(() => expect(reports.at(-1)).toBeNull(), until);
    expect(reports).toHaveLength(2);
    expect(await plain.counts()).toEqual({ shown: 0, hidden: 0 });
  });

  it('events of accounts that no registry shows, and of what no registry shows, are removed; strangers are told of once', async () => {
    const { taken, reports } = run();
    await queue.send(eventOf('999999999999', 'fraud'));
    await queue.send(eventOf('999999999999', 'churn'));
    await queue.send({ ...eventOf(research.id, 'fraud'), 'detail-type': 'SageMaker Endpoint State Change' });
    await queue.send({ ...eventOf(research.id, 'fraud'), source: 'aws.ec2' });
    await empty();
    expect(taken).toEqual([]);
    const told = reports.filter((report) => report !== null).map(({ message }) => message);
    expect(told.toSorted()).toEqual([
      expect.stringContaining('events of "aws.ec2"'),
      expect.stringContaining('events of account "999999999999" in'),
    ]);
  });

  it('waits for a queue that is not there yet, and says so until it is', async () => {
    const later = queue.url.replace(/registrar-events$/, 'made-later');
    const { taken, reports } = run(undefined, [
      { id: 'research', options: options(research, { events: { queueUrl: later } }) },
    ]);
    await vi.waitFor(() => expect(reports.length).toBeGreaterThan(1), until);
    expect(reports[0]).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
    expect(reports[0]?.message).toContain(`There is no queue ${later}`);
    closing.use(await createEventQueue(engine, research, { maxReceiveCount: 3, name: 'made-later' }));
    await createVersion(research, 'fraud');
    await vi.waitFor(() => expect(taken).toHaveLength(1), until);
    await vi.waitFor(() => expect(reports.at(-1)).toBeNull(), until);
  });

  it('sits out an SQS that fails, hangs up or throttles', async () => {
    await using proxy: FaultProxy = await startFaultProxy(engine.endpoint);
    proxy.inject({ kind: 'status', status: 503 }, { times: 1, match: 'ReceiveMessage' });
    proxy.inject({ kind: 'reset' }, { times: 1, match: 'ReceiveMessage' });
    const { taken, reports, stop, ended } = run(undefined, [
      {
        id: 'research',
        options: options(research, { events: { queueUrl: queue.url, endpoint: proxy.origin } }),
      },
    ]);
    await queue.send(eventOf(research.id, 'fraud'));
    await vi.waitFor(() => expect(taken).toHaveLength(1), until);
    expect(reports.filter((report) => report !== null)).toHaveLength(2);
    await vi.waitFor(() => expect(reports.at(-1)).toBeNull(), until);
    stop.abort();
    await ended;
  });

  it('asks STS once for the account of a registry whose config does not say', async () => {
    await using proxy = await startFaultProxy(engine.endpoint);
    const sts = new STSClient(engine);
    const { Account = '' } = await sts.send(new GetCallerIdentityCommand({}));
    sts.destroy();
    const { roleArn: _, ...chain } = options(research, { endpoint: proxy.origin });
    const { taken } = run(undefined, [
      { id: 'chain', options: { ...chain, events: { queueUrl: queue.url, roleArn: research.roleArn } } },
    ]);
    await queue.send(eventOf(Account, 'fraud'));
    await queue.send(eventOf(Account, 'churn'));
    await vi.waitFor(() => expect(taken.map(({ registryId }) => registryId)).toEqual(['chain', 'chain']), until);
    expect(proxy.requests).toEqual(['POST /', 'POST /']);
  });

  it('an event of another account is about its shared group, where a registry lists those', async () => {
    const { taken } = run(undefined, [{ id: 'research', options: options(research, { sharedGroups: true }) }]);
    await queue.send(eventOf('999999999999', 'fraud'));
    await vi.waitFor(() => expect(taken).toHaveLength(1), until);
    expect(taken[0]?.entity).toEqual({
      registryId: 'research',
      name: 'fraud',
      version: '1',
      ownerAccount: '999999999999',
    });
  });

  it('registries that share a queue must reach it in one way', () => {
    const [first, second] = registries();
    if (first === undefined || second === undefined) throw new Error('Two registries were expected.');
    const queueUrl = queue.url;
    const given = [
      { ...first, options: { ...first.options, events: { queueUrl, roleArn: research.roleArn } } },
      { ...second, options: { ...second.options, events: { queueUrl, roleArn: production.roleArn } } },
    ];
    expect(() => createSageMakerSources(given)).toThrow(/share the queue .* but their options events\.roleArn differ/);
  });
});

/** As the Developer Guide has it. */
function eventOf(account: string, group: string) {
  const arn = `arn:aws:sagemaker:eu-central-1:${account}:model-package/${group}/1`;
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'SageMaker Model Package State Change',
    source: 'aws.sagemaker',
    account,
    time: '2026-09-01T08:00:00Z',
    region: aws?.region ?? '',
    resources: [arn],
    detail: {
      ModelPackageGroupName: group,
      ModelPackageVersion: 1,
      ModelPackageArn: arn,
      LastModifiedTime: '2026-09-01T08:00:00.000Z',
      ModelApprovalStatus: 'Approved',
    },
  };
}
