import { isDeepStrictEqual } from 'node:util';
import { isModelRecord, isVersionRecord, type StateRecord } from '../domain/changes.js';
import { modelId, versionId } from '../domain/refs.js';

/** A record as it is kept: without what other reads of the same thing leave out, or what is derived from other entities. */
export function toState<R extends StateRecord>(record: R): R {
  if (isVersionRecord(record)) {
    const { aliasNames: _, ...kept } = record;
    return kept as R;
  }
  if (isModelRecord(record)) {
    const { latestVersion: _, latestVersionNames: __, ...kept } = record;
    return kept as R;
  }
  return record;
}

/** The id under which a model or a version is kept. */
export function entityOf(record: Extract<StateRecord, { readonly ref: unknown }>): string {
  return isVersionRecord(record) ? versionId(record.ref) : modelId(record.ref);
}

export function isSame(a: StateRecord | null, b: StateRecord | null): boolean {
  return isDeepStrictEqual(a, b);
}
