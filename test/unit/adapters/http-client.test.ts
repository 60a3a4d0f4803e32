import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpClient, HttpError, type HttpRequest } from '../../../adapters/shared/http-client.js';

let server: Server;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let baseUrl: string;

beforeAll(async () => {
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/team-a/`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

async function ask(request: Partial<HttpRequest> = {}, maxBodyBytes?: number) {
  await using client = createHttpClient({
    baseUrl,
    headers: { authorization: 'Bearer t' },
    connections: 2,
    ...(maxBodyBytes === undefined ? {} : { maxBodyBytes }),
  });
  const { signal } = new AbortController();
  return await client.request({ method: 'GET', path: '/x', signal, ...request });
}

function reply(status: number, body: string, headers: Record<string, string> = {}): void {
  answer = (_, response) => response.writeHead(status, headers).end(body);
}

describe('the HTTP client', () => {
  it('sends prefix, repeated parameters, headers and JSON', async () => {
    const seen: unknown[] = [];
    answer = (request, response) => {
      request.setEncoding('utf8').on('data', (body) => {
        const { method, url, headers } = request;
        seen.push({ method, url, type: headers['content-type'], auth: headers.authorization, body });
        response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end('{"ok":true}');
      });
    };
    const query = [
      ['order_by', 'a b'],
      ['order_by', "c&d='%"],
    ] as const;
    const response = await ask({ method: 'POST', query, body: { name: 'ü' } });
    expect(response).toMatchObject({ status: 200, json: { ok: true } });
    const url = "/team-a/x?order_by=a%20b&order_by=c%26d%3D'%25";
    expect(seen).toEqual([{ method: 'POST', url, type: 'application/json', auth: 'Bearer t', body: '{"name":"ü"}' }]);
  });

  it('gives an answer of any status, as JSON only where it is', async () => {
    reply(404, '<html>{}</html>', { 'content-type': 'text/html' });
    expect(await ask()).toMatchObject({ status: 404, text: '<html>{}</html>', json: undefined });
    reply(200, '{"cut', { 'content-type': 'application/json' });
    expect(await ask()).toMatchObject({ status: 200, json: undefined });
    reply(400, '{}', { 'content-type': 'application/problem+json' });
    expect(await ask()).toMatchObject({ status: 400, json: {} });
  });

  it('reads Retry-After in seconds and as a date', async () => {
    reply(429, '', { 'retry-after': '3' });
    expect((await ask()).retryAfterMs).toBe(3000);
    reply(429, '', { 'retry-after': new Date(Date.now() + 60_000).toUTCString() });
    const { retryAfterMs } = await ask();
    expect(retryAfterMs).toBeGreaterThan(50_000);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
    reply(429, '', { 'retry-after': 'soon' });
    expect((await ask()).retryAfterMs).toBeUndefined();
  });

  it('gives up a body over the bound, announced or not', async () => {
    reply(200, 'x'.repeat(2000));
    await expect(ask({}, 1000)).rejects.toMatchObject({ kind: 'too-large' });
    answer = (_, response) => {
      response.write('x'.repeat(600));
      response.end('x'.repeat(600));
    };
    await expect(ask({}, 1000)).rejects.toMatchObject({ kind: 'too-large' });
    expect((await ask({}, 1200)).text).toHaveLength(1200);
  });

  it('ends with its signal, and tells a broken connection from that', async () => {
    answer = () => {};
    const hanging = ask({ signal: AbortSignal.timeout(30) });
    await expect(hanging).rejects.toBeInstanceOf(HttpError);
    await expect(hanging).rejects.toMatchObject({ kind: 'aborted' });
    answer = (request) => request.socket.destroy();
    await expect(ask()).rejects.toMatchObject({ kind: 'unreachable' });
  });
});
