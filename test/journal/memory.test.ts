import { describe, expect, it } from 'vitest';
import { comparePositions } from '../../src/journal/journal.js';
import { createMemoryJournal } from '../../src/journal/memory-journal.js';
import { append, readAll, write } from '../conformance/journal-entries.js';
import type { OpenedJournal } from '../conformance/journal-harness.js';
import { describeJournal } from '../conformance/journal-suite.js';

const START = Date.parse('2026-11-20T12:00:00.000Z');

async function open(): Promise<OpenedJournal> {
  let now = START;
  const journal = createMemoryJournal({ now: () => now });
  return {
    journal,
    another: async () => journal,
    elapse: async (ms) => {
      now += ms;
    },
    [Symbol.asyncDispose]: () => journal[Symbol.asyncDispose](),
  };
}

describeJournal('in process', open);

describe('the clock of a journal in process', () => {
  it('may step back: positions go on', async () => {
    let now = START;
    await using journal = createMemoryJournal({ now: () => now });
    await append(journal, write('a', 0), write('b', 0));
    now -= 60_000;
    await append(journal, write('c', 0));
    now += 60_001;
    await append(journal, write('d', 0));
    const positions = (await readAll(journal)).map(({ position }) => position);
    expect(positions).toEqual([`${START}-0`, `${START}-1`, `${START}-2`, `${START + 1}-0`]);
    expect(positions).toEqual(positions.toSorted(comparePositions));
  });

  it('begins another epoch with each journal', async () => {
    const [one, two] = [createMemoryJournal(), createMemoryJournal()];
    expect((await one.head()).epoch).not.toBe((await two.head()).epoch);
  });
});
