import { describe, expect, it } from 'vitest';
import { isRefusedParameter, MlflowFault, toAnswerError, toTransportError } from '../../../adapters/mlflow/errors.js';
import { HttpError } from '../../../adapters/shared/http-client.js';
import { type RegistryError, TimeoutError, UnavailableError } from '../../../src/domain/errors.js';
import errors from '../../support/fixtures/mlflow/errors.json' with { type: 'json' };

const context = { registryId: 'ml', operation: 'getModels' };

/** What each recorded answer means; by its words, since the statuses mislead. */
const MEANING: Readonly<Record<string, string>> = {
  'missing model': 'NOT_FOUND',
  'name taken': 'CONFLICT',
  'unknown alias': 'BAD_USER_INPUT',
  'number too large': 'UPSTREAM_UNAVAILABLE',
  'unknown route': 'UPSTREAM_INVALID',
  'workspace on a server without': 'UPSTREAM_INVALID',
  'missing workspace': 'UPSTREAM_INVALID',
  'basic-auth without credentials': 'FORBIDDEN',
  'basic-auth without permission': 'FORBIDDEN',
};

interface Recorded {
  readonly what: string;
  readonly status: number;
  readonly json?: { readonly message: string };
  readonly text?: string;
}

function answer(status: number, json?: unknown, text = '') {
  return { status, json, text, retryAfterMs: undefined };
}

describe('toAnswerError', () => {
  it.each(errors as readonly Recorded[])('knows $what', ({ what, status, json, text }) => {
    const error = toAnswerError(answer(status, json, text ?? JSON.stringify(json)), context);
    expect(error.code).toBe(MEANING[what]);
    expect(error).toMatchObject(context);
    expect(error.message).not.toContain(json?.message ?? text);
    expect(error.cause).toBeInstanceOf(MlflowFault);
  });

  it.each([
    ['constructor', 400, 'UPSTREAM_INVALID'],
    ['REQUEST_LIMIT_EXCEEDED', 429, 'RATE_LIMITED'],
    ['RESOURCE_EXHAUSTED', 500, 'RATE_LIMITED'],
    ['TEMPORARILY_UNAVAILABLE', 503, 'UPSTREAM_UNAVAILABLE'],
    ['INVALID_STATE', 500, 'UPSTREAM_UNAVAILABLE'],
    ['PERMISSION_DENIED', 403, 'FORBIDDEN'],
    ['RESOURCE_CONFLICT', 409, 'CONFLICT'],
    ['A_CODE_OF_THE_FUTURE', 418, 'UPSTREAM_INVALID'],
    ['A_CODE_OF_THE_FUTURE', 500, 'UPSTREAM_UNAVAILABLE'],
  ])('%s with status %i is %s', (error_code, status, code) => {
    expect(toAnswerError(answer(status, { error_code, message: 'm' }), context).code).toBe(code);
  });

  it('passes on how long to wait', () => {
    const error = toAnswerError({ ...answer(429), retryAfterMs: 2000 }, context);
    expect(error).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 2000 });
  });

  it('tells a refused parameter from other refusals', () => {
    const refused = (error_code: string) => isRefusedParameter(toAnswerError(answer(400, { error_code }), context));
    expect(refused('INVALID_PARAMETER_VALUE')).toBe(true);
    expect(refused('BAD_REQUEST')).toBe(false);
  });
});

describe('toTransportError', () => {
  const call = { ...context, signal: new AbortController().signal };

  it('says that there is no connection, or that the answer is too large', () => {
    expect(toTransportError(new HttpError('unreachable', new Error('ECONNRESET')), call)).toBeInstanceOf(
      UnavailableError,
    );
    expect(toTransportError(new HttpError('too-large', new Error('big')), call).code).toBe('UPSTREAM_INVALID');
  });

  it('gives the reason of the signal', () => {
    const aborted = toTransportError(new HttpError('aborted', undefined), { ...context, signal: AbortSignal.abort() });
    expect(aborted).toBeInstanceOf(TimeoutError);
    const reason: RegistryError = new UnavailableError('Being removed.');
    expect(toTransportError(new Error('any'), { ...context, signal: AbortSignal.abort(reason) })).toBe(reason);
  });
});
