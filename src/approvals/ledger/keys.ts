import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { Sealed } from '../../domain/ledger.js';

export interface SigningKey {
  readonly keyId: string;
  /** Ed25519 over the bytes of the text, in base64url. */
  sign(hash: string): string;
}

/** Public keys by id: the one that signs now, and those that did before. */
export interface VerificationKeys {
  get(keyId: string): KeyObject | undefined;
}

export interface LedgerKeys {
  readonly signing: SigningKey;
  readonly verification: VerificationKeys;
}

export interface SigningKeyPem {
  readonly keyId: string;
  /** PKCS #8, PEM. */
  readonly privateKey: string;
}

export interface PublicKeyPem {
  readonly keyId: string;
  /** SPKI, PEM. */
  readonly publicKey: string;
}

/** The signing key verifies what it has signed, without being named again. */
export function createLedgerKeys(signing: SigningKeyPem, others: readonly PublicKeyPem[]): LedgerKeys {
  const privateKey = createPrivateKey(signing.privateKey);
  const before = others.map(({ keyId, publicKey }) => [keyId, createPublicKey(publicKey)] as const);
  return {
    signing: {
      keyId: signing.keyId,
      sign: (hash) => sign(null, Buffer.from(hash), privateKey).toString('base64url'),
    },
    verification: new Map([...before, [signing.keyId, createPublicKey(privateKey)]]),
  };
}

export type SignatureFault = 'UNSIGNED' | 'UNKNOWN_KEY' | 'BAD_SIGNATURE';

/** Some 300 bytes each. */
const KNOWN_MAX = 10_000;
/**
 * What was found to be signed, by key. Chains are read several times for each decision, and nothing that is kept elsewhere can make a signature
 * that was right be wrong: it is over the hash, which is compared with the content each time.
 */
const knownGood = new WeakMap<KeyObject, Set<string>>();

/** What is wrong with a signature; null where nothing is. That the hash is the body's is another matter. */
export function signatureFault(
  { hash, signature, keyId }: Omit<Sealed<unknown>, 'body'>,
  keys: VerificationKeys,
): SignatureFault | null {
  if (signature === '') return 'UNSIGNED';
  const key = keys.get(keyId);
  if (key === undefined) return 'UNKNOWN_KEY';
  const known = knownGood.get(key) ?? new Set();
  const signed = `${hash} ${signature}`;
  if (known.has(signed)) return null;
  if (!verify(null, Buffer.from(hash), key, Buffer.from(signature, 'base64url'))) return 'BAD_SIGNATURE';
  if (known.size >= KNOWN_MAX) known.clear();
  knownGood.set(key, known.add(signed));
  return null;
}
