import {
  ConflictError,
  InvalidInputError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitedError,
  RegistryError,
  type RegistryErrorOptions,
  TimeoutError,
  UnavailableError,
  UnexpectedUpstreamError,
} from '../../src/domain/errors.js';
import { isNetworkCode } from '../shared/network-codes.js';
import { retryAfterMs } from '../shared/retry-after.js';

/** Which call of the contract on which registry an error belongs to. */
export interface CallSite {
  readonly registryId: string;
  readonly operation: string;
}

type Translate = (facts: UpstreamFault, options: RegistryErrorOptions) => RegistryError;

interface UpstreamFault {
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
}

const throttled: Translate = ({ retryAfterMs }, options) =>
  new RateLimitedError('AWS asks for fewer calls to this registry. Try again in a moment.', {
    ...options,
    retryAfterMs,
  });

const unavailable: Translate = (_, options) =>
  new UnavailableError('SageMaker is not able to answer now. Try again in a moment.', options);

const badCredentials: Translate = (_, options) =>
  new PermissionDeniedError(
    "AWS does not accept the gateway's credentials for this registry. Renew them, or correct the role in its options.",
    options,
  );

const denied: Translate = ({ message }, options) => {
  const missingPermission = /not authorized to perform: ([A-Za-z0-9-]+:[A-Za-z0-9*]+)/.exec(message)?.[1];
  return new PermissionDeniedError(
    missingPermission === undefined
      ? "The gateway's role may not make this call. `registrar check` names the missing IAM action."
      : `The gateway's role lacks the IAM action ${missingPermission}. Allow it in the role's policy.`,
    { ...options, missingPermission },
  );
};

const conflict: Translate = (_, options) =>
  new ConflictError(
    'SageMaker refuses the change because of another one. Read the current state and decide anew.',
    options,
  );

const BY_NAME = new Map<string, Translate>(
  Object.entries({
    AccessDenied: denied,
    AccessDeniedException: denied,
    UnauthorizedOperation: denied,
    CredentialsProviderError: badCredentials,
    ExpiredToken: badCredentials,
    ExpiredTokenException: badCredentials,
    IncompleteSignature: badCredentials,
    InvalidClientTokenId: badCredentials,
    InvalidSignatureException: badCredentials,
    MissingAuthenticationToken: badCredentials,
    MissingAuthenticationTokenException: badCredentials,
    OptInRequired: badCredentials,
    SignatureDoesNotMatch: badCredentials,
    UnrecognizedClientException: badCredentials,
    LimitExceededException: throttled,
    RequestLimitExceeded: throttled,
    RequestThrottled: throttled,
    RequestThrottledException: throttled,
    SlowDown: throttled,
    ThrottledException: throttled,
    Throttling: throttled,
    ThrottlingException: throttled,
    TooManyRequestsException: throttled,
    ConflictException: conflict,
    ResourceInUse: conflict,
    ResourceLimitExceeded: (_, options) =>
      new ConflictError(
        "The account's SageMaker quota for this is used up. Raise the quota, or delete what is not needed.",
        options,
      ),
    ResourceNotFound: (_, options) => new NotFoundError('SageMaker does not hold what this call is about.', options),
    InternalFailure: unavailable,
    ServiceUnavailable: unavailable,
    ServiceUnavailableException: unavailable,
    TimeoutError: (_, options) => new TimeoutError('AWS did not answer in time. Try again in a moment.', options),
  } satisfies Record<string, Translate>),
);

/** Anything that a call threw, in our own words; what AWS said becomes the `cause`. */
export function toRegistryError(error: unknown, site: CallSite): RegistryError {
  if (error instanceof RegistryError) return error;
  const options = { ...site, cause: error };
  const fault = faultOf(error);
  // Before the name: the SDK calls a reset connection a TimeoutError.
  if (isNetworkCode(fault.code)) {
    return new UnavailableError('There is no connection to SageMaker. Check the network and the endpoint.', options);
  }
  // The SDK's words for an answer of STS that holds no credentials.
  if (fault.name === 'CredentialsProviderError' && fault.message.startsWith('Invalid response from STS')) {
    return unexpected(site, error);
  }
  const byName = BY_NAME.get(fault.name);
  if (byName !== undefined) return byName(fault, options);
  if (fault.status === 429) return throttled(fault, options);
  if (fault.status !== undefined && fault.status >= 500) return unavailable(fault, options);
  if (fault.status === 401 || fault.status === 403) return denied(fault, options);
  return unexpected(site, error);
}

/** For an answer that the documentation does not allow. */
export function unexpected(site: CallSite, cause?: unknown): UnexpectedUpstreamError {
  return new UnexpectedUpstreamError(
    'SageMaker gave an answer that its documentation does not allow. Check that the endpoint is really SageMaker.',
    { ...site, cause },
  );
}

/** SageMaker reports a missing thing as a refused parameter; only the text tells. */
export function isMissing(error: unknown): boolean {
  const { name, message } = faultOf(error);
  return name === 'ResourceNotFound' || (isValidation(error) && /does not exist|not found|cannot find/i.test(message));
}

/** As `isMissing`, of endpoints and what they run. Where something is created, the same words may be about a file or an image. */
export function isMissingServer(error: unknown): boolean {
  return isMissing(error) || (isValidation(error) && /could not find/i.test(faultOf(error).message));
}

export function isAlreadyThere(error: unknown): boolean {
  return isValidation(error) && /already exists/i.test(faultOf(error).message);
}

export function isValidation(error: unknown): boolean {
  return faultOf(error).name === 'ValidationException';
}

export function isConflict(error: unknown): boolean {
  return faultOf(error).name === 'ConflictException';
}

/** The API reference has this phrase, and no error name. */
export function isArchivedCard(error: unknown): boolean {
  return /card is in archived state/i.test(faultOf(error).message);
}

/** Another account's resource that is not shared with us: AWS answers as for one that is not there. */
export function isNotShared(error: unknown): boolean {
  const { name, message } = faultOf(error);
  return name === 'AccessDeniedException' && /no resource-based policy allows/i.test(message);
}

/** SageMaker refused a value of a create that our own checks let through; `hint` says what is most likely to be wrong. */
export function refusedInput(site: CallSite, hint: string, cause: unknown): InvalidInputError {
  return new InvalidInputError(`SageMaker refuses a value of this request. ${hint}`, { ...site, cause });
}

function faultOf(error: unknown): UpstreamFault {
  if (!(error instanceof Error))
    return { name: '', message: '', code: undefined, status: undefined, retryAfterMs: undefined };
  return {
    name: error.name,
    message: error.message,
    code: text(field(error, 'code')) ?? text(field(field(error, 'cause'), 'code')),
    status: number(field(field(error, '$metadata'), 'httpStatusCode')),
    retryAfterMs: retryAfterMs(text(field(field(field(error, '$response'), 'headers'), 'retry-after'))),
  };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
