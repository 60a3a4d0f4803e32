import { expect, it } from 'vitest';
import { EpochChangedError, FencedError, type Journal, type WriteGuard } from '../../src/journal/journal.js';
import { append, readAll, statusChange, write } from './journal-entries.js';
import type { OpenJournal } from './journal-harness.js';

const STATE = {
  completeThrough: '2026-11-20T12:00:00.000Z',
  walkedAt: '2026-11-20T12:00:00.000Z',
  highestModified: null,
};

/** Everything that takes a guard. */
const WRITES: readonly (readonly [string, (journal: Journal, guard: WriteGuard) => Promise<unknown>])[] = [
  ['append', (journal, guard) => journal.append([write('guarded', 0)], guard)],
  ['publish', (journal, guard) => journal.publish([statusChange('guarded', 9)], guard)],
  ['setRegistryState', (journal, guard) => journal.setRegistryState('lab', STATE, guard)],
  ['notes.set', (journal, guard) => journal.notes.set('key', 'value', guard)],
];

/** Epochs and fences. */
export function describeGuards(open: OpenJournal): void {
  it.each(WRITES)('%s is refused under another epoch', async (_, run) => {
    await using opened = await open();
    const { journal } = opened;
    await expect(run(journal, { epoch: 'another' })).rejects.toThrow(EpochChangedError);
    await expectUntouched(journal);
  });

  it.each(WRITES)('%s is for the holder of the lease, while it has it', async (_, run) => {
    await using opened = await open();
    const { journal } = opened;
    const { epoch } = await journal.head();
    const lease = await journal.leases.acquire('crawl lab', 'one', 100);
    if (lease === null) throw new Error('The lease was taken.');
    for (const forged of [
      { ...lease, token: lease.token + 1 },
      { ...lease, holder: 'two' },
      { ...lease, name: 'crawl prod' },
    ]) {
      await expect(run(journal, { epoch, lease: forged })).rejects.toThrow(FencedError);
    }
    await opened.elapse(110);
    await expect(run(journal, { epoch, lease }), 'over, and nobody else has it').rejects.toThrow(FencedError);
    const next = await (await opened.another()).leases.acquire('crawl lab', 'two', 30_000);
    await expect(run(journal, { epoch, lease }), "another's by now").rejects.toThrow(FencedError);
    await expectUntouched(journal);
    if (next === null) throw new Error('The lease was taken.');
    await run(journal, { epoch, lease: next });
  });

  it('goes on under a lease that was renewed', async () => {
    await using opened = await open();
    const { journal } = opened;
    const { epoch } = await journal.head();
    const lease = await journal.leases.acquire('crawl', 'one', 100);
    await journal.leases.acquire('crawl', 'one', 30_000);
    await opened.elapse(110);
    if (lease === null) throw new Error('The lease was taken.');
    await expect(journal.append([write('a', 0)], { epoch, lease })).resolves.toMatchObject([{ kind: 'WRITTEN' }]);
  });

  it('refuses what was read before another appended', async () => {
    await using opened = await open();
    const [reader, other] = [opened.journal, await opened.another()];
    await append(reader, write('a', 0));
    const { epoch } = await reader.head();
    const [before] = await reader.get('lab', ['lab/a/1']);
    // The reader is busy with the upstream while this happens.
    await append(other, write('a', 1));
    const [outcome] = await reader.append([write('a', before?.rev ?? 0)], { epoch });
    expect(outcome).toMatchObject({ kind: 'STALE', current: { rev: 2 } });
  });
}

async function expectUntouched(journal: Journal): Promise<void> {
  expect(await readAll(journal)).toEqual([]);
  expect(await journal.get('lab', ['lab/guarded/1'])).toEqual([null]);
  expect((await journal.registries()).states.size).toBe(0);
  expect(await journal.notes.get('key')).toBeNull();
}
