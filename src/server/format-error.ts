import type { GraphQLFormattedError } from 'graphql';
import { ConflictError, ERROR_CODES, type ErrorCode, RegistryError, UnsupportedError } from '../domain/errors.js';

/** What GraphQL itself and the HTTP layer say of a request that cannot be executed. */
const REQUEST_FAULTS: ReadonlyMap<string, ErrorCode> = new Map([
  ['GRAPHQL_PARSE_FAILED', 'BAD_USER_INPUT'],
  ['GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT'],
  ['OPERATION_RESOLUTION_FAILURE', 'BAD_USER_INPUT'],
  ['PERSISTED_QUERY_NOT_FOUND', 'BAD_USER_INPUT'],
  ['PERSISTED_QUERY_NOT_SUPPORTED', 'BAD_USER_INPUT'],
  ['BAD_REQUEST', 'BAD_USER_INPUT'],
]);

/** What the JavaScript engine says when a parser has gone too deep. */
const OVERFLOW = /Maximum call stack size exceeded$/;

/**
 * The one place where anything thrown becomes what a client sees, on every transport. It judges by code and by the original error, never by
 * `instanceof GraphQLError`: more than one copy of graphql may be loaded. It does not throw.
 *
 * @param formatted What the server made of it, with a code already where the fault is the request's.
 * @param thrown What was thrown.
 */
export function formatError(formatted: GraphQLFormattedError, thrown: unknown): GraphQLFormattedError {
  const place = {
    ...(formatted.locations === undefined ? {} : { locations: formatted.locations }),
    ...(formatted.path === undefined ? {} : { path: formatted.path }),
  };
  const original = originalOf(thrown);
  if (original instanceof RegistryError) {
    return { message: original.message, ...place, extensions: extensionsOf(original) };
  }
  const code = codeOf(formatted.extensions?.['code']);
  if (code !== undefined && code !== 'INTERNAL') {
    const isTooDeep = original instanceof RangeError || OVERFLOW.test(formatted.message);
    const message = isTooDeep
      ? 'The document is nested too deeply. Nest less, and pass values as variables.'
      : formatted.message;
    return { message, ...place, extensions: { code, retryable: false } };
  }
  return {
    message:
      'A fault in the gateway. Report it with the X-Request-Id of this answer: what happened is in the log under it.',
    ...place,
    extensions: { code: 'INTERNAL', retryable: false },
  };
}

function extensionsOf(error: RegistryError): Record<string, unknown> {
  return {
    code: error.code,
    ...(error.registryId === undefined ? {} : { registryId: error.registryId }),
    retryable: error.retryable,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    ...(error instanceof ConflictError ? error.details : {}),
    ...(error instanceof UnsupportedError && error.capability !== undefined ? { capability: error.capability } : {}),
  };
}

function codeOf(code: unknown): ErrorCode | undefined {
  if (typeof code !== 'string') return undefined;
  return REQUEST_FAULTS.get(code) ?? ERROR_CODES.find((known) => known === code);
}

/** What was thrown, under the wrappings that execution and variable coercion put around it. */
export function originalOf(error: unknown): unknown {
  let current = error;
  for (let depth = 0; depth < 10; depth += 1) {
    const inner =
      current !== null && typeof current === 'object' && 'originalError' in current ? current.originalError : undefined;
    if (inner === null || inner === undefined) break;
    current = inner;
  }
  return current;
}
