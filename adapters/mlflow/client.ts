import type * as z from 'zod';
import { NotFoundError, type RegistryError } from '../../src/domain/errors.js';
import type { Tag } from '../../src/domain/model.js';
import { createLimiter } from '../shared/concurrency.js';
import { createHttpClient, type HttpRequest, type HttpResponse } from '../shared/http-client.js';
import type { OffsetPage } from '../shared/offset-pager.js';
import { isRefusedParameter, type MlflowCall, toAnswerError, toTransportError, unexpectedAnswer } from './errors.js';
import type { MlflowOptions } from './options.js';
import { modelAnswer, modelsAnswer, versionAnswer, versionsAnswer, type WireModel, type WireVersion } from './wire.js';

export interface Search {
  /** Joined by AND, the only connective there is. */
  readonly conditions: readonly string[];
  readonly orderBy: readonly string[];
  readonly limit: number;
  /** Default 0. */
  readonly offset?: number;
}

export interface NewWireVersion {
  readonly name: string;
  readonly source: string;
  readonly tags: readonly Tag[];
  readonly description?: string;
  readonly run_id?: string;
}

/** The calls to the server that the adapter makes, one method each. All reject with a `RegistryError`. */
export interface MlflowClient extends AsyncDisposable {
  searchModels(search: Search, call: MlflowCall): Promise<OffsetPage<WireModel>>;
  searchVersions(search: Search, call: MlflowCall): Promise<OffsetPage<WireVersion>>;
  getModel(name: string, call: MlflowCall): Promise<WireModel | null>;
  getVersion(name: string, version: string, call: MlflowCall): Promise<WireVersion | null>;
  getVersionByAlias(name: string, alias: string, call: MlflowCall): Promise<WireVersion | null>;
  createModel(body: { name: string; description?: string; tags: readonly Tag[] }, call: MlflowCall): Promise<WireModel>;
  createVersion(body: NewWireVersion, call: MlflowCall): Promise<WireVersion>;
  serverVersion(call: MlflowCall): Promise<string>;
  /** Rejects where the server does not know the workspace of the options, or no workspaces at all. */
  findWorkspace(call: MlflowCall): Promise<void>;
}

const API = '/api/2.0/mlflow';

export function createMlflowClient(options: MlflowOptions): MlflowClient {
  const http = createHttpClient({
    baseUrl: options.url,
    headers: headersFor(options),
    connections: options.concurrency,
  });
  const limiter = createLimiter(options.concurrency);

  const send = async (request: Omit<HttpRequest, 'signal'>, call: MlflowCall): Promise<HttpResponse> => {
    const { signal } = call;
    let response: HttpResponse;
    try {
      response = await limiter.run(() => http.request({ ...request, signal }), signal);
    } catch (error) {
      throw toTransportError(error, call);
    }
    if (response.status < 200 || response.status >= 300) throw toAnswerError(response, call);
    return response;
  };

  const sendFor = async <S extends z.ZodType>(
    schema: S,
    request: Omit<HttpRequest, 'signal'>,
    call: MlflowCall,
  ): Promise<z.output<S>> => {
    const response = await send(request, call);
    const parsed = schema.safeParse(response.json);
    if (!parsed.success) throw unexpectedAnswer(call, parsed.error);
    return parsed.data;
  };

  const get = (path: string, query: HttpRequest['query'] = []) =>
    ({ method: 'GET', path: `${API}${path}`, query }) as const;
  const post = (path: string, body: unknown) => ({ method: 'POST', path: `${API}${path}`, body }) as const;

  return {
    async searchModels(search, call) {
      const request = get('/registered-models/search', searchQuery(search));
      const answer = await sendFor(modelsAnswer, request, call);
      return toOffsetPage(search, answer.registered_models, answer.next_page_token);
    },

    async searchVersions(search, call) {
      const request = get('/model-versions/search', searchQuery(search));
      const answer = await sendFor(versionsAnswer, request, call);
      return toOffsetPage(search, answer.model_versions, answer.next_page_token);
    },

    async getModel(name, call) {
      const request = get('/registered-models/get', [['name', name]]);
      const answer = await orNull(sendFor(modelAnswer, request, call));
      // Some databases compare names ignoring case or trailing spaces: what comes back may be another model.
      return answer?.registered_model.name === name ? answer.registered_model : null;
    },

    async getVersion(name, version, call) {
      const request = get('/model-versions/get', [
        ['name', name],
        ['version', version],
      ]);
      const answer = await orNull(sendFor(versionAnswer, request, call));
      return answer?.model_version.name === name ? answer.model_version : null;
    },

    async getVersionByAlias(name, alias, call) {
      const request = get('/registered-models/alias', [
        ['name', name],
        ['alias', alias],
      ]);
      const answer = await orNull(sendFor(versionAnswer, request, call));
      return answer?.model_version.name === name ? answer.model_version : null;
    },

    async createModel(body, call) {
      return (await sendFor(modelAnswer, post('/registered-models/create', body), call)).registered_model;
    },

    async createVersion(body, call) {
      return (await sendFor(versionAnswer, post('/model-versions/create', body), call)).model_version;
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

    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  };
}

function headersFor({ auth, workspace }: MlflowOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  if (workspace !== undefined) headers['x-mlflow-workspace'] = workspace;
  if (auth.type === 'bearer') headers['authorization'] = `Bearer ${auth.token}`;
  if (auth.type === 'basic') {
    headers['authorization'] = `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`;
  }
  return headers;
}

function searchQuery({ conditions, orderBy, limit, offset = 0 }: Search): readonly (readonly [string, string])[] {
  return [
    ...(conditions.length === 0 ? [] : [['filter', conditions.join(' AND ')] as const]),
    // Without it, some versions answer with 200,000 rows.
    ['max_results', String(limit)],
    ...orderBy.map((order) => ['order_by', order] as const),
    // An offset of 0 is not a valid token.
    ...(offset === 0 ? [] : [['page_token', pageToken(offset)] as const]),
  ];
}

/** Such as the server's own: jumping to an offset is what makes seeking a place possible. */
function pageToken(offset: number): string {
  return Buffer.from(JSON.stringify({ offset })).toString('base64');
}

/** With MLflow's basic-auth app, pages lack what the user may not read, but their tokens count it. */
function toOffsetPage<T>({ offset = 0 }: Search, items: readonly T[], token = ''): OffsetPage<T> {
  const counted = /"offset": ?(\d+)/.exec(Buffer.from(token, 'base64').toString())?.[1];
  return { items, hasMore: token !== '', end: counted === undefined ? offset + items.length : Number(counted) };
}

/** A name, number or alias that MLflow takes for impossible is one of nothing that is there. */
function orNull<T>(answer: Promise<T>): Promise<T | null> {
  return answer.catch((error: RegistryError) => {
    if (error instanceof NotFoundError || isRefusedParameter(error)) return null;
    throw error;
  });
}
