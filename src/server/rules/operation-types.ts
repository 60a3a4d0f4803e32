import { GraphQLError, type ValidationRule } from 'graphql';
import { UnsupportedError } from '../../domain/errors.js';

/** Refuses operations that the schema has no root for; execution itself would take them for a fault of the gateway. */
export const operationTypesRule: ValidationRule = (context) => ({
  OperationDefinition(node) {
    if (context.getSchema().getRootType(node.operation)) return;
    const message = `This API has no ${node.operation}s. Ask with \`query\`.`;
    // The server puts a code of its own on what a rule reports; the one of the original error stays.
    context.reportError(new GraphQLError(message, { nodes: node, originalError: new UnsupportedError(message) }));
  },
});
