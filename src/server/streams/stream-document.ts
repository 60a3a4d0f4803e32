import {
  type DocumentNode,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  getOperationAST,
  NoSchemaIntrospectionCustomRule,
  OperationTypeNode,
  parse,
  print,
  separateOperations,
  specifiedRules,
  type ValidationRule,
  validate,
} from 'graphql';
import { withEnumValues } from '../enum-values.js';
import { formatError } from '../format-error.js';
import { callerFieldsRule } from '../rules/caller-fields.js';
import { beginAfter, usedVariables } from './begin-after.js';
import type { OperationRequest } from './operation-request.js';

export type StreamDocument =
  | { readonly kind: 'REFUSED'; readonly errors: readonly GraphQLFormattedError[] }
  /** It has one answer, and is executed as over HTTP. */
  | { readonly kind: 'QUERY' | 'MUTATION' }
  | SubscriptionDocument;

/** A valid subscription. */
export interface SubscriptionDocument {
  readonly kind: 'SUBSCRIPTION';
  /** As it was sent, with the place where it begins: to ask what it is of. */
  readonly asked: DocumentNode;
  /** As it is executed for each item: nothing in it says where it begins. */
  readonly document: DocumentNode;
  /** The same for documents that select the same. */
  readonly text: string;
  /** Names of the variables that it uses. */
  readonly variables: ReadonlySet<string>;
}

export interface StreamDocumentOptions {
  readonly schema: GraphQLSchema;
  readonly introspection: boolean;
  readonly maxTokens: number;
  /** Beside those of GraphQL itself. */
  readonly rules: readonly ValidationRule[];
}

export type ReadDocument = (request: Pick<OperationRequest, 'query' | 'operationName'>) => StreamDocument;

/** Documents that are remembered: thousands of listeners send the same few. */
const KEPT = 500;
/** Characters of one that is. */
const KEPT_MAX = 16_384;

/** Reads documents by the rules that hold over HTTP too. */
export function createDocumentReader(options: StreamDocumentOptions): ReadDocument {
  const kept = new Map<string, StreamDocument>();
  return ({ query, operationName }) => {
    const key = JSON.stringify([query, operationName]);
    const known = kept.get(key);
    if (known !== undefined) return known;
    const read = readDocument(query, operationName, options);
    if (key.length > KEPT_MAX) return read;
    const [oldest] = kept.keys();
    if (kept.size >= KEPT && oldest !== undefined) kept.delete(oldest);
    kept.set(key, read);
    return read;
  };
}

function readDocument(
  query: string,
  operationName: string | undefined,
  { schema, introspection, maxTokens, rules }: StreamDocumentOptions,
): StreamDocument {
  let document: DocumentNode;
  try {
    document = parse(query, { maxTokens });
  } catch (error) {
    return refused('GRAPHQL_PARSE_FAILED', [error]);
  }
  const operation = getOperationAST(document, operationName);
  if (!operation) {
    const message = 'The document has several operations, or none of that name: name one of them in `operationName`.';
    return refused('OPERATION_RESOLUTION_FAILURE', [new GraphQLError(message)]);
  }
  if (operation.operation === OperationTypeNode.QUERY) return { kind: 'QUERY' };
  if (operation.operation === OperationTypeNode.MUTATION) return { kind: 'MUTATION' };
  const hidden = introspection ? [] : [NoSchemaIntrospectionCustomRule];
  const asked = separateOperations(document)[operation.name?.value ?? ''] ?? document;
  const invalid = validate(schema, document, [...specifiedRules, ...hidden, ...rules]);
  // Other operations of the document may ask for that.
  const faults = invalid.length > 0 ? invalid : validate(schema, asked, [callerFieldsRule]);
  if (faults.length > 0) {
    return refused('GRAPHQL_VALIDATION_FAILED', faults, (error) =>
      introspection ? withEnumValues(error, schema) : withoutSuggestions(error),
    );
  }
  const bare = beginAfter(asked, null, schema);
  return { kind: 'SUBSCRIPTION', asked, document: bare, text: print(bare), variables: usedVariables(bare) };
}

function refused(
  code: string,
  faults: readonly unknown[],
  withHelp = (error: GraphQLFormattedError) => error,
): StreamDocument {
  const errors = faults.map((fault) => {
    const { message, locations } = fault instanceof GraphQLError ? fault.toJSON() : { message: String(fault) };
    const formatted = { message, ...(locations === undefined ? {} : { locations }), extensions: { code } };
    return formatError(withHelp(formatted), fault);
  });
  return { kind: 'REFUSED', errors };
}

/** They would tell the schema word by word. */
function withoutSuggestions(error: GraphQLFormattedError): GraphQLFormattedError {
  return { ...error, message: error.message.replace(/ ?Did you mean(.+?)\?$/, '') };
}
