import type { ModelListOrder, VersionListOrder } from '../../domain/lists.js';
import { compareUtf8, type ModelVersionRecord } from '../../domain/model.js';
import type { Direction } from '../../domain/page.js';
import type { ModelEntry, VersionEntry } from './entries.js';

/** What sorted lists are kept by. */
export interface SortOrder<E> {
  /** Tells it from the other orders of such things. */
  readonly name: string;
  /** A total order. */
  readonly compare: (a: E, b: E) => number;
}

/** One order of a list: what it compares by, and how a cursor names a place in it. */
export interface Ordering<E, A> extends SortOrder<E> {
  readonly anchorOf: (entry: E) => A;
  /** How an entry stands to an anchor: negative when it comes before. Whether anything stands at the anchor does not matter. */
  readonly distanceTo: (anchor: A) => (entry: E) => number;
}

type Key = string | number | null;

export type ModelPlace = readonly [key: Key, id: string];
export type VersionPlace = readonly [key: Key, id: string, number: number];

export function modelOrdering({ field, direction }: ModelListOrder): Ordering<ModelEntry, ModelPlace> {
  const keyOf = ({ record }: ModelEntry): Key => {
    switch (field) {
      case 'NAME':
        return record.ref.name;
      case 'CREATED_AT':
        return record.createdAt;
      case 'UPDATED_AT':
        return record.updatedAt;
    }
  };
  const compareKeys = keyOrder(field === 'NAME', direction);
  return {
    name: `${field} ${direction}`,
    compare: (a, b) => compareKeys(keyOf(a), keyOf(b)) || compareAscii(a.id, b.id),
    anchorOf: (entry) => [keyOf(entry), entry.id],
    distanceTo:
      ([key, id]) =>
      (entry) =>
        compareKeys(keyOf(entry), key) || compareAscii(entry.id, id),
  };
}

export function versionOrdering({ field, direction }: VersionListOrder): Ordering<VersionEntry, VersionPlace> {
  const keyOf = ({ record }: VersionEntry): Key => versionKey(field, record);
  const compareKeys = keyOrder(field === 'MODEL_NAME', direction);
  const compareIds = (entry: VersionEntry, model: string, number: number, id: string) =>
    compareAscii(entry.group.id, model) || entry.number - number || compareAscii(entry.id, id);
  return {
    name: `${field} ${direction}`,
    compare: (a, b) => compareKeys(keyOf(a), keyOf(b)) || compareIds(a, b.group.id, b.number, b.id),
    anchorOf: (entry) => [keyOf(entry), entry.id, entry.number],
    distanceTo([key, id, number]) {
      const model = id.slice(0, id.lastIndexOf('/'));
      return (entry) => compareKeys(keyOf(entry), key) || compareIds(entry, model, number, id);
    },
  };
}

function versionKey(field: VersionListOrder['field'], record: ModelVersionRecord): Key {
  switch (field) {
    case 'NUMBER':
      return record.number;
    case 'CREATED_AT':
      return record.createdAt;
    case 'UPDATED_AT':
      return record.updatedAt;
    case 'MODEL_NAME':
      return record.ref.name;
    case 'APPROVAL_STATUS_SINCE':
      return record.approvalStatusSince;
  }
}

/** What is not known comes last, whichever way the rest goes. */
function keyOrder(isName: boolean, direction: Direction): (a: Key, b: Key) => number {
  const sign = direction === 'ASC' ? 1 : -1;
  return (a, b) => {
    if (a === b) return 0;
    if (a === null) return 1;
    if (b === null) return -1;
    if (isName && typeof a === 'string' && typeof b === 'string') return sign * compareUtf8(a, b);
    return a < b ? -sign : sign;
  };
}

/** Ids and times are ASCII, where the fast comparison is the right one. */
function compareAscii(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
