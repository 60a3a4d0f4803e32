import {
  type ASTVisitor,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import { CostExceededError } from '../../domain/errors.js';

export interface QuerySizeLimits {
  /** Fields that an operation may select once its fragments are put in. */
  readonly maxFields: number;
  /** How deep they may be nested. */
  readonly maxDepth: number;
}

interface Size {
  readonly fields: number;
  readonly depth: number;
}

const NOTHING: Size = { fields: 0, depth: 0 };

/**
 * Refuses operations that fragments blow up: each level that spreads the next one twice doubles the answer, and costs no call to a registry
 * once the same record is there, so the limit of calls does not see it. Every selection set is measured once.
 */
export function querySizeRule({ maxFields, maxDepth }: QuerySizeLimits): ValidationRule {
  return (context: ValidationContext): ASTVisitor => {
    const sizeOf = createMeasure(context);
    return {
      OperationDefinition(operation) {
        const { fields, depth } = sizeOf(operation.selectionSet);
        if (fields > maxFields) {
          refuse(`selects more than ${maxFields} fields once its fragments are put in. Ask for less in one operation`);
        } else if (depth > maxDepth) {
          refuse(`nests fields deeper than ${maxDepth} levels. Ask for the inner part by its id in another operation`);
        }

        function refuse(fault: string): void {
          const error = new CostExceededError(`The operation ${fault}.`);
          context.reportError(new GraphQLError(error.message, { nodes: operation, originalError: error }));
        }
      },
    };
  };
}

function createMeasure(context: ValidationContext): (set: SelectionSetNode) => Size {
  const fragments = new Map<string, Size>();

  function ofFragment(name: string): Size {
    const known = fragments.get(name);
    if (known !== undefined) return known;
    // Counts as nothing inside itself: a cycle is another rule's fault to find, and must not run forever here.
    fragments.set(name, NOTHING);
    const fragment = context.getFragment(name);
    const size = fragment ? ofSet(fragment.selectionSet) : NOTHING;
    fragments.set(name, size);
    return size;
  }

  function ofSet(set: SelectionSetNode): Size {
    let fields = 0;
    let depth = 0;
    for (const selection of set.selections) {
      const inner =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? ofFragment(selection.name.value)
          : selection.selectionSet === undefined
            ? NOTHING
            : ofSet(selection.selectionSet);
      const own = selection.kind === Kind.FIELD ? 1 : 0;
      fields += own + inner.fields;
      depth = Math.max(depth, own + inner.depth);
    }
    return { fields, depth };
  }

  return ofSet;
}
