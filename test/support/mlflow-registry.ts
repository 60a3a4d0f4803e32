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
