import { createHash } from 'node:crypto';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UnavailableError } from '../../src/domain/errors.js';
import { createChaosRegistry } from '../support/chaos-registry.js';
import { bearer, type GraphQLAnswer, postGraphQL, startGateway, type TestGateway } from '../support/gateway.js';
import { AUDIENCE, type IdentityProvider, makeKey, startIdentityProvider } from '../support/identity-provider.js';
import { sampleRegistry } from './support.js';

const API_KEY = `rgk_${'c3'.repeat(32)}`;
const HASH = `sha256:${createHash('sha256').update(API_KEY).digest('hex')}`;

let provider: IdentityProvider;
let gateway: TestGateway;
const lines: Record<string, unknown>[] = [];

beforeAll(async () => {
  provider = await startIdentityProvider();
  gateway = await startGateway([await sampleRegistry('east', [{ name: 'churn', statuses: ['PENDING'] }])], {
    access: {
      jwt: [{ issuer: provider.issuer, audience: AUDIENCE, jwksUrl: provider.jwksUrl }],
      apiKeys: [{ id: 'ci', hash: HASH, name: 'CI' }],
      grants: [
        { role: 'viewer', to: { everyone: true } },
        { role: 'contributor', to: { apiKeys: ['ci'] }, registries: ['east'], models: ['churn*'] },
        { role: 'approver', to: { groups: ['ml-governance'] } },
      ],
    },
    log: pino({ level: 'info' }, { write: (line: string) => lines.push(JSON.parse(line)) }),
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
});

const QUERY = '{ registries { id } }';
const ask = (credential: string | undefined): Promise<GraphQLAnswer> => gateway.query(QUERY, {}, bearer(credential));

describe('a request without valid credentials', () => {
  it('is refused alike whatever is wrong, and the log alone says what', async () => {
    const now = Math.floor(Date.now() / 1000);
    const credentials: [string, string | undefined][] = [
      ['missing', undefined],
      ['expired', await provider.token({ exp: now - 100 })],
      ['not yet valid', await provider.token({ nbf: now + 100 })],
      ['wrong audience', await provider.token({ aud: 'another' })],
      ['wrong issuer', await provider.token({ iss: 'https://login.example.com' })],
      ['unknown key', await provider.token({}, { key: await makeKey() })],
      ['unknown API key', `${API_KEY}0`],
      ['malformed', 'nonsense'],
    ];
    lines.length = 0;
    const answers = [];
    for (const [, credential] of credentials) answers.push(await ask(credential));
    for (const answer of answers) {
      expect([answer.status, answer.headers.get('www-authenticate'), answer.data]).toEqual([401, 'Bearer', null]);
      expect(answer.errors).toEqual(answers[0]?.errors);
    }
    expect(answers[0]?.errors).toEqual([
      {
        message: expect.stringContaining('Authorization: Bearer'),
        extensions: { code: 'UNAUTHENTICATED', retryable: false },
      },
    ]);
    const reasons = lines.map(({ reason }) => String(reason).replace(/:.*/, ''));
    expect(reasons).toEqual(credentials.map(([reason]) => reason));
    expect(lines.map(({ requestId }) => requestId)).toEqual(answers.map(({ headers }) => headers.get('x-request-id')));
    // Of what was shown nothing is kept.
    expect(JSON.stringify(lines)).not.toMatch(/rgk_|eyJ|nonsense|ana@example/);
  });

  it('is refused before anything else of it is looked at', async () => {
    const send = (headers: Record<string, string>, body: string) =>
      fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body });
    const type = { 'Content-Type': 'application/json' };
    expect((await send({ 'Content-Type': 'text/plain' }, 'x')).status).toBe(401);
    expect((await send(type, '{"query')).status).toBe(401);
    expect((await send(type, 'x'.repeat(2_000_000))).status).toBe(401);
    expect((await postGraphQL(gateway.url, { query: '{ __schema { types { name } } }' })).status).toBe(401);
    const get = await fetch(`${gateway.url}/graphql?query={__typename}`, {
      headers: { 'apollo-require-preflight': '1' },
    });
    expect(get.status).toBe(401);
  });

  it('gets the explorer, which has a place for the token, and the health', async () => {
    const page = await fetch(`${gateway.url}/graphql`, { headers: { accept: 'text/html' } });
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await page.text()).toMatch(/"isHeadersEditorEnabled":true/);
    expect((await fetch(`${gateway.url}/health/ready`)).status).toBe(200);
  });
});

describe('a request with valid credentials', () => {
  it('is answered, by token and by key, also by GET', async () => {
    expect((await ask(await provider.token())).data).toEqual({ registries: [{ id: 'east' }] });
    expect((await ask(API_KEY)).data).toEqual({ registries: [{ id: 'east' }] });
    const headers = { 'apollo-require-preflight': '1', ...bearer(API_KEY) };
    const get = await fetch(`${gateway.url}/graphql?query=${encodeURIComponent(QUERY)}`, { headers });
    expect(await get.json()).toEqual({ data: { registries: [{ id: 'east' }] } });
  });

  it('is an outage, not a bad token, where the keys of the issuer cannot be read', async () => {
    await using gone = await startIdentityProvider();
    await using other = await startGateway([await sampleRegistry('east', [])], {
      access: {
        jwt: [{ issuer: gone.issuer, audience: AUDIENCE, jwksUrl: gone.jwksUrl }],
        grants: [{ role: 'viewer', to: { everyone: true } }],
      },
      token: await gone.token(),
    });
    await gone.stop();
    const answer = await other.query(QUERY);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    expect(answer.errors).toEqual([
      {
        message: expect.stringContaining('cannot be read'),
        extensions: { code: 'UPSTREAM_UNAVAILABLE', retryable: true, retryAfterMs: 5000 },
      },
    ]);
    expect(JSON.stringify(answer.errors)).not.toContain(new URL(gone.issuer).port);
  });

  it('is in the log by who sent it', async () => {
    const failing = createChaosRegistry(await sampleRegistry('east', []));
    failing.cause({ kind: 'fail', error: new UnavailableError('Registry east cannot be reached.') });
    const log = pino({ level: 'info' }, { write: (line: string) => lines.push(JSON.parse(line)) });
    lines.length = 0;
    await using other = await startGateway([failing.adapter], { log });
    await other.query('{ models { nodes { id } } }');
    expect(lines).toMatchObject([{ actor: 'anonymous', code: 'UPSTREAM_UNAVAILABLE' }]);
  });
});

describe('viewer and explainAccess', () => {
  const GRANT = '{ role registryIds modelName source }';
  const EXPLAIN = `{
    viewer { name kind grants ${GRANT} }
    model: explainAccess(id: "east/churn-uplift") { canView canContribute canDecide canAdminister because ${GRANT} }
    version: explainAccess(id: "east/risk/7") { canView canContribute canDecide canAdminister because { source } }
    registry: explainAccess(id: "east") { canView canContribute canDecide canAdminister because { modelName } }
    nowhere: explainAccess(id: "west/churn") { canView }
  }`;
  const viewer = {
    role: 'VIEWER',
    registryIds: null,
    modelName: null,
    source: 'access.grants[0]: everyone who signs in',
  };
  const contributor = {
    role: 'CONTRIBUTOR',
    registryIds: ['east'],
    modelName: 'churn*',
    source: 'access.grants[1]: API key ci',
  };

  it('say what a caller may do, and which grant says so', async () => {
    const { data, errors } = await gateway.query(EXPLAIN, {}, bearer(API_KEY));
    expect(errors).toEqual([]);
    expect(data).toEqual({
      viewer: { name: 'CI', kind: 'SERVICE', grants: [viewer, contributor] },
      model: {
        canView: true,
        canContribute: true,
        canDecide: false,
        canAdminister: false,
        because: [viewer, contributor],
      },
      version: {
        canView: true,
        canContribute: false,
        canDecide: false,
        canAdminister: false,
        because: [{ source: viewer.source }],
      },
      registry: {
        canView: true,
        canContribute: true,
        canDecide: false,
        canAdminister: false,
        because: [{ modelName: null }, { modelName: 'churn*' }],
      },
      nowhere: null,
    });
  });

  it('go by the groups of a token', async () => {
    const token = await provider.token({ groups: ['ml-governance'] });
    const { data } = await gateway.query(EXPLAIN, {}, bearer(token));
    expect(data.version).toMatchObject({ canDecide: true, canContribute: false });
    expect(data.viewer).toMatchObject({ name: 'ana@example.com', kind: 'USER' });
    expect(data.viewer.grants[1].source).toBe('access.grants[2]: group ml-governance');
  });

  it('refuse what is no id', async () => {
    const { errors } = await gateway.query('{ explainAccess(id: "a//b") { canView } }', {}, bearer(API_KEY));
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});
