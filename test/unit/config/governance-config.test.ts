import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { faultsOf } from '../../../src/config/faults.js';
import { governanceSchema } from '../../../src/config/governance-config.js';
import { privateKeyPem } from '../../support/fixtures/governance/keys.js';

const PRIVATE = privateKeyPem();
const PUBLIC = createPublicKey(PRIVATE).export({ type: 'spki', format: 'pem' }).toString();
const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const TABLE = { kind: 'dynamodb', region: 'eu-west-1', table: 'governance' };
const signing = { keyId: 'k1', privateKey: PRIVATE };

function faults(section: unknown): string[] {
  const parsed = governanceSchema.safeParse(section, { reportInput: true });
  return parsed.success ? [] : faultsOf(parsed.error).map(({ path, message }) => `${path}: ${message}`);
}

describe('the section governance', () => {
  it('may be left out', () => {
    expect(governanceSchema.parse({})).toEqual({
      store: { kind: 'sqlite' },
      verifyKeys: [],
      archiveDays: 400,
      checkpointSeconds: 60,
      timeoutMs: 3000,
    });
  });

  it('takes keys as PEM, also with line breaks as an environment has them', () => {
    const written = PRIVATE.replaceAll('\n', '\\n');
    const verifyKeys = [{ keyId: 'k0', publicKey: PUBLIC }];
    const parsed = governanceSchema.parse({ store: TABLE, signing: { keyId: 'k1', privateKey: written }, verifyKeys });
    expect(parsed).toMatchObject({ store: { ...TABLE, createTable: false }, signing, verifyKeys });
  });

  it.each([
    ['a shared store without a key', { store: TABLE }, /^signing: It is missing\. Replicas/],
    [
      'a key of another kind',
      { signing: { keyId: 'k1', privateKey: RSA } },
      /^signing\.privateKey: It must be an Ed25519/,
    ],
    ['no key at all', { signing: { keyId: 'k1', privateKey: 'x' } }, /^signing\.privateKey: It must be an Ed25519/],
    [
      'a bad public key',
      { verifyKeys: [{ keyId: 'k1', publicKey: 'x' }] },
      /^verifyKeys\[0\]\.publicKey: It must be an Ed25519/,
    ],
    [
      'an id twice',
      {
        verifyKeys: [
          { keyId: 'a', publicKey: PUBLIC },
          { keyId: 'a', publicKey: PUBLIC },
        ],
      },
      /^verifyKeys\[1\]\.keyId: Another key/,
    ],
    [
      'the id of the signing key',
      { signing, verifyKeys: [{ keyId: 'k1', publicKey: PUBLIC }] },
      /^verifyKeys\[0\]\.keyId: Another key/,
    ],
    ['another kind of store', { store: { kind: 'postgres' } }, /^store\.kind: It must be one of: sqlite, dynamodb\.$/],
    ['options of the other kind', { store: { kind: 'sqlite', table: 'x' } }, /^store\.table: There is no such option/],
  ])('is a fault with %s', (_, section, expected) => {
    expect(faults(section)).toEqual([expect.stringMatching(expected)]);
  });
});
