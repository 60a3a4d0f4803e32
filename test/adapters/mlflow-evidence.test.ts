import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RegistryError, TimeoutError } from '../../src/domain/errors.js';
import type { EvidencePart, EvidenceRecord } from '../../src/domain/model.js';
import type { ModelRef, VersionRef } from '../../src/domain/refs.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';
import { call } from '../conformance/registry-walk.js';
import { rejection } from '../conformance/registry-writes.js';
import { engines } from '../support/engines.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import { type MlflowTraining, type OpenedMlflow, openMlflow, openTraining } from '../support/mlflow-registry.js';

const { mlflow } = engines();
const url = mlflow?.url ?? '';

describe.skipIf(mlflow === null)('Evidence on MLflow (left out by REGISTRIES)', () => {
  let opened: OpenedMlflow;
  let adapter: RegistryAdapter;
  let training: MlflowTraining;
  let model: ModelRef;

  beforeAll(async () => {
    opened = await openMlflow(url);
    adapter = opened.adapter;
    training = await openTraining(opened.api);
    model = (await adapter.createModel({ name: 'trained' }, call())).ref;
  });
  afterAll(() => opened[Symbol.asyncDispose]());

  const register = async (runId?: string, uri = 's3://registrar-conformance/model.tar.gz'): Promise<VersionRef> => {
    const lineage = runId === undefined ? {} : { lineage: { runId } };
    return (await adapter.registerVersion({ model, artifacts: [{ uri }], ...lineage }, call())).ref;
  };
  const evidence = (
    refs: readonly VersionRef[],
    parts: readonly EvidencePart[] = ['METRICS', 'PARAMETERS', 'REPORTS', 'MODEL_CARD'],
    from: RegistryAdapter = adapter,
  ) => from.getEvidence(refs, { ...call(), parts });
  const evidenceOf = async (ref: VersionRef, from?: RegistryAdapter): Promise<EvidenceRecord> => {
    const [found] = await evidence([ref], undefined, from);
    if (found instanceof RegistryError || found === null || found === undefined) throw found ?? new Error('None.');
    return found;
  };
  const NONE = { metrics: [], parameters: [], reports: [], modelCard: null, problems: [] };

  it('is what the run logged last, by name, and says what is not finite', async () => {
    const runId = await training.run({
      params: { lr: '0.1', depth: '3' },
      metrics: [
        { key: 'recall', value: 0.9, step: 1 },
        { key: 'recall', value: 0.8, step: 3 },
        { key: 'recall', value: 0.7, step: 2 },
        { key: 'auc', value: 0, step: 2 ** 60 },
        { key: 'loss', value: 'NaN' },
        { key: 'ratio', value: 'Infinity' },
        { key: 'trend', value: '-Infinity' },
      ],
    });
    const plain = { unit: null, dataset: null, standardDeviation: null, goal: 'UNKNOWN', source: runId };
    expect(await evidenceOf(await register(runId))).toEqual({
      ...NONE,
      metrics: [
        { ...plain, name: 'auc', value: 0, text: null, step: null },
        { ...plain, name: 'loss', value: null, text: 'NaN', step: 0 },
        { ...plain, name: 'ratio', value: null, text: 'Infinity', step: 0 },
        { ...plain, name: 'recall', value: 0.8, text: null, step: 3 },
        { ...plain, name: 'trend', value: null, text: '-Infinity', step: 0 },
      ],
      parameters: [
        { key: 'depth', value: '3' },
        { key: 'lr', value: '0.1' },
      ],
    });
  });

  it('is that of its own logged model before that of the run, where other models of the run have logged too', async () => {
    const runId = await training.run({
      params: { lr: '0.1', seed: '1' },
      metrics: [{ key: 'minutes', value: 12 }],
    });
    const mine = await training.loggedModel(runId, { lr: '0.2' });
    const other = await training.loggedModel(runId);
    const evaluation = await training.run({});
    for (const metric of [
      { key: 'recall', value: 0.7, step: 1, timestamp: 1, dataset: 'val' },
      { key: 'recall', value: 0.8, step: 2, timestamp: 2, dataset: 'val' },
      { key: 'recall', value: 0.6, step: 3, timestamp: 2, dataset: 'test' },
      { key: 'f1', value: 0.5, dataset: 'val' },
    ]) {
      await training.logMetric(runId, metric, mine);
    }
    await training.logMetric(evaluation, { key: 'minutes', value: 3, dataset: 'val' }, mine);
    await training.logMetric(evaluation, { key: 'f1', value: 0.4, timestamp: 9 }, mine);
    await training.logMetric(runId, { key: 'recall', value: 0.99, step: 9, timestamp: 9 }, other);

    const { metrics, parameters, problems } = await evidenceOf(await register(undefined, `models:/${mine}`));
    expect(metrics.map(({ name, dataset, value, source }) => [name, dataset, value, source])).toEqual([
      ['f1', null, 0.4, mine],
      ['f1', 'val', 0.5, mine],
      ['minutes', null, 12, runId],
      ['minutes', 'val', 3, mine],
      ['recall', 'test', 0.6, mine],
      ['recall', 'val', 0.8, mine],
    ]);
    expect(parameters).toEqual([
      { key: 'lr', value: '0.2' },
      { key: 'seed', value: '1' },
    ]);
    expect(problems).toEqual([]);
  });

  // MLflow writes 0 in its place: a rule such as "loss below 0.1" would pass.
  it('does not take the NaN of a logged model for a zero, nor a zero for one', async () => {
    const runId = await training.run({});
    const modelId = await training.loggedModel(runId);
    await training.logMetric(runId, { key: 'loss', value: 'NaN' }, modelId);
    await training.logMetric(runId, { key: 'errors', value: 0 }, modelId);
    await training.logMetric(runId, { key: 'drift', value: 'NaN', step: 1 }, modelId);
    await training.logMetric(runId, { key: 'drift', value: 0.4, step: 2 });
    const { metrics, problems } = await evidenceOf(await register(runId, `models:/${modelId}`));
    expect(metrics).toMatchObject([
      { name: 'errors', value: 0, text: null },
      { name: 'loss', value: null, text: 'NaN' },
    ]);
    expect(problems).toMatchObject([
      { part: 'METRICS', error: { code: 'UPSTREAM_INVALID', message: expect.stringContaining('"drift"') } },
    ]);
  });

  it('is empty without a run, null without a version, and only what was asked for', async () => {
    const runId = await training.run({ metrics: [{ key: 'auc', value: 1 }], params: { lr: '1' } });
    const refs = [await register(), { ...model, version: '4711' }, await register(runId)];
    expect(await evidence(refs, ['METRICS'])).toMatchObject([
      NONE,
      null,
      { metrics: [{ name: 'auc' }], parameters: [] },
    ]);
    expect(await evidence(refs, ['PARAMETERS'])).toMatchObject([
      NONE,
      null,
      { metrics: [], parameters: [{ key: 'lr' }] },
    ]);
    expect(await evidence(refs, ['REPORTS', 'MODEL_CARD'])).toEqual([NONE, null, NONE]);
    expect(await evidence(refs, [])).toEqual([NONE, null, NONE]);
  });

  it('tells of a run that is gone, and gives what its logged model has', async () => {
    const gone = await register('0123456789abcdef0123456789abcdef');
    const { problems, ...rest } = await evidenceOf(gone);
    expect({ ...rest, problems: [] }).toEqual(NONE);
    const error = {
      code: 'NOT_FOUND',
      registryId: adapter.id,
      operation: 'getEvidence',
      message: expect.stringContaining('run "0123456789abcdef0123456789abcdef"'),
    };
    // A run has both: each part says so, as far as it is asked for.
    expect(problems).toMatchObject([
      { part: 'METRICS', error },
      { part: 'PARAMETERS', error },
    ]);
    expect(problems[0]?.error).toBe(problems[1]?.error);
    for (const part of ['METRICS', 'PARAMETERS'] as const) {
      expect(await evidence([gone], [part])).toMatchObject([{ problems: [{ part, error }] }]);
    }
    const modelId = await training.loggedModel(await training.run({}), { lr: '2' });
    const half = await register('0123456789abcdef0123456789abcdef', `models:/${modelId}`);
    expect(await evidenceOf(half)).toMatchObject({
      parameters: [{ key: 'lr' }],
      problems: [{ part: 'METRICS' }, { part: 'PARAMETERS' }],
    });
  });

  it.each([
    [403, 'FORBIDDEN'],
    [500, 'UPSTREAM_UNAVAILABLE'],
    [429, 'RATE_LIMITED'],
  ])('tells of a run that answers %i', async (status, code) => {
    const runId = await training.run({ metrics: [{ key: 'auc', value: 1 }] });
    const refs = [await register(runId), await register()];
    await using proxy = await startFaultProxy(url);
    await using through = opened.through(proxy.origin);
    proxy.inject({ kind: 'status', status }, { match: '/runs/get' });
    expect(await evidence(refs, ['METRICS'], through)).toMatchObject([
      { metrics: [], problems: [{ part: 'METRICS', error: { code } }] },
      NONE,
    ]);
  });

  it('ends with the call', async () => {
    const ref = await register(await training.run({}));
    await using proxy = await startFaultProxy(url);
    await using through = opened.through(proxy.origin);
    proxy.inject({ kind: 'hang' }, { match: '/runs/get' });
    const signal = AbortSignal.timeout(300);
    const reading = through.getEvidence([ref], { ...call(), signal, parts: ['METRICS'] });
    expect(await rejection(reading)).toBeInstanceOf(TimeoutError);
  });

  it('takes a call per run and logged model, and none for what is not asked for', async () => {
    const runs = [await training.run({}), await training.run({})];
    const modelId = await training.loggedModel(runs[0] ?? '');
    const refs: VersionRef[] = [];
    for (let index = 0; index < 6; index += 1) refs.push(await register(runs[index % 2]));
    refs.push(await register(runs[0], `models:/${modelId}`));
    await using proxy = await startFaultProxy(url);
    await using counted = opened.through(proxy.origin);
    await evidence([...refs, ...refs], ['METRICS', 'PARAMETERS'], counted);
    expect(proxy.counts()).toEqual({
      'GET /api/2.0/mlflow/registered-models/get': 1,
      'GET /api/2.0/mlflow/model-versions/search': 1,
      'GET /api/2.0/mlflow/runs/get': 2,
      [`GET /api/2.0/mlflow/logged-models/${modelId}`]: 1,
    });
    proxy.reset();
    await evidence(refs, ['REPORTS', 'MODEL_CARD'], counted);
    expect(proxy.requests).toHaveLength(2);
  });
});
