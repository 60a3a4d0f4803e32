import { BEGINNING, comparePositions, type Position } from '../journal/journal.js';
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
import { gapItem, placeBefore } from './gap-item.js';

/** The last ones before a cursor, or before now, as far back as they are kept or `since` goes. */
export async function readBackward(request: PageRequest, sift: Sift, sources: PageSources): Promise<ChangePage> {
  const { journal, cursors } = sources;
  const heard = sources.tail.place ?? (await journal.head());
  if (request.from === 'RETIRED') return gapPage(gapItem('KEY', null, heard, sources), false);
  const { epoch } = request.from ?? heard;
  const since = request.since === undefined ? BEGINNING : placeBefore(request.since, epoch).position;
  const isKnown = (position: Position) =>
    comparePositions(position, since) > 0 && (epoch !== heard.epoch || comparePositions(position, heard.position) <= 0);
  const found: PlacedChange[] = [];
  let before = request.from?.position ?? null;
  let isEnd = false;
  for (let scanned = 0; !isEnd && found.length <= request.limit && scanned < SCAN_MAX; scanned += READ) {
    const page = await journal.read({ epoch, before, limit: READ });
    if (page.gap !== null) {
      return gapPage(gapItem(page.gap.reason, request.from ?? null, heard, sources), false);
    }
    const known = page.entries.filter(({ position }) => isKnown(position));
    found.push(...(await sift(placed(known, epoch))));
    before = page.entries.at(-1)?.position ?? before;
    isEnd = !page.hasMore || (before !== null && comparePositions(before, since) <= 0);
  }
  const edges = found
    .slice(0, request.limit)
    .map((each) => changeItem(each, cursors))
    .reverse();
  const isCut = found.length > edges.length;
  const scannedTo = before === null || isCut ? null : cursors.encode({ epoch, position: before });
  return {
    edges,
    hasNextPage: request.from !== undefined,
    hasPreviousPage: isCut || !isEnd,
    startCursor: scannedTo ?? edges[0]?.cursor ?? null,
    endCursor: request.from === undefined ? cursors.encode(heard) : (edges.at(-1)?.cursor ?? null),
  };
}
