import { type GraphQLFormattedError, type GraphQLSchema, isEnumType } from 'graphql';

const UNKNOWN_VALUE = /does not exist in "(\w+)" enum/;

/** GraphQL's own message names the enum; what would work are its values. */
export function withEnumValues(formatted: GraphQLFormattedError, schema: GraphQLSchema): GraphQLFormattedError {
  const [, name = ''] = UNKNOWN_VALUE.exec(formatted.message) ?? [];
  const type = schema.getType(name);
  if (!isEnumType(type)) return formatted;
  const values = type.getValues().map((value) => value.name);
  return { ...formatted, message: `${formatted.message} Its values are: ${values.join(', ')}.` };
}
