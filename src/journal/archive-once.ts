import type { ArchiveGap, ChangeArchive } from '../domain/change-archive.js';
import type { Lease } from '../domain/lease.js';
import {
  BEGINNING,
  comparePositions,
  EpochChangedError,
  type Journal,
  type JournalEntry,
  type JournalPage,
  type Position,
  timeOf,
} from './journal.js';

/** How far the archive is. */
export interface Progress {
  readonly epoch: string;
  readonly position: Position;
  /** To be told with the first change after it. */
  readonly gap: Pick<ArchiveGap, 'reason' | 'from'> | null;
}

export interface Archiving {
  readonly journal: Pick<Journal, 'read' | 'head' | 'notes'>;
  readonly archive: ChangeArchive;
  /** Entries that are read at a time. */
  readonly batch: number;
}

const NOTE = 'archive';
/** More than a moment holds: the clock tells milliseconds. */
const SAME_MS_MAX = 1000;

/** The place that was kept; null where none was. Of another epoch, it is of no use. */
export async function readProgress({ notes }: Pick<Journal, 'notes'>): Promise<Progress | null> {
  const note = await notes.get(NOTE);
  return note === null ? null : (JSON.parse(note) as Progress);
}

/**
 * Copies one batch, and keeps the place. What a failure leaves half done is done again, to the same effect.
 *
 * @returns Whether something may be left.
 * @throws FencedError, EpochChangedError, and what either side throws when it is away.
 */
export async function archiveOnce(archiving: Archiving, lease: Lease): Promise<boolean> {
  const { journal, archive, batch } = archiving;
  const { epoch } = await journal.head();
  const kept = await readProgress(journal);
  const before = kept?.epoch === epoch ? kept : await progressOf(archive, epoch);
  const page = await journal.read({ epoch, after: before.position, limit: batch });
  const { entries, position, gap } = page.gap === null ? goOn(before, page) : await past(archiving, before, page);

  const changes = entries.flatMap(({ position: at, change }) =>
    change === null ? [] : [{ epoch, position: at, change }],
  );
  const [first] = changes;
  if (first !== undefined) {
    if (gap !== null) await archive.putGap(gapBefore(first, gap));
    await archive.put(changes);
  }
  const after: Progress = { epoch, position, gap: first === undefined ? gap : null };
  if (kept === null || JSON.stringify(after) !== JSON.stringify(kept)) {
    await journal.notes.set(NOTE, JSON.stringify(after), { epoch, lease });
  }
  return page.hasMore || page.gap !== null;
}

/** Where nothing is kept of an epoch in its own journal: the archive knows how far it is, and what came before. */
async function progressOf(archive: ChangeArchive, epoch: string): Promise<Progress> {
  const position = await archive.latest(epoch);
  if (position !== null) return { epoch, position, gap: null };
  const { items } = await archive.list({ direction: 'DESC', limit: 1 });
  const [last] = items;
  // What lies between the last journal's end and this one's beginning was seen by neither.
  const gap = last === undefined ? null : { reason: 'EPOCH' as const, from: timeOf(last.position) };
  return { epoch, position: BEGINNING, gap };
}

interface Found {
  readonly entries: readonly JournalEntry[];
  readonly position: Position;
  readonly gap: Progress['gap'];
}

function goOn({ position, gap }: Progress, { entries }: JournalPage): Found {
  return { entries, position: entries.at(-1)?.position ?? position, gap };
}

/** On the other side of what is missing in the journal. */
async function past({ journal }: Archiving, before: Progress, { gap, head }: JournalPage): Promise<Found> {
  if (gap?.reason === 'EPOCH') throw new EpochChangedError('The journal has begun anew.');
  // It has lost its end, which is in the archive; what is found again is put again, in another place.
  if (gap?.reason !== 'TRIMMED') return { entries: [], position: head.position, gap: before.gap };
  const entries = await oldestKept(journal, head, gap.keptFrom);
  const isBegun = before.position !== BEGINNING;
  const missed = isBegun ? { reason: 'TRIMMED' as const, from: timeOf(before.position) } : null;
  return { entries, position: entries.at(-1)?.position ?? head.position, gap: before.gap ?? missed };
}

/** Backward, a read ends where what is kept begins; forward, it would have to know the very position before it. */
async function oldestKept(
  journal: Archiving['journal'],
  head: JournalPage['head'],
  keptFrom: string | null,
): Promise<readonly JournalEntry[]> {
  if (keptFrom === null) return [];
  const next = `${Date.parse(keptFrom) + 1}-0`;
  const before = comparePositions(next, head.position) > 0 ? null : next;
  const { entries } = await journal.read({ epoch: head.epoch, before, limit: SAME_MS_MAX });
  return entries.toReversed();
}

function gapBefore(
  { epoch, position }: { readonly epoch: string; readonly position: Position },
  { reason, from }: Pick<ArchiveGap, 'reason' | 'from'>,
): ArchiveGap {
  const until = timeOf(position);
  // Two journals have two clocks.
  return { epoch, reason, from: from < until ? from : until, until };
}
