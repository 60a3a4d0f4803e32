import { RegistryError, TimeoutError, UnavailableError, UnexpectedUpstreamError } from '../domain/errors.js';
import type { RegistryAdapter } from '../domain/registry.js';
import type { RegistryHealth, RegistryHealthStatus } from '../domain/registry-health.js';
import { wrapCalls } from './around.js';
import { CircuitOpenError, isGivenUp } from './with-breaker.js';
import { QueueFullError } from './with-budget.js';

export interface HealthOptions {
  /** Failures in a row that make it DOWN. Default 3. */
  readonly downAfter?: number;
  /** How long a registry that has never answered counts as STARTING. Default 120000. */
  readonly startingMs?: number;
  readonly now?: () => number;
}

/** Watches every call go by and remembers what it says about the registry's health; makes no call of its own. */
export function withHealth(
  inner: RegistryAdapter,
  options: HealthOptions = {},
): { adapter: RegistryAdapter; health: () => RegistryHealth } {
  const { downAfter = 3, startingMs = 120_000, now = Date.now } = options;
  const startedAt = now();
  let checkedAt: number | null = null;
  let lastSuccessAt: number | null = null;
  let latencyMs: number | null = null;
  let failuresInARow = 0;
  let answers = 0;
  let problem: RegistryError | null = null;

  const status = (): RegistryHealthStatus => {
    if (checkedAt === null) return 'STARTING';
    if (failuresInARow === 0) return 'UP';
    if (lastSuccessAt === null) {
      const mayBeStarting = problem instanceof UnavailableError || problem instanceof TimeoutError;
      return mayBeStarting && now() - startedAt < startingMs ? 'STARTING' : 'DOWN';
    }
    // Asking for fewer calls is an answer.
    return failuresInARow >= downAfter && problem?.code !== 'RATE_LIMITED' ? 'DOWN' : 'DEGRADED';
  };

  const adapter = wrapCalls(inner, async (_operation, callOptions, run, isEvidence) => {
    const from = now();
    const answersBefore = answers;
    try {
      const result = await run(callOptions);
      if (isEvidence(result)) {
        answers += 1;
        checkedAt = now();
        lastSuccessAt = checkedAt;
        latencyMs = checkedAt - from;
        failuresInARow = 0;
        problem = null;
      }
      return result;
    } catch (error) {
      // A call that came to nothing while others were answered has waited for its turn, or for one slow answer.
      if (
        error instanceof RegistryError &&
        isTheRegistrysFault(error, callOptions.signal) &&
        answers === answersBefore
      ) {
        checkedAt = now();
        failuresInARow += 1;
        problem = error;
      }
      throw error;
    }
  });

  return {
    adapter,
    health: () => ({
      status: status(),
      checkedAt: iso(checkedAt),
      lastSuccessAt: iso(lastSuccessAt),
      latencyMs,
      problem,
    }),
  };
}

/** The caller's mistakes, the caller's leaving, and what is refused before it reaches the registry, say nothing about it. */
function isTheRegistrysFault(error: RegistryError, signal: AbortSignal): boolean {
  if (isGivenUp(signal) || error instanceof CircuitOpenError || error instanceof QueueFullError) return false;
  return (
    error instanceof UnavailableError ||
    error instanceof TimeoutError ||
    error instanceof UnexpectedUpstreamError ||
    error.code === 'FORBIDDEN' ||
    error.code === 'RATE_LIMITED'
  );
}

function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
