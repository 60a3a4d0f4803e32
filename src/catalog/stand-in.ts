import { type ErrorCode, RegistryError } from '../domain/errors.js';
import type { UnavailableSource } from './connection.js';
import type { Planner } from './planner.js';
import type { RegistrySnapshot } from './snapshot/registry-snapshot.js';

/** What the gateway knew before, in place of what a registry could not be asked. */
export interface StandIn {
  /** @param older Undefined: nothing stands in. */
  instead<T>(
    registryId: string,
    live: () => Promise<T>,
    older: (registry: RegistrySnapshot) => T | undefined,
  ): Promise<T>;
  /** Registries that something stood in for. */
  readonly used: ReadonlyMap<string, UnavailableSource>;
}

/** A refusal is an answer; these are none. */
const OUTAGES: readonly ErrorCode[] = ['UPSTREAM_TIMEOUT', 'UPSTREAM_UNAVAILABLE', 'UPSTREAM_INVALID', 'RATE_LIMITED'];

/** @param mayBeOlder False: nothing ever stands in. */
export function createStandIn(planner: Planner, mayBeOlder: boolean): StandIn {
  const used = new Map<string, UnavailableSource>();
  return {
    used,
    async instead(registryId, live, older) {
      try {
        return await live();
      } catch (error) {
        if (!mayBeOlder || !(error instanceof RegistryError) || !OUTAGES.includes(error.code)) throw error;
        const snapshot = planner.snapshotOf(registryId);
        const found = snapshot === null ? undefined : older(snapshot.registry);
        if (snapshot === null || found === undefined) throw error;
        used.set(registryId, { registryId, error, servedStaleFrom: snapshot.state.completeThrough });
        return found;
      }
    },
  };
}
