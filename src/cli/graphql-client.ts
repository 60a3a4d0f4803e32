import { asRecord, GatewayError, readGraphQLError } from './graphql-client-errors.js';

export interface GraphQLClientOptions {
  readonly url: URL;
  readonly token: string | null;
  /** How long one answer may take. */
  readonly timeoutMs: number;
}

export interface GraphQLAnswer<T> {
  /** Of the shape that the document asks for. */
  readonly data: T;
  /** Why nullable parts of it are null. */
  readonly errors: readonly GatewayError[];
}

export interface GraphQLClient {
  /** @throws GatewayError where there is no data at all. */
  ask<T>(document: string, variables: Readonly<Record<string, unknown>>): Promise<GraphQLAnswer<T>>;
}

/** What fails before anything is sent. */
const NEVER_ARRIVED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Speaks with a running gateway as any other client does. It tries nothing twice. */
export function createGraphQLClient({ url, token, timeoutMs }: GraphQLClientOptions): GraphQLClient {
  const headers = {
    'Content-Type': 'application/json',
    Accept: 'application/json',
    ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
  };
  return {
    async ask<T>(query: string, variables: Readonly<Record<string, unknown>>) {
      const { response, text } = await post(url, headers, JSON.stringify({ query, variables }), timeoutMs);
      return readAnswer<T>(url, response, text);
    },
  };
}

async function post(url: URL, headers: Readonly<Record<string, string>>, body: string, timeoutMs: number) {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    // A redirect would turn the POST into a GET, or take the token to somebody else.
    const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
    return { response, text: await response.text() };
  } catch (error) {
    if (signal.aborted) {
      throw new GatewayError(
        'UPSTREAM_TIMEOUT',
        `The gateway at ${url} did not answer within ${timeoutMs / 1000} s. Give it longer with --timeout.`,
        { retryable: true, mayHaveArrived: true, cause: error },
      );
    }
    const reason = reasonOf(error);
    throw new GatewayError(
      'UPSTREAM_UNAVAILABLE',
      `The gateway at ${url} cannot be reached (${reason}). Start it, or name another with --url.`,
      { retryable: true, mayHaveArrived: !NEVER_ARRIVED.has(reason), cause: error },
    );
  }
}

function readAnswer<T>(url: URL, response: Response, text: string): GraphQLAnswer<T> {
  const body = asRecord(parseJson(text));
  const requestId = response.headers.get('X-Request-Id') ?? undefined;
  const errors = Array.isArray(body['errors'])
    ? body['errors'].map((entry: unknown) => readGraphQLError(entry, requestId))
    : [];
  const { data } = body;
  // What the gateway sends as data is what its schema says of the document.
  if (data !== null && data !== undefined) return { data: data as T, errors };
  throw errors[0] ?? notGraphQL(url, response);
}

function notGraphQL(url: URL, { status, headers }: Response): GatewayError {
  if (status === 429 || status >= 500) {
    return new GatewayError('UPSTREAM_UNAVAILABLE', `Something at ${url} answers ${status} for the gateway.`, {
      retryable: true,
      mayHaveArrived: true,
    });
  }
  const elsewhere = headers.get('Location');
  const where = elsewhere === null ? '' : ` and refers to ${elsewhere}`;
  return new GatewayError(
    'UPSTREAM_INVALID',
    `What is at ${url} answers ${status}${where}, and no GraphQL. Name the gateway's /graphql with --url.`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The code of what lies beneath a failed `fetch`, e.g. `ECONNREFUSED`. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : 'no connection';
}
