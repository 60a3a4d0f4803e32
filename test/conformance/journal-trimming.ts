import { expect, it } from 'vitest';
import { BEGINNING, type Journal, timeOf } from '../../src/journal/journal.js';
import { append, changeIdsOf, idOf, REGISTRY, statusChange, write } from './journal-entries.js';
import type { OpenJournal } from './journal-harness.js';

const HOUR = 3_600_000;

async function fill(journal: Journal, names: readonly string[]): Promise<string[]> {
  return (await append(journal, ...names.map((name) => write(name, 0)))).map(({ position }) => position);
}

async function kept(journal: Journal): Promise<(string | undefined)[]> {
  const { epoch } = await journal.head();
  return changeIdsOf((await journal.read({ epoch, before: null, limit: 5000 })).entries).toReversed();
}

function idsOf(names: readonly string[]): string[] {
  return names.map((name) => statusChange(name, 1).id);
}

export function describeTrimming(open: OpenJournal): void {
  it('drops the oldest beyond the greatest length, and tells who had not read them', async () => {
    await using opened = await open();
    const { journal } = opened;
    const positions = await fill(journal, ['a', 'b', 'c', 'd', 'e']);
    const head = await journal.head();
    await journal.trim({ maxAgeMs: HOUR, maxEntries: 2 });
    expect(await kept(journal)).toEqual(idsOf(['d', 'e']));
    expect(await journal.head()).toEqual(head);
    const { epoch } = head;
    const keptFrom = timeOf(positions[3] ?? '');
    for (const after of [BEGINNING, positions[0] ?? '', positions[1] ?? '']) {
      const page = await journal.read({ epoch, after, limit: 9 });
      expect(page).toEqual({ entries: [], hasMore: false, head, gap: { reason: 'TRIMMED', keptFrom } });
    }
    const seamless = await journal.read({ epoch, after: positions[2] ?? '', limit: 9 });
    expect(seamless.gap).toBeNull();
    expect(changeIdsOf(seamless.entries)).toEqual(idsOf(['d', 'e']));
    expect(await journal.get(REGISTRY, [idOf('a')]), 'what is known of it stays').toMatchObject([{ rev: 1 }]);
  });

  it('has a head, and says where a gap is, when nothing is kept', async () => {
    await using opened = await open();
    const { journal } = opened;
    const [first, second] = await fill(journal, ['a', 'b']);
    const head = await journal.head();
    await journal.trim({ maxAgeMs: HOUR, maxEntries: 0 });
    expect(await journal.head()).toEqual(head);
    const { epoch } = head;
    const page = await journal.read({ epoch, after: first ?? '', limit: 9 });
    expect(page.gap).toEqual({ reason: 'TRIMMED', keptFrom: null });
    expect(await journal.read({ epoch, after: second ?? '', limit: 9 })).toMatchObject({ entries: [], gap: null });
    await append(journal, write('c', 0));
    const next = await journal.read({ epoch, after: second ?? '', limit: 9 });
    expect(changeIdsOf(next.entries)).toEqual(idsOf(['c']));
  });

  it('drops what is older than the greatest age', async () => {
    await using opened = await open();
    const { journal } = opened;
    await fill(journal, ['a', 'b']);
    await opened.elapse(520);
    await fill(journal, ['c']);
    await journal.trim({ maxAgeMs: 500, maxEntries: 1000 });
    expect(await kept(journal)).toEqual(idsOf(['c']));
    await journal.trim({ maxAgeMs: HOUR, maxEntries: 1000 });
    expect(await kept(journal)).toEqual(idsOf(['c']));
  });

  it('keeps what came after a position, whatever the bounds', async () => {
    await using opened = await open();
    const { journal } = opened;
    const [, second] = await fill(journal, ['a', 'b', 'c']);
    await opened.elapse(20);
    await journal.trim({ maxAgeMs: 1, maxEntries: 0, keepAfter: BEGINNING });
    expect(await kept(journal)).toEqual(idsOf(['a', 'b', 'c']));
    await journal.trim({ maxAgeMs: 1, maxEntries: 0, keepAfter: second ?? '' });
    expect(await kept(journal)).toEqual(idsOf(['c']));
    const { position } = await journal.head();
    await journal.trim({ maxAgeMs: HOUR, maxEntries: 1, keepAfter: position });
    expect(await kept(journal), 'what may go stays within the bounds').toEqual(idsOf(['c']));
  });

  it('drops more than one round of the engine holds', async () => {
    await using opened = await open();
    const { journal } = opened;
    const names = Array.from({ length: 1500 }, (_, index) => `m${index}`);
    await fill(journal, names);
    await journal.trim({ maxAgeMs: HOUR, maxEntries: 10 });
    expect(await kept(journal)).toEqual(idsOf(names.slice(-10)));
  });

  it('forgets the ids of what it drops, and nothing else', async () => {
    await using opened = await open();
    const { journal } = opened;
    const { epoch } = await journal.head();
    await journal.publish([statusChange('old', 1), statusChange('new', 1)], { epoch });
    await journal.confirm(idsOf(['old']), 'PUSH');
    await journal.trim({ maxAgeMs: HOUR, maxEntries: 1 });
    await journal.confirm(idsOf(['old', 'new']), 'SELF');
    expect(await journal.publish([statusChange('new', 1)], { epoch })).toBeNull();
    expect(await journal.publish([statusChange('old', 1)], { epoch })).toBe((await journal.head()).position);
    const { entries } = await journal.read({ epoch, before: null, limit: 9 });
    expect(entries.map(({ change }) => change?.evidence)).toEqual([['POLL'], ['POLL', 'SELF']]);
  });

  it('forgets what is gone for longer than that, and not what has come again', async () => {
    await using opened = await open();
    const { journal } = opened;
    const gone = { record: null };
    await append(journal, write('a', 0), write('a', 1, gone), write('b', 0, gone), write('b', 1), write('d', 0));
    await opened.elapse(520);
    await append(journal, write('c', 0, gone));
    await journal.trim({ maxAgeMs: HOUR, maxEntries: 1000 });
    const entities = ['a', 'b', 'c', 'd'].map(idOf);
    expect((await journal.get(REGISTRY, entities)).map((each) => each?.rev)).toEqual([2, 2, 1, 1]);
    await journal.trim({ maxAgeMs: 500, maxEntries: 1000 });
    expect((await journal.get(REGISTRY, entities)).map((each) => each?.rev)).toEqual([undefined, 2, 1, 1]);
    const { epoch } = await journal.head();
    expect(await journal.append([write('a', 2)], { epoch })).toEqual([{ kind: 'STALE', current: null }]);
    expect(await append(journal, write('a', 0))).toMatchObject([{ rev: 1 }]);
  });
}
