import { GraphQLError, OperationTypeNode, type ValidationRule } from 'graphql';
import { UnsupportedError } from '../../domain/errors.js';

/** What is not the same for everybody who sees the same. */
const CALLER_FIELDS: readonly string[] = ['ModelVersion.viewerCanDecide'];

/** Refuses in subscriptions what depends on who asks: each event is made once, for all who see the same. */
export const callerFieldsRule: ValidationRule = (context) => ({
  OperationDefinition(operation) {
    if (operation.operation !== OperationTypeNode.SUBSCRIPTION) return false;
    return undefined;
  },
  Field(node) {
    const name = `${context.getParentType()?.name}.${node.name.value}`;
    if (!CALLER_FIELDS.includes(name)) return;
    const message = `\`${node.name.value}\` depends on who asks, and is not available in subscriptions. Ask for it with a query when a change arrives.`;
    context.reportError(new GraphQLError(message, { nodes: node, originalError: new UnsupportedError(message) }));
  },
});
