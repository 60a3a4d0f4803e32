import { NotFoundError, type RegistryError } from '../../src/domain/errors.js';
import type { OffsetPage } from '../shared/offset-pager.js';
import { isRefusedParameter, type MlflowCall, unexpectedAnswer } from './errors.js';
import type { MlflowOptions } from './options.js';
import { type Search, searchQuery, toOffsetPage } from './search.js';
import { createTransport, get } from './transport.js';
import {
  loggedModelAnswer,
  modelAnswer,
  modelsAnswer,
  runAnswer,
  versionAnswer,
  versionsAnswer,
  type WireLoggedModel,
  type WireModel,
  type WireRun,
  type WireVersion,
} from './wire.js';
import { type MlflowWrites, writeCalls } from './write-calls.js';

/** The calls to the server that the adapter makes, one method each. All reject with a `RegistryError`. */
export interface MlflowClient extends MlflowWrites, AsyncDisposable {
  searchModels(search: Search, call: MlflowCall): Promise<OffsetPage<WireModel>>;
  searchVersions(search: Search, call: MlflowCall): Promise<OffsetPage<WireVersion>>;
  getModel(name: string, call: MlflowCall): Promise<WireModel | null>;
  getVersion(name: string, version: string, call: MlflowCall): Promise<WireVersion | null>;
  getVersionByAlias(name: string, alias: string, call: MlflowCall): Promise<WireVersion | null>;
  /** Rejects with a `NotFoundError` where there is no such run; one in the trash is there. */
  getRun(runId: string, call: MlflowCall): Promise<WireRun>;
  /** As `getRun`. Servers before 3 have no such models. */
  getLoggedModel(modelId: string, call: MlflowCall): Promise<WireLoggedModel>;
  serverVersion(call: MlflowCall): Promise<string>;
  /** Rejects where the server does not know the workspace of the options, or no workspaces at all. */
  findWorkspace(call: MlflowCall): Promise<void>;
}

export function createMlflowClient(options: MlflowOptions): MlflowClient {
  const transport = createTransport(options);
  const { ask, send } = transport;

  return {
    ...writeCalls(transport),

    async searchModels(search, call) {
      const answer = await ask(modelsAnswer, get('/registered-models/search', searchQuery(search)), call);
      return toOffsetPage(search, answer.registered_models, answer.next_page_token);
    },

    async searchVersions(search, call) {
      const answer = await ask(versionsAnswer, get('/model-versions/search', searchQuery(search)), call);
      return toOffsetPage(search, answer.model_versions, answer.next_page_token);
    },

    async getModel(name, call) {
      const answer = await orNull(ask(modelAnswer, get('/registered-models/get', [['name', name]]), call));
      // Some databases compare names ignoring case or trailing spaces: what comes back may be another model.
      return answer?.registered_model.name === name ? answer.registered_model : null;
    },

    async getVersion(name, version, call) {
      const request = get('/model-versions/get', [
        ['name', name],
        ['version', version],
      ]);
      const found = (await orNull(ask(versionAnswer, request, call)))?.model_version;
      return found?.name === name && found.version === version ? found : null;
    },

    async getVersionByAlias(name, alias, call) {
      const request = get('/registered-models/alias', [
        ['name', name],
        ['alias', alias],
      ]);
      const answer = await orNull(ask(versionAnswer, request, call));
      return answer?.model_version.name === name ? answer.model_version : null;
    },

    async getRun(runId, call) {
      return (await ask(runAnswer, get('/runs/get', [['run_id', runId]]), call)).run;
    },

    async getLoggedModel(modelId, call) {
      return (await ask(loggedModelAnswer, get(`/logged-models/${encodeURIComponent(modelId)}`), call)).model;
    },

    async serverVersion(call) {
      const { text } = await send({ method: 'GET', path: '/version' }, call);
      if (!/^\d+\.\d+[\w.+-]*$/.test(text.trim())) throw unexpectedAnswer(call);
      return text.trim();
    },

    async findWorkspace(call) {
      const path = `/api/3.0/mlflow/workspaces/${encodeURIComponent(options.workspace ?? '')}`;
      await send({ method: 'GET', path }, call);
    },

    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  };
}

/** A name, number or alias that MLflow takes for impossible is one of nothing that is there. */
function orNull<T>(answer: Promise<T>): Promise<T | null> {
  return answer.catch((error: RegistryError) => {
    if (error instanceof NotFoundError || isRefusedParameter(error)) return null;
    throw error;
  });
}
