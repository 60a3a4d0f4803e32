import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listEntries, positionOf } from '../../../../src/approvals/ledger/list-entries.js';
import type { ApprovalRecord } from '../../../../src/domain/ledger.js';
import type { LedgerIndex, LedgerPosition, LedgerQuery } from '../../../../src/governance/store.js';
import { at, decision, subject } from '../../../conformance/governance-entries.js';
import { type OpenedFile, openFile } from '../../../support/fixtures/governance/sqlite.js';

let opened: OpenedFile;
let pages: LedgerQuery[] = [];
const store = {
  list: (query: LedgerQuery) => {
    pages.push(query);
    return opened.store.ledger.list(query);
  },
};

const REGISTRIES = ['a', 'b', 'c'];
const indexes: readonly LedgerIndex[] = REGISTRIES.map((registryId) => ({ by: 'registry', registryId }));

/** 240 decisions: in `a` every second, in `b` every third of the rest, in `c` what is left; four of one millisecond each. */
beforeAll(async () => {
  opened = await openFile();
  for (let index = 0; index < 240; index += 1) {
    const registryId = index % 2 === 0 ? 'a' : index % 3 === 0 ? 'b' : 'c';
    const of = { ...subject(), version: { ...subject().version, registryId } };
    await opened.store.ledger.putDecision(decision(of, index + 1, { recordedAt: at(Math.floor(index / 4)) }));
  }
});
afterAll(() => opened[Symbol.asyncDispose]());

const numbers = (records: readonly ApprovalRecord[]) => records.map((record) => record.decision.body.sequence);
const ALL = Array.from({ length: 240 }, (_, index) => index + 1);

async function walk(query: Omit<Parameters<typeof listEntries>[1], 'after'>): Promise<ApprovalRecord[]> {
  const found: ApprovalRecord[] = [];
  for (let after: LedgerPosition | null | undefined; after !== null; ) {
    const list = await listEntries(store, { ...query, ...(after === undefined ? {} : { after }) });
    found.push(...list.items);
    after = list.readTo;
  }
  return found;
}

describe('entries of several indexes as one list', () => {
  it.each([1, 7, 100, 200])('are merged in both directions, %i at a time', async (limit) => {
    expect(numbers(await walk({ indexes, direction: 'ASC', limit }))).toEqual(ALL);
    expect(numbers(await walk({ indexes, direction: 'DESC', limit }))).toEqual(ALL.toReversed());
  });

  it('come once where an index is named twice', async () => {
    const { items } = await listEntries(store, { indexes: [...indexes, ...indexes], direction: 'ASC', limit: 5 });
    expect(numbers(items)).toEqual([1, 2, 3, 4, 5]);
  });

  it('are sifted, within bounds of time, and say that there are no more only when there are none', async () => {
    const matches = (record: ApprovalRecord) => record.decision.body.sequence % 50 === 0;
    const query = { indexes, direction: 'ASC', recordedAfter: at(12), recordedBefore: at(55), matches } as const;
    // 53 to 220 are within the bounds, and none after 200 is wanted.
    const two = await listEntries(store, { ...query, limit: 2 });
    expect(numbers(two.items)).toEqual([100, 150]);
    expect(two.readTo).not.toBeNull();
    const three = await listEntries(store, { ...query, limit: 3 });
    expect(numbers(three.items)).toEqual([100, 150, 200]);
    expect(three.readTo).toBeNull();
    expect(numbers(await walk({ ...query, limit: 1 }))).toEqual([100, 150, 200]);
  });

  it('stop where nothing matches for long, and say how far they have come', async () => {
    const last = await listEntries(store, { indexes, direction: 'DESC', limit: 1 });
    const isLast = ({ decision: { hash } }: ApprovalRecord) => hash === last.items[0]?.decision.hash;
    // 21 pages of 20 entries each.
    await using many = await openFile();
    for (let sequence = 1; sequence <= 500; sequence += 1)
      await many.store.ledger.putDecision(decision(subject(), sequence));
    const query = { indexes: [{ by: 'all' }], direction: 'ASC', limit: 1, matches: () => false } as const;
    const first = await listEntries(many.store.ledger, query);
    expect(first.items).toEqual([]);
    expect(first.readTo?.approvalId).toMatch(/\/420$/);
    const rest = await listEntries(many.store.ledger, { ...query, ...(first.readTo && { after: first.readTo }) });
    expect(rest).toEqual({ items: [], readTo: null });
    expect(numbers(await walk({ indexes, direction: 'ASC', limit: 3, matches: isLast }))).toEqual([240]);
  });

  it('cost one page where one is enough', async () => {
    pages = [];
    const { items, readTo } = await listEntries(store, { indexes: [{ by: 'all' }], direction: 'DESC', limit: 50 });
    expect(items).toHaveLength(50);
    expect(pages).toHaveLength(2);
    const last = items.at(-1);
    expect(readTo).toEqual(last === undefined ? null : positionOf(last));
  });

  it('are none of no index, and too much of too many', async () => {
    expect(await listEntries(store, { indexes: [], direction: 'ASC', limit: 5 })).toEqual({ items: [], readTo: null });
    const many = Array.from({ length: 501 }, (_, index) => ({ by: 'actor', actorId: `${index}` }) as const);
    await expect(listEntries(store, { indexes: many, direction: 'ASC', limit: 5 })).rejects.toMatchObject({
      code: 'COST_EXCEEDED',
    });
  });
});
