import type { ApprovalStatus, ModelRecord, ModelVersionRecord, RegistrationStatus, Tag, Timestamp } from './model.js';

/** Exactly one of them. Matching ignores case except for `equals`. */
export interface TextFilter {
  readonly equals?: string;
  readonly contains?: string;
  /** Glob: `*` for any text, `?` for one character. */
  readonly matches?: string;
}

export interface TagFilter {
  readonly key: string;
  /** Any of these; any value when absent. */
  readonly values?: readonly string[];
  /** The key must not be there. */
  readonly absent?: boolean;
}

/** Absent fields do not restrict; an empty list matches nothing; fields combine with AND, the values of one list with OR. */
export interface ModelFilter {
  readonly name?: TextFilter;
  readonly names?: readonly string[];
  readonly nativeIds?: readonly string[];
  /** Words that must all occur in name, description or tags, ignoring case. */
  readonly search?: string;
  readonly owner?: TextFilter;
  readonly hasOwner?: boolean;
  readonly tags?: readonly TagFilter[];
  readonly createdAfter?: Timestamp;
  readonly createdBefore?: Timestamp;
  readonly updatedAfter?: Timestamp;
  readonly updatedBefore?: Timestamp;
}

/** As `ModelFilter`. Which models the versions belong to is not part of it: a call is about one model or about all. */
export interface VersionFilter {
  readonly modelName?: TextFilter;
  readonly nativeIds?: readonly string[];
  readonly search?: string;
  readonly approvalStatuses?: readonly ApprovalStatus[];
  readonly approvalStatusExplicit?: boolean;
  readonly registrationStatuses?: readonly RegistrationStatus[];
  readonly stages?: readonly string[];
  /** Matches tags and metadata. */
  readonly tags?: readonly TagFilter[];
  readonly artifactUris?: readonly string[];
  readonly createdBy?: TextFilter;
  readonly createdAfter?: Timestamp;
  readonly createdBefore?: Timestamp;
  readonly updatedAfter?: Timestamp;
  readonly updatedBefore?: Timestamp;
}

export function matchesText(filter: TextFilter | undefined, value: string | null): boolean {
  return textMatcher(filter)?.(value) ?? true;
}

export function matchesTags(filters: readonly TagFilter[] | undefined, tags: readonly Tag[]): boolean {
  return (filters ?? []).every((filter) => {
    const values = tags.filter((tag) => tag.key === filter.key).map((tag) => tag.value);
    if (filter.absent === true) return values.length === 0;
    if (filter.values === undefined) return values.length > 0;
    return values.some((value) => filter.values?.includes(value));
  });
}

export function matchesModel(filter: ModelFilter, model: ModelRecord): boolean {
  return modelMatcher(filter)(model);
}

/** For many models: what the filter says is made ready once, and what it does not say is not looked at. */
export function modelMatcher(filter: ModelFilter): (model: ModelRecord) => boolean {
  const { name, names, nativeIds, owner, hasOwner, tags } = filter;
  const hasName = textMatcher(name);
  const isOwner = textMatcher(owner);
  const hasWords = wordsMatcher(filter.search);
  return all<ModelRecord>([
    hasName && (({ ref }) => hasName(ref.name)),
    names && (({ ref }) => names.includes(ref.name)),
    nativeIds && ((model) => nativeIds.includes(model.nativeId)),
    isOwner && ((model) => isOwner(model.owner)),
    hasOwner !== undefined && ((model) => hasOwner === (model.owner !== null)),
    tags && ((model) => matchesTags(tags, model.tags)),
    ...withinTimes(filter),
    hasWords && (({ ref, description, tags: own }) => hasWords([ref.name, description], [own])),
  ]);
}

export function matchesVersion(filter: VersionFilter, version: ModelVersionRecord): boolean {
  return versionMatcher(filter)(version);
}

/** As `modelMatcher`. */
export function versionMatcher(filter: VersionFilter): (version: ModelVersionRecord) => boolean {
  const { nativeIds, approvalStatuses, approvalStatusExplicit: isExplicit, registrationStatuses } = filter;
  const { stages, tags, artifactUris } = filter;
  const hasModelName = textMatcher(filter.modelName);
  const isCreator = textMatcher(filter.createdBy);
  const hasWords = wordsMatcher(filter.search);
  return all<ModelVersionRecord>([
    hasModelName && (({ ref }) => hasModelName(ref.name)),
    nativeIds && ((version) => nativeIds.includes(version.nativeId)),
    approvalStatuses && ((version) => approvalStatuses.includes(version.approvalStatus)),
    isExplicit !== undefined && ((version) => isExplicit === version.approvalStatusExplicit),
    registrationStatuses && ((version) => registrationStatuses.includes(version.registrationStatus)),
    stages && (({ stage }) => stage !== null && stages.includes(stage.name)),
    tags && ((version) => matchesTags(tags, [...version.tags, ...version.metadata])),
    artifactUris && ((version) => version.artifacts.some(({ uri }) => artifactUris.includes(uri))),
    isCreator && (({ createdBy }) => isCreator(createdBy?.name ?? null)),
    ...withinTimes(filter),
    hasWords && (({ ref, description, tags: own, metadata }) => hasWords([ref.name, description], [own, metadata])),
  ]);
}

type Check<R> = (record: R) => boolean;

function all<R>(checks: readonly (Check<R> | false | undefined)[]): Check<R> {
  const asked = checks.filter((check) => typeof check === 'function');
  return (record) => asked.every((check) => check(record));
}

/** Undefined: any text, and none. */
function textMatcher(filter: TextFilter | undefined): ((value: string | null) => boolean) | undefined {
  if (filter === undefined) return undefined;
  const { equals, contains, matches } = filter;
  if (equals !== undefined) return (value) => value === equals;
  if (contains !== undefined) {
    const part = fold(contains);
    return (value) => value !== null && fold(value).includes(part);
  }
  if (matches === undefined) return (value) => value !== null;
  const pattern = [...fold(matches)];
  return (value) => value !== null && matchesGlob(pattern, [...fold(value)]);
}

interface Times {
  readonly createdAt: Timestamp | null;
  readonly updatedAt: Timestamp | null;
}

function withinTimes({
  createdAfter,
  createdBefore,
  updatedAfter,
  updatedBefore,
}: Pick<ModelFilter, 'createdAfter' | 'createdBefore' | 'updatedAfter' | 'updatedBefore'>): Check<Times>[] {
  const checks: Check<Times>[] = [];
  if (createdAfter !== undefined || createdBefore !== undefined)
    checks.push(({ createdAt }) => isWithin(createdAt, createdAfter, createdBefore));
  if (updatedAfter !== undefined || updatedBefore !== undefined)
    checks.push(({ updatedAt }) => isWithin(updatedAt, updatedAfter, updatedBefore));
  return checks;
}

/** Exclusive on both sides, as the words "after" and "before" say; a time that is not known is in no interval. */
function isWithin(at: Timestamp | null, after: Timestamp | undefined, before: Timestamp | undefined): boolean {
  return at !== null && (after === undefined || at > after) && (before === undefined || at < before);
}

/** All words of a search, each in any of the texts, keys and values; undefined where it has none. */
function wordsMatcher(
  search: string | undefined,
): ((texts: readonly (string | null)[], tags: readonly (readonly Tag[])[]) => boolean) | undefined {
  const words = fold(search ?? '')
    .split(/\s+/u)
    .filter((word) => word !== '');
  if (words.length === 0) return undefined;
  return (texts, tags) => {
    // No word has a line break in it, so none is found across two texts.
    let whole = '';
    for (const text of texts) whole += `\n${text ?? ''}`;
    for (const some of tags) for (const { key, value } of some) whole += `\n${key}\n${value}`;
    const folded = fold(whole);
    return words.every((word) => folded.includes(word));
  };
}

const BEYOND_ASCII = /[\u0080-\uffff]/;

/** Most text is ASCII, which is normal already: finding that out is much faster than normalising it. */
function fold(text: string): string {
  return (BEYOND_ASCII.test(text) ? text.normalize('NFC') : text).toLowerCase();
}

/** Two pointers with one point to fall back to: at most pattern × text steps, where a regular expression could explode. */
function matchesGlob(pattern: readonly string[], chars: readonly string[]): boolean {
  let p = 0;
  let c = 0;
  let star = -1;
  let resume = 0;
  while (c < chars.length) {
    if (p < pattern.length && pattern[p] === '*') {
      star = p;
      resume = c;
      p += 1;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === chars[c])) {
      p += 1;
      c += 1;
    } else if (star >= 0) {
      p = star + 1;
      resume += 1;
      c = resume;
    } else {
      return false;
    }
  }
  return pattern.slice(p).every((char) => char === '*');
}
