import {
  ConflictError,
  InvalidInputError,
  PermissionDeniedError,
  RateLimitedError,
  RegistryError,
  type RegistryErrorOptions,
  UnavailableError,
  UnexpectedUpstreamError,
} from '../../src/domain/errors.js';
import { abortedError } from '../shared/aborted.js';
import { isNetworkCode } from '../shared/network-codes.js';
import { retryAfterMs } from '../shared/retry-after.js';

export interface FailureContext {
  readonly registryId: string;
  readonly operation: string;
  readonly table: string;
  readonly signal: AbortSignal;
}

type Kind = 'throttled' | 'unavailable' | 'denied' | 'noTable' | 'conflict';

/** Exception names of DynamoDB, of STS and of the SDK's credential chain. */
const KINDS = new Map<string, Kind>(
  Object.entries({
    ProvisionedThroughputExceededException: 'throttled',
    RequestLimitExceeded: 'throttled',
    ThrottlingException: 'throttled',
    Throttling: 'throttled',
    ThrottlingError: 'throttled',
    ProvisionedThroughputExceeded: 'throttled',
    TooManyRequestsException: 'throttled',
    // Of a stream: too many readers of one shard, or too many calls.
    LimitExceededException: 'throttled',
    InternalServerError: 'unavailable',
    InternalFailure: 'unavailable',
    ServiceUnavailable: 'unavailable',
    ServiceUnavailableException: 'unavailable',
    TableInUseException: 'unavailable',
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
    NotAuthorized: 'denied',
    UnrecognizedClientException: 'denied',
    ResourceNotFoundException: 'noTable',
    ConditionalCheckFailedException: 'conflict',
    TransactionConflictException: 'conflict',
    TransactionInProgressException: 'conflict',
  } satisfies Record<string, Kind>),
);

/** What the SDK's errors have beside `Error`; none of it is sure to be there. */
interface SdkFault {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number; readonly headers?: Readonly<Record<string, string>> };
  readonly CancellationReasons?: readonly { readonly Code?: string; readonly Message?: string }[];
}

/** Turns whatever a call threw into one of ours. */
export function toRegistryError(error: unknown, context: FailureContext): RegistryError {
  if (context.signal.aborted) return abortedError(context.signal, context);
  if (error instanceof RegistryError) return error;
  const fault: SdkFault = typeof error === 'object' && error !== null ? error : {};
  const options = { registryId: context.registryId, operation: context.operation, cause: error };
  return (
    cancelled(fault, options) ??
    named(fault, context.table, options) ??
    validation(fault, context.table, options) ??
    byStatus(fault, options)
  );
}

/** An answer with 200 that lacks what DynamoDB always sends. */
export function undocumentedAnswer(options: RegistryErrorOptions): UnexpectedUpstreamError {
  return new UnexpectedUpstreamError(
    "The answer is not one of DynamoDB's. Check the endpoint in the config and any proxy in between.",
    options,
  );
}

/** The misfit of an item that others wrote: it says which item, so that it can be put right. */
export function malformedItem(
  item: string,
  fault: string,
  { registryId, operation }: Pick<FailureContext, 'registryId' | 'operation'>,
): UnexpectedUpstreamError {
  return new UnexpectedUpstreamError(
    `The item ${item} does not follow the table's layout (docs/dynamodb-table.md): ${fault}. Correct or remove the item.`,
    { registryId, operation },
  );
}

function cancelled(fault: SdkFault, options: RegistryErrorOptions): RegistryError | undefined {
  if (fault.name !== 'TransactionCanceledException') return undefined;
  const codes = (fault.CancellationReasons ?? []).map((reason) => reason.Code ?? 'None');
  if (codes.some((code) => KINDS.get(code) === 'throttled')) return throttled({}, options);
  const tooLarge = fault.CancellationReasons?.some((reason) => reason.Message?.includes('size') === true) === true;
  return codes.includes('ValidationError') && tooLarge ? itemTooLarge(options) : conflict(options);
}

function named(fault: SdkFault, table: string, options: RegistryErrorOptions): RegistryError | undefined {
  switch (KINDS.get(String(fault.name))) {
    case 'throttled':
      return throttled(fault, options);
    case 'unavailable':
      return unavailable(options);
    case 'denied':
      return denied(fault, options);
    case 'conflict':
      return conflict(options);
    case 'noTable':
      // Nothing a caller sent is wrong and no retry helps: the upstream is not what the config says it is. Not NOT_FOUND, which means a
      // model or version, and not FORBIDDEN, which would send people after permissions.
      return new UnexpectedUpstreamError(
        `There is no table ${table} in this account and Region. Check table, region and roleArn in the config, ` +
          'or create the table as docs/dynamodb-table.md shows.',
        options,
      );
    default:
      return undefined;
  }
}

function validation(fault: SdkFault, table: string, options: RegistryErrorOptions): RegistryError | undefined {
  if (fault.name !== 'ValidationException') return undefined;
  const message = String(fault.message);
  if (message.includes('Item size')) return itemTooLarge(options);
  return new UnexpectedUpstreamError(
    `DynamoDB does not accept the request. Most likely the table ${table} lacks a key or an index of docs/dynamodb-table.md; ` +
      '`registrar check` says what differs.',
    options,
  );
}

function byStatus(fault: SdkFault, options: RegistryErrorOptions): RegistryError {
  const status = fault.$response?.statusCode ?? fault.$metadata?.httpStatusCode;
  if (status === 429) return throttled(fault, options);
  if (status === 401 || status === 403) return denied(fault, options);
  if (status !== undefined && status >= 500) return unavailable(options);
  if (isNetworkCode(fault.code) || fault.name === 'TimeoutError') {
    return new UnavailableError(
      'DynamoDB could not be reached. Check the network and the endpoint in the config.',
      options,
    );
  }
  return undocumentedAnswer(options);
}

function throttled(fault: SdkFault, options: RegistryErrorOptions): RateLimitedError {
  return new RateLimitedError('DynamoDB asks for fewer calls. Try again in a moment.', {
    ...options,
    retryAfterMs: retryAfterMs(fault.$response?.headers?.['retry-after']),
  });
}

function unavailable(options: RegistryErrorOptions): UnavailableError {
  return new UnavailableError('DynamoDB is not able to serve the table now. Try again in a moment.', options);
}

function denied(fault: SdkFault, options: RegistryErrorOptions): PermissionDeniedError {
  const action = /not authorized to perform:? ([a-z0-9-]+:[A-Za-z]+)/.exec(String(fault.message))?.[1];
  const message =
    action === undefined
      ? "AWS does not accept the gateway's credentials. Check the credentials, roleArn and externalId of the registry."
      : `The gateway may not do ${action}. Allow it in the IAM policy of the role it uses, on the table, its indexes and its stream.`;
  return new PermissionDeniedError(message, { ...options, missingPermission: action });
}

function conflict(options: RegistryErrorOptions): ConflictError {
  return new ConflictError('Others are writing to the same model at this moment. Try again.', options);
}

function itemTooLarge(options: RegistryErrorOptions): InvalidInputError {
  return new InvalidInputError('All fields together are more than one DynamoDB item can hold. Shorten them.', options);
}
