import { createHash } from 'node:crypto';
import type { Delivery } from '../domain/deliveries.js';
import {
  comparePositions,
  type Journal,
  type JournalEntry,
  type JournalHead,
  type Position,
  TrimmedError,
  timeOf,
  type WriteGuard,
} from '../journal/journal.js';
import { type CursorOf, eventOfChange, eventOfGap, type OutgoingEvent } from './cloud-event.js';
import type { Courier } from './courier.js';
import type { WebhookEndpoint } from './endpoint.js';
import { type EndpointRecord, timestamp } from './endpoint-record.js';
import { persist } from './persist.js';
import { openPlaces, type Places } from './places.js';
import type { Term } from './term.js';

/** An endpoint that is served in this term. */
export interface Served {
  readonly endpoint: WebhookEndpoint;
  readonly record: EndpointRecord;
  readonly courier: Courier;
}

export interface IntakeOptions {
  readonly journal: Journal;
  readonly served: readonly Served[];
  readonly cursorOf: CursorOf;
  readonly term: Term;
  /** As it is now: the lease is renewed all the time. */
  readonly guard: (epoch: string) => WriteGuard;
}

/** So many may wait for one endpoint; the rest is given up at once, and can be asked for when it is back. */
const MAX_WAITING = 10_000;
const FULL = { status: null, message: `${MAX_WAITING} deliveries wait for the endpoint already.` };
/** How often it is noted until when an endpoint was told, for the day on which the journal is lost. */
const TOLD_EVERY_MS = 60_000;

/**
 * Puts what the journal says on the lists of those who want it, and moves on only then: what was put and not yet noted is put again by the next one.
 * Runs until the term ends. @throws EpochChangedError, FencedError, JournalUnavailableError
 */
export async function runIntake(options: IntakeOptions): Promise<void> {
  const { journal, served, term } = options;
  for (let lost: Position | null = null; !term.ending.aborted; ) {
    const { epoch, places } = await openIntake(options, lost);
    const after = leastOf(served, places);
    try {
      for await (const entries of journal.follow({ epoch, after }, term.ending)) {
        await take(options, epoch, places, entries);
      }
    } catch (error) {
      if (!(error instanceof TrimmedError)) throw error;
      // Too slow by a whole journal, or a place that the journal has lost: begin again, and tell it.
      lost = leastOf(served, places);
    }
  }
}

/**
 * Finds where to go on for each endpoint, and tells those of a gap for which that is not where they were.
 * @param lost A place from which the journal does not go on.
 */
async function openIntake(
  options: IntakeOptions,
  lost: Position | null,
): Promise<{ readonly epoch: string; readonly places: Places }> {
  const { journal, served, guard } = options;
  const head = await journal.head();
  const places = await openPlaces(journal);
  for (const each of served) {
    const gap = await gapFor(each, journal, head, places, lost);
    if (gap === null) continue;
    if (gap.reason !== null)
      await tellGap(options, each, { epoch: head.epoch, position: gap.goOnAfter }, gap.missedFrom, gap.reason);
    places.set(each.endpoint.id, gap.goOnAfter);
    await keep(options, () => each.record.told(timestamp(options.term.now())));
  }
  await places.keep(guard(head.epoch));
  return { epoch: head.epoch, places };
}

interface GapFound {
  readonly missedFrom: string | null;
  /** Null for an endpoint that is new: it missed nothing. */
  readonly reason: string | null;
  readonly goOnAfter: Position;
}

async function gapFor(
  { endpoint, record }: Served,
  journal: Journal,
  head: JournalHead,
  places: Places,
  lost: Position | null,
): Promise<GapFound | null> {
  const place = places.get(endpoint.id);
  if (place === undefined) {
    const reason = record.toldUntil === null ? null : 'The journal of changes has begun anew.';
    return { missedFrom: record.toldUntil, reason, goOnAfter: head.position };
  }
  const { gap, head: current } = await journal.read({ epoch: head.epoch, after: place, limit: 1 });
  if (gap === null && place !== lost) return null;
  const isTrimmed = gap?.reason === 'TRIMMED';
  const reason = isTrimmed
    ? 'The changes of that time are not kept any more.'
    : 'The journal has lost its last moments.';
  return { missedFrom: timeOf(place), reason, goOnAfter: current.position };
}

async function tellGap(
  options: IntakeOptions,
  { endpoint, courier }: Served,
  goOnAfter: JournalHead,
  missedFrom: string | null,
  reason: string,
): Promise<void> {
  const { now } = options.term;
  // The same gap has the same id, should this be done twice.
  const text = JSON.stringify([endpoint.id, goOnAfter.epoch, missedFrom, reason]);
  const id = `gap:${createHash('sha256').update(text).digest('base64url').slice(0, 27)}`;
  const sequence = `${now()}-gap`;
  const cursor = options.cursorOf(goOnAfter);
  const event = eventOfGap({ id, cursor, missedFrom, missedUntil: timestamp(now()), reason }, sequence);
  const delivery = deliveryOf(endpoint.id, event, sequence, now());
  await keep(options, () => options.term.store.add('PENDING', [delivery]));
  courier.take(delivery);
}

async function take(
  options: IntakeOptions,
  epoch: string,
  places: Places,
  entries: readonly JournalEntry[],
): Promise<void> {
  const last = entries.at(-1);
  if (last === undefined) return;
  const { served, term, guard } = options;
  for (const { endpoint, courier, record } of served) {
    const deliveries = entries
      .filter((entry) => isWanted(endpoint, places, entry))
      .flatMap((entry) => deliveryOfEntry(options, endpoint.id, epoch, entry));
    const room = Math.max(0, MAX_WAITING - courier.size);
    const [fitting, overflowing] = [deliveries.slice(0, room), deliveries.slice(room)];
    if (fitting.length > 0) await keep(options, () => term.store.add('PENDING', fitting));
    if (overflowing.length > 0) {
      const failure = { at: timestamp(term.now()), ...FULL };
      await keep(options, () =>
        term.store.add(
          'DEAD',
          overflowing.map((each) => ({ ...each, failure })),
        ),
      );
      term.log.warn({ webhook: endpoint.id, deliveries: overflowing.length }, FULL.message);
    }
    for (const delivery of fitting) courier.take(delivery);
    if (term.now() - Date.parse(record.toldUntil ?? '') >= TOLD_EVERY_MS) {
      await keep(options, () => record.told(timeOf(last.position)));
    }
  }
  places.advance(
    served.map(({ endpoint }) => endpoint.id),
    last.position,
  );
  await places.keep(guard(epoch));
}

function isWanted({ id, matches }: WebhookEndpoint, places: Places, { change, position }: JournalEntry): boolean {
  const place = places.get(id);
  const isNew = place === undefined || comparePositions(position, place) > 0;
  return isNew && change !== null && matches(change);
}

function deliveryOfEntry(
  { term, cursorOf }: IntakeOptions,
  endpointId: string,
  epoch: string,
  { change, position }: JournalEntry,
): Delivery[] {
  if (change === null) return [];
  const sequence = sequenceOf(position);
  const event = eventOfChange(change, cursorOf({ epoch, position }), sequence);
  return [deliveryOf(endpointId, event, sequence, term.now())];
}

function deliveryOf(endpointId: string, event: OutgoingEvent, sequence: string, now: number): Delivery {
  const { id, type, subject, body } = event;
  const at = timestamp(now);
  const about = { eventId: id, eventType: type, subject, body };
  return { endpointId, sequence, ...about, addedAt: at, attempts: 0, dueAt: at, failure: null };
}

/** A position as text that compares as positions do. */
export function sequenceOf(position: Position): string {
  const [ms = '', count = ''] = position.split('-');
  return `${ms.padStart(13, '0')}-${count.padStart(10, '0')}`;
}

function leastOf(served: readonly Served[], places: Places): Position {
  const all = served.map(({ endpoint }) => places.get(endpoint.id)).filter((place) => place !== undefined);
  const [least] = all.toSorted(comparePositions);
  if (least === undefined) throw new Error('Every endpoint that is served has a place.');
  return least;
}

function keep<T>({ term }: IntakeOptions, work: () => Promise<T>): Promise<T> {
  return persist(work, term.ending, (error) =>
    term.log.warn({ err: error }, 'what webhooks are to be told could not be kept yet'),
  );
}
