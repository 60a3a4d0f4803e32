import { createPublicKey, type KeyObject } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { openStore, readConfig, readVerificationKeys } from '../app.js';
import { exportSource } from '../approvals/ledger/export-format.js';
import type { VerificationKeys } from '../approvals/ledger/keys.js';
import { storeSource } from '../approvals/ledger/store-source.js';
import { type LedgerReport, verifyLedger } from '../approvals/ledger/verify-ledger.js';
import { InvalidInputError } from '../domain/errors.js';
import { readConfigFile } from './read-config-file.js';

interface Options {
  readonly config: string;
  readonly json: boolean;
  readonly export?: string;
  readonly key?: readonly string[];
}

/** Verifies the ledger of a config, or an export. @returns 0 where it is whole, 1 where it is not. */
export async function ledgerVerify(options: Options): Promise<number> {
  const report =
    options.export === undefined ? await verifyStore(options) : await verifyExport(options.export, options);
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : asText(report));
  return report.findings.length === 0 ? 0 : 1;
}

async function verifyStore({ config, key }: Options): Promise<LedgerReport> {
  if (key !== undefined)
    throw new InvalidInputError('--key goes with --export; the keys of a store are in its config.');
  const read = readConfig(await readConfigFile(config));
  await using store = openStore(read);
  return await verifyLedger(storeSource(store), await readVerificationKeys(read));
}

async function verifyExport(file: string, { key = [] }: Options): Promise<LedgerReport> {
  if (key.length === 0) throw new InvalidInputError('Give the public key that has signed it, with --key.');
  const keys = readKeys(key);
  const stream = createReadStream(file);
  const opened = new Promise<void>((resolve, reject) => stream.once('open', () => resolve()).once('error', reject));
  await opened.catch((error: NodeJS.ErrnoException) => {
    throw new InvalidInputError(`${file} cannot be read (${error.code ?? 'unknown'}).`);
  });
  return verifyLedger(await exportSource(stream), keys);
}

/** A key that is given without an id is tried for every id, since a file of a key does not say its own. */
function readKeys(given: readonly string[]): VerificationKeys {
  const named = new Map<string, KeyObject>();
  const nameless: KeyObject[] = [];
  for (const text of given) {
    const [, keyId, file] = /^([A-Za-z0-9][A-Za-z0-9._-]{0,63})=(.+)$/.exec(text) ?? [undefined, undefined, text];
    const key = readKey(file ?? text);
    if (keyId === undefined) nameless.push(key);
    else named.set(keyId, key);
  }
  const [other, ...more] = nameless;
  if (more.length > 0 || (other !== undefined && named.size > 0)) {
    throw new InvalidInputError('Several keys need their ids: --key <keyId>=<file>.');
  }
  return other === undefined ? named : { get: () => other };
}

function readKey(file: string): KeyObject {
  try {
    const key = createPublicKey(readFileSync(file, 'utf8'));
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR') {
      throw new InvalidInputError(`The key ${file} cannot be read (${code}).`);
    }
  }
  throw new InvalidInputError(`${file} holds no Ed25519 public key in PEM.`);
}

function asText({ chains, decisions, settlements, checkpoints, findings }: LedgerReport): string {
  const read = `${chains} chains, ${decisions} decisions, ${settlements} settlements, ${checkpoints} checkpoints`;
  if (findings.length === 0) return `The ledger is whole: ${read}.\n`;
  const lines = findings.map(({ code, entry, message }) => `  FAIL ${code} ${entry}: ${message}\n`);
  return `The ledger is NOT whole: ${read}.\n${lines.join('')}`;
}
