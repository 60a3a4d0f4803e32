import type * as z from 'zod';

/** One thing wrong with a config. */
export interface ConfigFault {
  /** Where, e.g. `registries[1].options.url`; empty for the document as a whole. */
  readonly path: string;
  /** What is wrong and what would be right. */
  readonly message: string;
}

/** Every fault of a config at once. */
export class ConfigError extends Error {
  constructor(
    readonly source: string,
    readonly faults: readonly ConfigFault[],
  ) {
    const lines = faults.map(({ path, message }) => (path === '' ? `  ${message}` : `  ${path}: ${message}`));
    super(`${source} has ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}:\n${lines.join('\n')}`);
    this.name = 'ConfigError';
  }
}

export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}

export function faultsOf(error: z.ZodError): ConfigFault[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path;
    switch (issue.code) {
      case 'unrecognized_keys':
        return issue.keys.map((key) => ({
          path: formatPath([...path, key]),
          message: 'There is no such option. Remove it, or see the reference for how it is spelled.',
        }));
      case 'invalid_type':
        return [{ path: formatPath(path), message: isOwnWords(issue) ? issue.message : describeType(issue) }];
      default:
        return [{ path: formatPath(path), message: issue.message }];
    }
  });
}

/** Whether the model has a message of its own; the library's begins like this. */
function isOwnWords({ message }: z.core.$ZodIssueInvalidType): boolean {
  return !message.startsWith('Invalid input');
}

function describeType(issue: z.core.$ZodIssueInvalidType): string {
  const isMissing = issue.input === undefined;
  return isMissing ? `It is missing. Give a value of type ${issue.expected}.` : `It must be of type ${issue.expected}.`;
}
