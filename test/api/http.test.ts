import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChaosRegistry } from '../support/chaos-registry.js';
import { startGateway, type TestGateway } from '../support/gateway.js';
import { sampleRegistry } from './support.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway([await sampleRegistry('east', [])]);
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe('the gateway over HTTP', () => {
  it('shows browsers an explorer that needs nothing from elsewhere', async () => {
    const response = await fetch(`${gateway.url}/graphql`, {
      headers: { accept: 'text/html,*/*', 'accept-encoding': 'identity' },
    });
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const html = await response.text();
    expect(html).toContain('graphiql');
    // Scripts and styles stand in the page itself.
    const markup = html.replaceAll(/<(script|style)[^>]*>[\s\S]*?<\/\1>/g, '<$1>');
    expect(markup).not.toMatch(/(src|href)=["']?(https?:)?\/\//);
  });

  it('sends the explorer compressed', async () => {
    const { default: http } = await import('node:http');
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
