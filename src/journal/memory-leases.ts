import type { Lease, LeaseStore } from '../domain/lease.js';

export interface MemoryLeases extends LeaseStore {
  /** Whether it is not over and nobody else's by now. */
  holds(lease: Lease): boolean;
}

interface Held {
  /** Empty: nobody has it. */
  readonly holder: string;
  readonly token: number;
  readonly expiresAtMs: number;
}

export function createMemoryLeases(now: () => number): MemoryLeases {
  // One that is over or given back stays, so that its token goes on from where it was.
  const leases = new Map<string, Held>();
  const isHeldBy = ({ name, holder, token }: Lease): boolean => {
    const held = leases.get(name);
    return held?.holder === holder && held.token === token;
  };
  return {
    async acquire(name, holder, ttlMs) {
      const held = leases.get(name);
      const isOwn = held?.holder === holder;
      if (held !== undefined && !isOwn && held.holder !== '' && held.expiresAtMs > now()) return null;
      const token = (held?.token ?? 0) + (isOwn ? 0 : 1);
      const expiresAtMs = now() + ttlMs;
      leases.set(name, { holder, token, expiresAtMs });
      return { name, holder, token, expiresAt: new Date(expiresAtMs).toISOString() };
    },

    async release(lease) {
      if (isHeldBy(lease)) leases.set(lease.name, { holder: '', token: lease.token, expiresAtMs: now() });
    },

    holds: (lease) => isHeldBy(lease) && (leases.get(lease.name)?.expiresAtMs ?? 0) > now(),
  };
}
