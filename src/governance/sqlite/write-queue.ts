import type { Transaction } from './database.js';

export type Work<T> = (transaction: Transaction) => T;

/** All of `work` or nothing, on the disk when it resolves; it may run more than once. `deadline` as `performance.now()` has it. */
export type Commit = <T>(operation: string, work: Work<T>, deadline: number) => Promise<T>;

export interface WriteQueue {
  write<T>(operation: string, work: Work<T>): Promise<T>;
  /** Commits what is waiting. */
  flush(): Promise<void>;
}

interface Waiting {
  readonly operation: string;
  readonly work: Work<unknown>;
  readonly deadline: number;
  readonly result: PromiseWithResolvers<unknown>;
}

/** Commits together what is written in one turn: a disk takes as long for many writes as for one, and the process stands still meanwhile. */
export function createWriteQueue(commit: Commit, timeoutMs: number): WriteQueue {
  let waiting: Waiting[] = [];

  const flush = async (): Promise<void> => {
    const group = waiting;
    waiting = [];
    if (group.length > 1 && (await commitTogether(commit, group))) return;
    for (const { operation, work, deadline, result } of group) {
      await commit(operation, work, deadline).then(result.resolve, result.reject);
    }
  };

  return {
    flush,
    write<T>(operation: string, work: Work<T>): Promise<T> {
      const result = Promise.withResolvers<unknown>();
      waiting.push({ operation, work, deadline: performance.now() + timeoutMs, result });
      // After all requests that are ready now have come as far as this.
      if (waiting.length === 1) setImmediate(flush);
      return result.promise as Promise<T>;
    },
  };
}

/** @returns False where nothing was written. One of them may be at fault, which is for that one alone to be told. */
async function commitTogether(commit: Commit, group: readonly Waiting[]): Promise<boolean> {
  const all = (transaction: Transaction) => group.map(({ work }) => work(transaction));
  try {
    const results = await commit('write', all, group[0]?.deadline ?? 0);
    for (const [index, { result }] of group.entries()) result.resolve(results[index]);
    return true;
  } catch {
    return false;
  }
}
