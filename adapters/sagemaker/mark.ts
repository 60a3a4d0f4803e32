import { APPROVAL_STATUSES, type DecisionMark } from '../../src/domain/model.js';
import { decoded, encoded, VALUE_MAX } from './metadata-text.js';

// A decision's mark in customer metadata, whose values are at most 256 characters of few kinds. The comment is SageMaker's own ApprovalDescription.

/** `1 <id> <status> <at>`; the first word is the version of this form. */
export const DECISION_KEY = 'registrar.decision';
/** Who decided. */
export const ACTOR_KEY = 'registrar.actor';

const CUT_OFF = encoded('…').join('');

/** The metadata of a mark; without an actor its key is to be removed. */
export function writeMark({ id, status, actor, at }: DecisionMark): Readonly<Record<string, string>> {
  const decision = { [DECISION_KEY]: `1 ${id} ${status} ${at}` };
  return actor === null || actor === '' ? decision : { ...decision, [ACTOR_KEY]: encodeActor(actor) };
}

/** Null for what is no mark of ours. */
export function readMark(metadata: Readonly<Record<string, string>>, comment: string | null): DecisionMark | null {
  const [, id, word, at] = /^1 (\S+) ([A-Z]+) (\S+)$/.exec(metadata[DECISION_KEY] ?? '') ?? [];
  const status = APPROVAL_STATUSES.find((known) => known === word);
  if (id === undefined || status === undefined || at === undefined || !isTimestamp(at)) return null;
  const actor = metadata[ACTOR_KEY];
  return { id, status, actor: actor === undefined ? null : decoded(actor), at, comment };
}

/** What is too long ends with an ellipsis: the ledger has all of it. */
function encodeActor(actor: string): string {
  const characters = encoded(actor);
  if (characters.join('').length <= VALUE_MAX) return characters.join('');
  let text = '';
  for (const next of characters) {
    if (text.length + next.length + CUT_OFF.length > VALUE_MAX) break;
    text += next;
  }
  return text + CUT_OFF;
}

/** In the one form in which records have times. */
function isTimestamp(text: string): boolean {
  const at = Date.parse(text);
  return !Number.isNaN(at) && new Date(at).toISOString() === text;
}
