import { GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import { PermissionDeniedError, RateLimitedError, UnexpectedUpstreamError } from '../../../src/domain/errors.js';
import { formatError } from '../../../src/server/format-error.js';

const wrapped = (original: Error) => {
  const error = new GraphQLError(original.message, { originalError: original, path: ['models', 0] });
  return formatError({ ...error.toJSON(), extensions: { code: 'INTERNAL_SERVER_ERROR', stacktrace: ['at x'] } }, error);
};

describe('an error on the wire', () => {
  it('carries our code, the registry, and when to try again', () => {
    expect(wrapped(new RateLimitedError('Slow down.', { registryId: 'a', retryAfterMs: 1500 }))).toEqual({
      message: 'Slow down.',
      path: ['models', 0],
      extensions: { code: 'RATE_LIMITED', registryId: 'a', retryable: true, retryAfterMs: 1500 },
    });
  });

  it('never carries what the upstream said', () => {
    const cause = new Error('<html>stack of the upstream, token=s3cret</html>');
    const errors = [
      new UnexpectedUpstreamError('Registry a answered with HTML.', { registryId: 'a', cause }),
      new PermissionDeniedError('Registry a refuses the gateway.', { registryId: 'a', cause }),
    ];
    for (const error of errors) expect(JSON.stringify(wrapped(error))).not.toContain('s3cret');
  });

  it('masks what is not ours', () => {
    expect(wrapped(new TypeError('x is not a function'))).toMatchObject({
      message: expect.stringContaining('X-Request-Id'),
      extensions: { code: 'INTERNAL', retryable: false },
    });
  });

  it.each(['constructor', '__proto__', 'toString', 'NOT_A_CODE'])('takes the code %s for none', (code) => {
    const error = new GraphQLError('From elsewhere.', { extensions: { code } });
    expect(formatError(error.toJSON(), error)).toMatchObject({
      message: expect.stringContaining('X-Request-Id'),
      extensions: { code: 'INTERNAL' },
    });
  });

  it.each([
    'GRAPHQL_PARSE_FAILED',
    'GRAPHQL_VALIDATION_FAILED',
    'OPERATION_RESOLUTION_FAILURE',
    'BAD_REQUEST',
    'BAD_USER_INPUT',
  ])("keeps GraphQL's own message for %s", (code) => {
    const error = new GraphQLError('Cannot query field "x".', { extensions: { code } });
    expect(formatError(error.toJSON(), error)).toMatchObject({
      message: 'Cannot query field "x".',
      extensions: { code: 'BAD_USER_INPUT', retryable: false },
    });
  });

  it('finds ours under any number of wrappings', () => {
    const ours = new RateLimitedError('Slow down.');
    const inner = new GraphQLError('inner', { originalError: ours });
    const outer = new GraphQLError('outer', { originalError: inner });
    expect(formatError(outer.toJSON(), outer).message).toBe('Slow down.');
  });
});
