import { generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createLedgerKeys, signatureFault } from '../../../../src/approvals/ledger/keys.js';
import { hashOf, MAX_BODY_BYTES, seal } from '../../../../src/approvals/ledger/seal.js';
import { ledgerKeys } from '../../../support/fixtures/governance/keys.js';

const keys = ledgerKeys('own');

describe('the seal of an entry', () => {
  it('is SHA-256 over RFC 8785, whatever the order of the keys', () => {
    // That of `printf %s '{"a":[1e+30,"é€"],"b":null}' | sha256sum`.
    const expected = '575106568625ea0559a5bc7bc024b0964b00b2b33997199c5ac06d0560060b65';
    expect(hashOf({ b: null, a: [1e30, 'é€'] })).toBe(expected);
    expect(hashOf({ a: [1e30, 'é€'], b: null })).toBe(expected);
  });

  it('is signed so that anybody with the public key can tell', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const { signing } = createLedgerKeys({ keyId: 'k', privateKey: pem }, []);
    const { hash, signature, keyId } = seal({ a: 1 }, signing);
    expect(keyId).toBe('k');
    expect(verify(null, Buffer.from(hash, 'utf8'), publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  it('is verified by the keys of the time before as well', () => {
    const old = generateKeyPairSync('ed25519');
    const oldPem = old.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const before = createLedgerKeys({ keyId: 'k0', privateKey: oldPem }, []);
    const publicKey = old.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const { signing, verification } = createLedgerKeys(
      {
        keyId: 'k1',
        privateKey: generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      },
      [{ keyId: 'k0', publicKey }],
    );
    expect(signatureFault(seal({ a: 1 }, before.signing), verification)).toBeNull();
    expect(signatureFault(seal({ a: 1 }, signing), verification)).toBeNull();
    expect(signatureFault({ ...seal({ a: 1 }, signing), keyId: 'k0' }, verification)).toBe('BAD_SIGNATURE');
  });

  it('vouches for nothing else once it was found right', () => {
    const sealed = seal({ a: 1 }, keys.signing);
    const other = seal({ a: 2 }, keys.signing);
    expect(signatureFault(sealed, keys.verification)).toBeNull();
    expect(signatureFault(sealed, keys.verification)).toBeNull();
    expect(signatureFault({ ...sealed, hash: other.hash }, keys.verification)).toBe('BAD_SIGNATURE');
    expect(signatureFault({ ...sealed, signature: other.signature }, keys.verification)).toBe('BAD_SIGNATURE');
    const { publicKey } = generateKeyPairSync('ed25519');
    expect(signatureFault(sealed, new Map([[sealed.keyId, publicKey]]))).toBe('BAD_SIGNATURE');
  });

  it('is refused for what is too large or no text', () => {
    const body = (length: number) => ({ a: 'x'.repeat(length) });
    const frame = '{"a":""}'.length;
    expect(seal(body(MAX_BODY_BYTES - frame), keys.signing).hash).toHaveLength(64);
    expect(() => seal(body(MAX_BODY_BYTES - frame + 1), keys.signing)).toThrow(/Shorten the comment/);
    expect(() => seal({ a: '\ud800' }, keys.signing)).toThrow(/lone surrogate/);
  });
});
