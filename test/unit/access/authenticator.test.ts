import { createHash } from 'node:crypto';
import { exportSPKI, importJWK, SignJWT, UnsecuredJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AccessOptions, JwtIssuerOptions } from '../../../src/access/access-options.js';
import { createAuthenticator } from '../../../src/access/authenticator.js';
import { Refusal } from '../../../src/access/refusal.js';
import { UnauthenticatedError } from '../../../src/domain/errors.js';
import { AUDIENCE, type IdentityProvider, makeKey, startIdentityProvider } from '../../support/identity-provider.js';

const API_KEY = `rgk_${'a1'.repeat(32)}`;
const HASH = `sha256:${createHash('sha256').update(API_KEY).digest('hex')}`;
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'Ed25519'];

let provider: IdentityProvider;
beforeEach(async () => {
  provider = await startIdentityProvider();
});
afterEach(() => provider[Symbol.asyncDispose]());

function issuer(changes: Partial<JwtIssuerOptions> = {}): JwtIssuerOptions {
  return {
    issuer: provider.issuer,
    audience: AUDIENCE,
    jwksUrl: provider.jwksUrl,
    clockSkewSeconds: 60,
    algorithms: ALGORITHMS,
    claims: { groups: 'groups' },
    groupPrefix: '',
    ...changes,
  };
}

/** Signs in with this as the bearer credential; undefined: with nothing. */
function signIn(credential: string | undefined, options: Partial<AccessOptions> = {}) {
  const authenticate = createAuthenticator({ jwt: [issuer()], apiKeys: [], grants: [], ...options });
  return authenticate(
    credential === undefined ? { host: 'localhost:4000' } : { authorization: `Bearer ${credential}` },
  );
}

/** Why the log says somebody was refused; the client is told the same in every case. */
async function reasonFor(credential: string | undefined, options: Partial<AccessOptions> = {}): Promise<string> {
  const error = await signIn(credential, options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof UnauthenticatedError) || !(error.cause instanceof Refusal)) throw error;
  expect(error.message).toBe(
    'No valid credentials. Send `Authorization: Bearer …` with a token of a configured issuer or an API key.',
  );
  return error.cause.reason;
}

const seconds = (offset: number) => Math.floor(Date.now() / 1000) + offset;

describe('a token', () => {
  it('says who somebody is, and until when', async () => {
    const exp = seconds(120);
    const caller = await signIn(await provider.token({ groups: ['ml', 'risk'], exp }));
    expect(caller).toEqual({
      actor: { name: 'ana@example.com', kind: 'USER', nativeId: `${provider.issuer}#ana` },
      groups: ['ml', 'risk'],
      grants: [],
      expiresAt: new Date((exp + 60) * 1000).toISOString(),
    });
  });

  it.each(ALGORITHMS)('may be signed by %s', async (algorithm) => {
    await provider.addKey(algorithm);
    expect((await signIn(await provider.token())).actor.nativeId).toBe(`${provider.issuer}#ana`);
  });

  it('is good a little after its end and before its beginning: clocks differ', async () => {
    await signIn(await provider.token({ exp: seconds(-50) }));
    await signIn(await provider.token({ nbf: seconds(50) }));
  });

  it('is taken for one of several audiences', async () => {
    const jwt = [issuer({ audience: ['another', AUDIENCE] })];
    await signIn(await provider.token({ aud: ['x', AUDIENCE] }), { jwt });
    expect(await reasonFor(await provider.token({ aud: 'x' }), { jwt })).toBe('wrong audience');
  });

  it.each([
    ['expired', { exp: seconds(-70) }],
    ['not yet valid', { nbf: seconds(700) }],
    ['wrong audience', { aud: 'somebody-else' }],
    ['wrong issuer', { iss: 'https://login.example.com/' }],
    ['wrong issuer', { iss: undefined }],
    ['missing claim', { exp: undefined }],
    ['missing claim', { sub: undefined }],
    ['missing claim', { aud: undefined }],
    ['malformed', { sub: '' }],
    ['malformed', { sub: 's'.repeat(256) }],
    ['malformed', { sub: '\ud800' }],
    ['malformed', { exp: 1e300 }],
  ])('is refused as %s: %j', async (reason, claims) => {
    // The parts that JSON cannot carry as undefined are left out of it.
    expect(await reasonFor(await provider.token(claims as Record<string, unknown>))).toBe(reason);
  });

  it('is refused when somebody else signed it with a key of the same name', async () => {
    const [forger, own] = [await makeKey(), await provider.addKey()];
    expect(await reasonFor(await provider.token({}, { key: forger, kid: own.kid }))).toBe('bad signature');
  });

  it('is refused when it was changed', async () => {
    const [header, , signature] = (await provider.token()).split('.');
    const payload = Buffer.from(
      JSON.stringify({ iss: provider.issuer, sub: 'admin', aud: AUDIENCE, exp: seconds(600) }),
    ).toString('base64url');
    expect(await reasonFor(`${header}.${payload}.${signature}`)).toBe('bad signature');
  });

  it('is refused without a signature', async () => {
    const token = new UnsecuredJWT({ iss: provider.issuer, sub: 'ana', aud: AUDIENCE, exp: seconds(600) }).encode();
    expect(await reasonFor(token)).toBe('algorithm not allowed');
    const [, payload] = token.split('.');
    for (const alg of ['None', 'NONE', 'nOnE']) {
      const header = Buffer.from(JSON.stringify({ alg })).toString('base64url');
      expect(await reasonFor(`${header}.${payload}.`)).toBe('algorithm not allowed');
    }
  });

  it('is refused when it is signed with the public key as a secret', async () => {
    const key = await provider.addKey('RS256');
    const publicKey = await importJWK(key.publicJwk, 'RS256', { extractable: true });
    if (publicKey instanceof Uint8Array) throw new Error('The key is no public key.');
    for (const secret of [await exportSPKI(publicKey), JSON.stringify(key.publicJwk), key.publicJwk.n ?? '']) {
      const forged = await new SignJWT({ iss: provider.issuer, sub: 'ana', aud: AUDIENCE, exp: seconds(600) })
        .setProtectedHeader({ alg: 'HS256', kid: key.kid })
        .sign(new TextEncoder().encode(secret));
      expect(await reasonFor(forged)).toBe('algorithm not allowed');
    }
  });

  it('is refused in an algorithm that the config does not name', async () => {
    await provider.addKey('RS256');
    expect(await reasonFor(await provider.token(), { jwt: [issuer({ algorithms: ['ES256'] })] })).toBe(
      'algorithm not allowed',
    );
  });

  it('of one issuer is not good with the keys of another', async () => {
    await using other = await startIdentityProvider();
    const jwt = [issuer(), issuer({ issuer: other.issuer, jwksUrl: other.jwksUrl })];
    expect((await signIn(await other.token(), { jwt })).actor.nativeId).toBe(`${other.issuer}#ana`);
    expect(await reasonFor(await other.token({ iss: provider.issuer }), { jwt })).toBe('unknown key');
  });

  it.each([
    ['not.a.jwt', 'malformed'],
    ['text', 'malformed'],
    ['a.b.c.d.e', 'malformed'],
    ['eyJhbGciOiJFUzI1NiJ9.bnVsbA.x', 'malformed'],
    [`ey${'x'.repeat(13_000)}`, 'too long'],
    ['', 'malformed'],
    ['ключ', 'malformed'],
  ])('that is %j is refused as %s', async (credential, reason) => {
    expect(await reasonFor(credential)).toBe(reason);
  });
});

describe('nothing shown', () => {
  it('is refused, or the anonymous caller where the config has one', async () => {
    expect(await reasonFor(undefined)).toBe('missing');
    expect(await signIn(undefined, { anonymous: { role: 'VIEWER', hosts: [] } })).toEqual({
      actor: { name: 'anonymous', kind: 'UNKNOWN', nativeId: 'anonymous' },
      groups: [],
      grants: [{ role: 'VIEWER', source: 'access.anonymous' }],
    });
  });

  it('is not the same as something wrong shown, which is refused even so', async () => {
    const options = { anonymous: { role: 'ADMIN', hosts: [] } } as const;
    expect(await reasonFor(await provider.token({ exp: seconds(-600) }), options)).toBe('expired');
    expect(await reasonFor(`${API_KEY}0`, options)).toBe('unknown API key');
    const authenticate = createAuthenticator({ jwt: [], apiKeys: [], grants: [], ...options });
    for (const authorization of ['', 'Basic YTpi', 'Bearer', 'Bearer ', 'Bearer a b', 'bearer\ta', API_KEY]) {
      await expect(authenticate({ authorization })).rejects.toBeInstanceOf(UnauthenticatedError);
    }
  });
});

describe('a host name', () => {
  const anonymous = { role: 'ADMIN', hosts: ['registrar.lab'] } as const;
  const authenticate = createAuthenticator({ jwt: [], apiKeys: [], grants: [], anonymous });

  it.each(['localhost:4000', 'a.localhost', '127.0.0.1:4000', '[::1]:4000', '10.0.0.7', 'Registrar.LAB:80'])(
    'of this machine or of the config lets the anonymous in: %s',
    async (host) => expect((await authenticate({ host })).actor.nativeId).toBe('anonymous'),
  );

  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '', undefined])(
    'of anybody else does not, since a page can have its own name point here: %s',
    async (host) => {
      const error = await authenticate({ host }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'UNAUTHENTICATED', cause: { reason: 'foreign host name' } });
    },
  );
});

describe('an API key', () => {
  const apiKeys = [
    { id: 'other', hash: `sha256:${'0'.repeat(64)}`, groups: [] },
    { id: 'ci', hash: HASH, name: 'CI', groups: ['robots'] },
  ];

  it('says what has it, in any case of the word Bearer', async () => {
    const grants = [{ role: 'CONTRIBUTOR', to: { apiKeys: ['ci'] } }] as const;
    const authenticate = createAuthenticator({ jwt: [], apiKeys, grants });
    expect(await authenticate({ authorization: `bearer ${API_KEY}` })).toEqual({
      actor: { name: 'CI', kind: 'SERVICE', nativeId: 'api-key:ci' },
      groups: ['robots'],
      grants: [{ role: 'CONTRIBUTOR', source: 'access.grants[0]: API key ci' }],
    });
  });

  it('that nobody has is refused', async () => {
    expect(await reasonFor(`rgk_${'b'.repeat(64)}`, { apiKeys })).toBe('unknown API key');
    // The hash is in the config, where many can read it: it opens nothing.
    expect(await reasonFor(`rgk_${HASH.slice(7)}`, { apiKeys })).toBe('unknown API key');
  });
});

describe('what a token says of somebody', () => {
  it('is found by path, where the names have dots of their own too', async () => {
    const claims = {
      realm_access: { roles: ['a', 7, '', 'b'] },
      'https://example.com/groups': 'c',
      'x.y': { z: ['d'] },
    };
    const groupsAt = async (groups: string) =>
      (await signIn(await provider.token(claims), { jwt: [issuer({ claims: { groups } })] })).groups;
    expect(await groupsAt('realm_access.roles')).toEqual(['a', 'b']);
    expect(await groupsAt('https://example.com/groups')).toEqual(['c']);
    expect(await groupsAt('x.y.z')).toEqual(['d']);
    for (const none of ['nothing', 'realm_access', 'realm_access.roles.length', '__proto__', 'x.y.constructor.name']) {
      expect(await groupsAt(none)).toEqual([]);
    }
  });

  it('keeps the groups of issuers apart by a prefix', async () => {
    const jwt = [issuer({ groupPrefix: 'partner:' })];
    const grants = [
      { role: 'ADMIN', to: { groups: ['admins'] } },
      { role: 'VIEWER', to: { groups: ['partner:admins'] } },
    ] as const;
    const caller = await signIn(await provider.token({ groups: ['admins'] }), { jwt, grants });
    expect(caller.grants).toEqual([{ role: 'VIEWER', source: 'access.grants[1]: group partner:admins' }]);
  });

  it.each([
    [{ name: 'Ana' }, 'Ana'],
    [{ name: ' ', preferred_username: 'ana' }, 'ana'],
    [{ name: undefined, email: 'ana@example.com' }, 'ana@example.com'],
    [{ name: { given: 'Ana' } }, 'ana'],
    [{ name: '🐜'.repeat(300) }, '🐜'.repeat(200)],
  ])('%j is a name to show', async (claims, name) => {
    expect((await signIn(await provider.token(claims as Record<string, unknown>))).actor.name).toBe(name);
  });

  it('tells a program that signed in for itself', async () => {
    const caller = await signIn(await provider.token({ sub: 'trainer', client_id: 'trainer' }));
    expect(caller.actor.kind).toBe('SERVICE');
  });
});

describe('grants', () => {
  it('go to whoever is in any of their recipients, one for each pattern', async () => {
    const grants: AccessOptions['grants'] = [
      { role: 'VIEWER', to: { everyone: true } },
      { role: 'APPROVER', to: { groups: ['x'], subjects: [`${provider.issuer}#ana`] }, registries: ['a'] },
      { role: 'CONTRIBUTOR', to: { groups: ['ml'] }, models: ['churn-*', 'credit-*'] },
      { role: 'ADMIN', to: { subjects: ['https://other.example.com#ana', 'ana'] } },
      { role: 'ADMIN', to: { claims: { department: ['risk'], scope: ['registry:admin'] } } },
      { role: 'APPROVER', to: { claims: { department: ['risk'], scope: ['registry:decide'] } } },
      { role: 'ADMIN', to: { apiKeys: ['ana'], claims: {} } },
    ];
    const claims = { groups: ['ml'], department: 'risk', scope: 'openid registry:decide' };
    expect((await signIn(await provider.token(claims), { grants })).grants).toEqual([
      { role: 'VIEWER', source: 'access.grants[0]: everyone who signs in' },
      { role: 'APPROVER', registryIds: ['a'], source: `access.grants[1]: subject ${provider.issuer}#ana` },
      { role: 'CONTRIBUTOR', modelName: 'churn-*', source: 'access.grants[2]: group ml' },
      { role: 'CONTRIBUTOR', modelName: 'credit-*', source: 'access.grants[2]: group ml' },
      { role: 'APPROVER', source: 'access.grants[5]: claim department, scope' },
    ]);
    const anonymous = await signIn(undefined, { grants, anonymous: { role: 'VIEWER', hosts: [] } });
    expect(anonymous.grants.map(({ source }) => source)).toEqual(['access.anonymous']);
  });
});
