import { badInput } from '../bad-input.js';

/** The fields that say something: in a filter, absent and null mean the same. */
export type Present<T> = { [K in keyof T]?: Exclude<T[K], null | undefined> };

/** Values of one list in a filter: each may cost an upstream call. */
const VALUES_MAX = 200;

/** @param field Where the list stands, for the message. */
export function bounded<T>(
  field: string,
  values: readonly T[] | null | undefined,
  max: number = VALUES_MAX,
): readonly T[] | undefined {
  if (values === null || values === undefined) return undefined;
  if (values.length > max) {
    throw badInput(`\`${field}\` has ${values.length} values; it may have ${max} at most. Ask in several operations.`);
  }
  return values;
}

/** Characters of a text to look for: it is held against every record. */
const TEXT_MAX = 1000;

/** @param field Where the text stands, for the message. */
export function boundedText(field: string, text: string | null | undefined): string | undefined {
  if (text === null || text === undefined) return undefined;
  if (text.length > TEXT_MAX) {
    throw badInput(`\`${field}\` has ${text.length} characters; it may have ${TEXT_MAX} at most.`);
  }
  return text;
}

export function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined),
  ) as Present<T>;
}
