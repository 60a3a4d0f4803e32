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
  if (filter === undefined) return true;
  if (value === null) return false;
  if (filter.equals !== undefined) return value === filter.equals;
  if (filter.contains !== undefined) return fold(value).includes(fold(filter.contains));
  return filter.matches === undefined || matchesGlob(filter.matches, value);
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
  return (
    matchesText(filter.name, model.ref.name) &&
    isOneOf(filter.names, model.ref.name) &&
    isOneOf(filter.nativeIds, model.nativeId) &&
    matchesText(filter.owner, model.owner) &&
    (filter.hasOwner === undefined || filter.hasOwner === (model.owner !== null)) &&
    matchesTags(filter.tags, model.tags) &&
    isWithin(model.createdAt, filter.createdAfter, filter.createdBefore) &&
    isWithin(model.updatedAt, filter.updatedAfter, filter.updatedBefore) &&
    matchesSearch(filter.search, [model.ref.name, model.description, ...model.tags.flatMap((t) => [t.key, t.value])])
  );
}

export function matchesVersion(filter: VersionFilter, version: ModelVersionRecord): boolean {
  return (
    matchesText(filter.modelName, version.ref.name) &&
    isOneOf(filter.nativeIds, version.nativeId) &&
    isOneOf(filter.approvalStatuses, version.approvalStatus) &&
    (filter.approvalStatusExplicit === undefined || filter.approvalStatusExplicit === version.approvalStatusExplicit) &&
    isOneOf(filter.registrationStatuses, version.registrationStatus) &&
    isOneOf(filter.stages, version.stage?.name) &&
    matchesTags(filter.tags, [...version.tags, ...version.metadata]) &&
    (filter.artifactUris === undefined || version.artifacts.some((a) => filter.artifactUris?.includes(a.uri))) &&
    matchesText(filter.createdBy, version.createdBy?.name ?? null) &&
    isWithin(version.createdAt, filter.createdAfter, filter.createdBefore) &&
    isWithin(version.updatedAt, filter.updatedAfter, filter.updatedBefore) &&
    matchesSearch(filter.search, [
      version.ref.name,
      version.description,
      ...[...version.tags, ...version.metadata].flatMap((t) => [t.key, t.value]),
    ])
  );
}

function isOneOf<T>(allowed: readonly T[] | undefined, value: T | undefined): boolean {
  return allowed === undefined || (value !== undefined && allowed.includes(value));
}

/** Exclusive on both sides, as the words "after" and "before" say; a time that is not known is in no interval. */
function isWithin(at: Timestamp | null, after: Timestamp | undefined, before: Timestamp | undefined): boolean {
  if (after === undefined && before === undefined) return true;
  return at !== null && (after === undefined || at > after) && (before === undefined || at < before);
}

function matchesSearch(search: string | undefined, texts: readonly (string | null)[]): boolean {
  const words = fold(search ?? '')
    .split(/\s+/u)
    .filter((word) => word !== '');
  const folded = texts.filter((text) => text !== null).map(fold);
  return words.every((word) => folded.some((text) => text.includes(word)));
}

function fold(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

/** Two pointers with one point to fall back to: at most pattern × text steps, where a regular expression could explode. */
function matchesGlob(glob: string, text: string): boolean {
  const pattern = [...fold(glob)];
  const chars = [...fold(text)];
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
