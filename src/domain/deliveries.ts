import type { Timestamp } from './model.js';

// What people outside are to be told, from the moment it is known until it has arrived or was given up.

/** One event for one endpoint. JSON-safe and immutable; each attempt replaces it. */
export interface Delivery {
  readonly endpointId: string;
  /** Its place among all that the endpoint is told: text that compares as the order is. No two of an endpoint have the same. */
  readonly sequence: string;
  /** The same in each attempt, by which the receiver knows it again. */
  readonly eventId: string;
  readonly eventType: string;
  /** What it is about. Deliveries of one subject arrive in order, one after the other. */
  readonly subject: string;
  /** Sent as it is. */
  readonly body: string;
  readonly addedAt: Timestamp;
  readonly attempts: number;
  /** Of the next attempt. */
  readonly dueAt: Timestamp;
  /** Of the last attempt; null before the first. */
  readonly failure: DeliveryFailure | null;
}

export interface DeliveryFailure {
  readonly at: Timestamp;
  /** What the endpoint answered; null where there was no answer. */
  readonly status: number | null;
  /** Why, in our own words. */
  readonly message: string;
}

/** PENDING: to be sent. DEAD: given up. REQUESTED: somebody wants what was given up to be sent after all. */
export type DeliveryState = 'PENDING' | 'DEAD' | 'REQUESTED';

export type DeliveryPlace = Pick<Delivery, 'endpointId' | 'sequence'>;

/** How long a delivery that was given up is kept. */
export const DEAD_KEPT_DAYS = 30;

/** Where deliveries wait. Every method throws `LedgerUnavailableError` as all of a governance store do. */
export interface DeliveryStore {
  /** Puts those that are not there in that state already; what is there stays as it is. */
  add(state: DeliveryState, deliveries: readonly Delivery[]): Promise<void>;
  /** Puts a pending one in place of the same with `attempts` attempts. @returns False where that is gone, or was tried by another since. */
  replace(delivery: Delivery, attempts: number): Promise<boolean>;
  /**
   * Puts it in the one state, as it is given, and removes it from the other. What dies between the two leaves it in both.
   * @returns False, and nothing is put, where it is not in `from`.
   */
  move(delivery: Delivery, from: DeliveryState, to: DeliveryState): Promise<boolean>;
  remove(state: DeliveryState, place: DeliveryPlace): Promise<void>;
  get(state: DeliveryState, place: DeliveryPlace): Promise<Delivery | null>;
  /** By endpoint, then by sequence, after `after`; of one endpoint where that is given. */
  list(state: DeliveryState, query: DeliveryQuery): Promise<readonly Delivery[]>;
  /** What is known of an endpoint beside its deliveries; null where it was never told of anything. */
  endpoint(endpointId: string): Promise<EndpointState | null>;
  putEndpoint(state: EndpointState): Promise<void>;
}

export interface DeliveryQuery {
  readonly endpointId?: string;
  readonly after?: DeliveryPlace;
  readonly limit: number;
}

export interface EndpointState {
  readonly endpointId: string;
  /** What happened before that was told, or waits in the list of deliveries. */
  readonly toldUntil: Timestamp;
  /** Since when nothing is sent to it because it said that it is gone; null: it is sent to. */
  readonly disabledAt: Timestamp | null;
}

const DELIVERY_ID = /^([a-z0-9][a-z0-9-]{0,62})\/([0-9]{13,16}-[0-9a-z]{1,16})$/;

/** `<endpoint>/<sequence>`. */
export function deliveryId({ endpointId, sequence }: DeliveryPlace): string {
  return `${endpointId}/${sequence}`;
}

/** Null for what is no id of a delivery. */
export function parseDeliveryId(id: string): DeliveryPlace | null {
  const [, endpointId, sequence] = DELIVERY_ID.exec(id) ?? [];
  return endpointId === undefined || sequence === undefined ? null : { endpointId, sequence };
}
