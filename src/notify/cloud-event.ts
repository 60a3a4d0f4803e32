import type { Change, ChangeType } from '../domain/changes.js';
import type { Timestamp } from '../domain/model.js';
import { type ChangeData, changeData, subjectOf } from './change-data.js';

/** Types of events, as a receiver sees them: adding one is a change of the API. */
export const EVENT_TYPES = {
  VERSION_STATUS: 'registrar.model_version.status_changed',
  VERSION_REGISTERED: 'registrar.model_version.registered',
  VERSION_UPDATED: 'registrar.model_version.updated',
  VERSION_DELETED: 'registrar.model_version.deleted',
  MODEL_CREATED: 'registrar.model.created',
  MODEL_UPDATED: 'registrar.model.updated',
  MODEL_DELETED: 'registrar.model.deleted',
  ALIAS: 'registrar.model.alias_changed',
  STAGE: 'registrar.model_version.stage_changed',
  APPROVAL_RECORDED: 'registrar.approval.recorded',
  POLICY_VIOLATED: 'registrar.policy.violated',
  REGISTRY_HEALTH: 'registrar.registry.health_changed',
} as const satisfies Record<ChangeType, string>;

export const GAP_TYPE = 'registrar.journal.gap';

export const CONTENT_TYPE = 'application/cloudevents+json';

/** Where an event is from that belongs to no registry. No id of a registry begins with a slash. */
const JOURNAL_SOURCE = '/journal';

/** Many receivers take no more. */
const MAX_BODY_BYTES = 64 * 1024;

/** An event as it is sent. */
export interface OutgoingEvent {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  /** CloudEvents 1.0, JSON, structured. */
  readonly body: string;
}

/** @param sequence Text that compares as the order is: a receiver that was told late can see it. */
export function eventOfChange(change: Change, cursor: string, sequence: string): OutgoingEvent {
  const { id, registryId, occurredAt, observedAt } = change;
  const subject = subjectOf(change);
  const type = EVENT_TYPES[change.type];
  const bodyWith = (data: ChangeData) =>
    bodyOf({ id, source: registryId, type, subject, time: occurredAt ?? observedAt, sequence, data });
  const data = { cursor, ...changeData(change) };
  const body = bodyWith(data);
  const fits = Buffer.byteLength(body) <= MAX_BODY_BYTES;
  return { id, type, subject, body: fits ? body : bodyWith(withoutValues(change, data)) };
}

export interface Gap {
  readonly id: string;
  /** From where it goes on. */
  readonly cursor: string;
  /** Null where it is not known since when. */
  readonly missedFrom: Timestamp | null;
  readonly missedUntil: Timestamp;
  readonly reason: string;
}

export function eventOfGap({ id, ...data }: Gap, sequence: string): OutgoingEvent {
  const event = { id, source: JOURNAL_SOURCE, type: GAP_TYPE, subject: 'journal', time: data.missedUntil, sequence };
  return { id, type: GAP_TYPE, subject: event.subject, body: bodyOf({ ...event, data }) };
}

function bodyOf(attributes: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ specversion: '1.0', datacontenttype: 'application/json', ...attributes });
}

/** Which fields of a record have changed stays; what stood in them has to be asked for. */
function withoutValues(change: Change, data: ChangeData): ChangeData {
  return 'fields' in change
    ? { ...data, fields: change.fields.map(({ path }) => ({ path })), valuesOmitted: true }
    : data;
}
