import { BEGINNING, comparePositions, type GapReason, type JournalHead } from '../journal/journal.js';
import {
  type ChangePage,
  changeItem,
  gapPage,
  type PageRequest,
  type PageSources,
  placed,
  READ,
  SCAN_MAX,
  type Sift,
} from './change-page.js';
import type { PlacedChange } from './change-tail.js';
import { gapItem, placeAfterGap, placeBefore } from './gap-item.js';

/** From a cursor, a time or the oldest that is kept; with both a cursor and a time, from the later of the two. */
export async function readForward(request: PageRequest, sift: Sift, sources: PageSources): Promise<ChangePage> {
  const { journal, cursors, archive } = sources;
  const heard = sources.tail.place ?? (await journal.head());
  if (request.from === 'RETIRED') return gapPage(gapItem('KEY', null, heard, sources), true);
  const found: PlacedChange[] = [];
  let from = startOf(request.from, request.since, heard);
  if (archive !== null && request.from === undefined && request.since !== undefined) {
    const archived = await archive.read({ since: request.since }, READ);
    found.push(...(await sift(archived)));
    from = archived.at(-1)?.place ?? from;
  }
  let isEnd = false;
  for (let scanned = 0; !isEnd && found.length <= request.limit && scanned < SCAN_MAX; scanned += READ) {
    const step = await stepForward(from, heard, sources);
    // Whoever has not said where to begin misses nothing.
    if (step.gap !== null && (request.from !== undefined || request.since !== undefined)) {
      if (found.length === 0) return gapPage(gapItem(step.gap, from, step.reached, sources), true);
      // The page ends here, and the next one begins with the gap.
      break;
    }
    found.push(...(await sift(step.changes)));
    from = step.reached;
    isEnd = step.isEnd;
  }
  const edges = found.slice(0, request.limit).map((each) => changeItem(each, cursors));
  const isCut = found.length > edges.length;
  return {
    edges,
    hasNextPage: isCut || !isEnd,
    hasPreviousPage: request.from !== undefined,
    startCursor: edges[0]?.cursor ?? null,
    endCursor: isCut ? (edges.at(-1)?.cursor ?? null) : cursors.encode(from),
  };
}

/** At a time to come nothing has happened yet: that is from now. */
function startOf(from: JournalHead | undefined, since: string | undefined, heard: JournalHead): JournalHead {
  const asked = since === undefined ? { ...heard, position: BEGINNING } : placeBefore(since, heard.epoch);
  const time = comparePositions(asked.position, heard.position) > 0 ? heard : asked;
  if (from === undefined) return time;
  return from.epoch === heard.epoch && comparePositions(from.position, time.position) < 0 ? time : from;
}

interface Step {
  readonly changes: readonly PlacedChange[];
  /** Everything up to here was looked at. */
  readonly reached: JournalHead;
  readonly isEnd: boolean;
  readonly gap: GapReason | null;
}

/** As far as this replica has heard: whoever is told of a change and looks must see it. */
async function stepForward(from: JournalHead, heard: JournalHead, { journal, archive }: PageSources): Promise<Step> {
  const { epoch } = from;
  const { entries, hasMore, head, gap } = await journal.read({ epoch, after: from.position, limit: READ });
  if (gap !== null) {
    const archived = (await archive?.read({ after: from }, READ)) ?? [];
    const last = archived.at(-1);
    if (last !== undefined) return { changes: archived, reached: last.place, isEnd: false, gap: null };
    return { changes: [], reached: placeAfterGap(from, { gap, head }), isEnd: false, gap: gap.reason };
  }
  const end = epoch === heard.epoch ? heard.position : head.position;
  const known = entries.filter(({ position }) => comparePositions(position, end) <= 0);
  const isEnd = known.length < entries.length || !hasMore;
  const position = isEnd ? end : known.at(-1)?.position;
  const isFurther = position !== undefined && comparePositions(position, from.position) > 0;
  return { changes: placed(known, epoch), reached: isFurther ? { epoch, position } : from, isEnd, gap: null };
}
