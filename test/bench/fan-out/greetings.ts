import { randomBytes } from 'node:crypto';
import { SUBSCRIPTION } from './subscription.js';

/** What a client says until it is subscribed: once it has heard the text, it says the bytes. */
export type Greeting = readonly { readonly heard: string; readonly say: Buffer }[];

export type Wire = 'websocket' | 'sse' | 'plain';

const HOST = 'Host: 127.0.0.1\r\n';

export function greetingOf(wire: Wire): Greeting {
  if (wire === 'plain') return [];
  if (wire === 'sse') {
    const body = JSON.stringify({ query: SUBSCRIPTION });
    const head = `POST /graphql/stream HTTP/1.1\r\n${HOST}Accept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
    return [{ heard: '', say: Buffer.from(head + body) }];
  }
  const key = randomBytes(16).toString('base64');
  const upgrade = `GET /graphql HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n`;
  return [
    { heard: '', say: Buffer.from(upgrade) },
    { heard: '101 Switching Protocols', say: frame({ type: 'connection_init' }) },
    { heard: 'connection_ack', say: frame({ id: '1', type: 'subscribe', payload: { query: SUBSCRIPTION } }) },
  ];
}

/** A message of a client, which has to be masked; a mask of zeros leaves it as it is. */
function frame(message: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(message));
  const [fin, masked, longer] = [0x80, 0x80, 126];
  const length =
    text.length < longer ? [masked | text.length] : [masked | longer, text.length >> 8, text.length & 0xff];
  return Buffer.concat([Buffer.from([fin | 1, ...length, 0, 0, 0, 0]), text]);
}
