import { describe, expect, it } from 'vitest';
import type { Transaction } from '../../../src/governance/sqlite/database.js';
import { type Commit, createWriteQueue, type Work } from '../../../src/governance/sqlite/write-queue.js';

const TIMEOUT_MS = 1000;
const none = {} as Transaction;

/** Commits as the database does; what it was asked to commit, in order. */
function recording(): { commit: Commit; committed: string[] } {
  const committed: string[] = [];
  return {
    committed,
    commit: async (operation, work, deadline) => {
      expect(deadline).toBeLessThanOrEqual(performance.now() + TIMEOUT_MS);
      const result = work(none);
      committed.push(operation);
      return result;
    },
  };
}

const failing: Work<never> = () => {
  throw new Error('no');
};

describe('writes to one file', () => {
  it('that come in one turn are committed together, and each gets its own result', async () => {
    const { commit, committed } = recording();
    const queue = createWriteQueue(commit, TIMEOUT_MS);
    const writes = [1, 2, 3].map((number) => queue.write(`${number}`, () => number));
    expect(await Promise.all(writes)).toEqual([1, 2, 3]);
    expect(committed).toEqual(['write']);
    expect(await queue.write('later', () => 4)).toBe(4);
    expect(committed, 'one alone keeps its name').toEqual(['write', 'later']);
  });

  it('do not fail for one another', async () => {
    const { commit, committed } = recording();
    const queue = createWriteQueue(commit, TIMEOUT_MS);
    const writes = [queue.write('first', () => 1), queue.write('bad', failing), queue.write('last', () => 3)];
    expect(await Promise.allSettled(writes)).toEqual([
      { status: 'fulfilled', value: 1 },
      { status: 'rejected', reason: new Error('no') },
      { status: 'fulfilled', value: 3 },
    ]);
    expect(committed).toEqual(['first', 'last']);
  });

  it('are not left behind when the file is closed', async () => {
    const { commit, committed } = recording();
    const queue = createWriteQueue(commit, TIMEOUT_MS);
    const write = queue.write('last', () => 1);
    await queue.flush();
    expect(committed).toEqual(['last']);
    expect(await write).toBe(1);
  });
});
