import {
  ConflictError,
  InvalidInputError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitedError,
  RegistryError,
  type RegistryErrorOptions,
  UnavailableError,
  UnexpectedUpstreamError,
} from '../../src/domain/errors.js';
import { abortedError, type CallContext } from '../shared/aborted.js';
import { HttpError, type HttpResponse } from '../shared/http-client.js';
import { errorAnswer } from './wire.js';

export interface MlflowCall extends CallContext {
  readonly signal: AbortSignal;
}

/** What the server said, kept as the cause of our error. */
export class MlflowFault extends Error {
  constructor(
    readonly status: number,
    readonly errorCode: string | undefined,
    message: string,
    readonly retryAfterMs: number | undefined,
  ) {
    super(message);
    this.name = 'MlflowFault';
  }
}

type Translate = (fault: MlflowFault, options: RegistryErrorOptions) => RegistryError;

const unavailable: Translate = (_, options) =>
  new UnavailableError('MLflow is not able to answer now. Try again in a moment.', options);

const rateLimited: Translate = ({ retryAfterMs }, options) =>
  new RateLimitedError('MLflow asks for fewer calls. Try again in a moment.', { ...options, retryAfterMs });

const badCredentials: Translate = (_, options) =>
  new PermissionDeniedError(
    "MLflow does not accept the gateway's credentials. Correct `auth` in the registry's options.",
    options,
  );

const denied: Translate = (_, options) =>
  new PermissionDeniedError("The gateway's user may not make this call. Grant it on the MLflow server.", options);

const conflict: Translate = (_, options) =>
  new ConflictError(
    'MLflow refuses the change because of another one. Read the current state and decide anew.',
    options,
  );

const refused: Translate = (_, options) =>
  new InvalidInputError(
    'MLflow refuses a value of this request. Check names, tag keys, URIs and lengths against its API.',
    options,
  );

const missing: Translate = ({ message }, options) =>
  // The same code says that the workspace of the header is not there; taken as a missing model, it would make every model vanish.
  message.startsWith('Workspace ')
    ? new UnexpectedUpstreamError(
        "The workspace in the registry's options is not there. Create it, or correct `workspace`.",
        options,
      )
    : new NotFoundError('MLflow does not hold what this call is about.', options);

const noSuchRoute: Translate = (_, options) =>
  new UnexpectedUpstreamError(
    "There is no MLflow model registry at this address. Check `url` in the registry's options, and its path prefix.",
    options,
  );

// Never by status alone: a name that is taken is a 400, and so is an unknown alias; a failed precondition is a 500.
const BY_ERROR_CODE = new Map<string, Translate>(
  Object.entries({
    ABORTED: conflict,
    ALREADY_EXISTS: conflict,
    BAD_REQUEST: refused,
    CANCELLED: unavailable,
    CUSTOMER_UNAUTHORIZED: badCredentials,
    DATA_LOSS: unavailable,
    DEADLINE_EXCEEDED: unavailable,
    ENDPOINT_NOT_FOUND: noSuchRoute,
    FEATURE_DISABLED: (_, options) =>
      new UnexpectedUpstreamError(
        "The server has no workspaces. Take `workspace` out of the registry's options.",
        options,
      ),
    INTERNAL_ERROR: unavailable,
    INVALID_PARAMETER_VALUE: refused,
    INVALID_STATE: unavailable,
    NOT_FOUND: missing,
    PERMISSION_DENIED: denied,
    REQUEST_LIMIT_EXCEEDED: rateLimited,
    RESOURCE_ALREADY_EXISTS: conflict,
    RESOURCE_CONFLICT: conflict,
    RESOURCE_DOES_NOT_EXIST: missing,
    RESOURCE_EXHAUSTED: rateLimited,
    TEMPORARILY_UNAVAILABLE: unavailable,
    UNAUTHENTICATED: badCredentials,
  } satisfies Record<string, Translate>),
);

/** What an answer of status 400 and above means. */
export function toAnswerError(response: HttpResponse, call: CallContext): RegistryError {
  const { data } = errorAnswer.safeParse(response.json);
  const message = data?.message ?? response.text.slice(0, 500);
  const fault = new MlflowFault(response.status, data?.error_code, message, response.retryAfterMs);
  const options = { registryId: call.registryId, operation: call.operation, cause: fault };
  return (BY_ERROR_CODE.get(fault.errorCode ?? '') ?? byStatus(fault.status))(fault, options);
}

/** What it means that there was no answer. */
export function toTransportError(error: unknown, call: MlflowCall): RegistryError {
  if (error instanceof RegistryError) return error;
  const options = { registryId: call.registryId, operation: call.operation, cause: error };
  if (call.signal.aborted) return abortedError(call.signal, call);
  if (error instanceof HttpError && error.kind === 'unreachable') {
    return new UnavailableError(
      "There is no connection to MLflow. Check the network and `url` in the registry's options.",
      options,
    );
  }
  return unexpectedAnswer(call, error);
}

/** For an answer that MLflow's documentation does not allow. */
export function unexpectedAnswer(call: CallContext, cause?: unknown): UnexpectedUpstreamError {
  return new UnexpectedUpstreamError(
    "The answer is not one of MLflow's. Check `url` in the registry's options, and any proxy in between.",
    { registryId: call.registryId, operation: call.operation, cause },
  );
}

/** The server does not take a value, or does not know a part of the filter language. */
export function isRefusedParameter(error: unknown): boolean {
  return (
    error instanceof RegistryError &&
    error.cause instanceof MlflowFault &&
    error.cause.errorCode === 'INVALID_PARAMETER_VALUE'
  );
}

/** Proxies in front, and routes that there are none, answer without MLflow's error codes; so does its basic-auth app. */
function byStatus(status: number): Translate {
  if (status === 401) return badCredentials;
  if (status === 403) return denied;
  if (status === 429) return rateLimited;
  if (status >= 500) return unavailable;
  if (status === 404 || status < 400) return noSuchRoute;
  return (_, options) =>
    new UnexpectedUpstreamError(
      'MLflow, or a proxy before it, refuses the request without saying why. See its log.',
      options,
    );
}
