import {
  createLocalJWKSet,
  createRemoteJWKSet,
  type ExportedJWKSCache,
  errors,
  type JWKSCacheInput,
  type JWTVerifyGetKey,
  jwksCache,
} from 'jose';
import { UnavailableError } from '../domain/errors.js';

export interface SigningKeyTiming {
  /** What fetching the keys may take. */
  readonly timeoutMs: number;
  /** Keys older than this are fetched again before they are used. */
  readonly freshMs: number;
  /** How long keys go on verifying while newer ones cannot be fetched. */
  readonly keepMs: number;
  /** At least so long between two fetches because of an unknown key: forged tokens must not become a flood at the issuer. */
  readonly cooldownMs: number;
  /** So long nobody asks after a fetch that failed. */
  readonly retryMs: number;
}

export const SIGNING_KEY_TIMING: SigningKeyTiming = {
  timeoutMs: 5000,
  freshMs: 10 * 60_000,
  keepMs: 60 * 60_000,
  cooldownMs: 15_000,
  retryMs: 5000,
};

/** What is the token's fault, and no sign that the keys could not be read. */
const FAULTS_OF_TOKENS: readonly string[] = [
  errors.JWKSNoMatchingKey.code,
  errors.JWKSMultipleMatchingKeys.code,
  errors.JOSENotSupported.code,
];

const RSA_BITS_MIN = 2048;

/**
 * The keys that an issuer publishes, fetched when the first token asks for them and again when one names a key that is not among them: an issuer
 * changes its keys without a word to us.
 *
 * The function that it gives throws an `UnavailableError` where the keys cannot be read: that an issuer is down must not look like a bad token.
 */
export function createSigningKeys(url: string, timing: SigningKeyTiming = SIGNING_KEY_TIMING): JWTVerifyGetKey {
  const kept: Partial<ExportedJWKSCache> = {};
  const remote = createRemoteJWKSet(new URL(url), {
    timeoutDuration: timing.timeoutMs,
    cacheMaxAge: timing.freshMs,
    cooldownDuration: timing.cooldownMs,
    [jwksCache]: kept as JWKSCacheInput,
  });
  let outage: { readonly since: number; readonly cause: unknown } | undefined;

  const isFresh = () => kept.jwks !== undefined && Date.now() - (kept.uat ?? 0) < timing.freshMs;
  /** Whether the keys were read and the one that the token names is the one that is of no use. */
  const isUnusable = async (...[header, token]: Parameters<JWTVerifyGetKey>) => {
    if (kept.jwks === undefined || !isFresh()) return false;
    return createLocalJWKSet(kept.jwks)(header, token).then(
      () => false,
      (error: unknown) => !isFaultOfToken(error),
    );
  };

  const fromKept: JWTVerifyGetKey = async (header, token) => {
    try {
      // A key that is not among them may be a newer one.
      if (kept.jwks !== undefined && Date.now() - (kept.uat ?? 0) < timing.keepMs) {
        return await createLocalJWKSet(kept.jwks)(header, token);
      }
    } catch (error) {
      if (!isFaultOfToken(error)) throw unusableKey();
    }
    throw new UnavailableError('The keys that tokens are checked with cannot be read from their issuer. Try again.', {
      retryAfterMs: timing.retryMs,
      cause: outage?.cause,
    });
  };

  const find: JWTVerifyGetKey = async (header, token) => {
    if (outage !== undefined && Date.now() - outage.since < timing.retryMs) return fromKept(header, token);
    try {
      const key = await remote(header, token);
      outage = undefined;
      return key;
    } catch (error) {
      if (isFaultOfToken(error)) throw error;
      // Whoever publishes one bad key among good ones is not away.
      if (await isUnusable(header, token)) throw unusableKey();
      outage = { since: Date.now(), cause: error };
      return fromKept(header, token);
    }
  };

  return async (header, token) => {
    const key = await find(header, token);
    if (isTooShort(key)) throw unusableKey();
    return key;
  };
}

function isFaultOfToken(error: unknown): boolean {
  return error instanceof errors.JOSEError && FAULTS_OF_TOKENS.includes(error.code);
}

/** What `jwtVerify` would refuse as a fault of the program. */
function isTooShort(key: Awaited<ReturnType<JWTVerifyGetKey>>): boolean {
  const bits = 'algorithm' in key && 'modulusLength' in key.algorithm ? key.algorithm.modulusLength : undefined;
  return typeof bits === 'number' && bits < RSA_BITS_MIN;
}

/** A key that cannot be used is as good as none. */
function unusableKey(): errors.JWKSNoMatchingKey {
  return new errors.JWKSNoMatchingKey('the key that the token names is published and cannot be used');
}
