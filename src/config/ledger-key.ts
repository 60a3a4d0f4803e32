import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import path from 'node:path';
import { ConfigError } from './faults.js';
import type { GovernanceConfig } from './governance-config.js';
import { keptText, readKept } from './kept-file.js';

/** Keys of the ledger as text: what signs, and what else has signed. */
export interface LedgerKeyTexts {
  readonly signing: { readonly keyId: string; readonly privateKey: string };
  readonly verify: readonly { readonly keyId: string; readonly publicKey: string }[];
}

/**
 * The keys that the config names. Without a signing key there, gateways with one state directory make one once, `ledger-key.pem`, and put the public
 * key beside it for those who verify exports.
 *
 * @throws ConfigError when nothing can be kept there.
 */
export async function ledgerKeyTexts(
  { signing, verifyKeys }: Pick<GovernanceConfig, 'signing' | 'verifyKeys'>,
  stateDirectory: string,
): Promise<LedgerKeyTexts> {
  return { signing: signing ?? (await ownSigningKey(stateDirectory)), verify: verifyKeys };
}

/**
 * The same for those who only verify: a key that is not there is not made, since a new one has signed nothing.
 * @throws ConfigError
 */
export async function madeLedgerKeyTexts(
  { signing, verifyKeys }: Pick<GovernanceConfig, 'signing' | 'verifyKeys'>,
  stateDirectory: string,
): Promise<LedgerKeyTexts> {
  return { signing: signing ?? (await madeSigningKey(stateDirectory)), verify: verifyKeys };
}

async function madeSigningKey(stateDirectory: string): Promise<LedgerKeyTexts['signing']> {
  const file = keyFile(stateDirectory);
  const privateKey = await readKept(file).catch((error: NodeJS.ErrnoException) => {
    throw fault(`The key that signs the ledger cannot be read from ${file} (${error.code ?? 'unknown'}).`);
  });
  if (privateKey === undefined) {
    throw fault(
      `There is no key in ${file}. Name the config that the gateway is served with, or restore the key from a backup.`,
    );
  }
  const publicKey = publicKeyIn(privateKey);
  if (publicKey === null) throw noKeyIn(file);
  return { keyId: keyIdOf(publicKey), privateKey };
}

async function ownSigningKey(stateDirectory: string): Promise<LedgerKeyTexts['signing']> {
  const file = keyFile(stateDirectory);
  let privateKey: string;
  try {
    privateKey = await keptText(file, () =>
      pem(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })),
    );
    const publicKey = publicKeyIn(privateKey);
    if (publicKey !== null) {
      await keptText(path.join(stateDirectory, 'ledger-key.public.pem'), () =>
        pem(publicKey.export({ type: 'spki', format: 'pem' })),
      );
      return { keyId: keyIdOf(publicKey), privateKey };
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw fault(
      `The key that signs the ledger cannot be kept in ${stateDirectory} (${code}). ` +
        'Let the gateway write there, name another directory, or give governance.signing.',
    );
  }
  throw noKeyIn(file);
}

function keyFile(stateDirectory: string): string {
  return path.join(stateDirectory, 'ledger-key.pem');
}

function publicKeyIn(privateKey: string): KeyObject | null {
  try {
    const key = createPrivateKey(privateKey);
    return key.asymmetricKeyType === 'ed25519' ? createPublicKey(key) : null;
  } catch {
    return null;
  }
}

/** The same for the same key, so that a key that was replaced is an unknown one and not a bad signature. */
function keyIdOf(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return `own-${createHash('sha256').update(der).digest('hex').slice(0, 16)}`;
}

function pem(exported: string | Buffer): string {
  return exported.toString();
}

function noKeyIn(file: string): ConfigError {
  return fault(
    `${file} holds no Ed25519 key. Restore it from a backup: a new key would not verify what the old one has signed.`,
  );
}

function fault(message: string): ConfigError {
  return new ConfigError('The config', [{ path: 'server.stateDirectory', message }]);
}
