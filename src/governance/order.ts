import { createHash } from 'node:crypto';
import type { Direction } from '../domain/page.js';
import type { LedgerPosition, LedgerQuery, LedgerWalk } from './store.js';

/**
 * Text that compares as entries are ordered: by `recordedAt`, then by sequence, then by a hash of the id, which unlike the id fits any index. All
 * such texts have one length.
 */
export function orderKey({ recordedAt, approvalId }: LedgerPosition): string {
  const sequence = approvalId.slice(approvalId.lastIndexOf('/') + 1).padStart(9, '0');
  return `${recordedAt}#${sequence}#${createHash('sha256').update(approvalId).digest('hex').slice(0, 32)}`;
}

/** Exclusive, both. */
export interface OrderRange {
  readonly above: string | null;
  readonly below: string | null;
}

/** What a query asks for, in terms of `orderKey`. */
export function orderRange({ direction, after, recordedAfter, recordedBefore }: LedgerQuery): OrderRange {
  const position = after === undefined ? null : orderKey(after);
  // A key of that very time begins with the time and `#`, which is right before `$`.
  const start = recordedAfter === undefined ? null : `${recordedAfter}$`;
  const end = recordedBefore === undefined ? null : `${recordedBefore}#`;
  return {
    above: direction === 'ASC' ? greater(start, position) : start,
    below: direction === 'DESC' ? less(end, position) : end,
  };
}

/** Where a walk goes on. */
export function walkStart({ recordedAfter, after }: LedgerWalk): string {
  return greater(recordedAfter === undefined ? null : `${recordedAfter}$`, after ?? null) ?? '';
}

export function compareOrderKeys(a: string, b: string, direction: Direction): number {
  const ascending = a < b ? -1 : a > b ? 1 : 0;
  return direction === 'ASC' ? ascending : -ascending;
}

function greater(a: string | null, b: string | null): string | null {
  return a === null || (b !== null && b > a) ? b : a;
}

function less(a: string | null, b: string | null): string | null {
  return a === null || (b !== null && b < a) ? b : a;
}
