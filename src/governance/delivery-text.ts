import { DEAD_KEPT_DAYS, type Delivery, type DeliveryState } from '../domain/deliveries.js';
import { LedgerUnavailableError } from '../domain/errors.js';
import type { Timestamp } from '../domain/model.js';

const DAY_MS = 86_400_000;

/** When it is forgotten; null: never. Whatever was asked for after all is kept until it is sent. */
export function forgetAt(state: DeliveryState, now: number): Timestamp | null {
  return state === 'DEAD' ? new Date(now + DEAD_KEPT_DAYS * DAY_MS).toISOString() : null;
}

/** Reads what an engine has kept as JSON. @throws LedgerUnavailableError for what nobody of ours has put there. */
export function deliveryOf(text: string): Delivery {
  try {
    const delivery: unknown = JSON.parse(text);
    if (isDelivery(delivery)) return delivery;
  } catch {
    // Told below.
  }
  throw new LedgerUnavailableError(
    'The governance store holds a delivery that cannot be read. Remove what others have put there.',
    { retryable: false },
  );
}

const TEXTS = ['endpointId', 'sequence', 'eventId', 'eventType', 'subject', 'body', 'addedAt', 'dueAt'] as const;

function isDelivery(value: unknown): value is Delivery {
  if (value === null || typeof value !== 'object') return false;
  const fields: Partial<Record<string, unknown>> = { ...value };
  return (
    TEXTS.every((name) => typeof fields[name] === 'string') &&
    typeof fields['attempts'] === 'number' &&
    'failure' in fields
  );
}
