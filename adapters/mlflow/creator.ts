import * as z from 'zod';
import type { Actor, Tag } from '../../src/domain/model.js';
import type { CallOptions } from '../../src/domain/registry.js';
import type { MlflowCall } from './errors.js';
import { invalid } from './refusals.js';
import { MODEL_TAG_VALUE_MAX } from './tag-rules.js';
import { CREATED_BY_TAG, tagValue } from './tags.js';

// MLflow itself does not keep who created something: it is a tag, which is as true as those are who may write tags there.

const creator = z.object({ name: z.string().min(1), nativeId: z.string().nullish() });

/**
 * The tag of who creates something; none without a caller.
 * @throws InvalidInputError where the name does not fit.
 */
export function creatorTags(caller: CallOptions['caller'], call: MlflowCall): readonly Tag[] {
  if (caller === undefined) return [];
  const { name, nativeId } = caller;
  const value = JSON.stringify({ name, nativeId });
  // As JSON it would be well-formed, and come back as it was.
  if (!name.isWellFormed() || nativeId?.isWellFormed() === false) {
    throw invalid(call, 'the name of who makes the request holds a lone surrogate; send well-formed text');
  }
  // Half an id would be somebody else's.
  if (value.length > MODEL_TAG_VALUE_MAX) {
    throw invalid(call, `the name and id of who makes the request have more than ${MODEL_TAG_VALUE_MAX} characters`);
  }
  return [{ key: CREATED_BY_TAG, value }];
}

/** Null where there is none, or one that is not ours. */
export function creatorIn(tags: readonly Tag[]): Actor | null {
  const text = tagValue(tags, CREATED_BY_TAG);
  const { data } = creator.safeParse(text === undefined ? undefined : parse(text));
  return data === undefined ? null : { name: data.name, kind: 'USER', nativeId: data.nativeId ?? null };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
