import type { Timestamp } from '../domain/model.js';
import {
  BEGINNING,
  comparePositions,
  type GapReason,
  type JournalHead,
  type JournalPage,
  type Position,
  timeOf,
} from '../journal/journal.js';
import type { JournalCursors } from '../journal/journal-cursor.js';
import type { GapItem } from './journal-item.js';

type Gap = NonNullable<JournalPage['gap']>;

const REASONS: Readonly<Record<GapReason | 'KEY', string>> = {
  EPOCH: 'The journal was lost and has begun anew: what happened before it knew the registries again is not in it.',
  TRIMMED: 'The journal does not keep changes for so long.',
  BEYOND: 'The journal has lost its last moments: the cursor is of a place that it does not know.',
  KEY: 'The cursor was signed with a key that is not in use any more, so that nobody can tell where it stands.',
};

/** Where to go on after a gap: with the oldest that is kept, or, where nothing tells what was missed, from now. */
export function placeAfterGap(asked: JournalHead, { gap, head }: { gap: Gap; head: JournalHead }): JournalHead {
  if (gap.reason === 'BEYOND' || gap.keptFrom === null) return head;
  const before = endOfMs(Date.parse(gap.keptFrom) - 1);
  const isStuck = asked.epoch === head.epoch && comparePositions(asked.position, before) >= 0;
  // The last one that was dropped was put in the same moment as the oldest that is kept: on from the next moment.
  const position = isStuck ? endOfMs(Date.parse(gap.keptFrom)) : before;
  return comparePositions(position, head.position) > 0 ? head : { epoch: head.epoch, position };
}

/** Everything that was put at `since` or later is after it. */
export function placeBefore(since: Timestamp, epoch: string): JournalHead {
  const ms = Date.parse(since);
  return { epoch, position: ms <= 0 ? BEGINNING : endOfMs(ms - 1) };
}

export function gapItem(
  reason: GapReason | 'KEY',
  from: JournalHead | null,
  to: JournalHead,
  { cursors, now }: { readonly cursors: JournalCursors; readonly now: () => number },
): GapItem {
  return {
    kind: 'GAP',
    cursor: cursors.encode(to),
    missedFrom: from === null || from.position === BEGINNING ? null : timeOf(from.position),
    missedUntil: to.position === BEGINNING ? new Date(now()).toISOString() : timeOf(to.position),
    reason: REASONS[reason],
  };
}

function endOfMs(ms: number): Position {
  return `${ms}-${Number.MAX_SAFE_INTEGER}`;
}
