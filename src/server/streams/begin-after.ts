import {
  type ArgumentNode,
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';

const AFTER = 'after';

/**
 * The subscription with another place to begin at, or with none: what it selects is the same then for whoever selects it, wherever they are.
 * Variables that only said where to begin are gone.
 */
export function beginAfter(document: DocumentNode, cursor: string | null, schema: GraphQLSchema): DocumentNode {
  const types = new TypeInfo(schema);
  const after = cursor === null ? [] : [argument(cursor)];
  const rewritten = visit(
    document,
    visitWithTypeInfo(types, {
      Field(node) {
        if (types.getParentType() !== schema.getSubscriptionType()) return undefined;
        const others = (node.arguments ?? []).filter(({ name }) => name.value !== AFTER);
        return { ...node, arguments: [...others, ...after] };
      },
    }),
  );
  const used = usedVariables(rewritten);
  return visit(rewritten, {
    VariableDefinition: ({ variable }) => (used.has(variable.name.value) ? undefined : null),
  });
}

/** Names of the variables that the operation uses. */
export function usedVariables(document: DocumentNode): ReadonlySet<string> {
  const used = new Set<string>();
  visit(document, {
    // Where it is declared it is not used.
    VariableDefinition: () => false,
    Variable: ({ name }) => void used.add(name.value),
  });
  return used;
}

function argument(cursor: string): ArgumentNode {
  return {
    kind: Kind.ARGUMENT,
    name: { kind: Kind.NAME, value: AFTER },
    value: { kind: Kind.STRING, value: cursor },
  };
}
