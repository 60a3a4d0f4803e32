import type { ApolloServerPlugin } from '@apollo/server';
import type { GraphQLContext } from '../../context.js';
import { RegistryError } from '../../domain/errors.js';
import { formatError, originalOf } from '../format-error.js';

/** Logs what the client is not told: faults of the gateway whole, and what stands behind an upstream's failure. */
export function useErrorLog(): ApolloServerPlugin<GraphQLContext> {
  return {
    async requestDidStart() {
      return {
        async didEncounterErrors({ errors, contextValue }) {
          for (const error of errors) {
            const original = originalOf(error);
            if (original instanceof RegistryError) continue;
            if (formatError(error.toJSON(), error).extensions?.['code'] !== 'INTERNAL') continue;
            contextValue.log.error({ err: original, path: error.path }, 'a fault in the gateway');
          }
        },
      };
    },
  };
}
