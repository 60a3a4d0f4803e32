import { RegistryError, TimeoutError, UnavailableError, UnexpectedUpstreamError } from '../domain/errors.js';
import type { RegistryAdapter } from '../domain/registry.js';
import type { RegistryHealth, RegistryHealthStatus } from '../domain/registry-health.js';
import { wrapCalls } from './around.js';

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
  let problem: RegistryError | null = null;

  const status = (): RegistryHealthStatus => {
    if (checkedAt === null) return 'STARTING';
    if (failuresInARow === 0) return 'UP';
    if (lastSuccessAt === null) {
      const mayBeStarting = problem instanceof UnavailableError || problem instanceof TimeoutError;
      return mayBeStarting && now() - startedAt < startingMs ? 'STARTING' : 'DOWN';
    }
    return failuresInARow >= downAfter ? 'DOWN' : 'DEGRADED';
  };

  const adapter = wrapCalls(inner, async (_operation, callOptions, run) => {
    const from = now();
    try {
      const result = await run(callOptions);
      checkedAt = now();
      lastSuccessAt = checkedAt;
      latencyMs = checkedAt - from;
      failuresInARow = 0;
      problem = null;
      return result;
    } catch (error) {
      if (error instanceof RegistryError && isTheRegistrysFault(error, callOptions.signal)) {
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

/** Whether the caller's input was at fault, or the caller left, says nothing about the registry. */
function isTheRegistrysFault(error: RegistryError, signal: AbortSignal): boolean {
  if (signal.aborted && !(signal.reason instanceof RegistryError)) return false;
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
