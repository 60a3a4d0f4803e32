import type * as z from 'zod';
import { createLimiter } from '../shared/concurrency.js';
import { createHttpClient, type HttpRequest, type HttpResponse } from '../shared/http-client.js';
import { type MlflowCall, toAnswerError, toTransportError, unexpectedAnswer } from './errors.js';
import type { MlflowOptions } from './options.js';

export type MlflowRequest = Omit<HttpRequest, 'signal'>;

/** One server, no more calls at once than its options allow. All of it rejects with a `RegistryError`. */
export interface MlflowTransport extends AsyncDisposable {
  send(request: MlflowRequest, call: MlflowCall): Promise<HttpResponse>;
  /** The body of the answer, which must be as `schema` says. */
  ask<S extends z.ZodType>(schema: S, request: MlflowRequest, call: MlflowCall): Promise<z.output<S>>;
}

const API = '/api/2.0/mlflow';

export function get(path: string, query: MlflowRequest['query'] = []): MlflowRequest {
  return { method: 'GET', path: `${API}${path}`, query };
}

export function write(method: 'POST' | 'PATCH' | 'DELETE', path: string, body: unknown): MlflowRequest {
  return { method, path: `${API}${path}`, body };
}

export function createTransport(options: MlflowOptions): MlflowTransport {
  const http = createHttpClient({
    baseUrl: options.url,
    headers: headersFor(options),
    connections: options.concurrency,
  });
  const limiter = createLimiter(options.concurrency);

  const send: MlflowTransport['send'] = async (request, call) => {
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

  return {
    send,
    async ask(schema, request, call) {
      const response = await send(request, call);
      const parsed = schema.safeParse(response.json);
      if (!parsed.success) throw unexpectedAnswer(call, parsed.error);
      return parsed.data;
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
