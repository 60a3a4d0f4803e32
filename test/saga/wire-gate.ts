import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Gate } from './stop-at.js';

/**
 * A proxy within the process that is to stop: a request that has left the gateway and not yet arrived, or whose answer is still under way. What it
 * has taken it passes on, whether anybody still waits for the answer or not, as a network does.
 */
export async function startWireGate(target: string, registryId: string, gate: Gate): Promise<string> {
  const upstream = new URL(target);
  const server = createServer(async (incoming, outgoing) => {
    const call = `wire ${labelOf(incoming)}`;
    const body = Buffer.concat(await incoming.toArray());
    await gate.pass(registryId, call, 'before');
    const answer = await send(upstream, incoming, body);
    await gate.pass(registryId, call, 'after');
    reply(outgoing, answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Answer {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: Buffer;
}

function send(upstream: URL, { method, url, rawHeaders }: IncomingMessage, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = upstream;
    const sent = request({ hostname, port, method, path: url, headers: [...rawHeaders], agent: false });
    sent.on('error', reject);
    sent.on('response', async (response) => {
      const { statusCode: status = 502, rawHeaders: headers } = response;
      resolve({ status, headers, body: Buffer.concat(await response.toArray()) });
    });
    sent.end(body);
  });
}

function reply(outgoing: ServerResponse, { status, headers, body }: Answer): void {
  const kept = headers.filter((_, index, all) => !isFraming(all[index - (index % 2)]));
  outgoing.writeHead(status, [...kept, 'content-length', String(body.length)]);
  outgoing.end(body);
}

function isFraming(header: string | undefined): boolean {
  return header !== undefined && /^(content-length|transfer-encoding|connection|keep-alive)$/i.test(header);
}

/** As the fault proxy labels requests. */
function labelOf({ headers, method = '', url = '/' }: IncomingMessage): string {
  const operation = headers['x-amz-target'];
  return typeof operation === 'string' ? operation : `${method} ${url.split('?')[0]}`;
}
