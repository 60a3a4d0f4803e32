import type { ModelFilter, TagFilter, TextFilter, VersionFilter } from '../../src/domain/filters.js';
import { tagValuesOf } from './approval.js';
import type { ApprovalConvention } from './options.js';
import { isReservedTag, TAG_KEY } from './tags.js';

// MLflow's filter language knows no escapes: a text between quotes is taken as it stands. Which texts can be written, and how, was found out on
// servers 2.22 and 3.17: anything between quotes of a kind that it does not hold, unless it ends in a backslash, which keeps the closing quote
// from being one. The list of an IN is read as a Python literal, in which everything can be written; servers before 3 do not take it for names.

/** One comparison, and whether it holds for exactly the rows meant, or for others too. */
export interface Condition {
  readonly text: string;
  readonly isExact: boolean;
}

/** For a field that holds just this value. */
export function equalsCondition(field: string, value: string): Condition {
  const quote = ["'", '"'].find((candidate) => !value.includes(candidate));
  if (quote !== undefined && !value.endsWith('\\'))
    return { text: `${field} = ${quote}${value}${quote}`, isExact: true };
  return { text: `${field} LIKE '${value.replace(/['\\]/g, '_')}'`, isExact: false };
}

export function tagField(key: string): string {
  return `tags.\`${key}\``;
}

// Common servers before MLflow end a request line at 4094 or 8190 bytes.
const NAMES_MAX_LENGTH = 2800;

/** The names in as few conditions as requests allow; a name of its own list in any case. */
export function namesInConditions(
  names: readonly string[],
): { readonly names: readonly string[]; readonly condition: string }[] {
  const chunks: { names: string[]; literals: string[]; length: number }[] = [];
  for (const name of names) {
    const literal = pythonLiteral(name);
    const { length } = encodeURIComponent(`${literal},`);
    const chunk = chunks.at(-1);
    if (chunk === undefined || chunk.length + length > NAMES_MAX_LENGTH)
      chunks.push({ names: [name], literals: [literal], length });
    else {
      chunk.names.push(name);
      chunk.literals.push(literal);
      chunk.length += length;
    }
  }
  return chunks.map((chunk) => ({ names: chunk.names, condition: `name IN (${chunk.literals.join(',')})` }));
}

/** Conditions that every matching model meets; others may meet them too. */
export function narrowModels(filter: ModelFilter = {}): string[] {
  return [...textConditions('name', filter.name), ...only(filter.names, 'name'), ...tagConditions(filter.tags)];
}

/** As `narrowModels`. Tags that the record does not show as such do not narrow. */
export function narrowVersions(convention: ApprovalConvention, filter: VersionFilter = {}): string[] {
  const [status, ...others] = filter.approvalStatuses ?? [];
  const values = status === undefined || others.length > 0 ? null : tagValuesOf(convention, status);
  const [value, ...alternatives] = values ?? [];
  const byStatus = value === undefined || alternatives.length > 0 ? [] : [looseTag(convention.tag, value)];
  const tags = filter.tags?.filter((tag) => tag.key !== convention.tag);
  return [
    ...textConditions('name', filter.modelName),
    ...only(filter.artifactUris, 'source_path'),
    ...byStatus,
    ...tagConditions(tags),
  ];
}

/** For a tag whose value is `value`, ignoring case and spaces around it. */
export function looseTag(key: string, value: string): string {
  return `${tagField(key)} ILIKE '%${looseLike(value)}%'`;
}

function textConditions(field: string, filter: TextFilter = {}): string[] {
  if (filter.equals !== undefined) return only([filter.equals], field);
  const pattern = filter.contains ?? filter.matches;
  if (pattern === undefined || pattern.length > 1000) return [];
  if (filter.contains !== undefined) return [`${field} ILIKE '%${looseLike(pattern)}%'`];
  // A question mark is one character of the folded text, of which the stored one may have several.
  return [`${field} ILIKE '${pattern.split(/[*?]/).map(looseLike).join('%')}'`];
}

function only(values: readonly string[] | undefined, field: string): string[] {
  const [value, ...others] = values ?? [];
  if (value === undefined || others.length > 0 || value.length > 1000 || !value.isWellFormed()) return [];
  return [equalsCondition(field, value).text];
}

function tagConditions(filters: readonly TagFilter[] = []): string[] {
  return filters.flatMap(({ key, values, absent }) => {
    if (absent === true || values?.length !== 1 || !TAG_KEY.test(key) || isReservedTag(key)) return [];
    return only(values, tagField(key));
  });
}

/**
 * A pattern that every text meets that is equal to `value` in our folding (see filters.ts). Databases fold less than we do, so whatever folding
 * may change stands for anything: what is not ASCII, and the two ASCII letters that others fold to.
 */
function looseLike(value: string): string {
  return value
    .normalize('NFC')
    .replace(/[^\x20-\x7e]+/g, '%')
    .replace(/[^A-Za-z0-9 .%-]/g, '_')
    .replace(/[ik]/gi, '_');
}

/** Everything but the harmless is written as an escape, so that the text holds no quote, backslash or parenthesis of its own. */
function pythonLiteral(value: string): string {
  const escaped = value.replace(/[^A-Za-z0-9 ._-]/gu, (char) => {
    const code = char.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return `'${escaped}'`;
}
