import type { ApolloServerPlugin } from '@apollo/server';
import type { GraphQLContext } from '../../context.js';
import { logFault } from '../log-fault.js';

/** Logs what the client is not told: faults of the gateway whole, and what stands behind an upstream's failure. */
export function useErrorLog(): ApolloServerPlugin<GraphQLContext> {
  return {
    async requestDidStart() {
      return {
        async didEncounterErrors({ errors, contextValue }) {
          for (const error of errors) logFault(error, contextValue.log);
        },
      };
    },
  };
}
