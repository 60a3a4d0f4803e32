import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';

export const SECRET = `whsec_${Buffer.from('a secret of twenty-four bytes').toString('base64')}`;

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly id: string;
  /** The event, verified by the package that receivers use. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects.
  readonly event: any;
  readonly body: string;
}

/** What it answers; undefined: 204. */
export type Answer = (received: Received, response: ServerResponse) => number | undefined | Promise<number | undefined>;

/** Somebody who takes webhooks, on a port of this machine. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly received: readonly Received[];
  answer: Answer;
  /** Once it has had so many requests. */
  until(count: number): Promise<readonly Received[]>;
}

export async function startReceiver(secret = SECRET): Promise<Receiver> {
  const received: Received[] = [];
  const wanted = new Set<() => void>();
  let answer: Answer = () => undefined;
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const { headers } = request;
    const event = new Webhook(secret).verify(body, headers as Record<string, string>);
    const it = { path: request.url ?? '', headers, id: String(headers['webhook-id']), event, body };
    received.push(it);
    for (const look of wanted) look();
    const status = (await answer(it, response)) ?? 204;
    if (!response.writableEnded) response.writeHead(status).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    received,
    get answer() {
      return answer;
    },
    set answer(next) {
      answer = next;
    },
    async until(count) {
      const reached = Promise.withResolvers<void>();
      const look = () => {
        if (received.length >= count) reached.resolve();
      };
      wanted.add(look);
      look();
      const late = sleep(10_000, undefined, { ref: false }).then(() => {
        throw new Error(`It has had ${received.length} of ${count} requests.`);
      });
      await Promise.race([reached.promise, late]).finally(() => wanted.delete(look));
      return received;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
