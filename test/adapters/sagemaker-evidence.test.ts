import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { UpdateModelPackageCommand } from '@aws-sdk/client-sagemaker';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SageMakerOptions } from '../../adapters/sagemaker/index.js';
import { RegistryError, TimeoutError } from '../../src/domain/errors.js';
import type { EvidencePart, EvidenceRecord } from '../../src/domain/model.js';
import type { VersionRef } from '../../src/domain/refs.js';
import type { NewVersion, RegistryAdapter } from '../../src/domain/registry.js';
import { call } from '../conformance/registry-walk.js';
import { rejection } from '../conformance/registry-writes.js';
import { engines } from '../support/engines.js';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import { openAccount, type SageMakerAccount } from '../support/sagemaker-account.js';

const { aws } = engines();
const model = { registryId: 'sagemaker', name: 'fraud' };
const ALL: readonly EvidencePart[] = ['METRICS', 'PARAMETERS', 'REPORTS', 'MODEL_CARD'];
const EMPTY = { metrics: [], parameters: [], reports: [], modelCard: null, problems: [] };
const MAX_BYTES = 20_000;

describe.skipIf(aws === null)('evidence in SageMaker (skipped where REGISTRIES leaves its engine out)', () => {
  let account: SageMakerAccount;
  let proxy: FaultProxy;
  let adapter: RegistryAdapter;
  let s3: S3Client;
  /** Bucket names are everybody's: each run has its own. */
  let bucket: string;

  const uri = (key: string) => `s3://${bucket}/${key}`;
  const open = (reports: object, more: Partial<SageMakerOptions> = {}) =>
    account.adapter({
      endpoint: proxy.origin,
      stsEndpoint: aws?.endpoint,
      reports,
      ...more,
    } as Partial<SageMakerOptions>);
  const put = async (key: string, body: unknown) => {
    const Body = typeof body === 'string' ? body : JSON.stringify(body);
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body }));
    return uri(key);
  };
  const register = async (more: Partial<NewVersion>) => {
    const version = await adapter.registerVersion({ model, artifacts: [artifact], ...more }, call());
    return version.ref;
  };
  const measured = (address: string) => register({ reports: [{ kind: 'MODEL_QUALITY', uri: address }] });
  const evidence = async (ref: VersionRef, parts = ALL, from = adapter): Promise<EvidenceRecord> => {
    const [found] = await from.getEvidence([ref], { ...call({ consistency: 'strong' }), parts });
    if (found == null || found instanceof RegistryError) throw new Error('There is no evidence.');
    return found;
  };
  const gets = () => proxy.requests.filter((request) => request.startsWith('GET '));

  beforeAll(async () => {
    if (aws === null) return;
    account = openAccount(aws);
    proxy = await startFaultProxy(aws.endpoint);
    bucket = `reports-${account.id}`;
    s3 = new S3Client({ ...aws, forcePathStyle: true, credentials: account.client.config.credentials });
    const CreateBucketConfiguration = { LocationConstraint: aws.region as 'eu-central-1' };
    await s3.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration }));
    adapter = open({ buckets: [bucket], maxBytes: MAX_BYTES, concurrency: 2 });
    await adapter.createModel({ name: model.name }, call());
  });
  beforeEach(() => proxy.reset());
  afterAll(async () => {
    await adapter[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    s3.destroy();
    account[Symbol.dispose]();
  });

  it('is the numbers of the quality report, every report, and the card', async () => {
    const quality = await put('quality.json', {
      regression_metrics: { mse: { value: 0.1, standard_deviation: 0.01 }, mae: { value: 0.2 } },
    });
    const ref = await register({
      reports: [
        { kind: 'EXPLAINABILITY', uri: 's3://elsewhere/shap.json' },
        { kind: 'MODEL_QUALITY', uri: quality },
        { kind: 'BIAS_PRE_TRAINING', uri: 'https://example.com/bias', contentType: 'text/html' },
      ],
      modelCard: { model_overview: { model_creator: 'ana' } },
    });
    proxy.reset();
    const json = 'application/json';
    expect(await evidence(ref)).toEqual({
      metrics: [
        { ...bare, name: 'mae', value: 0.2, source: quality },
        { ...bare, name: 'mse', value: 0.1, standardDeviation: 0.01, source: quality },
      ],
      parameters: [],
      reports: [
        { kind: 'MODEL_QUALITY', name: 'ModelQuality.Statistics', uri: quality, contentType: json },
        {
          kind: 'BIAS_PRE_TRAINING',
          name: 'Bias.PreTrainingReport',
          uri: 'https://example.com/bias',
          contentType: 'text/html',
        },
        { kind: 'EXPLAINABILITY', name: 'Explainability.Report', uri: 's3://elsewhere/shap.json', contentType: json },
      ],
      modelCard: { status: 'Draft', content: { model_overview: { model_creator: 'ana' } } },
      problems: [],
    });
    expect(proxy.requests).toEqual(['SageMaker.DescribeModelPackage', `GET /${bucket}/quality.json`]);
  });

  it('reads only what is asked for', async () => {
    const ref = await register({
      reports: [{ kind: 'MODEL_QUALITY', uri: await put('x.json', { auc: 1 }) }],
      modelCard: {},
    });
    proxy.reset();
    expect(await evidence(ref, [])).toEqual(EMPTY);
    expect(await evidence(ref, ['PARAMETERS'])).toEqual(EMPTY);
    expect(await evidence(ref, ['REPORTS'])).toMatchObject({ reports: [{}], metrics: [], modelCard: null });
    expect(await evidence(ref, ['MODEL_CARD'])).toEqual({ ...EMPTY, modelCard: { status: 'Draft', content: {} } });
    expect(gets()).toEqual([]);
    expect(await evidence(ref, ['METRICS'])).toMatchObject({ metrics: [{ name: 'auc', value: 1 }], reports: [] });
    expect(gets()).toHaveLength(1);
  });

  it('answers per ref, of many by one search, and reads each address once', async () => {
    const shared = await put('shared.json', { auc: 0.5 });
    const refs: VersionRef[] = [];
    for (let index = 0; index < 5; index += 1) refs.push(await measured(shared));
    const missing = { ...model, version: '999' };
    proxy.reset();
    const found = await adapter.getEvidence([...refs, missing, ...refs], { ...call(), parts: ['METRICS'] });
    expect(found.map((slot) => (slot === null ? null : (slot as EvidenceRecord).metrics.length))).toEqual([
      ...refs.map(() => 1),
      null,
      ...refs.map(() => 1),
    ]);
    expect(proxy.counts()).toEqual({
      'SageMaker.Search': 1,
      'SageMaker.DescribeModelPackage': 1,
      [`GET /${bucket}/shared.json`]: 1,
    });
  });

  it('is empty without any', async () => {
    expect(await evidence(await register({}))).toEqual(EMPTY);
    expect(gets()).toEqual([]);
  });

  it.each([
    ['is missing', 'missing.json', undefined, 'NOT_FOUND', /not there/],
    ['is too large', 'large.json', { auc: 1, note: 'x'.repeat(MAX_BYTES) }, 'COST_EXCEEDED', /reports\.maxBytes/],
    ['is no JSON', 'table.csv', 'auc,0.9', 'UPSTREAM_INVALID', /not JSON/],
    ['is blank', 'blank.json', ' ', 'UPSTREAM_INVALID', /not JSON/],
    ['has another form', 'shap.json', { explanations: {} }, 'UNSUPPORTED', /form/],
  ])('tells of a report that %s, and of all else nevertheless', async (_, key, body, code, message) => {
    const address = body === undefined ? uri(key) : await put(key, body);
    const ref = await register({ reports: [{ kind: 'MODEL_QUALITY', uri: address }], modelCard: { a: 1 } });
    const found = await evidence(ref);
    expect(found).toMatchObject({ metrics: [], reports: [{ uri: address }], modelCard: { content: { a: 1 } } });
    const [problem] = found.problems;
    expect(problem).toMatchObject({
      part: 'METRICS',
      error: { code, registryId: 'sagemaker', operation: 'getEvidence' },
    });
    expect(problem?.error.message).toMatch(message);
    expect(problem?.error.message).toContain(key);
    expect(found.problems).toHaveLength(1);
  });

  it('reads a report of just the size allowed, and none that is a byte too large', async () => {
    const text = (size: number) => `{"auc":1,"x":"${'y'.repeat(size - 16)}"}`;
    expect(text(MAX_BYTES)).toHaveLength(MAX_BYTES);
    const fitting = await measured(await put('fitting.json', text(MAX_BYTES)));
    const large = await measured(await put('large.json', text(MAX_BYTES + 1)));
    expect((await evidence(fitting)).metrics).toHaveLength(1);
    expect((await evidence(large)).problems).toMatchObject([{ part: 'METRICS', error: { code: 'COST_EXCEEDED' } }]);
  });

  it('never asks for what is in another bucket, or not in S3', async () => {
    const addresses = [
      `s3://${bucket}-2/a.json`,
      's3://elsewhere/a.json',
      `s3://${bucket}`,
      'https://example.com/a.json',
    ];
    for (const address of addresses) {
      const found = await evidence(await measured(address));
      const code = address.endsWith('/a.json') && address.startsWith('s3') ? 'FORBIDDEN' : 'UNSUPPORTED';
      expect(found.problems).toMatchObject([{ error: { code } }]);
    }
    await using closed = open({});
    const found = await evidence(await measured(await put('a.json', { auc: 1 })), ['METRICS'], closed);
    expect(found.problems[0]?.error.message).toContain(`Add "${bucket}" to \`reports.buckets\``);
    expect(gets()).toEqual([]);
  });

  it.each([
    [{ kind: 'status', status: 403 }, 'FORBIDDEN'],
    [{ kind: 'status', status: 503 }, 'UPSTREAM_UNAVAILABLE'],
    [{ kind: 'status', status: 429 }, 'RATE_LIMITED'],
    [{ kind: 'reset' }, 'UPSTREAM_UNAVAILABLE'],
    [{ kind: 'truncate' }, 'UPSTREAM_UNAVAILABLE'],
    [{ kind: 'html' }, 'UPSTREAM_INVALID'],
  ] as const)('has a problem where S3 fails: %j', async (fault, code) => {
    const ref = await measured(await put('any.json', { auc: 1, note: 'long enough to be cut' }));
    proxy.reset();
    proxy.inject(fault, { match: /^GET / });
    const found = await evidence(ref);
    expect(found).toMatchObject({ metrics: [], reports: [{}], problems: [{ part: 'METRICS', error: { code } }] });
    expect(found.problems[0]?.error.message).not.toContain('words-of-the-upstream');
    // One attempt: to try again is for the wrappers.
    expect(gets()).toHaveLength(1);
  });

  it('reads for a model what lies in its own folder only', async () => {
    await using own = open({ buckets: [`${bucket}/teams/{model}/`] });
    const key = (path: string) => put(path, { auc: 1 });
    const inside = await measured(await key('teams/fraud/1/quality.json'));
    expect(await evidence(inside, ['METRICS'], own)).toMatchObject({ metrics: [{ name: 'auc' }], problems: [] });
    const outside = [
      await key('teams/churn/1/quality.json'),
      await key('teams/fraud-2/quality.json'),
      await key('teams/Fraud/quality.json'),
      await key('quality-of-all.json'),
      ...['../churn', '%2e%2e/churn', '%252E./churn', '.', '', '%2f', '..\\churn', '..%5cchurn'].map((part) =>
        uri(`teams/fraud/${part}/1/quality.json`),
      ),
    ];
    const refs: VersionRef[] = [];
    for (const address of outside) refs.push(await measured(address));
    proxy.reset();
    for (const [index, ref] of refs.entries()) {
      const { metrics, problems } = await evidence(ref, ['METRICS'], own);
      expect({ metrics, problems }, outside[index]).toMatchObject({
        metrics: [],
        problems: [{ error: { code: 'FORBIDDEN' } }],
      });
    }
    expect(gets()).toEqual([]);
  });

  it('reads for each model anew, though another may read the same report', async () => {
    const { ref: other } = await adapter.createModel({ name: 'churn' }, call());
    const address = await put('teams/fraud/shared.json', { auc: 1 });
    const reports = [{ kind: 'MODEL_QUALITY', uri: address }] as const;
    const refs = [await measured(address)];
    refs.push((await adapter.registerVersion({ model: other, artifacts: [artifact], reports }, call())).ref);
    await using own = open({ buckets: [`${bucket}/teams/{model}/`] });
    for (const asked of [refs, refs.toReversed()]) {
      const found = await own.getEvidence(asked, { ...call({ consistency: 'strong' }), parts: ['METRICS'] });
      const metrics = found.map((each) =>
        each === null || each instanceof RegistryError ? each : each.metrics.length,
      );
      expect(metrics).toEqual(asked.map(({ name }) => (name === 'fraud' ? 1 : 0)));
    }
  });

  it('ends with the call, while S3 hangs', async () => {
    const ref = await measured(await put('slow.json', { auc: 1 }));
    proxy.inject({ kind: 'hang' }, { match: /^GET / });
    const options = { ...call({ signal: AbortSignal.timeout(300) }), parts: ALL };
    expect(await rejection(adapter.getEvidence([ref], options))).toBeInstanceOf(TimeoutError);
    // The two places for reads are free again.
    proxy.reset();
    expect((await evidence(ref)).metrics).toHaveLength(1);
  });

  it('reads no more reports at a time than allowed', async () => {
    const refs: VersionRef[] = [];
    for (let index = 0; index < 6; index += 1) refs.push(await measured(await put(`many-${index}.json`, { auc: 1 })));
    proxy.reset();
    proxy.inject({ kind: 'hang' }, { match: /^GET / });
    const options = { ...call({ signal: AbortSignal.timeout(500) }), parts: ALL };
    await rejection(adapter.getEvidence(refs, options));
    expect(gets()).toHaveLength(2);
  });

  it('has a card that is no JSON as a problem', async () => {
    const ref = await register({ modelCard: { a: 1 } });
    const [version] = await adapter.getVersions([ref], call());
    const ModelPackageArn = version !== null && version !== undefined && 'nativeId' in version ? version.nativeId : '';
    const ModelCard = { ModelCardContent: 'none yet', ModelCardStatus: 'PendingReview' } as const;
    await account.client.send(new UpdateModelPackageCommand({ ModelPackageArn, ModelCard }));
    expect(await evidence(ref)).toMatchObject({
      modelCard: { status: 'PendingReview', content: null },
      problems: [{ part: 'MODEL_CARD', error: { code: 'UPSTREAM_INVALID' } }],
    });
  });

  it('comes from S3 at an endpoint of its own', async () => {
    const ref = await measured(await put('own-endpoint.json', { auc: 1 }));
    await using apart = open({ buckets: [bucket], endpoint: proxy.origin }, { endpoint: aws?.endpoint ?? '' });
    expect((await evidence(ref, ALL, apart)).metrics).toHaveLength(1);
    expect(gets()).toHaveLength(1);
  });

  it('is tried by the check, bucket by bucket', async () => {
    await using checked = open({ buckets: [bucket, `${bucket}/teams/{model}/`, `${bucket}-none`] });
    proxy.reset();
    const results = await checked.check(call());
    expect(results.filter(({ name }) => name.startsWith('s3:'))).toEqual([
      { name: `s3:GetObject ${bucket}`, ok: true, message: 'Permitted.' },
      { name: `s3:GetObject ${bucket}/teams/{model}/`, ok: true, message: 'Permitted.' },
      { name: `s3:GetObject ${bucket}-none`, ok: false, message: expect.stringContaining('reports.buckets') },
    ]);
    proxy.inject({ kind: 'status', status: 403 }, { match: /^GET / });
    const denied = (await checked.check(call())).filter(({ name }) => name.startsWith('s3:'));
    expect(denied.map(({ ok, message }) => [ok, message.includes('s3:ListBucket')])).toEqual([
      [false, true],
      [false, true],
      [false, true],
    ]);
  });

  it.each([
    ['metrics', { metrics: [{ name: 'auc', value: 1 }] }, 'REGISTER_METRICS'],
    ['parameters', { parameters: [{ key: 'depth', value: '3' }] }, 'REGISTER_PARAMETERS'],
    ['a report of another kind', { reports: [{ kind: 'OTHER', uri: 's3://a/b' }] }, undefined],
  ] as const)('cannot be %s given at registration', async (_, more, capability) => {
    expect(await rejection(register(more))).toMatchObject({ code: 'UNSUPPORTED', capability });
    expect(proxy.requests).toEqual([]);
  });
});

const artifact = {
  uri: 's3://models/m/model.tar.gz',
  image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/xgboost:1.7',
};
const bare = { text: null, unit: null, dataset: null, step: null, standardDeviation: null, goal: 'LOWER_IS_BETTER' };
