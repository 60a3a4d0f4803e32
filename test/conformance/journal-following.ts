import { expect, it, vi } from 'vitest';
import {
  BEGINNING,
  EpochChangedError,
  type Journal,
  type JournalEntry,
  type Position,
  TrimmedError,
} from '../../src/journal/journal.js';
import { append, changeIdsOf, readAll, statusChange, write } from './journal-entries.js';
import type { OpenJournal } from './journal-harness.js';

interface Listener {
  readonly heard: JournalEntry[];
  readonly ended: Promise<void>;
  leave(): void;
}

async function listen(journal: Journal, after: Position): Promise<Listener> {
  const { epoch } = await journal.head();
  const leaving = new AbortController();
  const heard: JournalEntry[] = [];
  const run = async () => {
    for await (const batch of journal.follow({ epoch, after }, leaving.signal)) {
      expect(batch.length).toBeGreaterThan(0);
      heard.push(...batch);
    }
  };
  return { heard, ended: run(), leave: () => leaving.abort() };
}

function untilHeard(listener: Listener, count: number): Promise<void> {
  return vi.waitFor(() => expect(listener.heard).toHaveLength(count), { timeout: 15_000, interval: 5 });
}

export function describeFollowing(open: OpenJournal): void {
  it('begins after a position, and goes on with what comes', async () => {
    await using opened = await open();
    const { journal } = opened;
    const [first] = await append(journal, write('a', 0), write('b', 0), write('c', 0));
    const listener = await listen(journal, first?.position ?? '');
    await untilHeard(listener, 2);
    const other = await opened.another();
    for (let rev = 1; rev <= 5; rev += 1) await append(other, write('a', rev));
    const { epoch } = await journal.head();
    await other.publish([statusChange('p', 7)], { epoch });
    await untilHeard(listener, 8);
    listener.leave();
    await listener.ended;
    expect(listener.heard).toEqual(await readAll(journal, first?.position));
  });

  it('hears all of a long stream, in order', async () => {
    await using opened = await open();
    const { journal } = opened;
    await append(journal, ...Array.from({ length: 1200 }, (_, index) => write(`m${index}`, 0)));
    const listener = await listen(journal, BEGINNING);
    await untilHeard(listener, 1200);
    listener.leave();
    await listener.ended;
    expect(changeIdsOf(listener.heard)).toEqual(changeIdsOf(await readAll(journal, BEGINNING, 5000)));
  });

  it('leaves the others listening when one leaves', async () => {
    await using opened = await open();
    const { journal } = opened;
    const [one, two] = [await listen(journal, BEGINNING), await listen(journal, BEGINNING)];
    await append(journal, write('a', 0));
    await Promise.all([untilHeard(one, 1), untilHeard(two, 1)]);
    one.leave();
    await one.ended;
    await append(journal, write('b', 0));
    await untilHeard(two, 2);
    expect(one.heard).toHaveLength(1);
    two.leave();
    await two.ended;
  });

  it('ends at once with the signal, while it waits and before it begins', async () => {
    await using opened = await open();
    const { journal } = opened;
    const waiting = await listen(journal, BEGINNING);
    await append(journal, write('a', 0));
    await untilHeard(waiting, 1);
    waiting.leave();
    await waiting.ended;
    const { epoch } = await journal.head();
    for await (const batch of journal.follow({ epoch, after: BEGINNING }, AbortSignal.abort())) {
      throw new Error(`Heard ${batch.length} entries.`);
    }
  });

  it('has the evidence so far', async () => {
    await using opened = await open();
    const { journal } = opened;
    await append(journal, write('a', 0));
    await journal.confirm([statusChange('a', 1).id], 'PUSH');
    const listener = await listen(journal, BEGINNING);
    await untilHeard(listener, 1);
    expect(listener.heard[0]?.change?.evidence).toEqual(['POLL', 'PUSH']);
    listener.leave();
    await listener.ended;
  });

  it('refuses another epoch, what is trimmed, and where no entry ever was', async () => {
    await using opened = await open();
    const { journal } = opened;
    const [first] = await append(journal, write('a', 0), write('b', 0), write('c', 0));
    const { epoch, position } = await journal.head();
    const follow = async (from: { epoch: string; after: Position }) => {
      const { signal } = new AbortController();
      for await (const batch of journal.follow(from, signal)) return batch;
      return [];
    };
    await expect(follow({ epoch: 'another', after: position })).rejects.toThrow(EpochChangedError);
    const [ms = '0', sequence = '0'] = position.split('-');
    await expect(follow({ epoch, after: `${ms}-${Number(sequence) + 1}` })).rejects.toThrow(TrimmedError);
    await journal.trim({ maxAgeMs: 60_000, maxEntries: 1 });
    await expect(follow({ epoch, after: BEGINNING })).rejects.toThrow(TrimmedError);
    await expect(follow({ epoch, after: first?.position ?? '' })).rejects.toThrow(TrimmedError);
  });

  it('goes on where all that it has heard is trimmed, and tells who was too slow', async () => {
    await using opened = await open();
    const { journal } = opened;
    const { epoch } = await journal.head();
    const { signal } = new AbortController();
    const slow = journal.follow({ epoch, after: BEGINNING }, signal)[Symbol.asyncIterator]();
    await append(journal, write('a', 0));
    expect(changeIdsOf((await slow.next()).value ?? [])).toEqual([statusChange('a', 1).id]);
    await journal.trim({ maxAgeMs: 60_000, maxEntries: 0 });
    await append(journal, write('b', 0));
    expect(changeIdsOf((await slow.next()).value ?? [])).toEqual([statusChange('b', 1).id]);
    await append(journal, write('c', 0), write('d', 0));
    await journal.trim({ maxAgeMs: 60_000, maxEntries: 1 });
    await expect(slow.next()).rejects.toThrow(TrimmedError);
  });
}
