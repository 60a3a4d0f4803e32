import { Pool } from 'undici';
import { retryAfterMs } from './retry-after.js';

export interface HttpClientConfig {
  /** With an optional path, which is put in front of every request's. */
  readonly baseUrl: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Most sockets open at once. */
  readonly connections: number;
  /** Larger answers are given up. Default 64 MiB. */
  readonly maxBodyBytes?: number;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Begins with a slash. */
  readonly path: string;
  /** A repeated name repeats the parameter. */
  readonly query?: readonly (readonly [name: string, value: string])[];
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly text: string;
  /** The parsed body; undefined where it is not JSON. */
  readonly json: unknown;
  /** From `Retry-After`, given in seconds or as a date. */
  readonly retryAfterMs: number | undefined;
}

/** No answer: `unreachable` when the connection failed or broke, `too-large` when the body passed the bound, `aborted` by the signal. */
export class HttpError extends Error {
  constructor(
    readonly kind: 'unreachable' | 'too-large' | 'aborted',
    cause: unknown,
  ) {
    super(`HTTP request ${kind}`, { cause });
    this.name = 'HttpError';
  }
}

/** Gives whatever the server answers, of any status; what it means is for the adapter to say. */
export interface HttpClient extends AsyncDisposable {
  /** @throws HttpError when there is no answer. */
  request(request: HttpRequest): Promise<HttpResponse>;
}

const DEFAULT_MAX_BODY_BYTES = 64 * 1024 * 1024;

// Under the 5 s after which common Python servers close an idle connection: a request sent into that moment would be lost.
const KEEP_ALIVE_MS = 4000;

export function createHttpClient(config: HttpClientConfig): HttpClient {
  const base = new URL(config.baseUrl);
  const prefix = base.pathname.replace(/\/+$/, '');
  const pool = new Pool(base.origin, {
    connections: config.connections,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    maxResponseSize: config.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES,
    // Deadlines come with each call's signal.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  let closed: Promise<void> | undefined;

  return {
    async request({ method, path, query = [], body, signal }) {
      try {
        const {
          statusCode,
          headers,
          body: stream,
        } = await pool.request({
          method,
          path: `${prefix}${path}${queryString(query)}`,
          headers: {
            accept: 'application/json',
            ...config.headers,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          signal,
        });
        const text = await stream.text();
        return {
          status: statusCode,
          text,
          json: isJson(headers['content-type']) ? parseJson(text) : undefined,
          retryAfterMs: retryAfterMs(headers['retry-after']),
        };
      } catch (error) {
        throw new HttpError(signal.aborted ? 'aborted' : kindOf(error), error);
      }
    },

    async [Symbol.asyncDispose]() {
      closed ??= pool.destroy();
      await closed;
    },
  };
}

function queryString(query: readonly (readonly [string, string])[]): string {
  const parts = query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

function isJson(contentType: string | string[] | undefined): boolean {
  return /^application\/(?:[\w.+-]*\+)?json\b/i.test(String(contentType));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function kindOf(error: unknown): 'unreachable' | 'too-large' {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE' ? 'too-large' : 'unreachable';
}
