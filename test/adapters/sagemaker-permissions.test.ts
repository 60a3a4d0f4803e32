import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  createSageMakerSources,
  type SageMakerOptions,
  sageMakerOptions,
  sageMakerRegistry,
} from '../../adapters/sagemaker/index.js';
import { awsEngine } from '../../sandbox/engines/aws.js';
import { startEngine } from '../../sandbox/engines/engine.js';
import { toolsDirectory } from '../../sandbox/paths.js';
import { anyFreePort } from '../../sandbox/ports.js';
import { Supervisor } from '../../sandbox/supervisor.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';
import { call } from '../conformance/registry-walk.js';
import { engines } from '../support/engines.js';
import { createEventQueue } from '../support/event-queue.js';
import { openAccount, type SageMakerAccount } from '../support/sagemaker-account.js';

const { aws } = engines();

/** The emulator enforces policies for all that it holds at once: this file has one of its own. */
describe.skipIf(aws === null)('the printed permissions (skipped where REGISTRIES leaves their engine out)', () => {
  const region = aws?.region ?? '';
  const opening = new AsyncDisposableStack();
  let endpoint: string;
  let account: SageMakerAccount;
  let adapter: RegistryAdapter;

  beforeAll(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'registrar-permissions-'));
    opening.defer(() => rmSync(directory, { recursive: true, force: true }));
    const supervisor = opening.use(await Supervisor.open(directory, 'permissions'));
    const engine = awsEngine({ python: join(toolsDirectory, 'python/bin/python'), port: await anyFreePort() });
    await startEngine(supervisor, engine);
    endpoint = engine.url;
    account = opening.use(openAccount({ endpoint, region }));
    adapter = opening.use(account.adapter(optionsOf()));
    await iam('CreateRole', { RoleName: 'registrar', AssumeRolePolicyDocument: '{"Version":"2012-10-17"}' });
  }, 60_000);
  afterAll(() => opening.disposeAsync());

  function optionsOf(): Partial<SageMakerOptions> {
    return {
      events: { queueUrl: `${endpoint}/${account.id}/registrar-events` },
      reports: { buckets: ['reports/{model}/'], maxBytes: 1000, concurrency: 1 },
    };
  }

  function printed(name: string): string {
    const options = sageMakerOptions.parse({ endpoint, region, roleArn: account.roleArn, ...optionsOf() });
    const documents = sageMakerRegistry.connect([{ id: 'sagemaker', options }]).flatMap((plan) => plan.documents);
    return documents.find(({ fileName }) => fileName.endsWith(name))?.text ?? '';
  }

  async function iam(Action: string, parameters: Readonly<Record<string, string>>): Promise<void> {
    const response = await fetch(endpoint, {
      method: 'POST',
      body: new URLSearchParams({ Action, Version: '2010-05-08', ...parameters }),
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=x/20260901/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=x`,
        'x-moto-account-id': account.id,
      },
    });
    expect(response.status, await response.text()).toBe(200);
  }

  async function allow(...names: readonly string[]): Promise<void> {
    await enforce(false);
    const Statement = names.flatMap((name) => (JSON.parse(printed(name)) as { Statement: unknown[] }).Statement);
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    await iam('PutRolePolicy', { RoleName: 'registrar', PolicyName: 'registrar', PolicyDocument });
    await enforce(true);
  }

  const enforce = async (on: boolean) => {
    await fetch(`${endpoint}/moto-api/reset-auth`, { method: 'POST', body: on ? '0' : 'inf' });
  };

  it('to read let everything be read, and nothing written', async () => {
    // Sessions are made while nothing is enforced: who may make one is the trust policy's, which the emulator does not judge.
    await adapter.check(call());
    await adapter.createModel({ name: 'fraud' }, call());
    const input = { model: { registryId: 'sagemaker', name: 'fraud' }, artifacts: [{ uri: 's3://m/1', image: 'i:1' }] };
    const { ref, incarnation } = await adapter.registerVersion(input, call());
    await allow('-read.json');
    const results = (await adapter.check(call())).filter(({ name }) => !name.startsWith('s3:'));
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
    expect((await adapter.walkVersions({}, call())).items).toHaveLength(1);
    expect((await adapter.walkModels({}, call())).items).toHaveLength(1);
    expect(await adapter.getServing([ref], call())).toEqual([[]]);
    const mark = { id: 'd1', status: 'APPROVED', actor: null, at: '2026-09-01T08:00:00.000Z', comment: null } as const;
    const refused = { code: 'FORBIDDEN', missingPermission: 'sagemaker:UpdateModelPackage' };
    await expect(adapter.decide({ version: ref, incarnation, mark }, call())).rejects.toMatchObject(refused);
    await expect(adapter.createModel({ name: 'churn' }, call())).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('to write let everything be written that the gateway writes', async () => {
    await allow('-read.json', '-write.json');
    const { ref: model } = await adapter.createModel({ name: 'churn', tags: [{ key: 'tier', value: 'gold' }] }, call());
    await adapter.updateModel({ model, setTags: [{ key: 'a', value: 'b' }], removeTags: ['tier'] }, call());
    const { ref, incarnation } = await adapter.registerVersion(
      { model, artifacts: [{ uri: 's3://m/2', image: 'i:2' }] },
      call(),
    );
    const mark = { id: 'd2', status: 'APPROVED', actor: null, at: '2026-09-01T08:00:00.000Z', comment: null } as const;
    expect(await adapter.decide({ version: ref, incarnation, mark }, call())).toMatchObject({
      approvalStatus: 'APPROVED',
    });
    await adapter.setStage({ version: ref, stage: 'Production', status: 'Live' }, call());
    await adapter.updateVersion({ version: ref, setMetadata: [{ key: 'reviewed', value: 'yes' }] }, call());
    await adapter.deleteVersion(ref, call());
    await adapter.deleteModel(model, call());
  });

  it('to read the queue are all that its source needs', async () => {
    await enforce(false);
    using queue = await createEventQueue({ endpoint, region }, account, { maxReceiveCount: 5 });
    await queue.send('not an event');
    const options = sageMakerOptions.parse({ endpoint, region, roleArn: account.roleArn, ...optionsOf() });
    const times = {
      waitSeconds: 1,
      hiddenSeconds: 5,
      retryMs: { first: 20, most: 50 },
      againSeconds: { first: 0, most: 0 },
    };
    const [source] = createSageMakerSources([{ id: 'sagemaker', options }], times).sources;
    if (source === undefined) throw new Error('A source was expected.');
    const stop = new AbortController();
    const reports: string[] = [];
    const ended = source.run({
      take: async () => {},
      signal: stop.signal,
      report: (problem) => reports.push(problem?.message ?? 'well'),
      checkpoints: { get: async () => null, set: async () => {}, remove: async () => {} },
    });
    const until = { timeout: 10_000, interval: 20 };
    await vi.waitFor(() => expect(reports[0]).toContain('is no event'), until);
    await allow('-reader.json');
    await vi.waitFor(async () => expect(reports.at(-1)).toBe('well'), until);
    await allow('-read.json');
    await vi.waitFor(() => expect(reports.at(-1)).toContain('sqs:ReceiveMessage'), until);
    await allow('-reader.json');
    await vi.waitFor(() => expect(reports.at(-1)).toBe('well'), until);
    stop.abort();
    await ended;
    await source[Symbol.asyncDispose]();
  });
});
