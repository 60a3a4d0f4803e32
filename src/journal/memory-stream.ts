import type { ChangeEvidence } from '../domain/changes.js';
import { withEvidence } from './evidence.js';
import { BEGINNING, comparePositions, type JournalEntry, type Position } from './journal.js';

/** The entries of a journal in process, by position, ascending. */
export interface MemoryStream {
  /** Of the last entry that was ever put. */
  readonly head: Position;
  /** Of the last entry that was dropped. */
  readonly trimmed: Position;
  readonly oldest: Position | null;
  /** @param make Gets the position that the entry will have. */
  put(make: (position: Position) => Omit<JournalEntry, 'position'>): Position;
  has(position: Position): boolean;
  hasChange(id: string): boolean;
  /** Up to `limit` entries after a position. */
  after(position: Position, limit: number): readonly JournalEntry[];
  /** Up to `limit` entries before a position, or the end, the latest first. */
  before(position: Position | null, limit: number): readonly JournalEntry[];
  confirm(id: string, evidence: ChangeEvidence): void;
  trim(bounds: {
    readonly putBeforeMs: number;
    readonly maxEntries: number;
    readonly keepAfter?: Position | undefined;
  }): void;
}

export function createMemoryStream(now: () => number): MemoryStream {
  const entries: JournalEntry[] = [];
  const places = new Map<string, Position>();
  let head = BEGINNING;
  let trimmed = BEGINNING;

  /** How many entries are at or before a position. */
  const countThrough = (position: Position): number => {
    let low = 0;
    for (let high = entries.length; low < high; ) {
      const middle = (low + high) >>> 1;
      const entry = entries[middle];
      if (entry !== undefined && comparePositions(entry.position, position) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const indexOf = (position: Position): number => {
    const index = countThrough(position) - 1;
    return entries[index]?.position === position ? index : -1;
  };

  return {
    get head() {
      return head;
    },
    get trimmed() {
      return trimmed;
    },
    get oldest() {
      return entries[0]?.position ?? null;
    },
    put(make) {
      head = following(head, now());
      const entry = { position: head, ...make(head) };
      entries.push(entry);
      if (entry.change !== null) places.set(entry.change.id, head);
      return head;
    },
    has: (position) => indexOf(position) >= 0,
    hasChange: (id) => places.has(id),
    after(position, limit) {
      const start = countThrough(position);
      return entries.slice(start, start + limit);
    },
    before(position, limit) {
      const through = position === null ? entries.length : countThrough(position);
      const end = position !== null && entries[through - 1]?.position === position ? through - 1 : through;
      return entries.slice(Math.max(0, end - limit), end).toReversed();
    },
    confirm(id, evidence) {
      const position = places.get(id);
      const index = position === undefined ? -1 : indexOf(position);
      const entry = entries[index];
      // Another entry, not another word in this one: whoever has read it keeps what was read.
      if (entry?.change) entries[index] = { ...entry, change: withEvidence(entry.change, [evidence]) };
    },
    trim({ putBeforeMs, maxEntries, keepAfter }) {
      const tooOld = putBeforeMs <= 0 ? 0 : countThrough(`${putBeforeMs - 1}-${Number.MAX_SAFE_INTEGER}`);
      const mayGo = keepAfter === undefined ? entries.length : countThrough(keepAfter);
      const dropped = entries.splice(0, Math.min(mayGo, Math.max(tooOld, entries.length - maxEntries)));
      trimmed = dropped.at(-1)?.position ?? trimmed;
      for (const { change, position } of dropped) {
        if (change !== null && places.get(change.id) === position) places.delete(change.id);
      }
    },
  };
}

/** The position after another; one that is not earlier where the clock has stepped back. */
function following(position: Position, nowMs: number): Position {
  const [ms = 0, sequence = 0] = position.split('-').map(Number);
  return nowMs > ms ? `${nowMs}-0` : `${ms}-${sequence + 1}`;
}
