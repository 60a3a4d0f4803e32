import type { Lease } from '../domain/lease.js';
import { type ApprovalRecord, approvalIdOf, parseApprovalId } from '../domain/ledger.js';
import type { Timestamp } from '../domain/model.js';
import type { LedgerPosition } from '../governance/store.js';
import type { Journal } from '../journal/journal.js';
import { notePlace, readPlace } from './feed-place.js';
import type { Ledger } from './ledger/ledger.js';
import type { EntryTelling } from './tell-entries.js';

export interface FeedLookOptions {
  readonly ledger: Pick<Ledger, 'read' | 'list'>;
  readonly journal: Pick<Journal, 'head' | 'notes'>;
  readonly telling: EntryTelling;
  readonly overlapMs: number;
  readonly now: () => number;
}

const PAGE = 200;

/**
 * One look at the latest entries, from the place that was noted last. A place is noted when all of them are told, so that whatever ends a look early
 * has it done again.
 */
export function createFeedLook({ ledger, journal, telling, overlapMs, now }: FeedLookOptions) {
  const startedAt = timestamp(now());
  let known: { readonly epoch: string; readonly begun: Timestamp } | null = null;

  const readOne = async (id: string): Promise<readonly ApprovalRecord[]> => {
    const { version, incarnation, sequence } = parseApprovalId(id);
    const { records } = (await ledger.read(version)).of(incarnation);
    return records.filter(({ decision }) => decision.body.sequence === sequence);
  };

  const readPage = (recordedAfter: Timestamp, after: LedgerPosition | null) =>
    ledger.list({
      indexes: [{ by: 'all' }],
      direction: 'ASC',
      recordedAfter,
      limit: PAGE,
      ...(after === null ? {} : { after }),
    });

  return async (isStopping: () => boolean, lease: Lease): Promise<void> => {
    const lookedAt = timestamp(now());
    const { epoch } = await journal.head();
    // Where a look fails before there is a place, the next one still begins where that one did.
    if (known?.epoch !== epoch) known = { epoch, begun: known === null ? startedAt : lookedAt };
    const { begun } = known;
    const place = (await readPlace(journal.notes)) ?? { through: begun, floor: begun, open: [] };

    const seen = new Set<string>();
    const open: string[] = [];
    const recordedAfter = timestamp(Date.parse(place.through) - overlapMs);
    let after: LedgerPosition | null = null;
    do {
      const { items, readTo }: Awaited<ReturnType<typeof readPage>> = await readPage(recordedAfter, after);
      open.push(...(await telling.all(items, place.floor)));
      for (const { decision } of items) seen.add(approvalIdOf(decision));
      after = readTo;
      if (isStopping()) return;
    } while (after !== null);
    for (const id of place.open.filter((each) => !seen.has(each))) {
      open.push(...(await telling.all(await readOne(id), place.floor)));
    }
    await notePlace(journal.notes, { through: lookedAt, floor: place.floor, open }, { epoch, lease });
  };
}

function timestamp(ms: number): Timestamp {
  return new Date(ms).toISOString();
}
