import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type ApolloServer, HeaderMap } from '@apollo/server';
import type { Logger } from 'pino';
import type { GraphQLContext } from '../context.js';
import type { Caller } from '../domain/access.js';
import { RegistryError, UnauthenticatedError } from '../domain/errors.js';
import type { Explorer } from './explorer.js';
import { formatError } from './format-error.js';
import type { HookHandler } from './hooks.js';
import { answerJson, BodyTooLargeError, ClientGoneError, NotJsonError, readJson } from './http-io.js';
import { requestIdOf } from './request-id.js';
import type { AnswerSse } from './sse.js';

export interface HttpOptions {
  readonly graphql: ApolloServer<GraphQLContext>;
  /**
   * Says who sends a request.
   * @throws UnauthenticatedError, with why as its cause; another `RegistryError` where it cannot be told now.
   */
  readonly authenticate: (headers: {
    readonly authorization?: string | undefined;
    readonly host?: string | undefined;
  }) => Promise<Caller>;
  /** @param signal Ends when the client goes away. */
  readonly createContext: (requestId: string, caller: Caller, signal: AbortSignal) => GraphQLContext;
  /** The page that a browser gets at `/graphql`; null: none. */
  readonly explorer: Explorer | null;
  /** Answers at `/graphql/stream`. */
  readonly sse: AnswerSse;
  readonly maxBodyBytes: number;
  /** What takes the deliveries of webhooks, under `/hooks/`. Absent: there are none. */
  readonly hooks?: HookHandler | undefined;
  readonly log: Logger;
}

/** How long a client may take to send its request: whole, and its headers. */
const RECEIVE = { requestTimeout: 60_000, headersTimeout: 20_000 };

/** Serves `/graphql` and the health probes on bare `node:http`: a framework in between costs more than it does here. */
export function createHttpServer(options: HttpOptions): Server {
  return createServer(RECEIVE, (request, response) => {
    const requestId = requestIdOf(request);
    response.setHeader('X-Request-Id', requestId);
    route(request, response, requestId, options).catch((error: unknown) => {
      if (error instanceof ClientGoneError) {
        options.log.debug({ requestId }, 'a client left before its request was whole');
        return;
      }
      options.log.error({ err: error, requestId }, 'a request failed outside of GraphQL');
      if (response.headersSent) response.destroy();
      else
        answerError(
          response,
          500,
          'INTERNAL',
          'A fault in the gateway. Report it with the X-Request-Id of this answer.',
        );
    });
  });
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  options: HttpOptions,
): Promise<void> {
  const url = URL.parse(request.url ?? '/', 'http://gateway');
  switch (url?.pathname) {
    case '/graphql':
      return answerGraphQL(request, response, url, requestId, options);
    case '/graphql/stream': {
      const authenticate = () => callerOf(request, response, requestId, options);
      return options.sse({ request, response, url, requestId, authenticate });
    }
    case '/health/live':
    case '/health/ready':
      // Ready does not need every registry: what cannot be reached is said in each answer.
      return answerJson(response, 200, { status: 'ok' });
    default:
      if (options.hooks !== undefined && url?.pathname.startsWith('/hooks/') === true) {
        return options.hooks(request, response, url.pathname, requestId);
      }
      return answerError(response, 404, 'NOT_FOUND', 'There is nothing at this address. The API is at /graphql.');
  }
}

async function answerGraphQL(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  requestId: string,
  options: HttpOptions,
): Promise<void> {
  const method = request.method ?? 'GET';
  if (method !== 'GET' && method !== 'POST') {
    const message = `There is no ${method} here. Send the operation by POST, or a query by GET.`;
    return answerError(response, 405, 'BAD_USER_INPUT', message, { Allow: 'GET, POST' });
  }
  if (options.explorer !== null && method === 'GET' && !url.searchParams.has('query') && wantsHtml(request)) {
    const page = await options.explorer.gzipped();
    const headers = {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Encoding': 'gzip',
      // The same address answers queries, and its page changes with the gateway.
      'Cache-Control': 'no-cache',
      Vary: 'Accept, Accept-Encoding',
    };
    response.writeHead(200, headers).end(page);
    return;
  }
  // Before anything of the request is read: nobody who may not come in can make the gateway work.
  const caller = await callerOf(request, response, requestId, options);
  if (caller === undefined) return;
  let body: unknown;
  try {
    body = method === 'POST' ? await readJson(request, options.maxBodyBytes) : undefined;
  } catch (error) {
    if (error instanceof BodyTooLargeError) return answerError(response, 413, 'BAD_USER_INPUT', error.message);
    if (error instanceof NotJsonError) return answerError(response, 400, 'BAD_USER_INPUT', error.message);
    throw error;
  }

  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const result = await options.graphql.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method, headers: headersOf(request), search: url.search, body },
    context: async () => options.createContext(requestId, caller, gone.signal),
  });
  for (const [name, value] of result.headers) response.setHeader(name, value);
  response.statusCode = result.status ?? 200;
  if (result.body.kind === 'complete') {
    response.end(result.body.string);
    return;
  }
  for await (const chunk of result.body.asyncIterator) response.write(chunk);
  response.end();
}

/** Undefined: whoever it is may not come in, and was told so. */
async function callerOf(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  { authenticate, log }: HttpOptions,
): Promise<Caller | undefined> {
  try {
    return await authenticate(request.headers);
  } catch (error) {
    answerRefusal(response, requestId, error, log);
    return undefined;
  }
}

/** Why is for the log alone: whoever tries keys and tokens must not learn from the answers. */
function answerRefusal(response: ServerResponse, requestId: string, error: unknown, log: Logger): void {
  if (!(error instanceof RegistryError)) throw error;
  const body = { errors: [formatError({ message: error.message }, error)] };
  const reason = error.cause instanceof Error ? error.cause.message : undefined;
  if (error instanceof UnauthenticatedError) {
    log.info({ requestId, reason }, 'a request without valid credentials was refused');
    answerJson(response, 401, body, { 'WWW-Authenticate': 'Bearer' });
    return;
  }
  log.warn({ requestId, code: error.code, err: error }, 'a caller could not be told');
  const { retryAfterMs } = error;
  answerJson(response, 503, body, retryAfterMs === undefined ? {} : { 'Retry-After': Math.ceil(retryAfterMs / 1000) });
}

function answerError(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  headers: OutgoingHttpHeaders = {},
): void {
  answerJson(response, status, { errors: [{ message, extensions: { code, retryable: false } }] }, headers);
}

function headersOf(request: IncomingMessage): HeaderMap {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return headers;
}

function wantsHtml(request: IncomingMessage): boolean {
  return request.headers.accept?.includes('text/html') ?? false;
}
