import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent, fetch, request } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FaultProxy, PROXY_WORDS, startFaultProxy } from '../../support/fault-proxy.js';

const LONG = 'x'.repeat(200_000);

/** Tells what it received, so that what the proxy changes can be seen. */
const echo: RequestListener = async (incoming, outgoing) => {
  const body = Buffer.concat(await incoming.toArray()).toString();
  if (incoming.url === '/chunks') {
    outgoing.writeHead(200, { 'content-type': 'text/plain' });
    for (let part = 0; part < 5; part += 1) outgoing.write(`part ${part};`);
    outgoing.end();
    return;
  }
  outgoing.writeHead(incoming.url === '/missing' ? 404 : 200, {
    'content-type': 'application/json',
    'x-engine': 'yes',
  });
  outgoing.end(JSON.stringify({ method: incoming.method, url: incoming.url, host: incoming.headers.host, body }));
};

describe('fault proxy', () => {
  const sockets = new Set<unknown>();
  const engine = createServer(echo).on('connection', (socket) => sockets.add(socket));
  let proxy: FaultProxy;

  beforeEach(async () => {
    sockets.clear();
    await new Promise<void>((resolve) => engine.listen(0, '127.0.0.1', resolve));
    proxy = await startFaultProxy(`http://127.0.0.1:${(engine.address() as AddressInfo).port}`);
  });

  afterEach(async () => {
    await proxy[Symbol.asyncDispose]();
    engine.closeAllConnections();
    await new Promise((resolve) => engine.close(resolve));
  });

  const get = (path = '/', init: Parameters<typeof fetch>[1] = {}) => fetch(`${proxy.origin}${path}`, init);

  it('passes method, path, query, host and body through, and the answer back', async () => {
    const response = await get('/a%20b?c=d', { method: 'PATCH', body: LONG });
    expect(response.headers.get('x-engine')).toBe('yes');
    const seen = { method: 'PATCH', url: '/a%20b?c=d', host: new URL(proxy.origin).host, body: LONG };
    expect(await response.json()).toEqual(seen);
    expect((await get('/missing')).status).toBe(404);
  });

  it('passes an answer in chunks', async () => {
    expect(await (await get('/chunks')).text()).toBe('part 0;part 1;part 2;part 3;part 4;');
  });

  it('keeps connections, to both sides', async () => {
    const agent = new Agent({ connections: 1 });
    for (let time = 0; time < 5; time += 1) {
      const { body } = await request(proxy.origin, { dispatcher: agent });
      await body.dump();
    }
    await agent.close();
    expect(sockets.size).toBe(1);
  });

  it('counts by AWS operation, or by method and path', async () => {
    await get('/', { method: 'POST', headers: { 'x-amz-target': 'SageMaker.Search' } });
    await get('/api/get?name=a');
    await get('/api/get?name=b');
    expect(proxy.requests).toEqual(['SageMaker.Search', 'GET /api/get', 'GET /api/get']);
    expect(proxy.counts()).toEqual({ 'SageMaker.Search': 1, 'GET /api/get': 2 });
    proxy.reset();
    expect(proxy.counts()).toEqual({});
  });

  it('answers with a status, as often as asked, where it matches', async () => {
    proxy.inject(
      { kind: 'status', status: 429, retryAfterSeconds: 3, json: { slow: 'down' } },
      { match: '/a', times: 2 },
    );
    const statuses: number[] = [];
    for (const path of ['/b', '/a', '/a', '/a']) statuses.push((await get(path)).status);
    expect(statuses).toEqual([200, 429, 429, 200]);
    proxy.inject({ kind: 'status', status: 429, retryAfterSeconds: 3, json: { slow: 'down' } }, { match: /^POST/ });
    const response = await get('/', { method: 'POST', body: LONG });
    expect(response.headers.get('retry-after')).toBe('3');
    expect(await response.json()).toEqual({ slow: 'down' });
  });

  it('lets the latest injection win, and forgets all of them on reset', async () => {
    proxy.inject({ kind: 'status', status: 500 });
    proxy.inject({ kind: 'status', status: 503 }, { times: 1 });
    expect((await get()).status).toBe(503);
    expect((await get()).status).toBe(500);
    proxy.reset();
    expect((await get()).status).toBe(200);
  });

  it('answers with a web page', async () => {
    proxy.inject({ kind: 'html' });
    const response = await get();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(await response.text()).toContain(PROXY_WORDS);
  });

  it('cuts a body short', async () => {
    proxy.inject({ kind: 'truncate' });
    for (const path of ['/', '/chunks']) {
      const response = await get(path);
      expect(response.status).toBe(200);
      await expect(response.text()).rejects.toThrow();
    }
  });

  it('resets a connection', async () => {
    proxy.inject({ kind: 'reset' });
    await expect(get()).rejects.toMatchObject({ cause: { code: expect.stringMatching(/ECONNRESET|UND_ERR_SOCKET/) } });
  });

  it('hangs until the client gives up, and closes all the same', async () => {
    proxy.inject({ kind: 'hang' });
    await expect(get('/', { signal: AbortSignal.timeout(100) })).rejects.toMatchObject({ name: 'TimeoutError' });
    const left = get();
    const failed = expect(left).rejects.toThrow();
    await expect.poll(() => proxy.requests.length).toBe(2);
    await proxy[Symbol.asyncDispose]();
    await failed;
  });

  it('delays, and then passes on', async () => {
    proxy.inject({ kind: 'delay', ms: 300 }, { match: '/slow' });
    const order: string[] = [];
    await Promise.all(['/slow', '/fast'].map((path) => get(path).then(() => order.push(path))));
    expect(order).toEqual(['/fast', '/slow']);
  });

  it('breaks off where the engine is gone', async () => {
    engine.closeAllConnections();
    await new Promise((resolve) => engine.close(resolve));
    await expect(get()).rejects.toThrow();
    await new Promise<void>((resolve) => engine.listen(0, '127.0.0.1', resolve));
  });
});
