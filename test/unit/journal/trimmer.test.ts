import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BEGINNING, type Journal, type Position } from '../../../src/journal/journal.js';
import { createMemoryJournal } from '../../../src/journal/memory-journal.js';
import { startTrimmer } from '../../../src/journal/trimmer.js';
import { append, write } from '../../conformance/journal-entries.js';

const EVERY_MS = 60_000;
const HOUR = 3_600_000;

let journal: Journal;
const report = vi.fn();
beforeEach(() => {
  vi.useFakeTimers();
  journal = createMemoryJournal();
  report.mockReset();
});
afterEach(() => vi.useRealTimers());

function start(
  maxEntries: number,
  keepAfter?: () => Promise<Position | undefined>,
): AsyncDisposable & { rounds: number } {
  let rounds = 0;
  const counted: Pick<Journal, 'trim' | 'leases'> = {
    leases: journal.leases,
    trim: async (bounds) => {
      rounds += 1;
      await journal.trim(bounds);
    },
  };
  const options = { journal: counted, maxAgeMs: HOUR, maxEntries, everyMs: EVERY_MS, report };
  const trimmer = startTrimmer({ ...options, ...(keepAfter === undefined ? {} : { keepAfter }) });
  return {
    get rounds() {
      return rounds;
    },
    [Symbol.asyncDispose]: () => trimmer[Symbol.asyncDispose](),
  };
}

async function kept(): Promise<number> {
  const { epoch } = await journal.head();
  return (await journal.read({ epoch, before: null, limit: 100 })).entries.length;
}

describe('the trimmer', () => {
  it('keeps the journal within its bounds', async () => {
    await append(journal, write('a', 0), write('b', 0), write('c', 0));
    await using trimmer = start(2);
    await vi.advanceTimersByTimeAsync(EVERY_MS);
    expect(await kept()).toBe(2);
    await vi.advanceTimersByTimeAsync(HOUR + EVERY_MS);
    expect(await kept()).toBe(0);
    expect(trimmer.rounds).toBe(62);
  });

  it('keeps what must stay, as it is told before each round', async () => {
    const [first] = await append(journal, write('a', 0), write('b', 0), write('c', 0));
    let place: Position | undefined = BEGINNING;
    await using _ = start(1, async () => place);
    await vi.advanceTimersByTimeAsync(EVERY_MS);
    expect(await kept()).toBe(3);
    place = first?.position;
    await vi.advanceTimersByTimeAsync(EVERY_MS);
    expect(await kept()).toBe(2);
    place = undefined;
    await vi.advanceTimersByTimeAsync(EVERY_MS);
    expect(await kept()).toBe(1);
  });

  it('works in one replica at a time, and in another when that one has gone', async () => {
    const one = start(10);
    await vi.advanceTimersByTimeAsync(1);
    await using two = start(10);
    await vi.advanceTimersByTimeAsync(5 * EVERY_MS);
    expect([one.rounds, two.rounds]).toEqual([5, 0]);
    await one[Symbol.asyncDispose]();
    await vi.advanceTimersByTimeAsync(EVERY_MS);
    expect([one.rounds, two.rounds]).toEqual([5, 1]);
  });

  it('tells what went wrong, and goes on', async () => {
    await append(journal, write('a', 0), write('b', 0));
    const problem = new Error('The archive is away.');
    const place = vi.fn(async (): Promise<Position | undefined> => undefined).mockRejectedValueOnce(problem);
    await using _ = start(1, place);
    await vi.advanceTimersByTimeAsync(EVERY_MS);
    expect(report.mock.calls).toEqual([[problem]]);
    expect(await kept()).toBe(2);
    await vi.advanceTimersByTimeAsync(EVERY_MS);
    expect(await kept()).toBe(1);
  });
});
