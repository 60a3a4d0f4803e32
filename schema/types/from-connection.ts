import type { Connection, GraphQLContext } from '../../src/context.js';
import type { RegistryError } from '../../src/domain/errors.js';
import type { ProblemType } from './common.type.js';

/** The shape that the connection types resolve; cursors are made, and totals counted, only where they are selected. */
export function fromConnection<R>(connection: Connection<R>, context: GraphQLContext) {
  return {
    edges: connection.edges,
    nodes: connection.edges.map((edge) => edge.node),
    pageInfo: {
      hasNextPage: connection.hasNextPage,
      hasPreviousPage: connection.hasPreviousPage,
      startCursor: connection.startCursor,
      endCursor: connection.endCursor,
    },
    totalCount: connection.totalCount,
    totalCountIsExact: connection.totalCountIsExact,
    unavailable: connection.unavailable.map(({ registryId, error, servedStaleFrom }) => ({
      registry: context.catalog.registry(registryId),
      problem: problemOf(error),
      servedStaleFrom,
    })),
    freshness: { asOf: connection.asOf, source: connection.source },
    changesCursor: connection.changesCursor,
  };
}

export function problemOf(error: RegistryError): ProblemType {
  return {
    code: error.code,
    message: error.message,
    retryable: error.retryable,
    retryAfterMs: error.retryAfterMs,
  };
}
