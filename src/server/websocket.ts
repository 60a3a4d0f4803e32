import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import { requestIdOf } from './request-id.js';
import { openSocket, type SocketOptions } from './streams/socket.js';

export interface WebSocketOptions extends SocketOptions {
  /** Largest message that a client may send. */
  readonly maxMessageBytes: number;
  readonly log: Logger;
}

const PROTOCOL = 'graphql-transport-ws';
/** How long a client may take to answer that the connection ends. */
const CLOSE_MS = 5_000;

/** Serves `/graphql` over WebSocket, by the protocol graphql-transport-ws. */
export function startWebSockets(http: Server, options: WebSocketOptions): AsyncDisposable {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: options.maxMessageBytes,
    // What is sent is the same for many: to compress it for each of them would be most of the work.
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
  });

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const requestId = requestIdOf(request);
    socket.on('error', (error) => options.log.debug({ requestId, err: error }, 'a socket failed'));
    const path = URL.parse(request.url ?? '/', 'http://gateway')?.pathname;
    if (path !== '/graphql') return refuse(socket, 404, 'There is nothing at this address. The API is at /graphql.');
    if (!options.connections.hasRoom) return refuse(socket, 503, 'The gateway has as many listeners as it can take.');
    server.handleUpgrade(request, socket, head, (client) =>
      openSocket(client, { request, socket, requestId }, options),
    );
  };
  http.on('upgrade', upgrade);

  return {
    async [Symbol.asyncDispose]() {
      http.off('upgrade', upgrade);
      // Everything was said by now; who does not hang up is cut off after a while.
      const clients = [...server.clients];
      const cut = setTimeout(() => {
        for (const client of clients) client.terminate();
      }, CLOSE_MS);
      await Promise.all(clients.map((client) => new Promise((resolve) => client.once('close', resolve))));
      clearTimeout(cut);
      server.close();
    },
  };
}

function refuse(socket: Duplex, status: number, message: string): void {
  const body = JSON.stringify({ errors: [{ message }] });
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
