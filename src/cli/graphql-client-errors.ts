import { ERROR_CODES, type ErrorCode, RegistryError, type RegistryErrorOptions } from '../domain/errors.js';

interface GatewayErrorOptions extends RegistryErrorOptions {
  readonly retryable?: boolean;
  /** Of a decision that came too late. */
  readonly currentStatus?: string | undefined;
  readonly winningApprovalId?: string | undefined;
  readonly mayHaveArrived?: boolean;
  /** Finds the request in the gateway's log. */
  readonly requestId?: string | undefined;
}

/** What the gateway answered in place of what it was asked for, in its own words; or that there is no answer. */
export class GatewayError extends RegistryError {
  readonly code: ErrorCode;
  override readonly retryable: boolean;
  readonly currentStatus: string | undefined;
  readonly winningApprovalId: string | undefined;
  /** True where there is no answer although the request may have reached the gateway: what it asked for may be done. */
  readonly mayHaveArrived: boolean;
  readonly requestId: string | undefined;

  constructor(code: ErrorCode, message: string, options: GatewayErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.currentStatus = options.currentStatus;
    this.winningApprovalId = options.winningApprovalId;
    this.mayHaveArrived = options.mayHaveArrived ?? false;
    this.requestId = options.requestId;
  }
}

/** One line for a person: message and code, and what finds the fault where it is the gateway's own. */
export function describeFailure({ code, message, requestId }: GatewayError): string {
  return code === 'INTERNAL' && requestId !== undefined
    ? `${message} [${code}, X-Request-Id ${requestId}]`
    : `${message} [${code}]`;
}

/** Reads one entry of `errors` of an answer. What is not as it should be is left out. */
export function readGraphQLError(entry: unknown, requestId: string | undefined): GatewayError {
  const { message, extensions } = asRecord(entry);
  const { code, registryId, retryable, retryAfterMs, currentStatus, winningApprovalId } = asRecord(extensions);
  return new GatewayError(
    ERROR_CODES.find((known) => known === code) ?? 'INTERNAL',
    textOf(message) ?? 'The gateway gives no reason.',
    {
      registryId: textOf(registryId),
      retryable: retryable === true,
      retryAfterMs: typeof retryAfterMs === 'number' ? retryAfterMs : undefined,
      currentStatus: textOf(currentStatus),
      winningApprovalId: textOf(winningApprovalId),
      requestId,
    },
  );
}

export function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? { ...value } : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
