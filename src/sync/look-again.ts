import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeEvidence } from '../domain/changes.js';
import type { Mirror } from './mirror.js';
import type { Observer } from './observer.js';
import { type ReadNow, readStrongly } from './read-again.js';

export interface LookAgainOptions extends ReadNow {
  readonly mirror: Mirror;
  readonly observer: Observer;
  readonly evidence: ChangeEvidence;
  readonly report: (problem: unknown) => void;
}

export interface LookAgain extends AsyncDisposable {
  /** In the background; gives up after some tries, for a poll finds it then. */
  at(registryId: string, entities: readonly string[]): void;
}

const PAUSES_MS = [0, 1000, 5000];

/** Looks at entities once more in the background. */
export function createLookAgain(options: LookAgainOptions): LookAgain {
  const { mirror, observer, evidence, signal, report } = options;
  const running = new Set<Promise<void>>();

  const look = async (registryId: string, entities: readonly string[]) => {
    for (const pauseMs of PAUSES_MS) {
      try {
        await sleep(pauseMs, undefined, { signal });
        const before = new Map(entities.map((entity) => [entity, mirror.get(registryId, entity)]));
        const found = await readStrongly(options, entities);
        await observer.observe(
          [...found].map(([entity, record]) => ({
            registryId,
            entity,
            before: before.get(entity),
            record,
            isStrong: true,
            evidence,
          })),
        );
        return;
      } catch (error) {
        if (signal.aborted) return;
        report(error);
      }
    }
  };

  return {
    at(registryId, entities) {
      if (entities.length === 0 || signal.aborted) return;
      const looking = look(registryId, entities);
      running.add(looking);
      void looking.finally(() => running.delete(looking));
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(running);
    },
  };
}
