import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import type { JwtIssuerOptions } from './access-options.js';
import { type RefusalReason, refused } from './refusal.js';
import { createSigningKeys, type SigningKeyTiming } from './signing-keys.js';

/** What a token says, believed. */
export interface VerifiedToken {
  readonly issuer: JwtIssuerOptions;
  readonly subject: string;
  readonly expiresAt: Date;
  readonly claims: JWTPayload;
}

/** OpenID Connect allows no longer one; it becomes part of keys in stores. */
const SUBJECT_MAX = 255;

/** @returns A function that throws `UnauthenticatedError` for whatever is wrong with a token, `UnavailableError` where that cannot be told. */
export function createTokenVerifier(
  issuers: readonly JwtIssuerOptions[],
  timing?: SigningKeyTiming,
): (token: string) => Promise<VerifiedToken> {
  const known = new Map(
    issuers.map((issuer) => [issuer.issuer, { issuer, keys: createSigningKeys(issuer.jwksUrl, timing) }]),
  );
  return async (token) => {
    const named = issuerNamedBy(token);
    const found = typeof named === 'string' ? known.get(named) : undefined;
    if (found === undefined) throw refused('wrong issuer');
    const { issuer, keys } = found;
    const { payload } = await jwtVerify(token, keys, {
      issuer: issuer.issuer,
      audience: typeof issuer.audience === 'string' ? issuer.audience : [...issuer.audience],
      algorithms: [...issuer.algorithms],
      clockTolerance: issuer.clockSkewSeconds,
      requiredClaims: ['exp', 'sub'],
    }).catch(refuse);
    const { sub, exp } = payload;
    if (typeof sub !== 'string' || sub === '' || sub.length > SUBJECT_MAX || !sub.isWellFormed()) {
      throw refused('malformed', 'the subject');
    }
    const expiresAt = new Date(((exp ?? 0) + issuer.clockSkewSeconds) * 1000);
    // Nothing sooner than the end of what a date can say.
    if (Number.isNaN(expiresAt.getTime())) throw refused('malformed', 'the time of its end');
    return { issuer, subject: sub, expiresAt, claims: payload };
  };
}

/** What the token claims, unverified: it only chooses by whose keys it is verified. */
function issuerNamedBy(token: string): unknown {
  try {
    return decodeJwt(token).iss;
  } catch {
    throw refused('malformed', 'not a JWT');
  }
}

const REASONS: Readonly<Record<string, RefusalReason>> = {
  [errors.JWTExpired.code]: 'expired',
  [errors.JWSSignatureVerificationFailed.code]: 'bad signature',
  [errors.JWKSNoMatchingKey.code]: 'unknown key',
  [errors.JWKSMultipleMatchingKeys.code]: 'unknown key',
  [errors.JOSEAlgNotAllowed.code]: 'algorithm not allowed',
  [errors.JOSENotSupported.code]: 'algorithm not allowed',
};

/** By the claim that is not as it should be. */
const REASONS_OF_CLAIMS: Readonly<Record<string, RefusalReason>> = {
  nbf: 'not yet valid',
  aud: 'wrong audience',
  iss: 'wrong issuer',
};

function refuse(error: unknown): never {
  // Of the error only the words are kept: it carries the whole token's content.
  if (error instanceof errors.JWTClaimValidationFailed) {
    throw refused(
      error.reason === 'missing' ? 'missing claim' : (REASONS_OF_CLAIMS[error.claim] ?? 'malformed'),
      error.message,
    );
  }
  if (error instanceof errors.JOSEError) throw refused(REASONS[error.code] ?? 'malformed', error.message);
  throw error;
}
