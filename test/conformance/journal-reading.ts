import { expect, it } from 'vitest';
import type { ApprovalRecordedChange, ChangeEvidence } from '../../src/domain/changes.js';
import { BEGINNING, type Journal, timeOf } from '../../src/journal/journal.js';
import { append, changeIdsOf, idOf, REGISTRY, readAll, statusChange, write } from './journal-entries.js';
import type { OpenJournal } from './journal-harness.js';

function approval(id: string): ApprovalRecordedChange {
  const { model, version, incarnation, occurredAt, observedAt, actor } = statusChange('a', 1);
  const about = { registryId: REGISTRY, model, version, incarnation, occurredAt, observedAt, actor };
  return { ...about, type: 'APPROVAL_RECORDED', id, evidence: ['SELF'], approvalId: `approval:${id}` };
}

async function fill(journal: Journal, count: number): Promise<string[]> {
  const { epoch } = await journal.head();
  const writes = Array.from({ length: count }, (_, index) => write(`m${index}`, 0));
  await journal.append(writes, { epoch });
  return writes.map(({ changes }) => changes[0]?.id ?? '');
}

export function describeReading(open: OpenJournal): void {
  it('goes forward in pages of any size', async () => {
    await using opened = await open();
    const ids = await fill(opened.journal, 10);
    for (const limit of [1, 3, 10, 100]) {
      expect(changeIdsOf(await readAll(opened.journal, BEGINNING, limit))).toEqual(ids);
    }
    const { epoch, position } = await opened.journal.head();
    const [fourth] = (await readAll(opened.journal)).slice(3);
    const page = await opened.journal.read({ epoch, after: fourth?.position ?? '', limit: 4 });
    expect(page).toMatchObject({ hasMore: true, head: { epoch, position }, gap: null });
    expect(changeIdsOf(page.entries)).toEqual(ids.slice(4, 8));
    const end = await opened.journal.read({ epoch, after: position, limit: 4 });
    expect(end).toEqual({ entries: [], hasMore: false, head: { epoch, position }, gap: null });
  });

  it('goes backward from the end or from a position', async () => {
    await using opened = await open();
    const ids = await fill(opened.journal, 7);
    const { epoch, position } = await opened.journal.head();
    const found: (string | undefined)[] = [];
    for (let before: string | null = null, pages = 0; ; pages += 1) {
      const page = await opened.journal.read({ epoch, before, limit: 3 });
      expect(page).toMatchObject({ gap: null, head: { epoch, position }, hasMore: pages < 2 });
      found.push(...changeIdsOf(page.entries));
      before = page.entries.at(-1)?.position ?? null;
      if (!page.hasMore) break;
    }
    expect(found).toEqual(ids.toReversed());
    const none = await opened.journal.read({ epoch, before: BEGINNING, limit: 3 });
    expect(none).toMatchObject({ entries: [], hasMore: false, gap: null });
    // A time is a place too.
    const later = await opened.journal.read({ epoch, before: position, limit: 10 });
    expect(changeIdsOf(later.entries)).toEqual(ids.slice(0, -1).toReversed());
  });

  it('is empty, and no gap, where nothing was ever put', async () => {
    await using opened = await open();
    const { epoch } = await opened.journal.head();
    for (const query of [{ after: BEGINNING }, { before: null }]) {
      const page = await opened.journal.read({ epoch, limit: 5, ...query });
      expect(page).toEqual({ entries: [], hasMore: false, head: { epoch, position: BEGINNING }, gap: null });
    }
  });

  it('tells of another epoch and of a position that was never reached', async () => {
    await using opened = await open();
    const { journal } = opened;
    await fill(journal, 3);
    const { epoch, position } = await journal.head();
    const [oldest] = await readAll(journal);
    const keptFrom = timeOf(oldest?.position ?? '');
    const [ms = '0', sequence = '0'] = position.split('-');
    const ahead = `${ms}-${Number(sequence) + 1}`;
    const gap = { entries: [], hasMore: false, head: { epoch, position } };
    for (const place of [{ after: position }, { after: BEGINNING }, { before: position }, { before: null }]) {
      const page = await journal.read({ epoch: 'another', limit: 5, ...place });
      expect(page).toEqual({ ...gap, gap: { reason: 'EPOCH', keptFrom } });
    }
    for (const place of [{ after: ahead }, { before: ahead }, { after: `${Number(ms) + 60_000}-0` }]) {
      const page = await journal.read({ epoch, limit: 5, ...place });
      expect(page).toEqual({ ...gap, gap: { reason: 'BEYOND', keptFrom } });
    }
  });

  it('tells of what confirmed a change since, and changes nothing else', async () => {
    await using opened = await open();
    const { journal } = opened;
    await append(journal, write('a', 0), write('b', 0));
    const before = await readAll(journal);
    const [ours, other] = [statusChange('a', 1).id, statusChange('b', 1).id];
    await journal.confirm([ours], 'PUSH');
    await journal.confirm([ours, 'change:unknown'], 'SELF');
    await journal.confirm([ours, other], 'POLL');
    await journal.confirm([ours], 'PUSH');
    await journal.confirm([], 'PUSH');
    const evidence: readonly ChangeEvidence[] = ['POLL', 'PUSH', 'SELF'];
    const [a, b] = before;
    const after = [{ ...a, change: { ...a?.change, evidence } }, b];
    for (const replica of [journal, await opened.another()]) {
      expect(await readAll(replica)).toEqual(after);
      const { epoch, position } = await replica.head();
      expect((await replica.read({ epoch, before: position, limit: 1 })).entries).toEqual(after.slice(0, 1));
      expect(position).toBe(b?.position);
    }
    expect(a?.change?.evidence, 'what was read stays as it was').toEqual(['POLL']);
  });

  it('publishes once by id', async () => {
    await using opened = await open();
    const { journal } = opened;
    const { epoch } = await journal.head();
    await append(journal, write('a', 0));
    const first = await journal.publish([approval('1'), approval('2'), approval('1')], { epoch });
    expect(first).toBe((await journal.head()).position);
    const other = await opened.another();
    expect(await other.publish([approval('2'), approval('1')], { epoch })).toBeNull();
    expect(await other.publish([], { epoch })).toBeNull();
    const second = await other.publish([approval('2'), approval('3')], { epoch });
    const entries = await readAll(journal);
    expect(changeIdsOf(entries).slice(1)).toEqual(['1', '2', '3']);
    expect(entries.at(-1)).toEqual({ position: second, registryId: REGISTRY, state: null, change: approval('3') });
    expect(await journal.get(REGISTRY, [idOf('a')])).toMatchObject([{ rev: 1 }]);
    await journal.confirm(['1'], 'PUSH');
    expect((await readAll(journal))[1]?.change?.evidence).toEqual(['SELF', 'PUSH']);
  });

  it('publishes once where all replicas do at the same time', async () => {
    await using opened = await open();
    const replicas = [opened.journal, await opened.another()];
    const { epoch } = await opened.journal.head();
    await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        (replicas[index % 2] ?? opened.journal).publish([approval('x'), approval(`${index}`)], { epoch }),
      ),
    );
    const ids = changeIdsOf(await readAll(opened.journal));
    expect(ids.toSorted()).toEqual([...Array.from({ length: 10 }, (_, index) => `${index}`), 'x']);
  });
}
