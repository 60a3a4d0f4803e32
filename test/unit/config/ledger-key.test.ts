import { createPublicKey } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLedgerKeys, signatureFault } from '../../../src/approvals/ledger/keys.js';
import { ledgerKeyTexts } from '../../../src/config/ledger-key.js';
import { privateKeyPem } from '../../support/fixtures/governance/keys.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'registrar-ledger-key-'));
});
afterAll(() => rm(directory, { recursive: true }));

const none = { verifyKeys: [] };

describe('the key that signs the ledger', () => {
  it('is made once, for all that start at once, and only its owner may read it', async () => {
    const state = path.join(directory, 'made');
    const made = await Promise.all(Array.from({ length: 5 }, () => ledgerKeyTexts(none, state)));
    expect(new Set(made.map(({ signing }) => signing.privateKey)).size).toBe(1);
    expect(await ledgerKeyTexts(none, state)).toEqual(made[0]);
    expect((await readdir(state)).sort()).toEqual(['ledger-key.pem', 'ledger-key.public.pem']);
    expect((await stat(path.join(state, 'ledger-key.pem'))).mode & 0o777).toBe(0o600);

    const publicKey = createPublicKey(await readFile(path.join(state, 'ledger-key.public.pem'), 'utf8'));
    const { signing } = createLedgerKeys(made[0]?.signing ?? { keyId: '', privateKey: '' }, []);
    const sealed = { hash: 'abc', signature: signing.sign('abc'), keyId: signing.keyId };
    expect(signatureFault(sealed, new Map([[signing.keyId, publicKey]]))).toBeNull();
    expect(signatureFault({ ...sealed, hash: 'abd' }, new Map([[signing.keyId, publicKey]]))).toBe('BAD_SIGNATURE');
  });

  it('has another id when it is another key', async () => {
    const ids = await Promise.all(
      ['a', 'b'].map(async (name) => (await ledgerKeyTexts(none, path.join(directory, name))).signing.keyId),
    );
    expect(ids[0]).not.toBe(ids[1]);
  });

  it('is the one that the config names, and nothing is made then', async () => {
    const state = path.join(directory, 'named');
    const signing = { keyId: 'k1', privateKey: privateKeyPem() };
    const verifyKeys = [{ keyId: 'k0', publicKey: 'public' }];
    expect(await ledgerKeyTexts({ signing, verifyKeys }, state)).toEqual({ signing, verify: verifyKeys });
    await expect(readdir(state)).rejects.toThrow('ENOENT');
  });

  it('is a fault where it cannot be kept, or is no key', async () => {
    const taken = path.join(directory, 'taken');
    await writeFile(taken, '');
    await expect(ledgerKeyTexts(none, taken)).rejects.toThrow(
      /server\.stateDirectory: .*cannot be kept .*governance\.signing/,
    );
    const state = path.join(directory, 'damaged');
    await ledgerKeyTexts(none, state);
    await writeFile(path.join(state, 'ledger-key.pem'), 'damaged');
    await expect(ledgerKeyTexts(none, state)).rejects.toThrow(/holds no Ed25519 key\. Restore it/);
  });
});
