import { isNetworkCode } from '../../../adapters/shared/network-codes.js';
import { LedgerUnavailableError } from '../../domain/errors.js';

type Fault = 'throttled' | 'denied' | 'noTable' | 'refused' | 'unavailable' | 'foreign';

/** Exception names of DynamoDB, of STS and of the SDK's credential chain. */
const FAULTS = new Map<string, Fault>(
  Object.entries({
    ProvisionedThroughputExceededException: 'throttled',
    RequestLimitExceeded: 'throttled',
    ThrottlingException: 'throttled',
    Throttling: 'throttled',
    ThrottlingError: 'throttled',
    TooManyRequestsException: 'throttled',
    AccessDenied: 'denied',
    AccessDeniedException: 'denied',
    CredentialsProviderError: 'denied',
    ExpiredToken: 'denied',
    ExpiredTokenException: 'denied',
    IncompleteSignatureException: 'denied',
    InvalidClientTokenId: 'denied',
    InvalidSignatureException: 'denied',
    MissingAuthenticationToken: 'denied',
    MissingAuthenticationTokenException: 'denied',
    UnrecognizedClientException: 'denied',
    ResourceNotFoundException: 'noTable',
    ValidationException: 'refused',
  } satisfies Record<string, Fault>),
);

/** What the SDK's errors have beside `Error`; none of it is sure to be there. */
interface SdkFault {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number };
}

export function isConditionFailure(error: unknown): boolean {
  return (error as SdkFault | null)?.name === 'ConditionalCheckFailedException';
}

export function isThrottle(error: unknown): boolean {
  return faultOf(error) === 'throttled';
}

/** Turns whatever a request threw into the one error of a governance store. */
export function unavailable(error: unknown, table: string, operation: string): LedgerUnavailableError {
  if (error instanceof LedgerUnavailableError) return error;
  const fault = faultOf(error);
  const retryable = fault === 'throttled' || fault === 'unavailable';
  return new LedgerUnavailableError(`The governance store does not work: ${wordsFor(fault, error, table)}`, {
    operation,
    retryable,
    cause: error,
  });
}

/** What is in an answer that DynamoDB would not give. */
export function foreignAnswer(table: string, operation: string): LedgerUnavailableError {
  const message = `The governance store does not work: ${wordsFor('foreign', null, table)}`;
  return new LedgerUnavailableError(message, { operation, retryable: false });
}

export function timedOut(timeoutMs: number, operation: string): LedgerUnavailableError {
  return new LedgerUnavailableError(
    `The governance store did not answer within ${timeoutMs} ms. Try again; the network and the endpoint of governance.store may be the reason.`,
    { operation },
  );
}

function faultOf(error: unknown): Fault {
  const { name, code, $metadata, $response }: SdkFault = typeof error === 'object' && error !== null ? error : {};
  const status = $response?.statusCode ?? $metadata?.httpStatusCode;
  const named = FAULTS.get(String(name));
  if (named !== undefined) return named;
  // An answer that was cut off has a status too.
  if (isNetworkCode(code)) return 'unavailable';
  if (status === 429) return 'throttled';
  if (status === 401 || status === 403) return 'denied';
  // Without a status there was no answer: the network.
  return status === undefined || status >= 500 ? 'unavailable' : 'foreign';
}

function wordsFor(fault: Fault, error: unknown, table: string): string {
  switch (fault) {
    case 'throttled':
      return 'DynamoDB asks for fewer calls. Try again in a moment.';
    case 'unavailable':
      return 'DynamoDB could not be reached or cannot serve now. Try again in a moment.';
    case 'denied': {
      const action = /not authorized to perform:? ([a-z0-9-]+:[A-Za-z]+)/.exec(
        String((error as SdkFault).message),
      )?.[1];
      return action === undefined
        ? "AWS does not accept the gateway's credentials. Check them, and roleArn and externalId of governance.store."
        : `the gateway may not do ${action}. Allow it in the IAM policy of its role, on the table ${table} and its indexes.`;
    }
    case 'noTable':
      return `there is no table ${table} in this account and Region. Check governance.store, or let createTable make it.`;
    case 'refused':
      return `DynamoDB does not accept the request. Most likely the table ${table} lacks a key or an index; \`registrar check\` says which.`;
    case 'foreign':
      return "the answer is not one of DynamoDB's. Check the endpoint of governance.store and any proxy in between.";
  }
}
