import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelVersionRecord } from '../domain/model.js';
import type { FactReads } from './gather-facts.js';
import type { JudgeFound } from './judge-found.js';

export interface FoundJudgingOptions {
  readonly judge: JudgeFound;
  readonly reads: Pick<FactReads, 'version'>;
  /** Told of what keeps a version from being judged. */
  readonly report: (problem: unknown) => void;
}

/** Judges in the background what has appeared, and again while it is still being registered or something is away. */
export interface FoundJudging extends AsyncDisposable {
  found(version: ModelVersionRecord): void;
}

const PAUSES_MS = [0, 2_000, 10_000, 60_000, 300_000];

export function startFoundJudging({ judge, reads, report }: FoundJudgingOptions): FoundJudging {
  const stop = new AbortController();
  const running = new Set<Promise<void>>();

  const judgeUntilDone = async (found: ModelVersionRecord) => {
    let version: ModelVersionRecord | null = found;
    for (const pauseMs of PAUSES_MS) {
      try {
        await sleep(pauseMs, undefined, { signal: stop.signal });
        if (pauseMs > 0) version = await reads.version(found.ref);
        if (version?.incarnation !== found.incarnation) return;
        const outcome = await judge(version);
        if (outcome?.problem?.retryable !== true) return;
        report(outcome.problem);
      } catch (error) {
        if (stop.signal.aborted) return;
        report(error);
      }
    }
  };

  return {
    found(version) {
      if (stop.signal.aborted) return;
      const judging = judgeUntilDone(version);
      running.add(judging);
      void judging.finally(() => running.delete(judging));
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.all(running);
    },
  };
}
