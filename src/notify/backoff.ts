import type { RetryPolicy } from './endpoint.js';

const FACTOR = 4;
/** Whoever asks for more patience than that is asked again before. */
const MAX_RETRY_AFTER_MS = 86_400_000;
/** So that what failed together does not come back together. */
const JITTER = 0.25;

/**
 * How long to wait before the next attempt.
 * @param attempts So far, from 1.
 * @param retryAfterMs What the endpoint asked for.
 */
export function delayMs(
  { firstDelayMs, maxDelayMs }: Pick<RetryPolicy, 'firstDelayMs' | 'maxDelayMs'>,
  attempts: number,
  retryAfterMs: number | undefined,
  random: () => number = Math.random,
): number {
  const delay = Math.min(firstDelayMs * FACTOR ** (attempts - 1), maxDelayMs);
  return Math.max(Math.min(retryAfterMs ?? 0, MAX_RETRY_AFTER_MS), delay) * (1 + JITTER * random());
}
