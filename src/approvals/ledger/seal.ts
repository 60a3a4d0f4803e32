import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { InvalidInputError } from '../../domain/errors.js';
import type { Sealed } from '../../domain/ledger.js';
import type { SigningKey } from './keys.js';

/** One item of DynamoDB holds 400 KB, and beside the body there is what it is found by. */
export const MAX_BODY_BYTES = 256 * 1024;

/** @throws InvalidInputError for a body that is too large, or that holds text which is none: lone surrogates. */
export function seal<B extends object>(body: B, key: SigningKey): Sealed<B> {
  const text = canonicalText(body);
  if (text === null) {
    throw new InvalidInputError(
      'The decision holds text with a lone surrogate, which cannot be kept. Send well-formed text.',
    );
  }
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BODY_BYTES) {
    throw new InvalidInputError(
      `The decision takes ${bytes} bytes with its comment and its evaluation, and the ledger holds ${MAX_BODY_BYTES}. Shorten the comment.`,
    );
  }
  const hash = sha256(text);
  return { body, hash, signature: key.sign(hash), keyId: key.keyId };
}

/** SHA-256 over the RFC 8785 form, in hexadecimal; null for what has none. */
export function hashOf(body: unknown): string | null {
  const text = canonicalText(body);
  return text === null ? null : sha256(text);
}

function canonicalText(body: unknown): string | null {
  try {
    return canonicalize(body) ?? null;
  } catch {
    return null;
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
