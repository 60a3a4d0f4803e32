import { type ConfigFault, formatPath } from './faults.js';

const PLACEHOLDER = /\$(\$?)\{([A-Za-z_][A-Za-z0-9_]*)\}/g;
const WHOLE_PLACEHOLDER = /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/;

/** Puts environment variables where a text says `${NAME}`; `$${NAME}` stands for the text `${NAME}` itself. */
export function interpolate(
  document: unknown,
  environment: Readonly<Record<string, string | undefined>>,
  faults: ConfigFault[],
  path: readonly PropertyKey[] = [],
): unknown {
  if (typeof document === 'string') {
    return document.replace(PLACEHOLDER, (text, escaped: string, name: string) => {
      if (escaped !== '') return text.slice(1);
      const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
      if (value !== undefined && value !== '') return value;
      faults.push({
        path: formatPath(path),
        message: `The environment variable ${name} is not set. Set it, or give the value another way.`,
      });
      return '';
    });
  }
  if (Array.isArray(document)) {
    return document.map((item, index) => interpolate(item, environment, faults, [...path, index]));
  }
  if (document !== null && typeof document === 'object') {
    return Object.fromEntries(
      Object.entries(document).map(([key, value]) => [key, interpolate(value, environment, faults, [...path, key])]),
    );
  }
  return document;
}

/** The part of a JSON Schema that is looked at here. */
interface JsonSchema {
  readonly writeOnly?: boolean;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
}

/**
 * Secrets are what the schema marks `writeOnly`; in the document they may stand as `${NAME}` only, so that a config can be shown and committed.
 * @param document As it is written, before `interpolate`.
 */
export function findLiteralSecrets(
  document: unknown,
  schema: unknown,
  path: readonly PropertyKey[] = [],
): ConfigFault[] {
  if (schema === null || typeof schema !== 'object') return [];
  const { writeOnly, properties = {}, items, anyOf = [], oneOf = [], allOf = [] } = schema as JsonSchema;
  if (writeOnly === true && typeof document === 'string' && !WHOLE_PLACEHOLDER.test(document)) {
    const message = 'A secret must not stand in the config. Write ${NAME} and set the environment variable NAME.';
    return [{ path: formatPath(path), message }];
  }
  const inItems =
    Array.isArray(document) && items !== undefined
      ? document.flatMap((item, index) => findLiteralSecrets(item, items, [...path, index]))
      : [];
  const inProperties = isRecord(document)
    ? Object.entries(properties).flatMap(([key, inner]) => findLiteralSecrets(document[key], inner, [...path, key]))
    : [];
  const inBranches = [...anyOf, ...oneOf, ...allOf].flatMap((branch) => findLiteralSecrets(document, branch, path));
  const faults = [...inItems, ...inProperties, ...inBranches];
  return faults.filter((fault, index) => faults.findIndex((other) => other.path === fault.path) === index);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
