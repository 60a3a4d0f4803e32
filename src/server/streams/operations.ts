import type { ApolloServer } from '@apollo/server';
import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import type { GraphQLContext } from '../../context.js';
import type { Caller } from '../../domain/access.js';
import { RegistryError } from '../../domain/errors.js';
import { formatError } from '../format-error.js';
import type { OperationRequest } from './operation-request.js';

export interface OperationOptions {
  readonly graphql: ApolloServer<GraphQLContext>;
  readonly createContext: (requestId: string, caller: Caller, signal: AbortSignal) => GraphQLContext;
}

/** Executes a query or a mutation as over HTTP: with the same rules, limits and errors. */
export async function executeOnce(
  { query, operationName, variables }: OperationRequest,
  { graphql, createContext }: OperationOptions,
  listener: { readonly requestId: string; readonly caller: Caller; readonly signal: AbortSignal },
): Promise<FormattedExecutionResult> {
  const { body } = await graphql.executeOperation(
    { query, variables: { ...variables }, ...(operationName === undefined ? {} : { operationName }) },
    { contextValue: createContext(listener.requestId, listener.caller, listener.signal) },
  );
  if (body.kind !== 'single') throw new Error('An answer comes in parts, which no operation of this schema asks for.');
  return body.singleResult;
}

/** What a client is told of anything that is thrown outside of the execution. */
export function errorOf(thrown: unknown): GraphQLFormattedError {
  const message = thrown instanceof RegistryError ? thrown.message : '';
  return formatError({ message }, thrown);
}
