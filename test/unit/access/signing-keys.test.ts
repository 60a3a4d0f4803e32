import { generateKeyPairSync, sign } from 'node:crypto';
import type { JWK } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAuthenticator } from '../../../src/access/authenticator.js';
import { Refusal } from '../../../src/access/refusal.js';
import { SIGNING_KEY_TIMING, type SigningKeyTiming } from '../../../src/access/signing-keys.js';
import { RegistryError } from '../../../src/domain/errors.js';
import { AUDIENCE, type IdentityProvider, makeKey, startIdentityProvider } from '../../support/identity-provider.js';

let provider: IdentityProvider;
beforeEach(async () => {
  provider = await startIdentityProvider();
});
afterEach(() => provider[Symbol.asyncDispose]());

/** `ok`, or the code of the error with why, where that is known. */
function open(timing: Partial<SigningKeyTiming> = {}): (token: string) => Promise<string> {
  const { issuer, jwksUrl } = provider;
  const common = { clockSkewSeconds: 0, algorithms: ['ES256', 'RS256'], claims: { groups: 'groups' }, groupPrefix: '' };
  const jwt = [{ issuer, jwksUrl, audience: AUDIENCE, ...common }];
  const authenticate = createAuthenticator({ jwt, apiKeys: [], grants: [] }, { ...SIGNING_KEY_TIMING, ...timing });
  return async (token) => {
    try {
      await authenticate({ authorization: `Bearer ${token}` });
      return 'ok';
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      const reason = error.cause instanceof Refusal ? ` (${error.cause.reason})` : '';
      return `${error.code}${reason}${error.retryable ? ', retryable' : ''}`;
    }
  };
}

const OUTAGE = 'UPSTREAM_UNAVAILABLE, retryable';

describe("an issuer's keys", () => {
  it('are fetched once for many tokens, not before the first', async () => {
    const signIn = open();
    const token = await provider.token();
    expect(provider.fetches()).toBe(0);
    expect(await Promise.all(Array.from({ length: 10 }, () => signIn(token)))).toEqual(Array(10).fill('ok'));
    expect(provider.fetches()).toBe(1);
  });

  it('are fetched again when a token names a new one, and what was removed is refused then', async () => {
    const signIn = open({ cooldownMs: 0 });
    const old = await provider.token();
    expect(await signIn(old)).toBe('ok');
    const [oldKey, newKey] = [await provider.addKey(), await provider.addKey()];
    const [second, third] = [await provider.token({}, { key: oldKey }), await provider.token({}, { key: newKey })];
    expect([await signIn(third), await signIn(second), await signIn(old)]).toEqual(['ok', 'ok', 'ok']);
    expect(provider.fetches()).toBe(2);
    provider.removeKey(oldKey);
    const fourth = await provider.token({}, { key: await provider.addKey() });
    expect([await signIn(fourth), await signIn(second)]).toEqual(['ok', 'UNAUTHENTICATED (unknown key)']);
  });

  it('that are old are fetched again without a new key', async () => {
    const signIn = open({ freshMs: 0 });
    const token = await provider.token();
    expect([await signIn(token), await signIn(token)]).toEqual(['ok', 'ok']);
    expect(provider.fetches()).toBe(2);
  });

  it('are not asked for by every forged token', async () => {
    const signIn = open();
    expect(await signIn(await provider.token())).toBe('ok');
    for (let i = 0; i < 20; i += 1) {
      const forged = await provider.token({}, { key: await makeKey() });
      expect(await signIn(forged)).toBe('UNAUTHENTICATED (unknown key)');
    }
    expect(provider.fetches()).toBe(1);
  });

  it('are chosen by name among several; a token that names none of several is refused', async () => {
    const signIn = open();
    expect(await signIn(await provider.token({}, { kid: null }))).toBe('ok');
    await provider.addKey();
    const fresh = open();
    expect(await fresh(await provider.token({}, { kid: null }))).toBe('UNAUTHENTICATED (unknown key)');
    expect(await fresh(await provider.token())).toBe('ok');
  });
});

describe('a published key that is of no use', () => {
  const publish = async (bad: JWK) => {
    const { keys } = (await (await fetch(provider.jwksUrl)).json()) as { keys: JWK[] };
    provider.answer(200, JSON.stringify({ keys: [...keys, { ...bad, kid: 'bad', use: 'sig' }] }));
  };

  it('because it is too short does not let its tokens in, and is no fault of the gateway', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const ok = await provider.token();
    await publish({ ...publicKey.export({ format: 'jwk' }), alg: 'RS256' });
    const [, payload] = ok.split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'RS256', kid: 'bad' })).toString('base64url');
    const signature = sign('sha256', Buffer.from(`${header}.${payload}`), privateKey).toString('base64url');
    const signIn = open();
    expect(await signIn(`${header}.${payload}.${signature}`)).toBe('UNAUTHENTICATED (unknown key)');
    expect(await signIn(ok)).toBe('ok');
  });

  it.each([
    ['broken', { kty: 'EC', crv: 'P-256', alg: 'ES256', x: 'AAAA', y: 'AAAA' }],
    ['private', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })],
  ])('because it is %s is no outage of the issuer', async (_, bad) => {
    const ok = await provider.token();
    await publish({ ...bad, alg: 'ES256' });
    const signIn = open({ retryMs: 60_000 });
    const named = await provider.token({}, { kid: 'bad' });
    expect(await signIn(named)).toBe('UNAUTHENTICATED (unknown key)');
    expect(await signIn(ok)).toBe('ok');
    expect(await signIn(named)).toBe('UNAUTHENTICATED (unknown key)');
  });
});

describe('an issuer whose keys cannot be read', () => {
  it.each([
    ['is gone', () => provider.stop()],
    ['hangs', async () => provider.hang()],
    ['answers 500', async () => provider.answer(500, 'no')],
    ['answers HTML', async () => provider.answer(200, '<html>')],
    ['answers no keys', async () => provider.answer(200, '{"keys": 7}')],
    ['answers a redirect', async () => provider.answer(302, '')],
  ])('because it %s does not make tokens bad: it is an outage', async (_, cause) => {
    const signIn = open({ timeoutMs: 200 });
    const token = await provider.token();
    await cause();
    expect(await signIn(token)).toBe(OUTAGE);
  });

  it('is asked again after a while, not by every token', async () => {
    const signIn = open({ retryMs: 300 });
    const token = await provider.token();
    provider.answer(500, 'no');
    for (let i = 0; i < 5; i += 1) expect(await signIn(token)).toBe(OUTAGE);
    expect(provider.fetches()).toBe(1);
    provider.recover();
    await expect.poll(() => signIn(token)).toBe('ok');
    expect(provider.fetches()).toBe(2);
  });

  it('leaves the keys that were read before, for a time; one that is new cannot be told', async () => {
    const signIn = open({ freshMs: 0, retryMs: 0, keepMs: 1000, cooldownMs: 0 });
    const token = await provider.token();
    expect(await signIn(token)).toBe('ok');
    const isFetchedAt = Date.now();
    provider.answer(500, 'no');
    const newer = await provider.token({}, { key: await provider.addKey() });
    expect([await signIn(token), await signIn(newer)]).toEqual(['ok', OUTAGE]);
    await expect.poll(() => signIn(token), { timeout: 3000 }).toBe(OUTAGE);
    expect(Date.now() - isFetchedAt).toBeGreaterThan(900);
  });

  it('does not hide what is wrong with a token in any case', async () => {
    const signIn = open({ freshMs: 0, retryMs: 0 });
    expect(await signIn(await provider.token())).toBe('ok');
    await provider.stop();
    expect(await signIn(await provider.token({}, { expiresIn: -10 }))).toBe('UNAUTHENTICATED (expired)');
  });
});
