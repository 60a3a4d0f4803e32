import { isIP } from 'node:net';
import type { Caller } from '../domain/access.js';
import type { AccessOptions, ApiKeyOptions } from './access-options.js';
import { createApiKeys, isApiKey } from './api-keys.js';
import { textsOf } from './claims.js';
import { grantsTo } from './grants.js';
import { refused } from './refusal.js';
import type { SigningKeyTiming } from './signing-keys.js';
import { createTokenVerifier, type VerifiedToken } from './tokens.js';

/** The part of a request that says who sends it. */
interface Credentials {
  readonly authorization?: string | undefined;
  /** As the client wrote it: which name it believes to talk to. */
  readonly host?: string | undefined;
}

/**
 * Says who somebody is. Nothing shown is the anonymous caller where the config has one; something wrong is refused even then.
 *
 * @throws UnauthenticatedError with a `Refusal` as its cause; UnavailableError (retryable) where an issuer's keys cannot be read.
 */
type Authenticator = (credentials: Credentials) => Promise<Caller>;

/** Room for a token with some two hundred groups in it; Node itself takes 16 KiB of headers in all. */
const CREDENTIAL_MAX = 12 * 1024;
const BEARER = /^Bearer +([\w.~+/-]+=*)$/i;
const NAME_MAX = 200;

export function createAuthenticator(options: AccessOptions, timing?: SigningKeyTiming): Authenticator {
  const findApiKey = createApiKeys(options.apiKeys);
  const verifyToken = createTokenVerifier(options.jwt, timing);
  const anonymous = anonymousCaller(options);

  return async ({ authorization, host }) => {
    if (authorization === undefined) {
      if (anonymous === null) throw refused('missing');
      if (!isOwnHost(host, options.anonymous?.hosts ?? [])) throw refused('foreign host name', host);
      return anonymous;
    }
    if (authorization.length > CREDENTIAL_MAX) throw refused('too long');
    const [, credential] = BEARER.exec(authorization) ?? [];
    if (credential === undefined) throw refused('malformed', 'not `Bearer …`');
    if (!isApiKey(credential)) return callerOfToken(await verifyToken(credential), options);
    const apiKey = findApiKey(credential);
    if (apiKey === undefined) throw refused('unknown API key');
    return callerOfApiKey(apiKey, options);
  };
}

/**
 * A page of anybody's can have its own name point to this machine and then ask as the person who looks at it. What it cannot do is ask under a
 * name that is not its own: an address, this machine itself, or a name from the config.
 */
function isOwnHost(host: string | undefined, allowed: readonly string[]): boolean {
  const name = (host ?? '').replace(/:\d+$/, '').toLowerCase();
  const isLoopback = name === 'localhost' || name.endsWith('.localhost');
  return isLoopback || isIP(name.replace(/^\[|\]$/g, '')) !== 0 || allowed.some((each) => each.toLowerCase() === name);
}

function anonymousCaller({ anonymous }: AccessOptions): Caller | null {
  if (anonymous === undefined) return null;
  return {
    actor: { name: 'anonymous', kind: 'UNKNOWN', nativeId: 'anonymous' },
    groups: [],
    grants: [{ role: anonymous.role, source: 'access.anonymous' }],
  };
}

function callerOfApiKey({ id, name, groups }: ApiKeyOptions, options: AccessOptions): Caller {
  const nativeId = `api-key:${id}`;
  return {
    actor: { name: name ?? id, kind: 'SERVICE', nativeId },
    groups,
    grants: grantsTo({ nativeId, groups, apiKeyId: id }, options),
  };
}

const NAME_CLAIMS = ['name', 'preferred_username', 'email'];

function callerOfToken({ issuer, subject, claims, expiresAt }: VerifiedToken, options: AccessOptions): Caller {
  // No issuer has a # in it, so that the first one ends it.
  const nativeId = `${issuer.issuer}#${subject}`;
  const groups = textsOf(claims, issuer.claims.groups).map((group) => `${issuer.groupPrefix}${group}`);
  const named = issuer.claims.name === undefined ? NAME_CLAIMS : [issuer.claims.name];
  const name = named.flatMap((claim) => textsOf(claims, claim)).find((text) => text.trim() !== '') ?? subject;
  // RFC 9068: a token that a program got for itself names the program as its subject.
  const isProgram = ['client_id', 'azp'].some((claim) => textsOf(claims, claim).includes(subject));
  return {
    actor: { name: [...name].slice(0, NAME_MAX).join(''), kind: isProgram ? 'SERVICE' : 'USER', nativeId },
    groups,
    grants: grantsTo({ nativeId, groups, claims }, options),
    expiresAt: expiresAt.toISOString(),
  };
}
