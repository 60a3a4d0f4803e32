import type { DeliveryStore, EndpointState } from '../domain/deliveries.js';
import type { Timestamp } from '../domain/model.js';

/** What is kept of one endpoint beside its deliveries. One process at a time has it: the one that sends. */
export interface EndpointRecord {
  /** Null where it was never told of anything. */
  readonly toldUntil: Timestamp | null;
  readonly isDisabled: boolean;
  told(until: Timestamp): Promise<void>;
  disable(): Promise<void>;
  enable(): Promise<void>;
}

/** @param startedAt Of this process. What was disabled before is tried again, since whoever starts it may have put the config right. */
export async function openEndpointRecord(
  store: DeliveryStore,
  endpointId: string,
  startedAt: Timestamp,
  now: () => number,
): Promise<EndpointRecord> {
  let state = await store.endpoint(endpointId);
  const put = (change: Partial<EndpointState>) => {
    const toldUntil = state?.toldUntil ?? timestamp(now());
    state = { endpointId, disabledAt: state?.disabledAt ?? null, toldUntil, ...change };
    return store.putEndpoint(state);
  };
  if (state !== null && state.disabledAt !== null && state.disabledAt < startedAt) await put({ disabledAt: null });
  return {
    get toldUntil() {
      return state?.toldUntil ?? null;
    },
    get isDisabled() {
      return typeof state?.disabledAt === 'string';
    },
    told: (toldUntil) => put({ toldUntil }),
    disable: () => put({ disabledAt: timestamp(now()) }),
    enable: () => put({ disabledAt: null }),
  };
}

export function timestamp(ms: number): Timestamp {
  return new Date(ms).toISOString();
}
