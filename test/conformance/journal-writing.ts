import { expect, it } from 'vitest';
import { BEGINNING, comparePositions } from '../../src/journal/journal.js';
import {
  append,
  changeIdsOf,
  idOf,
  REGISTRY,
  readAll,
  stageChange,
  statusChange,
  versionRecord,
  write,
} from './journal-entries.js';
import type { OpenJournal } from './journal-harness.js';

/** Compare and append. */
export function describeWriting(open: OpenJournal): void {
  it('begins with nothing, under an epoch that stays', async () => {
    await using opened = await open();
    const head = await opened.journal.head();
    expect(head).toEqual({ epoch: expect.stringMatching(/^.{16,}$/), position: BEGINNING });
    expect(await (await opened.another()).head()).toEqual(head);
    expect(await opened.journal.get(REGISTRY, ['lab/none'])).toEqual([null]);
  });

  it('keeps record and change of a write, and gives them back as they were', async () => {
    await using opened = await open();
    const tags = [{ key: 'odd "key"\n', value: '模型-😀\u0000\u2028' }];
    const record = versionRecord('a', { tags, artifacts: [], description: '' });
    const change = stageChange('a', 1, 'prod');
    const [outcome] = await append(opened.journal, write('a', 0, { record, changes: [change] }));
    expect(outcome).toEqual({ rev: 1, position: expect.stringMatching(/^\d+-\d+$/) });
    const state = { entity: idOf('a'), ...outcome, record, lastChanges: [change.id] };
    const journal = await opened.another();
    expect(await journal.get(REGISTRY, [idOf('b'), idOf('a')])).toEqual([null, state]);
    expect(await readAll(journal)).toEqual([{ position: outcome?.position, registryId: REGISTRY, state, change }]);
    expect((await journal.head()).position).toBe(outcome?.position);
  });

  it('refuses who has not seen the latest, and shows it', async () => {
    await using opened = await open();
    const { journal } = opened;
    const [first] = await append(journal, write('a', 0));
    const { epoch, position } = await journal.head();
    const [current] = await journal.get(REGISTRY, [idOf('a')]);
    for (const expectedRev of [0, 2, 7]) {
      const [outcome] = await journal.append([write('a', expectedRev)], { epoch });
      expect(outcome).toEqual({ kind: 'STALE', current });
    }
    expect(await journal.append([write('never', 3)], { epoch })).toEqual([{ kind: 'STALE', current: null }]);
    expect((await journal.head()).position).toBe(position);
    expect(await readAll(journal)).toHaveLength(1);
    expect(await append(journal, write('a', 1))).toMatchObject([{ rev: 2 }]);
    expect((await journal.get(REGISTRY, [idOf('a')]))[0]?.position).not.toBe(first?.position);
  });

  it('takes each write of a list by itself, in its order', async () => {
    await using opened = await open();
    const { journal } = opened;
    await append(journal, write('b', 0));
    const { epoch } = await journal.head();
    const writes = [write('a', 0), write('b', 0), write('a', 1), write('c', 0)];
    const outcomes = await journal.append(writes, { epoch });
    expect(outcomes).toMatchObject([
      { kind: 'WRITTEN', rev: 1 },
      { kind: 'STALE', current: { entity: idOf('b'), rev: 1 } },
      { kind: 'WRITTEN', rev: 2 },
      { kind: 'WRITTEN', rev: 1 },
    ]);
    const order = (await readAll(journal)).map(({ state }) => [state?.entity, state?.rev]);
    expect(order).toEqual([
      [idOf('b'), 1],
      [idOf('a'), 1],
      [idOf('a'), 2],
      [idOf('c'), 1],
    ]);
    expect(await journal.append([], { epoch })).toEqual([]);
  });

  it('puts several changes of a write one after the other; the last one carries the record', async () => {
    await using opened = await open();
    const { journal } = opened;
    const changes = [statusChange('a', 1), stageChange('a', 1, 'prod'), stageChange('a', 1, 'live')];
    const [outcome] = await append(journal, write('a', 0, { changes }), write('b', 0));
    const entries = await readAll(journal);
    expect(entries.map(({ change }) => change)).toEqual([...changes, statusChange('b', 1)]);
    expect(entries.map(({ state }) => state?.rev ?? null)).toEqual([null, null, 1, 1]);
    expect(entries[2]?.position).toBe(outcome?.position);
    expect(entries[2]?.state).toEqual((await journal.get(REGISTRY, [idOf('a')]))[0]);
    expect(entries[2]?.state?.lastChanges).toEqual(changes.map(({ id }) => id));
  });

  it('puts a write without changes as one entry, and remembers what the last one before it told', async () => {
    await using opened = await open();
    const { journal } = opened;
    const record = versionRecord('a', { description: 'silent' });
    await append(journal, write('a', 0, { changes: [] }));
    expect((await journal.get(REGISTRY, [idOf('a')]))[0]?.lastChanges).toEqual([]);
    await append(journal, write('a', 1), write('a', 2, { record, changes: [] }));
    const [state] = await journal.get(REGISTRY, [idOf('a')]);
    expect(state).toMatchObject({ rev: 3, record: { description: 'silent' }, lastChanges: [statusChange('a', 2).id] });
    const entries = await readAll(journal);
    expect(entries.map(({ change }) => change?.type ?? null)).toEqual([null, 'VERSION_STATUS', null]);
    expect(entries.at(-1)).toEqual({ position: state?.position, registryId: REGISTRY, state, change: null });
  });

  it('keeps the revision of what is gone, and goes on from it', async () => {
    await using opened = await open();
    const { journal } = opened;
    await append(journal, write('a', 0), write('a', 1, { record: null }));
    const gone = { entity: idOf('a'), rev: 2, record: null };
    expect(await journal.get(REGISTRY, [idOf('a')])).toMatchObject([gone]);
    expect((await readAll(journal)).at(-1)?.state).toMatchObject(gone);
    const { epoch } = await journal.head();
    expect(await journal.append([write('a', 0)], { epoch })).toMatchObject([{ kind: 'STALE', current: gone }]);
    expect(await append(journal, write('a', 2))).toMatchObject([{ rev: 3 }]);
    expect(await journal.get(REGISTRY, [idOf('a')])).toMatchObject([{ rev: 3, record: { number: 1 } }]);
  });

  it('loads all of a registry, what is gone among it, and nothing of another', async () => {
    await using opened = await open();
    const { journal } = opened;
    const names = Array.from({ length: 1100 }, (_, index) => `m${index}`);
    await append(journal, ...names.map((name) => write(name, 0, { changes: [] })));
    await append(journal, write('m7', 1, { record: null }), write('other', 0, { registryId: 'prod' }));
    const loaded = [];
    for await (const page of journal.load(REGISTRY)) loaded.push(...page);
    expect(loaded.map(({ entity }) => entity).sort()).toEqual(names.map(idOf).sort());
    expect(loaded.filter(({ record }) => record === null)).toMatchObject([{ entity: idOf('m7'), rev: 2 }]);
    expect(loaded.find(({ entity }) => entity === idOf('m9'))).toEqual((await journal.get(REGISTRY, [idOf('m9')]))[0]);
    for await (const page of journal.load('none')) expect(page).toEqual([]);
  });

  it('stops loading with the signal', async () => {
    await using opened = await open();
    const { journal } = opened;
    await append(journal, write('a', 0));
    const load = async () => {
      for await (const page of journal.load(REGISTRY, AbortSignal.abort())) expect(page).toEqual([]);
    };
    await expect(load()).rejects.toThrow(/abort/);
  });

  it('takes a record of megabytes', async () => {
    await using opened = await open();
    const record = versionRecord('a', { description: '模'.repeat(1_000_000) });
    await append(opened.journal, write('a', 0, { record }), write('b', 0));
    expect((await opened.journal.get(REGISTRY, [idOf('a')]))[0]?.record).toEqual(record);
    expect((await readAll(opened.journal))[0]?.state?.record).toEqual(record);
  });

  it('has one order and no gap in the revisions where many write at once', async () => {
    await using opened = await open();
    const { epoch } = await opened.journal.head();
    const replicas = await Promise.all([opened.journal, opened.another(), opened.another()]);
    let stale = 0;
    const writeFive = async (writer: number) => {
      const journal = replicas[writer % replicas.length] ?? opened.journal;
      for (let done = 0; done < 5; ) {
        const [current] = await journal.get(REGISTRY, [idOf('hot')]);
        const [outcome] = await journal.append([write('hot', current?.rev ?? 0)], { epoch });
        if (outcome?.kind === 'WRITTEN') done += 1;
        else stale += 1;
      }
    };
    await Promise.all(Array.from({ length: 12 }, (_, writer) => writeFive(writer)));
    expect(stale, 'nobody was in the way of another').toBeGreaterThan(0);
    const entries = await readAll(opened.journal, BEGINNING, 7);
    expect(entries.map(({ state }) => state?.rev)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
    const positions = entries.map(({ position }) => position);
    expect(positions).toEqual(positions.toSorted(comparePositions));
    expect(new Set(positions).size).toBe(positions.length);
    for (const replica of replicas) expect(changeIdsOf(await readAll(replica))).toEqual(changeIdsOf(entries));
  });
}
