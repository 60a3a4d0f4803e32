import { InvalidInputError } from '../../domain/errors.js';

/** One operation as a client sends it. */
export interface OperationRequest {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Reads the JSON of a request. @throws InvalidInputError */
export function toOperationRequest(body: unknown): OperationRequest {
  if (!isObject(body)) throw new InvalidInputError('Send one operation as a JSON object: {"query": "…"}.');
  const { query, operationName, variables } = body;
  if (typeof query !== 'string' || query === '') {
    throw new InvalidInputError('The operation is missing: send its text as `query`.');
  }
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') {
    throw new InvalidInputError('`operationName` is text.');
  }
  if (variables !== undefined && variables !== null && !isObject(variables)) {
    throw new InvalidInputError('`variables` is a JSON object.');
  }
  return { query, operationName: operationName ?? undefined, variables: variables ?? {} };
}

/** Reads the parameters of a GET. @throws InvalidInputError */
export function fromSearch(search: URLSearchParams): OperationRequest {
  const variables = search.get('variables');
  return toOperationRequest({
    query: search.get('query'),
    operationName: search.get('operationName'),
    variables: variables === null || variables === '' ? undefined : readJson(variables),
  });
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidInputError('`variables` is not JSON.');
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
