import { RateLimitedError, TimeoutError } from '../domain/errors.js';
import type { CallPriority, RegistryAdapter } from '../domain/registry.js';
import { wrapCalls } from './around.js';

export interface BudgetOptions {
  /** Calls under way at once. */
  readonly concurrency: number;
  /** Calls that wait for a place; one more is refused. */
  readonly maxWaiting: number;
}

/** Refused here, in front of the registry: it says nothing about the registry itself. */
export class QueueFullError extends RateLimitedError {}

/** Keeps the gateway from flooding a registry: so many calls at once, interactive ones first. */
export function withBudget(inner: RegistryAdapter, options: BudgetOptions): RegistryAdapter {
  const waiting: Record<CallPriority, (() => void)[]> = { interactive: [], background: [] };
  let running = 0;

  const release = () => {
    const next = waiting.interactive.shift() ?? waiting.background.shift();
    if (next === undefined) running -= 1;
    else next();
  };

  const acquire = (priority: CallPriority, signal: AbortSignal): Promise<void> => {
    if (running < options.concurrency) {
      running += 1;
      return Promise.resolve();
    }
    if (waiting.interactive.length + waiting.background.length >= options.maxWaiting) {
      throw new QueueFullError(`Too many calls wait for registry ${inner.id}. Try again in a moment.`, {
        registryId: inner.id,
        retryAfterMs: 1000,
      });
    }
    return new Promise((resolve, reject) => {
      const queue = waiting[priority];
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        queue.splice(queue.indexOf(enter), 1);
        reject(new TimeoutError(`No call to registry ${inner.id} came free in time.`, { registryId: inner.id }));
      };
      queue.push(enter);
      signal.addEventListener('abort', leave, { once: true });
    });
  };

  return wrapCalls(inner, async (_operation, callOptions, run) => {
    await acquire(callOptions.priority, callOptions.signal);
    try {
      return await run(callOptions);
    } finally {
      release();
    }
  });
}
