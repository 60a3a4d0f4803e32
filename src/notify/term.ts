import type { DeliveryStore } from '../domain/deliveries.js';

/** The time in which this process is the one that sends. */
export interface Term {
  readonly store: DeliveryStore;
  /** Nothing more is begun. */
  readonly ending: AbortSignal;
  /** What is under way is given up too: what was to be kept may be another's by now. */
  readonly over: AbortSignal;
  /** @throws Error where the lease may be another's by now, e.g. after this process was stopped for a while. */
  assertHeld(): void;
  readonly now: () => number;
  readonly log: NotifyLog;
}

export interface NotifyLog {
  warn(details: object, message: string): void;
}
