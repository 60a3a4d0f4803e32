import * as z from 'zod';
import { APPROVAL_STATUSES, type DecisionMark, type Tag } from '../../src/domain/model.js';
import { DECISION_TAG, tagValue } from './tags.js';

const VERSION = 1;

const annotation = z.object({
  v: z.literal(VERSION),
  id: z.string().min(1),
  status: z.enum(APPROVAL_STATUSES),
  actor: z.string().nullish(),
  at: z.string(),
  comment: z.string().nullish(),
});

/** The annotation that is written beside the status. */
export function markTag({ id, status, actor, at, comment }: DecisionMark): Tag {
  return { key: DECISION_TAG, value: JSON.stringify({ v: VERSION, id, status, actor, at, comment }) };
}

/** Null where there is none, or one that is not ours: anybody may write that tag. */
export function markIn(tags: readonly Tag[]): DecisionMark | null {
  const text = tagValue(tags, DECISION_TAG);
  const { data } = annotation.safeParse(text === undefined ? undefined : parse(text));
  const at = data === undefined ? null : timestamp(data.at);
  if (data === undefined || at === null) return null;
  return { id: data.id, status: data.status, actor: data.actor ?? null, at, comment: data.comment ?? null };
}

function timestamp(text: string): string | null {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) return null;
  const at = time.toISOString();
  // Years of more than four digits do not compare as texts.
  return /^\d{4}-/.test(at) ? at : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
