import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLedger, type Ledger } from '../../../../src/approvals/ledger/ledger.js';
import { startCheckpoints, UntrustedChainError } from '../../../../src/approvals/ledger/start-checkpoints.js';
import { decision, subject } from '../../../conformance/governance-entries.js';
import { ledgerKeys } from '../../../support/fixtures/governance/keys.js';
import { type OpenedFile, openFile } from '../../../support/fixtures/governance/sqlite.js';

let opened: OpenedFile;
let ledger: Ledger;
let reported: unknown[];
beforeEach(async () => {
  opened = await openFile();
  ledger = createLedger({ store: opened.store, keys: ledgerKeys('own'), now: Date.now });
  reported = [];
});
afterEach(() => opened[Symbol.asyncDispose]());

const start = (everyMs: number) =>
  startCheckpoints({ ledger, leases: opened.store.leases, everyMs, report: (problem) => reported.push(problem) });
const decide = async (sequence: number) => {
  const chain = (await ledger.read(subject().version)).of(subject().incarnation);
  const draft = decision(subject(), sequence, { state: 'VOTED', recordedAt: new Date().toISOString() }).body;
  await ledger.decide(chain, draft);
};
const count = async () => (await opened.store.checkpoints.list(0, 100)).length;

describe('checkpoints in the background', () => {
  it('are made while it runs and once more at its end, by one process at a time', async () => {
    const [one, two] = [start(20), start(20)];
    await decide(1);
    await vi.waitFor(async () => expect(await count()).toBe(1));
    await decide(2);
    await vi.waitFor(async () => expect(await count()).toBe(2));
    await two[Symbol.asyncDispose]();
    await one[Symbol.asyncDispose]();
    expect(reported).toEqual([]);

    const idle = start(60_000);
    await decide(3);
    await idle[Symbol.asyncDispose]();
    expect(await count()).toBe(3);
    expect(reported).toEqual([]);
  });

  it('leave it to whoever has the lease', async () => {
    await opened.store.leases.acquire('checkpoints', 'somebody else', 60_000);
    const waiting = start(60_000);
    await decide(1);
    await waiting[Symbol.asyncDispose]();
    expect(await count()).toBe(0);
  });

  it('report each chain that cannot be trusted once, and go on with the others', async () => {
    await decide(1);
    await decide(2);
    await opened.raw.remove({ subject: subject(), sequence: 1, kind: 'decision' });
    const running = start(10);
    await vi.waitFor(async () => expect(reported).toHaveLength(1));
    await ledger.decide(
      (await ledger.read(subject('other').version)).of('1000'),
      decision(subject('other'), 1, { state: 'VOTED', recordedAt: new Date().toISOString() }).body,
    );
    await vi.waitFor(async () => expect(await count()).toBe(1));
    await running[Symbol.asyncDispose]();
    expect(reported).toEqual([expect.any(UntrustedChainError)]);
    expect(String(reported[0])).toContain('approval:lab/fraud/1/1000/1');
  });

  it('report that the store is away, and go on when it is back', async () => {
    let isAway = true;
    const leases = {
      ...opened.store.leases,
      acquire: (name: string, holder: string, ttlMs: number) =>
        isAway ? Promise.reject(new Error('away')) : opened.store.leases.acquire(name, holder, ttlMs),
    };
    const running = startCheckpoints({ ledger, leases, everyMs: 10, report: (problem) => reported.push(problem) });
    await decide(1);
    await vi.waitFor(() => expect(reported.length).toBeGreaterThan(1));
    isAway = false;
    await vi.waitFor(async () => expect(await count()).toBe(1));
    await running[Symbol.asyncDispose]();
  });
});
