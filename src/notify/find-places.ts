import { createHash } from 'node:crypto';
import { gapItem, placeAfterGap } from '../changes/gap-item.js';
import type { GapItem } from '../changes/journal-item.js';
import { BEGINNING, type Journal, type JournalHead, type JournalPage, type Position } from '../journal/journal.js';
import { eventOfGap } from './cloud-event.js';
import { timestamp } from './endpoint-record.js';
import type { IntakeOptions, Served } from './intake.js';
import { newDelivery } from './new-delivery.js';
import { persist } from './persist.js';
import { openPlaces, type Places } from './places.js';

/** Where to go on for each endpoint. Those for which that is not where they were are told of the gap. */
export async function findPlaces(options: IntakeOptions): Promise<{ readonly epoch: string; readonly places: Places }> {
  const { journal, served, guard } = options;
  const head = await journal.head();
  const places = await openPlaces(journal);
  for (const each of served) {
    const place = places.get(each.endpoint.id);
    const found = place === undefined ? await begin(each, head, options) : await goOn(place, head, options);
    if (found === null) continue;
    if (found.gap !== null) await tell(options, each, head.epoch, found.gap);
    places.set(each.endpoint.id, found.position);
    const toldUntil = timestamp(options.term.now());
    await keep(options, () => each.record.told(toldUntil));
  }
  await places.keep(guard(head.epoch));
  return { epoch: head.epoch, places };
}

interface Found {
  readonly position: Position;
  readonly gap: GapItem | null;
}

/** An endpoint that is new begins now. One that was told of another journal begins where this one does, and has missed what is in neither. */
async function begin({ record }: Served, head: JournalHead, options: IntakeOptions): Promise<Found> {
  const { toldUntil } = record;
  if (toldUntil === null) return { position: head.position, gap: null };
  const start = { epoch: head.epoch, position: BEGINNING };
  const page = await readOne(options.journal, start);
  const to = page.gap === null ? start : placeAfterGap(start, { gap: page.gap, head: page.head });
  const gap = gapItem('EPOCH', null, to, { cursors: options.cursors, now: options.term.now });
  return { position: to.position, gap: { ...gap, missedFrom: toldUntil } };
}

/** Null where nothing is missing. */
async function goOn(position: Position, { epoch }: JournalHead, options: IntakeOptions): Promise<Found | null> {
  const asked = { epoch, position };
  const { gap, head } = await readOne(options.journal, asked);
  if (gap === null) return null;
  const to = placeAfterGap(asked, { gap, head });
  return { position: to.position, gap: gapItem(gap.reason, asked, to, { ...options, now: options.term.now }) };
}

function readOne(journal: Journal, { epoch, position }: JournalHead): Promise<JournalPage> {
  return journal.read({ epoch, after: position, limit: 1 });
}

async function tell(options: IntakeOptions, { endpoint, courier }: Served, epoch: string, gap: GapItem): Promise<void> {
  const { store, now } = options.term;
  const { cursor, missedFrom, missedUntil, reason } = gap;
  // The same gap has the same id, should this be done twice.
  const text = JSON.stringify([endpoint.id, epoch, missedFrom, reason]);
  const id = `gap:${createHash('sha256').update(text).digest('base64url').slice(0, 27)}`;
  const sequence = `${now()}-gap`;
  const event = eventOfGap({ id, cursor, missedFrom, missedUntil, reason }, sequence);
  const delivery = newDelivery(endpoint.id, event, sequence, now());
  await keep(options, () => store.add('PENDING', [delivery]));
  courier.take(delivery);
}

function keep<T>({ term }: IntakeOptions, work: () => Promise<T>): Promise<T> {
  return persist(work, term.ending, (error) =>
    term.log.warn({ err: error }, 'where webhooks go on could not be kept yet'),
  );
}
