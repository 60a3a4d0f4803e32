import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportLines } from '../../../../src/approvals/ledger/export-format.js';
import { createLedger, type Ledger } from '../../../../src/approvals/ledger/ledger.js';
import { storeSource } from '../../../../src/approvals/ledger/store-source.js';
import { verifyLedger } from '../../../../src/approvals/ledger/verify-ledger.js';
import { decision, subject } from '../../../conformance/governance-entries.js';
import { ledgerKeys } from '../../../support/fixtures/governance/keys.js';
import { type OpenedFile, openFile } from '../../../support/fixtures/governance/sqlite.js';

const keys = ledgerKeys('own');
const GARBAGE = { code: 'UNREADABLE', entry: 'version "no version"' };
let opened: OpenedFile;
let ledger: Ledger;
beforeEach(async () => {
  opened = await openFile();
  ledger = createLedger({ store: opened.store, keys, now: Date.now });
  for (const name of ['bad', 'good']) {
    const of = subject(name);
    const chain = (await ledger.read(of.version)).of(of.incarnation);
    await ledger.decide(chain, decision(of, 1, { state: 'VOTED', recordedAt: new Date().toISOString() }).body);
  }
  const db = new DatabaseSync(opened.file, { timeout: 1000 });
  db.exec('drop trigger decisions_no_update');
  db.exec("update decisions set version_id = 'no version' where version_id like '%bad%'");
  db.close();
});
afterEach(() => opened[Symbol.asyncDispose]());

describe('entries under what is no version', () => {
  it('are one finding of a verification, which goes on', async () => {
    const report = await verifyLedger(storeSource(opened.store), keys.verification);
    expect(report).toMatchObject({ chains: 1, decisions: 1, findings: [GARBAGE] });
  });

  it('are one finding of a round of checkpoints, which signs the others', async () => {
    expect(await ledger.checkpoint()).toMatchObject({ heads: 1, findings: [GARBAGE] });
  });

  it('do not pass for a whole export', async () => {
    const lines = async () => {
      for await (const _ of exportLines(storeSource(opened.store), Date.now()));
    };
    await expect(lines()).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE', retryable: false });
  });
});
