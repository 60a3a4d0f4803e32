import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Caller } from '../domain/access.js';
import { InvalidInputError } from '../domain/errors.js';
import { answerJson, BodyTooLargeError, NotJsonError, readJson } from './http-io.js';
import type { Connections } from './streams/connections.js';
import { createEventStream } from './streams/event-stream.js';
import { openStream } from './streams/open-stream.js';
import { fromSearch, type OperationRequest, toOperationRequest } from './streams/operation-request.js';
import { executeOnce, type OperationOptions } from './streams/operations.js';
import type { ReadDocument } from './streams/stream-document.js';
import type { Subscriptions } from './streams/subscriptions.js';

export interface SseOptions extends OperationOptions {
  readonly connections: Connections;
  readonly subscriptions: Subscriptions;
  readonly readDocument: ReadDocument;
  readonly maxBodyBytes: number;
  readonly log: Logger;
}

export interface SseRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly requestId: string;
  /** Who asks; undefined: it has been answered already, for it may not come in. */
  readonly authenticate: () => Promise<Caller | undefined>;
}

export type AnswerSse = (asked: SseRequest) => Promise<void>;

const TOKEN_HEADER = 'x-graphql-event-stream-token';

/** Serves `/graphql/stream`: one operation per request, answered by server-sent events (the distinct connections mode of graphql-sse). */
export function createSse(options: SseOptions): AnswerSse {
  return async (asked) => {
    const { request, response, url } = asked;
    const isGet = request.method === 'GET';
    if ((!isGet && request.method !== 'POST') || isSingleConnection(request, url)) {
      const message =
        'There is one stream per operation here, and no stream for several: send the operation itself by GET or POST, without a token (graphql-sse: `singleConnection: false`).';
      return refuse(response, 405, message, { Allow: 'GET, POST' });
    }
    if (!takesEvents(request))
      return refuse(response, 406, 'Ask with `Accept: text/event-stream`: events are all there is here.');
    const caller = await asked.authenticate();
    if (caller === undefined) return undefined;
    if (!options.connections.hasRoom) {
      return refuse(response, 503, 'The gateway has as many listeners as it can take. Try again later.', {
        'Retry-After': 5,
      });
    }
    let operation: OperationRequest;
    try {
      operation = isGet
        ? fromSearch(url.searchParams)
        : toOperationRequest(await readJson(request, options.maxBodyBytes));
    } catch (error) {
      if (error instanceof BodyTooLargeError) return refuse(response, 413, error.message);
      if (error instanceof NotJsonError || error instanceof InvalidInputError)
        return refuse(response, 400, error.message);
      throw error;
    }
    return serve(operation, caller, asked, options);
  };
}

async function serve(
  operation: OperationRequest,
  caller: Caller,
  { request, response, requestId }: SseRequest,
  options: SseOptions,
): Promise<void> {
  const document = options.readDocument(operation);
  if (document.kind === 'MUTATION' && request.method === 'GET') {
    return refuse(response, 405, 'A mutation is sent by POST.', { Allow: 'POST' });
  }
  const events = createEventStream(response, options.connections, options.log.child({ requestId }));
  if (document.kind === 'REFUSED') return events.complete({ errors: document.errors });
  if (document.kind !== 'SUBSCRIPTION') {
    return events.complete(await executeOnce(operation, options, { requestId, caller, signal: events.gone }));
  }
  const { authorization, host } = request.headers;
  // Where a client has been already counts more than where it began.
  const after = request.headers['last-event-id'];
  const listener = { requestId, caller, after: typeof after === 'string' && after !== '' ? after : undefined };
  const opened = await openStream(options.subscriptions, document, operation, listener, events.sink);
  if (!('end' in opened)) return events.complete({ errors: opened });
  events.stay(opened, { authorization, host }, caller);
}

function isSingleConnection(request: IncomingMessage, url: URL): boolean {
  return request.headers[TOKEN_HEADER] !== undefined || url.searchParams.has('token');
}

function takesEvents({ headers: { accept = '*/*' } }: IncomingMessage): boolean {
  return /text\/event-stream|text\/\*|\*\/\*/.test(accept);
}

function refuse(response: ServerResponse, status: number, message: string, headers: OutgoingHttpHeaders = {}): void {
  const code = status === 503 ? 'RATE_LIMITED' : 'BAD_USER_INPUT';
  answerJson(response, status, { errors: [{ message, extensions: { code, retryable: status === 503 } }] }, headers);
}
