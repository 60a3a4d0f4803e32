import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChaosRegistry } from '../support/chaos-registry.js';
import { startGateway, type TestGateway } from '../support/gateway.js';
import { sampleRegistry } from './support.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway([await sampleRegistry('east', [])]);
});
afterAll(() => gateway[Symbol.asyncDispose]());

interface RawAnswer {
  readonly status: number | undefined;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** What an ordinary client of `node:http` gets; fetch would hide the connection. */
function send(options: http.RequestOptions, body?: string | Buffer): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const request = http.request(`${gateway.url}/graphql`, options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks).toString() });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

const JSON_BODY = { 'Content-Type': 'application/json' };
const GOOD = JSON.stringify({ query: '{ registries { id } }' });

describe('the gateway over HTTP', () => {
  it('shows browsers an explorer that needs nothing from elsewhere', async () => {
    const response = await fetch(`${gateway.url}/graphql`, {
      headers: { accept: 'text/html,*/*', 'accept-encoding': 'identity' },
    });
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('vary')).toBe('Accept, Accept-Encoding');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    const html = await response.text();
    expect(html).toContain('graphiql');
    // Scripts and styles stand in the page itself.
    const markup = html.replaceAll(/<(script|style)[^>]*>[\s\S]*?<\/\1>/g, '<$1>');
    expect(markup).not.toMatch(/(src|href)=["']?(https?:)?\/\//);
  });

  it('shows no page at all where the config has none', async () => {
    await using bare = await startGateway([await sampleRegistry('north', [])], { server: { explorer: false } });
    const response = await fetch(`${bare.url}/graphql`, { headers: { accept: 'text/html' } });
    expect(response.status).toBe(400);
    expect(await response.text()).not.toMatch(/<html|<script/i);
  });

  it('sends the explorer compressed', async () => {
    const raw = await new Promise<Buffer>((resolve, reject) => {
      const request = http.get(`${gateway.url}/graphql`, { headers: { accept: 'text/html' } }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => resolve(Buffer.concat(chunks)));
      });
      request.on('error', reject);
    });
    expect(gunzipSync(raw).length).toBeGreaterThan(2 * raw.length);
  });

  it('answers queries by GET, and refuses those that a foreign page could send', async () => {
    const url = `${gateway.url}/graphql?query=${encodeURIComponent('{ registries { id } }')}`;
    const allowed = await fetch(url, { headers: { 'apollo-require-preflight': '1' } });
    expect(await allowed.json()).toEqual({ data: { registries: [{ id: 'east' }] } });
    const refused = await fetch(url);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });

  it('gives each answer a request id, a given one where it is sound', async () => {
    const own = await fetch(`${gateway.url}/health/live`);
    const given = await fetch(`${gateway.url}/health/ready`, { headers: { 'x-request-id': 'from-the-proxy-7' } });
    const unsound = await fetch(`${gateway.url}/health/ready`, { headers: { 'x-request-id': 'a b' } });
    expect([own.status, given.status]).toEqual([200, 200]);
    expect(own.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
    expect(given.headers.get('x-request-id')).toBe('from-the-proxy-7');
    expect(unsound.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
  });

  it('lets a request that is under way end when it stops', async () => {
    const slow = createChaosRegistry(await sampleRegistry('west', [{ name: 'm', statuses: ['PENDING'] }]));
    slow.forgetCalls();
    slow.cause({ kind: 'slow', ms: 300 });
    const stopping = await startGateway([slow.adapter]);
    const answer = stopping.query('{ models { nodes { id } } }');
    await expect.poll(() => slow.totalCalls()).toBe(1);
    await stopping[Symbol.asyncDispose]();
    expect((await answer).data).toEqual({ models: { nodes: [{ id: 'west/m' }] } });
    await expect(fetch(`${stopping.url}/health/live`)).rejects.toThrow();
  });
});

describe('a request that is refused before its body is read', () => {
  it.each([
    ['a body that says it is too large', { ...JSON_BODY, 'Content-Length': 2_000_000 }, 413],
    ['a body that turns out too large', { ...JSON_BODY, 'Transfer-Encoding': 'chunked' }, 413],
    ['a large body that is not JSON', { 'Content-Type': 'text/plain', 'Content-Length': 2_000_000 }, 400],
  ])('%s: the next on the same agent is answered', async (_, headers, status) => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const warm = await send({ agent, method: 'POST', headers: JSON_BODY }, GOOD);
    expect(warm.headers.connection).toBe('keep-alive');
    const refused = await send({ agent, method: 'POST', headers }, Buffer.alloc(2_000_000, 0x20));
    expect(refused.status).toBe(status);
    expect(refused.headers.connection).toBe('close');
    expect(JSON.parse(refused.body)).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
    const next = await send({ agent, method: 'POST', headers: JSON_BODY }, GOOD);
    expect([next.status, next.body]).toEqual([200, '{"data":{"registries":[{"id":"east"}]}}\n']);
    agent.destroy();
  });

  it.each(['HEAD', 'OPTIONS', 'PUT', 'DELETE'])('%s is told the methods there are', async (method) => {
    const answer = await send({ method });
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, POST']);
    if (method === 'HEAD') expect(answer.body).toBe('');
    else expect(JSON.parse(answer.body)).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });

  it('a client that reads only when it has sent everything gets the answer', async () => {
    const socket = net.connect(Number(new URL(gateway.url).port), '127.0.0.1').pause();
    const part = Buffer.alloc(200_000, 0x20);
    socket.write(
      'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\n\r\n',
    );
    for (let sent = 0; sent < 10; sent += 1) {
      await setTimeout(20);
      socket.write(part);
    }
    const chunks = await socket.toArray();
    expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1.1 413 .*"BAD_USER_INPUT"/s);
  });

  it('a method with a body that never ends is answered all the same', async () => {
    const socket = net.connect(Number(new URL(gateway.url).port), '127.0.0.1');
    socket.write('PUT /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 405 .*\r\nConnection: close\r\n/s);
    socket.destroy();
  });
});

describe('a client that leaves in the middle of its body', () => {
  it('is no fault of the gateway', async () => {
    const lines: { level: number; msg: string }[] = [];
    const log = pino({ level: 'debug' }, { write: (line: string) => lines.push(JSON.parse(line)) });
    await using own = await startGateway([await sampleRegistry('east', [])], { log });
    const socket = net.connect(Number(new URL(own.url).port), '127.0.0.1');
    socket.write(
      'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"query"',
    );
    await once(socket, 'connect');
    // The gateway must have begun to read.
    expect((await fetch(`${own.url}/health/live`)).status).toBe(200);
    socket.destroy();
    await expect.poll(() => lines.map(({ msg }) => msg)).toContain('a client left before its request was whole');
    expect(lines.filter(({ level }) => level >= 30)).toEqual([]);
  });
});
