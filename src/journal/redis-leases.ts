import type { LeaseStore } from '../domain/lease.js';
import type { RedisKeys } from './redis-keys.js';
import type { RedisLink } from './redis-link.js';
import { ACQUIRE, RELEASE } from './redis-scripts.js';

/** By the clock of Redis: those of the replicas may be apart. */
export function createRedisLeases(link: RedisLink, keys: RedisKeys): LeaseStore {
  return {
    async acquire(name, holder, ttlMs) {
      const taken = (await link.script(ACQUIRE, [keys.lease(name)], [holder, ttlMs])) as [number, number] | null;
      if (taken === null) return null;
      const [token, until] = taken;
      return { name, holder, token, expiresAt: new Date(until).toISOString() };
    },
    async release({ name, holder, token }) {
      await link.script(RELEASE, [keys.lease(name)], [holder, token]);
    },
  };
}
