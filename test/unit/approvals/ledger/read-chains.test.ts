import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLedger } from '../../../../src/approvals/ledger/ledger.js';
import { storeSource } from '../../../../src/approvals/ledger/store-source.js';
import { verifyLedger } from '../../../../src/approvals/ledger/verify-ledger.js';
import type { StoredChain } from '../../../../src/governance/store.js';
import { decision, subject } from '../../../conformance/governance-entries.js';
import { ledgerKeys } from '../../../support/fixtures/governance/keys.js';
import { type OpenedFile, openFile } from '../../../support/fixtures/governance/sqlite.js';

const keys = ledgerKeys('own');
const of = subject();
let opened: OpenedFile;
beforeAll(async () => {
  opened = await openFile();
  const ledger = createLedger({ store: opened.store, keys, now: Date.now });
  for (let sequence = 1; sequence <= 3; sequence += 1) {
    const { record } = await ledger.decide(
      (await ledger.read(of.version)).of(of.incarnation),
      decision(of, sequence).body,
    );
    await ledger.settle(record, 'WRITTEN');
  }
});
afterAll(() => opened[Symbol.asyncDispose]());

/** A store whose reads miss what is put while they run, so many times. */
function torn(times: number) {
  let left = times;
  const chains = async (version: typeof of.version): Promise<readonly StoredChain[]> => {
    const whole = await opened.store.ledger.chains(version);
    left -= 1;
    return left < 0 ? whole : whole.map((chain) => ({ ...chain, settlements: chain.settlements.slice(1) }));
  };
  return { ...opened.store, ledger: { ...opened.store.ledger, chains } };
}

describe('a chain that is put to while it is read', () => {
  it('is read again rather than refused', async () => {
    const ledger = createLedger({ store: torn(2), keys, now: Date.now });
    expect((await ledger.read(of.version)).of(of.incarnation).records).toHaveLength(3);
    const report = await verifyLedger(storeSource(torn(2)), keys.verification);
    expect(report).toMatchObject({ decisions: 3, settlements: 3, findings: [] });
  });

  it('is refused where it stays like that', async () => {
    const ledger = createLedger({ store: torn(100), keys, now: Date.now });
    const chains = await ledger.read(of.version);
    expect(() => chains.of(of.incarnation)).toThrow(
      /cannot be trusted at approval:lab\/fraud\/1\/1000\/1 \(settlement\)/,
    );
    expect(chains.of('other').records).toEqual([]);
  });
});
