import * as z from 'zod';
import type { Timestamp } from '../../src/domain/model.js';
import { parseArn } from './arns.js';

/** One event of SageMaker as EventBridge delivers it. */
export interface SageMakerEvent {
  readonly id: string | undefined;
  readonly type: string;
  readonly account: string;
  readonly region: string;
  readonly occurredAt: Timestamp | undefined;
  /** ARNs. */
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/** What one message of the queue turns out to be: an event of SageMaker, one of another service, or neither. */
export type ReadMessage =
  | { readonly kind: 'sagemaker'; readonly event: SageMakerEvent }
  | { readonly kind: 'other'; readonly source: string }
  | { readonly kind: 'unreadable'; readonly reason: string };

const SOURCE = 'aws.sagemaker';

const object = z.record(z.string(), z.unknown());
const time = z.union([z.string(), z.number()]).optional().catch(undefined);

/** Lenient: a sample of the documentation has the source as a list, another one the time in milliseconds, and some deliver no account. */
const envelope = z.object({
  id: z.string().optional().catch(undefined),
  source: z.union([z.string(), z.array(z.string())]),
  'detail-type': z.string(),
  account: z.string().optional().catch(undefined),
  region: z.string().optional().catch(undefined),
  time,
  resources: z.array(z.string()).catch([]),
  detail: object,
});

/** What SNS puts around an event on its way to the queue, unless it is told to deliver it raw. */
const notification = z.object({ Type: z.literal('Notification'), Message: z.string() });

export function readMessage(body: string): ReadMessage {
  const content = parseJson(body);
  const wrapped = notification.safeParse(content);
  const parsed = envelope.safeParse(wrapped.success ? parseJson(wrapped.data.Message) : content);
  if (!parsed.success) return { kind: 'unreadable', reason: 'is no event of EventBridge' };
  const { source, id, detail, resources } = parsed.data;
  const sources = [source].flat();
  if (!sources.includes(SOURCE)) return { kind: 'other', source: sources.join(', ') };
  const arn = [textOf(detail['ModelPackageArn']), ...resources]
    .map((text) => parseArn(text ?? ''))
    .find((it) => it !== null);
  const account = parsed.data.account ?? arn?.account;
  const region = parsed.data.region ?? arn?.region;
  if (account === undefined || region === undefined) {
    return { kind: 'unreadable', reason: 'does not say which account and Region it is of' };
  }
  return {
    kind: 'sagemaker',
    event: {
      id,
      type: parsed.data['detail-type'],
      account,
      region,
      occurredAt: toTime(detail['LastModifiedTime']) ?? toTime(parsed.data.time),
      resources,
      detail,
    },
  };
}

/** ISO 8601, or the time since 1970 in milliseconds or seconds, as a number or as text; undefined for anything else. */
export function toTime(value: unknown): Timestamp | undefined {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : null;
  // In seconds it would be the year 5138.
  const at = number === null ? Date.parse(textOf(value) ?? '') : number < 1e11 ? number * 1000 : number;
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
