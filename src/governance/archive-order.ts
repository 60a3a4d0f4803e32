import type { ArchivePlace, ArchiveQuery } from '../domain/change-archive.js';
import type { Timestamp } from '../domain/model.js';

const MS_DIGITS = 15;
/** Redis counts with 64 bits. */
const SEQUENCE_DIGITS = 20;

/** Text that compares as archived changes are ordered. */
export function placeKey({ position, epoch }: ArchivePlace): string {
  const [ms = '', sequence = ''] = position.split('-');
  return `${ms.padStart(MS_DIGITS, '0')}-${sequence.padStart(SEQUENCE_DIGITS, '0')}#${epoch}`;
}

/** When the change was put into the journal. */
export function timeOfPlace({ position }: Pick<ArchivePlace, 'position'>): Timestamp {
  return new Date(Number(position.split('-')[0])).toISOString();
}

/** The least text that a key of that time or a later one may be. */
export function keysFrom(time: Timestamp): string {
  return String(Date.parse(time)).padStart(MS_DIGITS, '0');
}

/** Exclusive, both; as `placeKey`, or the beginning of such a text. */
export interface PlaceRange {
  readonly above: string;
  readonly below: string;
}

/** The greatest text before another, as far as keys go: they are of ASCII alone, and no key has a `~`. */
export function justBelow(text: string): string {
  const last = text.charCodeAt(text.length - 1);
  return `${text.slice(0, -1)}${String.fromCharCode(last - 1)}~`;
}

/** The least text after another, in the same way: no key has a space. */
export function justAbove(text: string): string {
  return `${text} `;
}

export function placeRange({ since, after, before }: ArchiveQuery): PlaceRange {
  const start = since === undefined ? '' : keysFrom(since);
  const last = after === undefined ? '' : placeKey(after);
  // Every key begins with a digit.
  return { above: start > last ? start : last, below: before === undefined ? '~' : placeKey(before) };
}
