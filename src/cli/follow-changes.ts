import { setTimeout as sleep } from 'node:timers/promises';
import { type Dispatcher, request } from 'undici';
import { readEvents } from './event-stream.js';
import type { GraphQLClientOptions } from './graphql-client.js';
import { asRecord, GatewayError, readGraphQLError } from './graphql-client-errors.js';
import { ITEM_FIELDS, type TailItem } from './tail-items.js';

export interface FollowOptions extends GraphQLClientOptions {
  /** A `ChangeFilter`. */
  readonly filter: Readonly<Record<string, unknown>>;
  /** Null: from now on. */
  readonly after: string | null;
  readonly signal: AbortSignal;
  /** Told when the connection is lost and when it is there again: null. */
  readonly report: (problem: GatewayError | null) => void;
}

const DOCUMENT = `subscription Tail($filter: ChangeFilter, $after: String) {
  item: registryChanges(filter: $filter, after: $after) {${ITEM_FIELDS}
  }
}`;

const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 30_000;
/** The gateway sends something at least every minute, unless the connection is dead. */
const SILENCE_MS = 120_000;

/**
 * Changes as they come, over any number of connections: after the last item of one the next goes on. Ends with the signal.
 * @throws GatewayError for what no waiting helps with, and where there was never a connection.
 */
export async function* followChanges(options: FollowOptions): AsyncGenerator<TailItem> {
  const { signal, report } = options;
  let cursor: string | null = null;
  let isLost = true;
  for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
    try {
      for await (const item of listen(options, cursor)) {
        if (isLost) report(null);
        [cursor, isLost, pauseMs] = [item.cursor, false, FIRST_PAUSE_MS];
        yield item;
      }
    } catch (error) {
      if (signal.aborted) return;
      const mayPass = error instanceof GatewayError && error.retryable && cursor !== null;
      if (!mayPass) throw error;
      if (!isLost) report(error);
      isLost = true;
    }
    await sleep((pauseMs * (1 + Math.random())) / 2, undefined, { signal }).catch(() => undefined);
  }
}

/** One connection. Rejects with a GatewayError when it breaks, and ends when the gateway ends it. */
async function* listen(options: FollowOptions, lastEventId: string | null): AsyncGenerator<TailItem> {
  const { url, filter, after, signal } = options;
  const response = await connect(
    options,
    lastEventId,
    JSON.stringify({ query: DOCUMENT, variables: { filter, after } }),
  );
  const requestId = String(response.headers['x-request-id'] ?? '') || undefined;
  if (response.statusCode !== 200 || !/^text\/event-stream\b/.test(String(response.headers['content-type']))) {
    throw await refusalOf(url, response, requestId);
  }
  try {
    for await (const { event, data } of readEvents(response.body)) {
      if (event === 'complete') return;
      if (event === 'next') yield itemOf(data, requestId);
    }
  } catch (error) {
    if (error instanceof GatewayError || signal.aborted) throw error;
    throw unreachable(url, error);
  } finally {
    response.body.destroy();
  }
}

async function connect(
  { url, token, timeoutMs, signal }: FollowOptions,
  lastEventId: string | null,
  body: string,
): Promise<Dispatcher.ResponseData> {
  const stream = new URL(url);
  stream.pathname = `${url.pathname.replace(/\/$/, '')}/stream`;
  try {
    return await request(stream, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(lastEventId === null ? {} : { 'last-event-id': lastEventId }),
      },
      body,
      signal,
      headersTimeout: timeoutMs,
      bodyTimeout: SILENCE_MS,
    });
  } catch (error) {
    throw unreachable(url, error);
  }
}

function itemOf(data: string, requestId: string | undefined): TailItem {
  const result = asRecord(parse(data));
  const { item } = asRecord(result['data']);
  // What the gateway sends as data is what its schema says of the document.
  if (item !== null && item !== undefined) return item as TailItem;
  const [error] = Array.isArray(result['errors']) ? result['errors'] : [];
  throw readGraphQLError(error, requestId);
}

async function refusalOf(
  url: URL,
  { statusCode, body }: Dispatcher.ResponseData,
  requestId: string | undefined,
): Promise<GatewayError> {
  const { errors } = asRecord(parse(await body.text().catch(() => '')));
  if (Array.isArray(errors) && errors.length > 0) return readGraphQLError(errors[0], requestId);
  const isPassing = statusCode === 429 || statusCode >= 500;
  return new GatewayError(
    isPassing ? 'UPSTREAM_UNAVAILABLE' : 'UPSTREAM_INVALID',
    `Something at ${url} answers ${statusCode}, and no stream of changes. Name the gateway's /graphql with --url.`,
    { retryable: isPassing, requestId },
  );
}

function unreachable(url: URL, error: unknown): GatewayError {
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'no connection';
  return new GatewayError(
    'UPSTREAM_UNAVAILABLE',
    `The gateway at ${url} cannot be reached (${code}). Start it, or name another with --url.`,
    { retryable: true, cause: error },
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
