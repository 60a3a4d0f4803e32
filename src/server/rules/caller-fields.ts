import { GraphQLError, type ValidationRule } from 'graphql';
import { UnsupportedError } from '../../domain/errors.js';

/** What is not the same for everybody who sees the same. */
const CALLER_FIELDS: readonly string[] = ['ModelVersion.viewerCanDecide'];

/** For subscriptions: refuses what depends on who asks: each event is made once, for all who see the same. */
export const callerFieldsRule: ValidationRule = (context) => ({
  Field(node) {
    const name = `${context.getParentType()?.name}.${node.name.value}`;
    if (!CALLER_FIELDS.includes(name)) return;
    const message = `\`${node.name.value}\` depends on who asks, and is not available in subscriptions. Ask for it with a query when a change arrives.`;
    context.reportError(new GraphQLError(message, { nodes: node, originalError: new UnsupportedError(message) }));
  },
});
