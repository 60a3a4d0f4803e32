import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import type { ChangeHint, WebhookSource } from '../../src/domain/change-source.js';
import { createHookHandler, type HookOptions } from '../../src/server/hooks.js';

/** One request, as it came over the wire. */
export interface HookRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** What it was answered. */
  readonly status: number;
}

/** The gateway's own handler of webhooks on a port of its own. */
export interface HookListener extends AsyncDisposable {
  readonly url: string;
  /** Whose deliveries are taken. */
  readonly sources: Map<string, WebhookSource>;
  /** What has been answered so far. */
  readonly requests: readonly HookRequest[];
  readonly taken: readonly ChangeHint[];
  /** Lines of the log. */
  readonly log: readonly string[];
  /** What happens to hints, once they are noted. Default: nothing. */
  onTake: HookOptions['handleHook'];
  /** The first request, or hint, that is so, as soon as it is there. */
  request(matches: (request: HookRequest) => boolean): Promise<HookRequest>;
  hint(matches: (hint: ChangeHint) => boolean): Promise<ChangeHint>;
  /** Forgets all of that, once what is under way is answered. */
  forget(): Promise<void>;
}

export async function startHookListener(
  options: Partial<Pick<HookOptions, 'maxBodyBytes' | 'takeMs' | 'retryAfterSeconds'>> = {},
): Promise<HookListener> {
  const requests = noted<HookRequest>();
  const taken = noted<ChangeHint>();
  const log: string[] = [];
  const sources = new Map<string, WebhookSource>();
  const open = new Set<Promise<unknown>>();
  const handler = createHookHandler({
    ...options,
    find: (kind, registryId) => (kind === 'mlflow' ? (sources.get(registryId) ?? null) : null),
    async handleHook(registryId, hints, signal) {
      for (const hint of hints) taken.add(hint);
      await listener.onTake(registryId, hints, signal);
    },
    log: pino({ level: 'trace' }, { write: (line) => void log.push(line) }),
  });
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    const path = request.url ?? '';
    response.once('finish', () =>
      requests.add({ path, headers: request.headers, body: Buffer.concat(chunks), status: response.statusCode }),
    );
    const answered = once(response, 'close').finally(() => open.delete(answered));
    open.add(answered);
    void handler(request, response, path, 'request-1');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const listener: HookListener = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sources,
    requests: requests.all,
    taken: taken.all,
    log,
    onTake: async () => undefined,
    request: requests.find,
    hint: taken.find,
    async forget() {
      await Promise.all(open);
      requests.all.length = 0;
      taken.all.length = 0;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return listener;
}

function noted<T>() {
  const all: T[] = [];
  const waiting = new Set<(item: T) => void>();
  return {
    all,
    add(item: T) {
      all.push(item);
      for (const look of waiting) look(item);
    },
    find: (matches: (item: T) => boolean) =>
      new Promise<T>((resolve) => {
        const there = all.find(matches);
        if (there !== undefined) resolve(there);
        const look = (item: T) => {
          if (!matches(item)) return;
          waiting.delete(look);
          resolve(item);
        };
        if (there === undefined) waiting.add(look);
      }),
  };
}
