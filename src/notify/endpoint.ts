import type { Change } from '../domain/changes.js';

/** Somebody outside who wants to be told. */
export interface WebhookEndpoint {
  readonly id: string;
  /** May hold a secret itself: never logged. */
  readonly url: string;
  /** `whsec_…`; each of them signs, so that a receiver can change from one to the next. */
  readonly secrets: readonly string[];
  readonly matches: (change: Change) => boolean;
  /** Whether its host may be of an own network, and be reached by plain http. */
  readonly allowPrivateAddresses: boolean;
  /** How long it may take to answer. */
  readonly timeoutMs: number;
  /** Requests under way at once. */
  readonly concurrency: number;
  readonly retry: RetryPolicy;
}

export interface RetryPolicy {
  /** After so many attempts a delivery is given up. */
  readonly maxAttempts: number;
  /** Before the second attempt; four times as long before each further one. */
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** A delivery that is older is given up with its next failure, however often it was tried. */
  readonly giveUpAfterMs: number;
}
