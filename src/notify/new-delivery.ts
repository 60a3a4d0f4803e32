import type { Delivery } from '../domain/deliveries.js';
import type { Position } from '../journal/journal.js';
import type { OutgoingEvent } from './cloud-event.js';
import { timestamp } from './endpoint-record.js';

export function newDelivery(endpointId: string, event: OutgoingEvent, sequence: string, now: number): Delivery {
  const { id, type, subject, body } = event;
  const at = timestamp(now);
  const about = { eventId: id, eventType: type, subject, body };
  return { endpointId, sequence, ...about, addedAt: at, attempts: 0, dueAt: at, failure: null };
}

/** A position as text that compares as positions do. */
export function sequenceOf(position: Position): string {
  const [ms = '', count = ''] = position.split('-');
  return `${ms.padStart(13, '0')}-${count.padStart(10, '0')}`;
}
