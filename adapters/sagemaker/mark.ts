import { APPROVAL_STATUSES, type DecisionMark } from '../../src/domain/model.js';

// A decision's mark in customer metadata, whose values are at most 256 characters of few kinds. The comment is SageMaker's own ApprovalDescription.

/** `1 <id> <status> <at>`; the first word is the version of this form. */
export const DECISION_KEY = 'registrar.decision';
/** Who decided, with `=` and two hexadecimal digits for each byte of what the metadata cannot hold. */
export const ACTOR_KEY = 'registrar.actor';

const VALUE_MAX = 256;
const FITS = /^[\p{L}\p{Z}\p{N}_.:/+\-@]$/u;
const CUT_OFF = escaped('…');

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
  return { id, status, actor: actor === undefined ? null : decodeActor(actor), at, comment };
}

/** What is too long ends with an ellipsis: the ledger has all of it. */
function encodeActor(actor: string): string {
  const encoded = Array.from(actor, (character) => (FITS.test(character) ? character : escaped(character)));
  if (encoded.join('').length <= VALUE_MAX) return encoded.join('');
  let text = '';
  for (const next of encoded) {
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

function decodeActor(text: string): string {
  return text.replaceAll(/(?:=[0-9A-F]{2})+/g, (bytes) =>
    Buffer.from(bytes.replaceAll('=', ''), 'hex').toString('utf8'),
  );
}

function escaped(character: string): string {
  return Array.from(
    Buffer.from(character, 'utf8'),
    (byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');
}
