import { RegistryError, TimeoutError, UnavailableError } from '../domain/errors.js';
import type { StoredProblem } from '../domain/policy.js';

/** Codes of a write that the registry has refused: it has not taken effect and never will. */
const REFUSALS: ReadonlySet<string> = new Set(['NOT_FOUND', 'BAD_USER_INPUT', 'UNSUPPORTED', 'FORBIDDEN', 'CONFLICT']);

/** Whether the registry said no. After anything else, a timeout above all, the write may have taken effect or may do so later. */
export function isRefusal(error: unknown): error is RegistryError {
  return error instanceof RegistryError && REFUSALS.has(error.code);
}

export function storedProblem({ code, message }: RegistryError): StoredProblem {
  return { code, message };
}

/** Whether asking again later may give another answer. */
export function isOutage(error: unknown): boolean {
  return error instanceof TimeoutError || error instanceof UnavailableError;
}
