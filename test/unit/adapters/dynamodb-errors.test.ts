import { describe, expect, it } from 'vitest';
import { toRegistryError } from '../../../adapters/dynamodb/errors.js';
import { NotFoundError, type RegistryError, UnavailableError } from '../../../src/domain/errors.js';

const ROLE = 'arn:aws:sts::123456789012:assumed-role/registrar/registrar';
const TABLE_ARN = 'arn:aws:dynamodb:eu-west-1:123456789012:table/model-registry';

function map(fault: object, signal = new AbortController().signal): RegistryError {
  const error = Object.assign(new Error('upstream words'), fault);
  return toRegistryError(error, {
    registryId: 'self-managed',
    operation: 'listModels',
    table: 'model-registry',
    signal,
  });
}

describe('errors of DynamoDB', () => {
  it.each([
    ['ProvisionedThroughputExceededException', 'RATE_LIMITED', true],
    ['RequestLimitExceeded', 'RATE_LIMITED', true],
    ['ThrottlingException', 'RATE_LIMITED', true],
    ['InternalServerError', 'UPSTREAM_UNAVAILABLE', true],
    ['AccessDeniedException', 'FORBIDDEN', false],
    ['UnrecognizedClientException', 'FORBIDDEN', false],
    ['ExpiredTokenException', 'FORBIDDEN', false],
    ['CredentialsProviderError', 'FORBIDDEN', false],
    ['ResourceNotFoundException', 'UPSTREAM_INVALID', false],
    ['ConditionalCheckFailedException', 'CONFLICT', false],
    ['TransactionConflictException', 'CONFLICT', false],
    ['ValidationException', 'UPSTREAM_INVALID', false],
    ['SomethingNewException', 'UPSTREAM_INVALID', false],
    ['constructor', 'UPSTREAM_INVALID', false],
  ])('%s is %s', (name, code, retryable) => {
    const error = map({ name });
    expect(error).toMatchObject({ code, retryable, registryId: 'self-managed', operation: 'listModels' });
    expect(error.message).not.toContain('upstream words');
    expect(error.cause).toMatchObject({ name });
  });

  it('names the permission that is missing', () => {
    const message = `User: ${ROLE} is not authorized to perform: dynamodb:Query on resource: ${TABLE_ARN}/index/models`;
    const error = map({ name: 'AccessDeniedException', message });
    expect(error).toMatchObject({ code: 'FORBIDDEN', missingPermission: 'dynamodb:Query' });
    expect(error.message).toContain('dynamodb:Query');
    expect(error.message).not.toContain('123456789012');
  });

  it('says how long to wait, told in seconds or by a date', () => {
    const waitOf = (header: string) =>
      map({ name: 'ThrottlingException', $response: { headers: { 'retry-after': header } } }).retryAfterMs;
    expect(waitOf('3')).toBe(3000);
    expect(waitOf(new Date(Date.now() + 60_000).toUTCString())).toBeGreaterThan(50_000);
    expect(waitOf('soon')).toBeUndefined();
  });

  it('names the table that is missing, and how to make it', () => {
    const { message } = map({ name: 'ResourceNotFoundException' });
    expect(message).toContain('model-registry');
    expect(message).toContain('docs/dynamodb-table.md');
  });

  it.each([
    [[{ Code: 'None' }, { Code: 'ConditionalCheckFailed' }], 'CONFLICT'],
    [[{ Code: 'TransactionConflict' }, { Code: 'None' }], 'CONFLICT'],
    [[{ Code: 'TransactionConflict' }, { Code: 'ThrottlingError' }], 'RATE_LIMITED'],
    [[{ Code: 'ProvisionedThroughputExceeded' }], 'RATE_LIMITED'],
    [[{ Code: 'None' }, { Code: 'ValidationError', Message: 'Item size has exceeded the maximum' }], 'BAD_USER_INPUT'],
  ])('a transaction cancelled for %j is %s', (CancellationReasons, code) => {
    expect(map({ name: 'TransactionCanceledException', CancellationReasons }).code).toBe(code);
  });

  it('is ours already', () => {
    const ours = new NotFoundError('There is no such model.');
    const { signal } = new AbortController();
    expect(toRegistryError(ours, { registryId: 'a', operation: 'b', table: 'c', signal })).toBe(ours);
  });

  it('is what the signal says, whatever was thrown, once the call was ended', () => {
    expect(map({ name: 'AbortError' }, AbortSignal.abort())).toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
      retryable: true,
    });
    const reason = new UnavailableError('The registry is paused.');
    expect(map({ name: 'ECONNRESET' }, AbortSignal.abort(reason))).toBe(reason);
  });
});
