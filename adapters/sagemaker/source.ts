import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeSource, KindSources, SourceContext } from '../../src/domain/change-source.js';
import { type BatchTimes, handleBatch } from './event-batch.js';
import { type ConfiguredRegistry, createEventOwners } from './event-owners.js';
import { createQueueReader } from './event-reader.js';
import { createEventQueue } from './queue.js';
import { type QueuePlan, queuesOf } from './queue-access.js';

export interface SourceTimes extends BatchTimes {
  /** Between two tries to reach the queue, or to take what is in it: doubled with each failure. */
  readonly retryMs: { readonly first: number; readonly most: number };
}

const TIMES: SourceTimes = {
  waitSeconds: 20,
  hiddenSeconds: 60,
  retryMs: { first: 1000, most: 15_000 },
  againSeconds: { first: 10, most: 900 },
};

/** One source for each queue that the registries name. @throws InvalidInputError where they contradict each other. */
export function createSageMakerSources(registries: readonly ConfiguredRegistry[], times = TIMES): KindSources {
  return { sources: queuesOf(registries).map((plan) => createSource(plan, registries, times)), webhooks: [] };
}

/** Any number of replicas may read one queue: each message is one replica's at a time. */
function createSource(plan: QueuePlan, all: readonly ConfiguredRegistry[], times: SourceTimes): ChangeSource {
  const registryIds = plan.registries.map(({ id }) => id);
  const site = { registryId: registryIds[0] ?? '', operation: 'events' };
  const queue = createEventQueue(plan, times, site);
  const owners = createEventOwners(plan.registries, all);

  return {
    name: `sqs ${plan.url}`,
    registryIds,
    isExclusive: false,
    async run({ take, signal, report }) {
      const health = reporter(report);
      const reader = createQueueReader(owners, health.trouble, site);
      const batch = { queue, reader, take, report: health.trouble, times };
      let failures = 0;
      while (!signal.aborted) {
        try {
          const isTaken = await handleBatch(batch, await queue.receive(signal), signal);
          failures = isTaken ? 0 : failures + 1;
        } catch (error) {
          if (signal.aborted) return;
          health.trouble(error);
          failures += 1;
        }
        if (failures === 0) health.settle();
        // While nothing can be taken, what is in the queue had better stay there: each delivery counts.
        else await rest(failures, times, signal);
      }
    },
    async [Symbol.asyncDispose]() {
      queue[Symbol.dispose]();
      await owners[Symbol.asyncDispose]();
    },
  };
}

async function rest(failures: number, { retryMs }: SourceTimes, signal: AbortSignal): Promise<void> {
  const ms = Math.min(retryMs.first * 2 ** (failures - 1), retryMs.most);
  await sleep(ms * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
}

/** What was reported is over once a whole round has gone without. */
function reporter(report: SourceContext['report']) {
  let isWell = true;
  let isRoundWell = true;
  return {
    trouble(problem: unknown) {
      isRoundWell = false;
      isWell = false;
      report(problem instanceof Error ? problem : new Error(String(problem)));
    },
    settle() {
      if (isRoundWell && !isWell) {
        isWell = true;
        report(null);
      }
      isRoundWell = true;
    },
  };
}
