import { describe, expect, it } from 'vitest';
import { isAlreadyThere, isMissing, isNotShared, toRegistryError } from '../../../adapters/sagemaker/errors.js';
import { ConflictError } from '../../../src/domain/errors.js';

const site = { registryId: 'prod', operation: 'listModels' };

function thrown(name: string, message = 'words of AWS', more: object = {}): Error {
  return Object.assign(new Error(message), { name, ...more });
}

describe('what AWS throws becomes ours', () => {
  it.each([
    ['ThrottlingException', 'RATE_LIMITED', true],
    ['RequestLimitExceeded', 'RATE_LIMITED', true],
    ['AccessDeniedException', 'FORBIDDEN', false],
    ['ExpiredTokenException', 'FORBIDDEN', false],
    ['CredentialsProviderError', 'FORBIDDEN', false],
    ['ConflictException', 'CONFLICT', false],
    ['ResourceLimitExceeded', 'CONFLICT', false],
    ['ResourceNotFound', 'NOT_FOUND', false],
    ['ServiceUnavailable', 'UPSTREAM_UNAVAILABLE', true],
    ['TimeoutError', 'UPSTREAM_TIMEOUT', true],
    ['ValidationException', 'UPSTREAM_INVALID', false],
    ['SyntaxError', 'UPSTREAM_INVALID', false],
    ['constructor', 'UPSTREAM_INVALID', false],
  ])('%s', (name, code, retryable) => {
    const cause = thrown(name);
    const error = toRegistryError(cause, site);
    expect(error).toMatchObject({ code, retryable, ...site, cause });
    expect(error.message).not.toContain('words of AWS');
  });

  it.each([
    [429, 'RATE_LIMITED'],
    [500, 'UPSTREAM_UNAVAILABLE'],
    [503, 'UPSTREAM_UNAVAILABLE'],
    [401, 'FORBIDDEN'],
    [403, 'FORBIDDEN'],
    [200, 'UPSTREAM_INVALID'],
  ])('an answer that is not AWS’s own, with status %i', (httpStatusCode, code) => {
    expect(toRegistryError(thrown('SyntaxError', 'x', { $metadata: { httpStatusCode } }), site).code).toBe(code);
  });

  it('a reset connection, though the SDK calls it a timeout', () => {
    expect(toRegistryError(thrown('TimeoutError', 'x', { code: 'ECONNRESET' }), site).code).toBe(
      'UPSTREAM_UNAVAILABLE',
    );
  });

  it('a throttle with how long to wait', () => {
    const response = (after: string) => ({ $response: { headers: { 'retry-after': after } } });
    expect(toRegistryError(thrown('ThrottlingException', 'x', response('3')), site).retryAfterMs).toBe(3000);
    const date = new Date(Date.now() + 60_000).toUTCString();
    expect(toRegistryError(thrown('ThrottlingException', 'x', response(date)), site).retryAfterMs).toBeGreaterThan(
      50_000,
    );
    expect(toRegistryError(thrown('ThrottlingException', 'x', response('soon')), site).retryAfterMs).toBeUndefined();
  });

  it('a denial with the action that it names', () => {
    const denied = thrown(
      'AccessDeniedException',
      'User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: sagemaker:ListTags on resource: x',
    );
    expect(toRegistryError(denied, site)).toMatchObject({ missingPermission: 'sagemaker:ListTags' });
  });

  it('our own as it is', () => {
    const own = new ConflictError('Ours.');
    expect(toRegistryError(own, site)).toBe(own);
  });

  it('anything else as an answer that nobody expected', () => {
    for (const value of ['text', null, undefined, 7])
      expect(toRegistryError(value, site).code).toBe('UPSTREAM_INVALID');
  });
});

describe('a refused parameter is told apart by its text', () => {
  it('missing, already there, and not shared', () => {
    const missing = thrown('ValidationException', 'ModelPackageGroup arn:aws:x does not exist.');
    const taken = thrown('ValidationException', 'Model Package Group already exists: arn');
    const closed = thrown('AccessDeniedException', '… because no resource-based policy allows the sagemaker:X action');
    const denied = thrown('AccessDeniedException', '… because no identity-based policy allows the sagemaker:X action');
    const judge = (error: Error) => [isMissing(error), isAlreadyThere(error), isNotShared(error)];
    expect([missing, taken, closed, denied].map(judge)).toEqual([
      [true, false, false],
      [false, true, false],
      [false, false, true],
      [false, false, false],
    ]);
  });
});
