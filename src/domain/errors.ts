import type { RegistryCapability } from './capabilities.js';

/** Codes that clients may rely on; the same as `extensions.code` of the API. Adding one is an API change. */
export const ERROR_CODES = [
  'NOT_FOUND',
  'CONFLICT',
  'BAD_USER_INPUT',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'POLICY_DENIED',
  'IDEMPOTENCY_KEY_REUSED',
  'RATE_LIMITED',
  'COST_EXCEEDED',
  'UPSTREAM_TIMEOUT',
  'UPSTREAM_UNAVAILABLE',
  'UPSTREAM_INVALID',
  'LEDGER_UNAVAILABLE',
  'UNSUPPORTED',
  'INTERNAL',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface RegistryErrorOptions {
  readonly registryId?: string | undefined;
  /** The contract's method that failed, e.g. `listVersions`. */
  readonly operation?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** What the upstream or the network said. Logged, never sent to a client. */
  readonly cause?: unknown;
}

/** A fault in our own words: `message` is safe to show to a client and says what to do. */
export abstract class RegistryError extends Error {
  abstract readonly code: ErrorCode;
  /** Whether the same call may succeed later without being changed. */
  readonly retryable: boolean = false;
  readonly registryId: string | undefined;
  readonly operation: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: RegistryErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.registryId = options.registryId;
    this.operation = options.operation;
    this.retryAfterMs = options.retryAfterMs;
  }
}

export class NotFoundError extends RegistryError {
  readonly code = 'NOT_FOUND';
}

export interface ConflictDetails {
  /** True where the same call may succeed later without being changed, e.g. while another attempt runs. */
  readonly retryable?: boolean;
  /** Of a decision that came too late: the status as it is now, and the approval that made it so. */
  readonly currentStatus?: string;
  readonly winningApprovalId?: string;
}

/** Something of that name is there already, or has changed since it was read. */
export class ConflictError extends RegistryError {
  readonly code = 'CONFLICT';
  override readonly retryable: boolean;
  readonly details: ConflictDetails;

  constructor(message: string, options: RegistryErrorOptions & ConflictDetails = {}) {
    super(message, options);
    this.retryable = options.retryable ?? false;
    const { currentStatus, winningApprovalId } = options;
    this.details = {
      ...(currentStatus === undefined ? {} : { currentStatus }),
      ...(winningApprovalId === undefined ? {} : { winningApprovalId }),
    };
  }
}

export class InvalidInputError extends RegistryError {
  readonly code = 'BAD_USER_INPUT';
}

/** The upstream refuses the gateway's own credentials; `missingPermission` names e.g. an IAM action, where the upstream said. */
export class PermissionDeniedError extends RegistryError {
  readonly code = 'FORBIDDEN';
  readonly missingPermission: string | undefined;

  constructor(
    message: string,
    options: RegistryErrorOptions & { readonly missingPermission?: string | undefined } = {},
  ) {
    super(message, options);
    this.missingPermission = options.missingPermission;
  }
}

/** Nobody, or nobody that can be believed. Which of the two it was is `cause`, for the log alone. */
export class UnauthenticatedError extends RegistryError {
  readonly code = 'UNAUTHENTICATED';
}

/** The caller is known and may not do this. */
export class ForbiddenError extends RegistryError {
  readonly code = 'FORBIDDEN';
}

/** The caller might, but the policy says no. */
export class PolicyDeniedError extends RegistryError {
  readonly code = 'POLICY_DENIED';
}

/** The same key came with another input. */
export class IdempotencyKeyReusedError extends RegistryError {
  readonly code = 'IDEMPOTENCY_KEY_REUSED';
}

/** The governance store cannot be reached, or what it holds cannot be trusted (then it is not retryable). */
export class LedgerUnavailableError extends RegistryError {
  readonly code = 'LEDGER_UNAVAILABLE';
  override readonly retryable: boolean;

  constructor(message: string, options: RegistryErrorOptions & { readonly retryable?: boolean } = {}) {
    super(message, options);
    this.retryable = options.retryable ?? true;
  }
}

/** The upstream asks for fewer calls. */
export class RateLimitedError extends RegistryError {
  readonly code = 'RATE_LIMITED';
  override readonly retryable = true;
}

/** Answering would take more upstream calls than one request may make. */
export class CostExceededError extends RegistryError {
  readonly code = 'COST_EXCEEDED';
}

export class TimeoutError extends RegistryError {
  readonly code = 'UPSTREAM_TIMEOUT';
  override readonly retryable = true;
}

/** No connection, or an answer that says the upstream is not able to serve now. */
export class UnavailableError extends RegistryError {
  readonly code = 'UPSTREAM_UNAVAILABLE';
  override readonly retryable = true;
}

/** The upstream answered with something that its own documentation does not allow, e.g. HTML. */
export class UnexpectedUpstreamError extends RegistryError {
  readonly code = 'UPSTREAM_INVALID';
}

export class UnsupportedError extends RegistryError {
  readonly code = 'UNSUPPORTED';
  readonly capability: RegistryCapability | undefined;

  constructor(message: string, options: RegistryErrorOptions & { readonly capability?: RegistryCapability } = {}) {
    super(message, options);
    this.capability = options.capability;
  }
}
