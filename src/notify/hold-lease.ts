import { setTimeout as sleep } from 'node:timers/promises';
import type { Lease, LeaseStore } from '../domain/lease.js';

/** A lease that is renewed for as long as it is held. */
export interface HeldLease {
  /** As it is now. */
  readonly lease: Lease;
  /** Whether it cannot be another's yet, by the clock of this process: also after the process was stopped for a while. */
  readonly isHeld: boolean;
  /** Ends the renewing, and gives it back unless it is lost. */
  close(): Promise<void>;
}

/**
 * @param acquiredAt `performance.now()` before it was asked for.
 * @param lost Told once when it is another's, or may be.
 */
export function holdLease(
  leases: LeaseStore,
  acquired: Lease,
  { ttlMs, acquiredAt }: { readonly ttlMs: number; readonly acquiredAt: number },
  lost: (error: Error) => void,
): HeldLease {
  const closing = new AbortController();
  let lease = acquired;
  let heldUntil = acquiredAt + ttlMs;
  const isHeld = () => performance.now() < heldUntil;

  const renew = async (): Promise<void> => {
    const askedAt = performance.now();
    const renewed = await leases.acquire(lease.name, lease.holder, ttlMs);
    if (renewed === null) {
      heldUntil = 0;
      return;
    }
    lease = renewed;
    heldUntil = askedAt + ttlMs;
  };

  const wait = (ms: number) => sleep(ms, undefined, { signal: closing.signal }).catch(() => undefined);
  const keepRenewing = async () => {
    for (await wait(ttlMs / 3); !closing.signal.aborted; await wait(ttlMs / 3)) {
      // What cannot be renewed now may be in a moment, as long as the lease lasts; and no longer, also where there is no answer at all.
      await Promise.race([renew().catch(() => undefined), wait(Math.max(0, heldUntil - performance.now()))]);
      if (isHeld() || closing.signal.aborted) continue;
      lost(new Error(`The lease ${lease.name} is another's by now, or could not be renewed in time.`));
      return;
    }
  };

  const renewing = keepRenewing();
  return {
    get lease() {
      return lease;
    },
    get isHeld() {
      return isHeld();
    },
    async close() {
      closing.abort();
      await renewing;
      // Should it fail, the lease runs out by itself.
      if (isHeld()) await leases.release(lease).catch(() => undefined);
    },
  };
}
