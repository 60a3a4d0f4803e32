import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What happens to a request instead of, or before, being passed on. */
export type Fault =
  /** An answer of the proxy's own. `retryAfterSeconds` becomes the header `Retry-After`. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterSeconds?: number; readonly json?: unknown }
  /** A web page with status 200, as a sign-in portal or a wrong address gives. */
  | { readonly kind: 'html' }
  /** The upstream's answer, cut off in the middle of its body. */
  | { readonly kind: 'truncate' }
  /** Taken and never answered. */
  | { readonly kind: 'hang' }
  /** The connection is reset. */
  | { readonly kind: 'reset' }
  /** Passed on after a wait. */
  | { readonly kind: 'delay'; readonly ms: number };

export interface Injection {
  /** Default: every request. A text must be the label or its end. */
  readonly match?: string | RegExp;
  /** How many requests it happens to. Default: all. */
  readonly times?: number;
}

/** A reverse proxy in front of a real engine. */
export interface FaultProxy extends AsyncDisposable {
  /** To be used in place of the engine's own origin. */
  readonly origin: string;
  /**
   * The label of each request so far, in order: the operation where the header `X-Amz-Target` names one (`SageMaker.Search`), otherwise method
   * and path (`GET /api/2.0/mlflow/registered-models/get`).
   */
  readonly requests: readonly string[];
  /** How many requests there were, by label. */
  counts(): Readonly<Record<string, number>>;
  /** The latest injection that matches a request is the one that happens. */
  inject(fault: Fault, injection?: Injection): void;
  /** No faults any more, and no requests counted. */
  reset(): void;
}

/** In every answer of the proxy's own, so that a test can look for an upstream's words where they must not be. */
export const PROXY_WORDS = 'words-of-the-upstream';

export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const upstream = new URL(target);
  // Idle connections go before the engine closes them (uvicorn after 5 s): a request sent just then would be a fault that nobody asked for.
  const agent = new Agent({ keepAlive: true, timeout: 2_000 });
  const requests: string[] = [];
  const injections: { readonly fault: Fault; readonly match: string | RegExp | undefined; left: number }[] = [];

  const takeFault = (label: string): Fault | undefined => {
    const found = injections.findLast(({ match, left }) => left > 0 && matches(match, label));
    if (found === undefined) return undefined;
    found.left -= 1;
    return found.fault;
  };

  const server = createServer(async (incoming, outgoing) => {
    const label = labelOf(incoming);
    requests.push(label);
    const fault = takeFault(label);
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'reset') {
      incoming.socket.resetAndDestroy();
      return;
    }
    if (fault?.kind === 'status' || fault?.kind === 'html') {
      answer(incoming, outgoing, fault);
      return;
    }
    if (fault?.kind === 'delay') await sleep(fault.ms);
    pass(upstream, agent, incoming, outgoing, fault?.kind === 'truncate');
  });

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    counts: () => {
      const counts: Record<string, number> = {};
      for (const label of requests) counts[label] = (counts[label] ?? 0) + 1;
      return counts;
    },
    inject: (fault, { match, times } = {}) => {
      injections.push({ fault, match, left: times ?? Number.POSITIVE_INFINITY });
    },
    reset: () => {
      requests.length = 0;
      injections.length = 0;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      // Hanging requests and idle connections would keep it open for ever.
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}

function labelOf({ headers, method = '', url = '/' }: IncomingMessage): string {
  const operation = headers['x-amz-target'];
  if (typeof operation === 'string') return operation;
  return `${method} ${url.split('?')[0]}`;
}

function matches(match: string | RegExp | undefined, label: string): boolean {
  if (match === undefined) return true;
  return typeof match === 'string' ? label.endsWith(match) : match.test(label);
}

function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fault: Extract<Fault, { kind: 'status' | 'html' }>,
) {
  // Read to its end first, or the client would see a reset while it is still sending.
  incoming.resume().once('end', () => {
    const json = fault.kind === 'status' ? fault.json : undefined;
    const status = fault.kind === 'status' ? fault.status : 200;
    const body = json === undefined ? `<!doctype html><title>${PROXY_WORDS}</title>` : JSON.stringify(json);
    outgoing.writeHead(status, {
      'content-type': json === undefined ? 'text/html; charset=utf-8' : 'application/json',
      'content-length': Buffer.byteLength(body),
      ...(fault.kind === 'status' && fault.retryAfterSeconds !== undefined
        ? { 'retry-after': String(fault.retryAfterSeconds) }
        : {}),
    });
    outgoing.end(body);
  });
}

/** Headers go through as they are, `Host` among them: a signature of the request covers it. */
function pass(
  upstream: URL,
  agent: Agent,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  truncate: boolean,
): void {
  const { hostname, port } = upstream;
  const { method, url: path } = incoming;
  const forwarded = request({ hostname, port, agent, method, path, headers: withoutHop(incoming.rawHeaders) });
  forwarded.on('error', () => outgoing.destroy());
  outgoing.on('close', () => forwarded.destroy());
  forwarded.on('response', (response) => {
    if (truncate) {
      cutShort(response, outgoing);
      return;
    }
    outgoing.writeHead(response.statusCode ?? 502, response.statusMessage, withoutHop(response.rawHeaders));
    response.on('error', () => outgoing.destroy());
    response.pipe(outgoing);
  });
  incoming.pipe(forwarded);
}

async function cutShort(response: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const body = Buffer.concat(await response.toArray());
  const headers = withoutHop(response.rawHeaders).filter((_, index, all) => !isLength(all[index - (index % 2)]));
  outgoing.writeHead(response.statusCode ?? 502, [...headers, 'content-length', String(body.length)]);
  outgoing.write(body.subarray(0, Math.floor(body.length / 2)), () => outgoing.destroy());
}

function isLength(header: string | undefined): boolean {
  return header !== undefined && /^(content-length|transfer-encoding)$/i.test(header);
}

/** How a connection is kept is between its two ends. The framing stays: Node writes chunks again where there were chunks. */
function withoutHop(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_, index, all) => !/^(connection|keep-alive)$/i.test(all[index - (index % 2)] ?? ''));
}
