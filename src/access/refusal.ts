import { UnauthenticatedError } from '../domain/errors.js';

export type RefusalReason =
  | 'missing'
  | 'foreign host name'
  | 'malformed'
  | 'too long'
  | 'unknown API key'
  | 'expired'
  | 'not yet valid'
  | 'wrong audience'
  | 'wrong issuer'
  | 'missing claim'
  | 'algorithm not allowed'
  | 'unknown key'
  | 'bad signature';

/** Why somebody was not let in. For the log alone: who tries keys and tokens must not learn how near they came. */
export class Refusal extends Error {
  constructor(
    readonly reason: RefusalReason,
    detail?: string,
  ) {
    super(detail === undefined ? reason : `${reason}: ${detail}`);
    this.name = 'Refusal';
  }
}

/** The same words whatever is wrong. */
export function refused(reason: RefusalReason, detail?: string): UnauthenticatedError {
  return new UnauthenticatedError(
    'No valid credentials. Send `Authorization: Bearer …` with a token of a configured issuer or an API key.',
    { cause: new Refusal(reason, detail) },
  );
}
