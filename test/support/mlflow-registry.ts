import { randomUUID } from 'node:crypto';
import { createMlflowAdapter, mlflowOptions } from '../../adapters/mlflow/index.js';
import type { ModelRef, VersionRef } from '../../src/domain/refs.js';
import type { OpenedRegistry } from '../conformance/harness.js';

/** MLflow's REST API as other people use it. */
export interface MlflowApi {
  /** @throws Error unless the server is content. */
  call(method: string, path: string, body?: unknown): Promise<Record<string, unknown>>;
}

export function mlflowApi(url: string, headers: Readonly<Record<string, string>> = {}): MlflowApi {
  return {
    async call(method, path, body) {
      const response = await fetch(`${url}/api/2.0/mlflow${path}`, {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return JSON.parse(text) as Record<string, unknown>;
    },
  };
}

export interface OpenedMlflow extends OpenedRegistry {
  readonly api: MlflowApi;
  /** Raw options of an adapter over the same registry. */
  readonly options: { readonly url: string; readonly workspace?: string };
}

/** A registry with nothing in it: a workspace of its own where the server has workspaces, otherwise the whole server, emptied. */
export async function openMlflow(url: string, id = 'mlflow'): Promise<OpenedMlflow> {
  const workspace = await newWorkspace(url);
  const headers: Record<string, string> = workspace === undefined ? {} : { 'x-mlflow-workspace': workspace };
  const options = { url, ...(workspace === undefined ? {} : { workspace }) };
  const api = mlflowApi(url, headers);
  if (workspace === undefined) await empty(api);
  const adapter = createMlflowAdapter(id, mlflowOptions.parse(options));
  const post = async (path: string, body: unknown) => void (await api.call('POST', path, body));
  const version = ({ name, version }: VersionRef) => ({ name, version });
  return {
    api,
    options,
    adapter,
    origin: url,
    through: (origin) => createMlflowAdapter(id, mlflowOptions.parse({ ...options, url: origin })),
    setApprovalStatus: (ref, status) => {
      const tag = { key: 'validation_status', value: status.toLowerCase() };
      return post('/model-versions/set-tag', { ...version(ref), ...tag });
    },
    deleteVersion: async (ref) => void (await api.call('DELETE', '/model-versions/delete', version(ref))),
    deleteModel: async ({ name }) => void (await api.call('DELETE', '/registered-models/delete', { name })),
    setAlias: (ref, alias) => post('/registered-models/alias', { ...version(ref), alias }),
    setStage: (ref, stage) =>
      post('/model-versions/transition-stage', { ...version(ref), stage, archive_existing_versions: false }),
    createVersions: (model, count) => createVersions(api, model, count),
    [Symbol.asyncDispose]: () => adapter[Symbol.asyncDispose](),
  };
}

async function newWorkspace(url: string): Promise<string | undefined> {
  const name = `t-${randomUUID()}`;
  const response = await fetch(`${url}/api/3.0/mlflow/workspaces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  });
  await response.text();
  return response.ok ? name : undefined;
}

/** Prompts too, which only a filter of their own finds. */
async function empty(api: MlflowApi): Promise<void> {
  const prompts = encodeURIComponent("tags.`mlflow.prompt.is_prompt` = 'true'");
  for (const filter of ['', `&filter=${prompts}`]) {
    for (;;) {
      const found = await api.call('GET', `/registered-models/search?max_results=1000${filter}`);
      const models = (found['registered_models'] ?? []) as readonly { readonly name: string }[];
      if (models.length === 0) break;
      for (const { name } of models) await api.call('DELETE', '/registered-models/delete', { name });
    }
  }
}

/** One after the other: SQLite takes one writer, and MLflow numbers by the highest number so far. */
async function createVersions(api: MlflowApi, { name }: ModelRef, count: number): Promise<void> {
  const body = { name, source: 's3://registrar-conformance/many/model.tar.gz' };
  for (let made = 0; made < count; made += 1) await api.call('POST', '/model-versions/create', body);
}

export interface LoggedMetric {
  readonly key: string;
  /** `NaN` and the like as text. */
  readonly value: number | string;
  readonly step?: number;
  /** Ms. Default: 1. */
  readonly timestamp?: number;
  readonly dataset?: string;
}

/** Runs and logged models, as training code leaves them behind. */
export interface MlflowTraining {
  run(logged: {
    readonly metrics?: readonly LoggedMetric[];
    readonly params?: Readonly<Record<string, string>>;
  }): Promise<string>;
  logMetric(runId: string, metric: LoggedMetric, modelId?: string): Promise<void>;
  loggedModel(runId: string, params?: Readonly<Record<string, string>>): Promise<string>;
}

export async function openTraining(api: MlflowApi): Promise<MlflowTraining> {
  const experiment = await api.call('POST', '/experiments/create', { name: randomUUID() });
  const entries = (params: Readonly<Record<string, string>> = {}) =>
    Object.entries(params).map(([key, value]) => ({ key, value }));
  const logMetric: MlflowTraining['logMetric'] = async (run_id, metric, model_id) => {
    const { dataset, step = 0, timestamp = 1, ...rest } = metric;
    const of = dataset === undefined ? {} : { dataset_name: dataset, dataset_digest: 'd1' };
    await api.call('POST', '/runs/log-metric', { run_id, ...rest, ...of, step, timestamp, model_id });
  };
  return {
    logMetric,
    async run({ metrics = [], params }) {
      const { run } = (await api.call('POST', '/runs/create', experiment)) as {
        run: { info: { run_id: string } };
      };
      const { run_id } = run.info;
      for (const parameter of entries(params)) await api.call('POST', '/runs/log-parameter', { run_id, ...parameter });
      for (const metric of metrics) await logMetric(run_id, metric);
      return run_id;
    },
    async loggedModel(source_run_id, params) {
      const body = { ...experiment, name: 'model', source_run_id, params: entries(params) };
      const { model } = (await api.call('POST', '/logged-models', body)) as { model: { info: { model_id: string } } };
      return model.info.model_id;
    },
  };
}
