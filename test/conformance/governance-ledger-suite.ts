import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { exportLines, exportSource } from '../../src/approvals/ledger/export-format.js';
import type { DecisionDraft, Ledger } from '../../src/approvals/ledger/ledger.js';
import { createLedger } from '../../src/approvals/ledger/ledger.js';
import { seal } from '../../src/approvals/ledger/seal.js';
import { storeSource } from '../../src/approvals/ledger/store-source.js';
import type { Finding } from '../../src/approvals/ledger/verify-chain.js';
import { verifyLedger } from '../../src/approvals/ledger/verify-ledger.js';
import { LedgerUnavailableError } from '../../src/domain/errors.js';
import {
  type DecisionEntry,
  type Sealed,
  type SettlementEntry,
  type Subject,
  subjectOf,
} from '../../src/domain/ledger.js';
import { versionId } from '../../src/domain/refs.js';
import { ledgerKeys } from '../support/fixtures/governance/keys.js';
import { at, decision, subject } from './governance-entries.js';
import type { EntryPlace, GovernanceHarness, OpenedGovernance } from './governance-harness.js';

const OWN = ledgerKeys('own');
const FOREIGN = ledgerKeys('foreign');
/** The id of our key, and another key. */
const FORGED = ledgerKeys('own');

const SUBJECT = subject('tampered with/é');
const NEXT_DOOR = subject('left alone');

/** What anybody could do to a ledger who has the store in hand, on a real engine; and that it is found and named. */
export function describeLedger(name: string, harness: GovernanceHarness): void {
  describe(`ledger: ${name}`, () => {
    let opened: OpenedGovernance;
    let ledger: Ledger;
    let clock: number;
    const tick = (ms: number) => {
      clock += ms;
      return at(clock);
    };
    beforeEach(async () => {
      clock = 0;
      opened = await harness.open();
      ledger = createLedger({ store: opened.store, keys: OWN, now: () => Date.parse(tick(1000)) });
    });
    afterEach(() => opened[Symbol.asyncDispose]());

    const draft = (of: Subject, over: Partial<DecisionDraft> = {}): DecisionDraft => {
      const {
        v: _v,
        kind: _kind,
        sequence: _sequence,
        previousHash: _hash,
        previousSettlementHash: _,
        ...rest
      } = decision(of, 1).body;
      return { ...rest, recordedAt: tick(1000), ...over };
    };
    const chainOf = async (of: Subject) => (await ledger.read(of.version)).of(of.incarnation);
    const decide = async (of: Subject, over: Partial<DecisionDraft> = {}) => {
      const { record } = await ledger.decide(await chainOf(of), draft(of, over));
      if (record.body.state === 'INTENDED') await ledger.settle(record, 'WRITTEN');
      return record;
    };
    /** Three decisions, the second a vote, and a chain beside them. */
    const populate = async () => {
      await decide(SUBJECT);
      await decide(SUBJECT, { state: 'VOTED' });
      await decide(SUBJECT, { to: 'REJECTED' });
      await decide(NEXT_DOOR);
    };
    const verify = () => verifyLedger(storeSource(opened.store), OWN.verification);
    const place = (sequence: number, kind: EntryPlace['kind'] = 'decision'): EntryPlace => ({
      subject: SUBJECT,
      sequence,
      kind,
    });

    it('lets one of two decide, tells the other who was first, and builds on what is settled only', async () => {
      const chain = await chainOf(SUBJECT);
      expect(chain).toEqual({ subject: SUBJECT, records: [], head: null });
      const puts = await Promise.all([ledger.decide(chain, draft(SUBJECT)), ledger.decide(chain, draft(SUBJECT))]);
      expect(puts.filter(({ won }) => won)).toHaveLength(1);
      const [first] = puts;
      expect(puts[1]?.record).toEqual(first.record);
      await expect(ledger.decide(await chainOf(SUBJECT), draft(SUBJECT))).rejects.toMatchObject({
        code: 'CONFLICT',
        retryable: true,
        details: { winningApprovalId: `approval:${first.record.body.versionId}/1000/1` },
      });
      const settlements = await Promise.all([
        ledger.settle(first.record, 'WRITTEN'),
        ledger.settle(first.record, 'FAILED', { code: 'NOT_FOUND', message: 'gone' }),
      ]);
      expect(settlements[0]).toEqual(settlements[1]);
      const { record, won } = await ledger.decide(await chainOf(SUBJECT), draft(SUBJECT));
      expect(won).toBe(true);
      expect(record.body).toMatchObject({
        sequence: 2,
        previousHash: first.record.hash,
        previousSettlementHash: settlements[0].hash,
      });
    });

    it('knows its own decision again where the put of it failed and was kept', async () => {
      const real = opened.store.ledger;
      let failures = 1;
      const flaky = {
        ...opened.store,
        ledger: {
          ...real,
          putDecision: async (entry: DecisionEntry) => {
            const kept = await real.putDecision(entry);
            failures -= 1;
            if (failures >= 0) throw new LedgerUnavailableError('The answer was lost.');
            return kept;
          },
        },
      };
      const cut = createLedger({ store: flaky, keys: OWN, now: Date.now });
      const { record, won } = await cut.decide(await chainOf(SUBJECT), draft(SUBJECT));
      expect(won).toBe(true);
      expect((await chainOf(SUBJECT)).head?.decision).toEqual(record);
      failures = 2;
      await ledger.settle(record, 'WRITTEN');
      await expect(cut.decide(await chainOf(SUBJECT), draft(SUBJECT))).rejects.toMatchObject({
        code: 'LEDGER_UNAVAILABLE',
      });
    });

    it('keeps incarnations apart', async () => {
      const old = { ...SUBJECT, incarnation: '999' };
      await decide(old);
      await decide(SUBJECT);
      expect((await chainOf(SUBJECT)).records).toHaveLength(1);
      await opened.raw.remove({ subject: old, sequence: 1, kind: 'decision' });
      expect((await chainOf(SUBJECT)).records, 'what was done to one does not stop the other').toHaveLength(1);
      await expect(chainOf(old)).rejects.toMatchObject({ retryable: false });
    });

    it('finds nothing wrong with what it has written itself, and says how much that is', async () => {
      await populate();
      await ledger.checkpoint();
      await decide(SUBJECT);
      expect(await verify()).toEqual({ chains: 2, decisions: 5, settlements: 4, checkpoints: 1, findings: [] });
    });

    describe('tampered with', () => {
      const reseal = (entry: Sealed<object>, change: object, keys = OWN) =>
        seal({ ...entry.body, ...change }, keys.signing);
      const change = async (where: EntryPlace, into: (entry: DecisionEntry) => object | string) => {
        const changed = into(JSON.parse(await opened.raw.read(where)) as DecisionEntry);
        await opened.raw.write(where, typeof changed === 'string' ? changed : JSON.stringify(changed));
      };
      const id = (sequence: number) => `approval:lab/tampered%20with%2F%C3%A9/1/1000/${sequence}`;

      const CASES: readonly {
        readonly what: string;
        readonly tamper: () => Promise<void>;
        readonly code: Finding['code'];
        readonly entry: () => string;
      }[] = [
        {
          what: 'a changed field',
          tamper: () =>
            change(place(2), (entry) => ({ ...entry, body: { ...entry.body, comment: 'approved by the board' } })),
          code: 'CHANGED',
          entry: () => id(2),
        },
        {
          what: 'a changed field with the hash put right',
          tamper: () =>
            change(place(2), (entry) => ({ ...reseal(entry, { comment: 'x' }), signature: entry.signature })),
          code: 'BAD_SIGNATURE',
          entry: () => id(2),
        },
        {
          what: 'a changed settlement',
          tamper: () =>
            change(place(1, 'settlement'), (entry) => ({ ...entry, body: { ...entry.body, outcome: 'FAILED' } })),
          code: 'CHANGED',
          entry: () => `${id(1)} (settlement)`,
        },
        { what: 'a removed entry', tamper: () => opened.raw.remove(place(2)), code: 'MISSING', entry: () => id(2) },
        { what: 'a removed beginning', tamper: () => opened.raw.remove(place(1)), code: 'MISSING', entry: () => id(1) },
        {
          what: 'a removed end',
          tamper: async () => {
            await opened.raw.remove(place(3));
            await opened.raw.remove(place(3, 'settlement'));
          },
          code: 'MISSING_TAIL',
          entry: () => id(3),
        },
        {
          what: 'a removed end with its settlement left',
          tamper: () => opened.raw.remove(place(3)),
          code: 'MISSING_TAIL',
          entry: () => id(3),
        },
        {
          what: 'two entries swapped',
          tamper: async () => {
            const [one, two] = [await opened.raw.read(place(1)), await opened.raw.read(place(2))];
            await opened.raw.write(place(1), two);
            await opened.raw.write(place(2), one);
          },
          code: 'MISPLACED',
          entry: () => id(1),
        },
        {
          what: 'an entry of another chain',
          tamper: async () =>
            opened.raw.write(place(1), await opened.raw.read({ subject: NEXT_DOOR, sequence: 1, kind: 'decision' })),
          code: 'MISPLACED',
          entry: () => id(1),
        },
        {
          what: 'a signature taken off',
          tamper: () => change(place(1), ({ body, hash, keyId }) => ({ body, hash, keyId })),
          code: 'UNSIGNED',
          entry: () => id(1),
        },
        {
          what: 'another key',
          tamper: () => change(place(2), (entry) => reseal(entry, { to: 'REJECTED' }, FOREIGN)),
          code: 'UNKNOWN_KEY',
          entry: () => id(2),
        },
        {
          what: 'another key under the id of ours',
          tamper: () => change(place(2), (entry) => reseal(entry, { to: 'REJECTED' }, FORGED)),
          code: 'BAD_SIGNATURE',
          entry: () => id(2),
        },
        {
          what: 'an entry written anew with our own key',
          tamper: () => change(place(2), (entry) => reseal(entry, { to: 'REJECTED' })),
          code: 'BROKEN_LINK',
          entry: () => id(3),
        },
        {
          what: 'an end written anew with our own key',
          tamper: async () => {
            await opened.raw.remove(place(3, 'settlement'));
            await change(place(3), (entry) => reseal(entry, { state: 'WRITTEN' }));
          },
          code: 'CHANGED',
          entry: () => id(3),
        },
        {
          what: 'a settlement of something else',
          tamper: () => change(place(3, 'settlement'), (entry) => reseal(entry, { decisionHash: 'other' })),
          code: 'BROKEN_LINK',
          entry: () => `${id(3)} (settlement)`,
        },
        {
          what: 'a settlement of what needs none',
          tamper: async () => {
            const { hash } = JSON.parse(await opened.raw.read(place(2))) as DecisionEntry;
            const other = JSON.parse(await opened.raw.read(place(1, 'settlement'))) as Sealed<object>;
            const stray = reseal(other, { sequence: 2, decisionHash: hash }) as SettlementEntry;
            await opened.store.ledger.putSettlement(stray);
          },
          code: 'STRAY_SETTLEMENT',
          entry: () => `${id(2)} (settlement)`,
        },
        {
          what: 'a removed settlement',
          tamper: () => opened.raw.remove(place(1, 'settlement')),
          code: 'MISSING',
          entry: () => `${id(1)} (settlement)`,
        },
        {
          what: 'a removed settlement of the end',
          tamper: () => opened.raw.remove(place(3, 'settlement')),
          code: 'MISSING_TAIL',
          entry: () => `${id(3)} (settlement)`,
        },
        {
          what: 'rubbish in place of an entry',
          tamper: () => change(place(2), () => '{"body":'),
          code: 'UNREADABLE',
          entry: () => id(2),
        },
        {
          what: 'rubbish in place of a settlement',
          tamper: () => change(place(3, 'settlement'), () => '[1]'),
          code: 'UNREADABLE',
          entry: () => `${id(3)} (settlement)`,
        },
        {
          what: 'a chain that is wholly gone',
          tamper: async () => {
            for (const sequence of [1, 2, 3]) await opened.raw.remove(place(sequence));
            for (const sequence of [1, 3]) await opened.raw.remove(place(sequence, 'settlement'));
          },
          code: 'CHAIN_GONE',
          entry: () => id(3),
        },
      ];

      it.each(CASES)('$what is found and named, and nothing is built on it', async ({ tamper, code, entry }) => {
        await populate();
        await ledger.checkpoint();
        const before = await chainOf(SUBJECT);
        expect(before.records).toHaveLength(3);
        await tamper();
        const named = { code, entry: entry() };
        expect((await verify()).findings).toEqual([expect.objectContaining(named)]);
        await expect(chainOf(SUBJECT)).rejects.toMatchObject({
          code: 'LEDGER_UNAVAILABLE',
          retryable: false,
          message: expect.stringContaining(`at ${entry()}. `),
        });
        expect((await chainOf(NEXT_DOOR)).records, 'others go on').toHaveLength(1);
        expect(await ledger.checkpoint(), 'and no checkpoint makes it good').toMatchObject({ heads: 0 });

        const lines: string[] = [];
        for await (const line of exportLines(storeSource(opened.store), Date.now())) lines.push(line);
        const offline = await verifyLedger(await exportSource(Readable.from(lines)), OWN.verification);
        expect(offline.findings, 'offline as well').toEqual([expect.objectContaining(named)]);
      });

      it.each<[string, () => Promise<void>, () => string]>([
        [
          'a changed decision',
          () => change(place(2), (entry) => ({ ...entry, body: { ...entry.body, comment: 'never said' } })),
          () => id(2),
        ],
        [
          'a decision signed with a foreign key',
          () => change(place(2), (entry) => reseal(entry, { comment: 'never said' }, FORGED)),
          () => id(2),
        ],
        [
          'a settlement turned round',
          () => change(place(3, 'settlement'), (entry) => ({ ...entry, body: { ...entry.body, outcome: 'FAILED' } })),
          () => `${id(3)} (settlement)`,
        ],
      ])('%s is not shown in a list', async (_, tamper, entry) => {
        await populate();
        const list = () => ledger.list({ indexes: [{ by: 'all' }], direction: 'ASC', limit: 50 });
        expect((await list()).items).toHaveLength(4);
        await tamper();
        // An index may lag.
        await vi.waitFor(async () => {
          await expect(list()).rejects.toMatchObject({
            code: 'LEDGER_UNAVAILABLE',
            retryable: false,
            message: expect.stringContaining(`at ${entry()}. `),
          });
        });
        expect(
          (
            await ledger.list({
              indexes: [{ by: 'version', versionId: versionId(NEXT_DOOR.version) }],
              direction: 'ASC',
              limit: 50,
            })
          ).items,
          'others are',
        ).toHaveLength(1);
      });

      it('an end that nobody has signed yet is missed by its settlement alone', async () => {
        await populate();
        await opened.raw.remove(place(3));
        expect((await verify()).findings).toEqual([
          expect.objectContaining({ code: 'STRAY_SETTLEMENT', entry: `${id(3)} (settlement)` }),
        ]);
      });

      it('an end is missed also where the note of its head was removed with it', async () => {
        await populate();
        await ledger.checkpoint();
        await opened.raw.remove(place(3));
        await opened.raw.remove(place(3, 'settlement'));
        await opened.raw.removeHead(SUBJECT);
        expect((await verify()).findings).toEqual([expect.objectContaining({ code: 'MISSING_TAIL', entry: id(3) })]);
      });

      it('a decision that no list shows is missed', async () => {
        await populate();
        await ledger.checkpoint();
        await opened.raw.hide(place(2));
        expect((await verify()).findings).toEqual([expect.objectContaining({ code: 'NOT_INDEXED', entry: id(2) })]);
        for (const sequence of [1, 3]) await opened.raw.hide(place(sequence));
        // The index may lag: until then the version is found by it, and after that by the checkpoint alone.
        expect((await verify()).findings).toEqual([expect.objectContaining({ code: 'NOT_INDEXED', entry: id(1) })]);
      });

      it("a decision that a list shows as another registry's is missed", async () => {
        await populate();
        await opened.raw.misfile(place(2), 'elsewhere');
        expect((await verify()).findings).toEqual([expect.objectContaining({ code: 'NOT_INDEXED', entry: id(2) })]);
      });

      const checkpoints = async () => {
        for (const of of [SUBJECT, NEXT_DOOR, SUBJECT]) {
          await decide(of);
          expect(await ledger.checkpoint()).toEqual({ heads: 1, findings: [] });
        }
        expect(await verify()).toMatchObject({ checkpoints: 3, findings: [] });
      };

      it.each([1, 2, 3])('checkpoint %i removed is found and named', async (number) => {
        await checkpoints();
        await opened.raw.removeCheckpoint(number);
        expect((await verify()).findings).toEqual([
          expect.objectContaining({ code: 'MISSING', entry: `checkpoint:${number}` }),
        ]);
      });

      it('a changed, forged or unlinked checkpoint is found and named, and none is built on it', async () => {
        await checkpoints();
        const kept = (await opened.store.checkpoints.list(0, 10)).map(({ text }) => text);
        const write = async (number: number, text: string) => {
          await opened.raw.writeCheckpoint(number, text);
          const { findings } = await verify();
          return findings.map(({ code, entry }) => `${code} ${entry}`);
        };
        const [first = '', second = '', third = ''] = kept;
        const sealed = JSON.parse(third) as Sealed<{ heads: object[] }>;
        const changed = { ...sealed, body: { ...sealed.body, heads: [] } };
        expect(await write(3, JSON.stringify(changed))).toEqual(['CHANGED checkpoint:3']);
        await expect(ledger.checkpoint()).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE', retryable: false });
        expect(await write(3, JSON.stringify(reseal(sealed, { heads: [] }, FORGED)))).toEqual([
          'BAD_SIGNATURE checkpoint:3',
        ]);
        expect(await write(3, JSON.stringify(reseal(sealed, { previousHash: null })))).toEqual([
          'BROKEN_LINK checkpoint:3',
        ]);
        expect(await write(3, 'null')).toEqual(['UNREADABLE checkpoint:3']);
        expect(await write(3, second)).toEqual(['MISPLACED checkpoint:3']);
        expect(await write(3, third)).toEqual([]);
        expect(await write(1, JSON.stringify(reseal(JSON.parse(first) as Sealed<object>, { heads: [] })))).toEqual([
          'BROKEN_LINK checkpoint:2',
        ]);
      });
    });

    describe('checkpoints', () => {
      const numbers = async () => (await opened.store.checkpoints.list(0, 100)).map(({ number }) => number);

      it('sign what has changed, and nothing where nothing has', async () => {
        expect(await ledger.checkpoint()).toEqual({ heads: 0, findings: [] });
        await populate();
        expect(await ledger.checkpoint()).toEqual({ heads: 2, findings: [] });
        expect(await ledger.checkpoint()).toEqual({ heads: 0, findings: [] });
        await decide(NEXT_DOOR);
        expect(await ledger.checkpoint()).toEqual({ heads: 1, findings: [] });
        expect(await numbers()).toEqual([1, 2]);
      });

      it('sign a settlement that comes long after its decision, whoever made the last one', async () => {
        const { record } = await ledger.decide(await chainOf(SUBJECT), draft(SUBJECT));
        expect(await ledger.checkpoint()).toMatchObject({ heads: 1 });
        // Two rounds about others, with days between them: the decision is long past what a round looks back at.
        for (const of of [NEXT_DOOR, NEXT_DOOR]) {
          clock += 2 * 86_400_000;
          await decide(of);
          const replica = createLedger({ store: opened.store, keys: OWN, now: () => Date.parse(at(clock)) });
          expect(await replica.checkpoint(), 'the open one is signed again').toMatchObject({ heads: 2 });
        }
        clock += 2 * 86_400_000;
        await ledger.settle(record, 'WRITTEN');
        const replica = createLedger({ store: opened.store, keys: OWN, now: () => Date.parse(at(clock)) });
        expect(await replica.checkpoint()).toEqual({ heads: 1, findings: [] });
        await opened.raw.remove(place(1, 'settlement'));
        expect((await verify()).findings).toMatchObject([{ code: 'MISSING_TAIL' }]);
      });

      it('are made by two at once without a gap or a fork', async () => {
        const replica = createLedger({ store: opened.store, keys: OWN, now: () => Date.parse(tick(1)) });
        for (let round = 0; round < 4; round += 1) {
          await Promise.all([decide(SUBJECT, { state: 'VOTED' }), decide(NEXT_DOOR)]);
          await Promise.all([ledger.checkpoint(), replica.checkpoint()]);
        }
        await ledger.checkpoint();
        expect((await verify()).findings).toEqual([]);
      });

      it('note the heads that a process which died has left out', async () => {
        await populate();
        const half = {
          ...opened.store,
          checkpoints: {
            ...opened.store.checkpoints,
            put: async (checkpoint: Parameters<typeof opened.store.checkpoints.put>[0]) => {
              await opened.store.checkpoints.put({ ...checkpoint, heads: [] });
              throw new LedgerUnavailableError('It died.');
            },
          },
        };
        await expect(createLedger({ store: half, keys: OWN, now: Date.now }).checkpoint()).rejects.toThrow('It died.');
        const noted = async () => (await opened.store.ledger.chains(SUBJECT.version))[0]?.checkpointed;
        expect(await noted()).toBeNull();
        expect(await ledger.checkpoint()).toEqual({ heads: 0, findings: [] });
        expect(await noted()).toMatchObject({ checkpoint: 1, sequence: 3 });
      });

      it('are cut into pieces that fit an item', async () => {
        const many = Array.from({ length: 60 }, (_, index) => subject('模'.repeat(200), `${'é'.repeat(100)}${index}`));
        for (const of of many)
          await opened.store.ledger.putDecision(seal({ ...decision(of, 1).body, recordedAt: at(1) }, OWN.signing));
        let puts = 0;
        const overtaken = {
          ...opened.store,
          checkpoints: {
            ...opened.store.checkpoints,
            put: async () => {
              puts += 1;
              return false;
            },
          },
        };
        const late = createLedger({ store: overtaken, keys: OWN, now: Date.now });
        expect(await late.checkpoint(), 'whose number is taken leaves the rest').toEqual({ heads: 0, findings: [] });
        expect(puts).toBe(1);
        const { heads } = await ledger.checkpoint();
        expect(heads).toBe(60);
        expect((await numbers()).length).toBeGreaterThan(1);
        expect((await verify()).findings).toEqual([]);
      });
    });

    it('is exported and verified with nothing but the public key', async () => {
      await populate();
      await ledger.checkpoint();
      await decide({ ...SUBJECT, incarnation: '2000' });
      const lines: string[] = [];
      for await (const line of exportLines(storeSource(opened.store), Date.now())) lines.push(line);
      const check = async (text: readonly string[]) =>
        verifyLedger(await exportSource(Readable.from(text)), OWN.verification);
      expect(await check(lines)).toEqual({ chains: 3, decisions: 5, settlements: 4, checkpoints: 1, findings: [] });
      const entries = lines.flatMap((line) => {
        const { decision: entry } = JSON.parse(line) as { decision?: DecisionEntry };
        return entry === undefined ? [] : [subjectOf(entry.body)];
      });
      expect(entries).toHaveLength(5);

      const without = (index: number) => check(lines.toSpliced(index, 1));
      expect((await check(lines.slice(0, -1))).findings).toEqual([
        expect.objectContaining({ code: 'MISSING', entry: 'end' }),
      ]);
      for (let index = 1; index < lines.length - 1; index += 1) {
        expect((await without(index)).findings.length, `without line ${index + 1}`).toBeGreaterThan(0);
      }
      expect((await check([...lines.slice(0, 3), 'rubbish\n', ...lines.slice(3)])).findings).toEqual([
        expect.objectContaining({ code: 'UNREADABLE', entry: 'line 4' }),
      ]);
      await expect(check(lines.slice(1))).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
      await expect(check([])).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    });
  });
}
