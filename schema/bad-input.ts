import { GraphQLError } from 'graphql';

/** For what is wrong before any service is asked: a scalar or an input that cannot be read. */
export function badInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}
