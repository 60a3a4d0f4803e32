import type { ErrorCode, RegistryError } from '../domain/errors.js';

/** What a script can go by. Of several things the highest number counts. */
export const EXIT = { done: 0, failed: 1, calledWrongly: 2, conflict: 3, notPermitted: 4, unavailable: 5 } as const;

export const EXIT_CODES_HELP = `
Exit codes (of several versions, the highest):
  0  done
  1  failed or refused: nothing of that name, a registry that cannot, a person who said no
  2  called wrongly: arguments, an id, a comment that is too long
  3  conflict: somebody was first, or the status is not the expected one
  4  not permitted: no valid token, no grant, or a policy against it
  5  unavailable: the gateway, its ledger or a registry; the same call may succeed later`;

const BY_CODE: Partial<Readonly<Record<ErrorCode, number>>> = {
  BAD_USER_INPUT: EXIT.calledWrongly,
  UNAUTHENTICATED: EXIT.notPermitted,
  FORBIDDEN: EXIT.notPermitted,
  POLICY_DENIED: EXIT.notPermitted,
  RATE_LIMITED: EXIT.unavailable,
  UPSTREAM_TIMEOUT: EXIT.unavailable,
  UPSTREAM_UNAVAILABLE: EXIT.unavailable,
  LEDGER_UNAVAILABLE: EXIT.unavailable,
};

/** What a failure makes of the command. */
export function exitCodeOf({ code, retryable }: Pick<RegistryError, 'code' | 'retryable'>): number {
  // A conflict that may pass by itself has no winner: nobody was first.
  if (code === 'CONFLICT') return retryable ? EXIT.unavailable : EXIT.conflict;
  return BY_CODE[code] ?? EXIT.failed;
}
