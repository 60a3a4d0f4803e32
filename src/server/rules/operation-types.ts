import { GraphQLError, OperationTypeNode, type ValidationRule } from 'graphql';
import { UnsupportedError } from '../../domain/errors.js';

/** Refuses subscriptions where there is one answer to a request; execution itself would take them for a fault of the gateway. */
export const operationTypesRule: ValidationRule = (context) => ({
  OperationDefinition(node) {
    if (node.operation !== OperationTypeNode.SUBSCRIPTION) return;
    const message =
      'A subscription has more than one answer. Send it over WebSocket to /graphql (graphql-transport-ws), or to /graphql/stream for server-sent events.';
    // The server puts a code of its own on what a rule reports; the one of the original error stays.
    context.reportError(new GraphQLError(message, { nodes: node, originalError: new UnsupportedError(message) }));
  },
});
