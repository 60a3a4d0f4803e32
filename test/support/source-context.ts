import type { ChangeHint, ChangeSource, SourceContext } from '../../src/domain/change-source.js';

/** A source that runs, and what it has told so far. */
export interface RunningSource extends AsyncDisposable {
  readonly reports: readonly (string | null)[];
  readonly hints: readonly ChangeHint[];
  readonly checkpoints: ReadonlyMap<string, string>;
  /** The next report that is so: null for "all is well". */
  report(matches: (message: string | null) => boolean): Promise<string | null>;
  forget(): void;
}

/** Runs it until it is disposed of, and closes it then. @param checkpoints Kept over from another run. */
export function runSource(source: ChangeSource, checkpoints = new Map<string, string>()): RunningSource {
  const end = new AbortController();
  const reports: (string | null)[] = [];
  const hints: ChangeHint[] = [];
  const waiting = new Set<(message: string | null) => void>();
  const context: SourceContext = {
    signal: end.signal,
    take: async (taken) => void hints.push(...taken),
    checkpoints: {
      get: async (key) => checkpoints.get(key) ?? null,
      set: async (key, value) => void checkpoints.set(key, value),
      remove: async (key) => void checkpoints.delete(key),
    },
    report(problem) {
      reports.push(problem?.message ?? null);
      for (const look of waiting) look(problem?.message ?? null);
    },
  };
  const running = source.run(context);
  return {
    reports,
    hints,
    checkpoints,
    report: (matches) =>
      new Promise((resolve) => {
        const there = reports.findLast(matches);
        if (there !== undefined) return resolve(there);
        const look = (message: string | null) => {
          if (!matches(message)) return;
          waiting.delete(look);
          resolve(message);
        };
        waiting.add(look);
      }),
    forget() {
      reports.length = 0;
      hints.length = 0;
    },
    async [Symbol.asyncDispose]() {
      end.abort();
      await running;
      await source[Symbol.asyncDispose]();
    },
  };
}
