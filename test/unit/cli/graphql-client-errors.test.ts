import { describe, expect, it } from 'vitest';
import { describeFailure, readGraphQLError } from '../../../src/cli/graphql-client-errors.js';

describe('an error of the gateway', () => {
  it('keeps what the gateway says', () => {
    const extensions = {
      code: 'CONFLICT',
      registryId: 'east',
      retryable: true,
      retryAfterMs: 20,
      currentStatus: 'APPROVED',
      winningApprovalId: 'approval:a/b/1/C/1',
    };
    const error = readGraphQLError({ message: 'Too late.', extensions }, 'r-1');
    expect(error).toMatchObject({ ...extensions, message: 'Too late.', requestId: 'r-1', mayHaveArrived: false });
    expect(describeFailure(error)).toBe('Too late. [CONFLICT]');
  });

  it('names the request where the fault is in the gateway, for that is what its log is searched by', () => {
    const fault = { message: 'A fault in the gateway.', extensions: { code: 'INTERNAL', retryable: false } };
    expect(describeFailure(readGraphQLError(fault, 'r-1'))).toBe(
      'A fault in the gateway. [INTERNAL, X-Request-Id r-1]',
    );
    expect(describeFailure(readGraphQLError(fault, undefined))).toBe('A fault in the gateway. [INTERNAL]');
  });

  it.each([null, 7, 'text', [], {}, { message: 1, extensions: { code: 'NEW', retryAfterMs: 'x', registryId: 3 } }])(
    'that is %j is one all the same',
    (entry) => {
      expect(readGraphQLError(entry, undefined)).toMatchObject({
        code: 'INTERNAL',
        message: 'The gateway gives no reason.',
        retryable: false,
        retryAfterMs: undefined,
        registryId: undefined,
      });
    },
  );
});
