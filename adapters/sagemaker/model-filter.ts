import type { ModelFilter, TagFilter } from '../../src/domain/filters.js';
import { groupNameOf, isGroupName, parseArn } from './arns.js';
import { isHiddenTag } from './map.js';
import { type Condition, exists, is, MAX_FILTERS, notAfter, notBefore, notExists, withinYears } from './search.js';

/** What Search is asked for on behalf of a filter: no more than matches may be lost, less may be asked. */
export interface ModelNarrowing {
  readonly conditions: readonly Condition[];
  /** The only names that can match; undefined for any. */
  readonly names: readonly string[] | undefined;
  /** Whether a search under it counts exactly what matches. */
  readonly countsExactly: boolean;
}

const TAG_PATTERN = /^[\p{L}\p{N} _:/=+@-]{1,128}$/u;

/** Null where nothing can match. */
export function narrowModels(filter: ModelFilter, ownerTag: string): ModelNarrowing | null {
  // SageMaker knows no time of change of a group, and an unknown time is in no interval.
  if (filter.updatedAfter !== undefined || filter.updatedBefore !== undefined) return null;
  const names = possibleNames(filter);
  if (names?.length === 0) return null;
  const tags = (filter.tags ?? []).map(tagCondition);
  if (tags.includes(null)) return null;
  const { createdAfter, createdBefore } = filter;
  const conditions = [
    ...(createdAfter === undefined ? [] : [[notBefore('CreationTime', createdAfter)]]),
    ...(createdBefore === undefined ? [] : [[notAfter('CreationTime', createdBefore)]]),
    ...ownerConditions(filter, ownerTag),
    ...tags.filter((condition) => condition !== null && condition.length > 0).map((condition) => condition ?? []),
  ];
  const countable = new Set<string>(['names', 'nativeIds'] satisfies (keyof ModelFilter)[]);
  return { conditions, names, countsExactly: Object.keys(filter).every((key) => countable.has(key)) };
}

/** The part of the filter that is applied exactly, by Search together with the whole records' times and names. */
export function exactModelFilter({ names, nativeIds, createdAfter, createdBefore }: ModelFilter): ModelFilter {
  return {
    ...(names === undefined ? {} : { names }),
    ...(nativeIds === undefined ? {} : { nativeIds }),
    ...(createdAfter === undefined ? {} : { createdAfter: withinYears(createdAfter) }),
    ...(createdBefore === undefined ? {} : { createdBefore: withinYears(createdBefore) }),
  };
}

function possibleNames(filter: ModelFilter): readonly string[] | undefined {
  const lists = [
    filter.names,
    filter.nativeIds?.flatMap((id) => {
      const arn = parseArn(id);
      return (arn === null ? null : groupNameOf(arn)) ?? [];
    }),
    filter.name?.equals === undefined ? undefined : [filter.name.equals],
  ].filter((list) => list !== undefined);
  const [first, ...others] = lists;
  if (first === undefined) return undefined;
  return [...new Set(first)].filter((name) => isGroupName(name) && others.every((list) => list.includes(name)));
}

function ownerConditions(filter: ModelFilter, ownerTag: string): readonly Condition[] {
  if (!TAG_PATTERN.test(ownerTag)) return [];
  const name = `Tags.${ownerTag}`;
  const equals = filter.owner?.equals;
  return [
    ...(equals === undefined || !TAG_PATTERN.test(equals) ? [] : [[is(name, equals)]]),
    ...(filter.hasOwner === undefined ? [] : [[filter.hasOwner ? exists(name) : notExists(name)]]),
  ];
}

/** Null where no model can match; empty where Search cannot be trusted with the characters or the number of values. */
function tagCondition({ key, values, absent }: TagFilter): Condition | null {
  if (isHiddenTag(key)) return absent === true ? [] : null;
  if (absent !== true && values?.length === 0) return null;
  const name = `Tags.${key}`;
  if (!TAG_PATTERN.test(key)) return [];
  if (absent === true) return [notExists(name)];
  if (values === undefined) return [exists(name)];
  return values.length <= MAX_FILTERS && values.every((value) => TAG_PATTERN.test(value))
    ? values.map((value) => is(name, value))
    : [];
}
