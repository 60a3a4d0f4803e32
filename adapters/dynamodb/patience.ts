import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_PAUSE_MS = 500;
/** An engine that has just come up is heard soon. */
const PAUSE_MAX_MS = 5_000;

export interface Patience {
  /** Repeats what fails until it works, each time after a longer pause. Rejects only when the signal ends it. */
  untilDone<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

/** @param report Told of a failure, once for as long as it stays the same; and with null once nothing fails any more. */
export function createPatience(report: (problem: Error | null) => void): Patience {
  // Several shards are read at once: one that works does not make up for another that fails.
  const failing = new Set<object>();
  return {
    untilDone: async (work, signal) => {
      const task = {};
      let told: string | null = null;
      try {
        for (let attempt = 0; ; attempt += 1) {
          signal.throwIfAborted();
          try {
            return await work();
          } catch (error) {
            if (signal.aborted) throw error;
            const problem = error instanceof Error ? error : new Error(String(error));
            failing.add(task);
            if (problem.message !== told) report(problem);
            told = problem.message;
          }
          // Random in part, so that those who failed together do not come back together.
          const pauseMs = Math.min(PAUSE_MAX_MS, FIRST_PAUSE_MS * 2 ** attempt);
          await sleep(pauseMs * (0.5 + Math.random() / 2), undefined, { signal });
        }
      } finally {
        if (failing.delete(task) && failing.size === 0) report(null);
      }
    },
  };
}
