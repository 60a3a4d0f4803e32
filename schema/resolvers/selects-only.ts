import { type GraphQLResolveInfo, Kind, type SelectionNode, type SelectionSetNode } from 'graphql';

/** Whether nothing but these fields is selected of the field being resolved; what `@skip` and `@include` say is not judged. */
export function selectsOnly(info: GraphQLResolveInfo, fields: readonly string[]): boolean {
  const isWithin = (set: SelectionSetNode | undefined): boolean => (set?.selections ?? []).every(isAllowed);
  const isAllowed = (selection: SelectionNode): boolean => {
    switch (selection.kind) {
      case Kind.FIELD:
        return fields.includes(selection.name.value);
      case Kind.INLINE_FRAGMENT:
        return isWithin(selection.selectionSet);
      case Kind.FRAGMENT_SPREAD:
        return isWithin(info.fragments[selection.name.value]?.selectionSet);
    }
  };
  return info.fieldNodes.every((node) => isWithin(node.selectionSet));
}
