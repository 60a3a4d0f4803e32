import { GraphQLError, Kind, OperationTypeNode, type SelectionSetNode, type ValidationRule } from 'graphql';
import { CostExceededError } from '../../domain/errors.js';

/** Each may take as long as several writes, and they run one after the other. */
const MUTATIONS_MAX = 20;

/** Refuses a document of very many mutations: it would keep the registries busy for as long as it likes, whatever a single one may cost. */
export const mutationCountRule: ValidationRule = (context) => {
  const fragments = new Map<string, number>();

  const ofFragment = (name: string): number => {
    const known = fragments.get(name);
    if (known !== undefined) return known;
    // Counts as nothing inside itself: a cycle is another rule's fault to find, and must not run forever here.
    fragments.set(name, 0);
    const fragment = context.getFragment(name);
    const fields = fragment ? count(fragment.selectionSet) : 0;
    fragments.set(name, fields);
    return fields;
  };

  const count = ({ selections }: SelectionSetNode): number =>
    selections.reduce((sum, selection) => {
      if (selection.kind === Kind.FIELD) return sum + 1;
      return (
        sum +
        (selection.kind === Kind.FRAGMENT_SPREAD ? ofFragment(selection.name.value) : count(selection.selectionSet))
      );
    }, 0);

  return {
    OperationDefinition(node) {
      if (node.operation !== OperationTypeNode.MUTATION || count(node.selectionSet) <= MUTATIONS_MAX) return;
      const error = new CostExceededError(
        `The operation has more than ${MUTATIONS_MAX} mutations. Send them in several requests.`,
      );
      context.reportError(new GraphQLError(error.message, { nodes: node, originalError: error }));
    },
  };
};
