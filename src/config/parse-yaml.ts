import { LineCounter, parseDocument } from 'yaml';
import { ConfigError, type ConfigFault, formatPath } from './faults.js';

/** @throws ConfigError where the text is not YAML, or stands for something that no JSON can. */
export function parseYaml(text: string, file: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    throw new ConfigError(
      file,
      document.errors.map((error) => ({ path: `line ${lines.linePos(error.pos[0]).line}`, message: error.message })),
    );
  }
  const value = resolveAliases(() => document.toJS({ maxAliasCount: 100 }), file) ?? {};
  const faults = faultsOfTree(value);
  if (faults.length > 0) throw new ConfigError(file, faults);
  return value;
}

/** Aliases are looked up only when the values are made. */
function resolveAliases(make: () => unknown, file: string): unknown {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw new ConfigError(file, [{ path: '', message: `${error.message}. Write the value out where it is needed.` }]);
  }
}

/** What would make everything that reads a config run forever, or be overlooked by it. */
function faultsOfTree(
  value: unknown,
  path: readonly PropertyKey[] = [],
  around: readonly unknown[] = [],
): ConfigFault[] {
  if (value === null || typeof value !== 'object') return [];
  if (around.includes(value)) {
    return [{ path: formatPath(path), message: 'It holds itself, by an alias. Write the value out.' }];
  }
  const keys = Array.isArray(value) ? value.keys() : Object.keys(value);
  return [...keys].flatMap((key) => {
    const at = [...path, key];
    // Objects are copied on the way, and a copy takes this key for something else.
    if (key === '__proto__') return [{ path: formatPath(at), message: 'No key may have this name. Choose another.' }];
    return faultsOfTree((value as Readonly<Record<PropertyKey, unknown>>)[key], at, [...around, value]);
  });
}
