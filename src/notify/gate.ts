import { createPauses } from './pauses.js';

export interface GateTimes {
  /** How long nothing is sent after the endpoint has failed as a whole; twice as long with each further failure in a row. */
  readonly firstPauseMs: number;
  readonly maxPauseMs: number;
}

/**
 * How much one endpoint is sent at once, and when nothing is because it does not answer: then only so many attempts are made that it is noticed when
 * it is back.
 */
export interface Gate {
  /** Whether the last thing heard of the endpoint was a failure of its own. */
  readonly isFailing: boolean;
  /** Runs it once there is room and no pause. */
  pass<T>(run: () => Promise<T>): Promise<T>;
  /** It has failed as a whole. */
  failed(retryAfterMs: number | undefined): void;
  answered(): void;
  /** Waits; less long where the endpoint is back after it was away. @returns Whether it is. */
  wait(ms: number): Promise<boolean>;
  /** Ends every wait and every pause. */
  open(): void;
}

/** So many failures in a row say that it is away. Fewer may be the fault of what was sent. */
const AWAY_AFTER = 3;
/** Of what an endpoint asks for itself. */
const MAX_ASKED_MS = 3_600_000;

export function createGate(concurrency: number, { firstPauseMs, maxPauseMs }: GateTimes): Gate {
  const pauses = createPauses();
  const waits = createPauses();
  const waiting: (() => void)[] = [];
  let free = concurrency;
  let failures = 0;
  let pausedUntil = 0;

  const enter = async () => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const leave = () => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };

  return {
    get isFailing() {
      return failures > 0;
    },
    async pass(run) {
      for (;;) {
        await enter();
        try {
          if (performance.now() >= pausedUntil) return await run();
        } finally {
          leave();
        }
        await pauses.wait(pausedUntil - performance.now());
      }
    },
    failed(retryAfterMs = 0) {
      const pauseMs = Math.min(firstPauseMs * 2 ** failures, maxPauseMs);
      failures += 1;
      const untilMs = performance.now() + Math.max(pauseMs, Math.min(retryAfterMs, MAX_ASKED_MS));
      pausedUntil = Math.max(pausedUntil, untilMs);
    },
    answered() {
      if (failures === 0) return;
      const isBack = failures >= AWAY_AFTER;
      failures = 0;
      pausedUntil = 0;
      pauses.endAll();
      if (isBack) waits.endAll();
    },
    async wait(ms) {
      const untilMs = performance.now() + ms;
      await waits.wait(ms);
      return performance.now() < untilMs;
    },
    open() {
      pausedUntil = 0;
      pauses.endAll();
      waits.endAll();
    },
  };
}
