import type { Delivery } from '../domain/deliveries.js';
import {
  comparePositions,
  type Journal,
  type JournalEntry,
  type Position,
  TrimmedError,
  timeOf,
  type WriteGuard,
} from '../journal/journal.js';
import type { JournalCursors } from '../journal/journal-cursor.js';
import { eventOfChange } from './cloud-event.js';
import type { Courier } from './courier.js';
import type { WebhookEndpoint } from './endpoint.js';
import { type EndpointRecord, timestamp } from './endpoint-record.js';
import { findPlaces } from './find-places.js';
import { newDelivery, sequenceOf } from './new-delivery.js';
import { persist } from './persist.js';
import type { Places } from './places.js';
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
  readonly cursors: JournalCursors;
  /** So many may wait for one endpoint; the rest is given up at once, and can be asked for when it is back. */
  readonly maxWaiting: number;
  readonly term: Term;
  /** As it is now: the lease is renewed all the time. */
  readonly guard: (epoch: string) => WriteGuard;
}

/** Entries that are read at once. */
const PAGE = 200;
/** How often it is noted until when an endpoint was told, for the day on which the journal is lost. */
const TOLD_EVERY_MS = 60_000;

/**
 * Puts what the journal says on the lists of those who want it, and moves on only then: what was put and not yet noted is put again by the next one.
 * Runs until the term ends. @throws EpochChangedError, FencedError, JournalUnavailableError
 */
export async function runIntake(options: IntakeOptions): Promise<void> {
  const { journal, term } = options;
  while (!term.ending.aborted) {
    const { epoch, places } = await findPlaces(options);
    try {
      const after = await catchUp(options, epoch, places);
      for await (const entries of journal.follow({ epoch, after }, term.ending)) {
        await take(options, epoch, places, entries);
      }
    } catch (error) {
      // Too slow by a whole journal: the places are looked at again, and there is a gap.
      if (!(error instanceof TrimmedError)) throw error;
    }
  }
}

/** Takes what there is, from the endpoint that is behind the most. @returns A place from which the journal can be followed. */
async function catchUp(options: IntakeOptions, epoch: string, places: Places): Promise<Position> {
  const { journal, served, term } = options;
  for (let after = leastOf(served, places); ; ) {
    term.ending.throwIfAborted();
    const { entries, hasMore, gap, head } = await journal.read({ epoch, after, limit: PAGE });
    if (gap !== null) throw new TrimmedError('It was too slow to read what was there.');
    await take(options, epoch, places, entries);
    const last = entries.at(-1)?.position;
    if (!hasMore) return last ?? head.position;
    after = last ?? after;
  }
}

async function take(
  options: IntakeOptions,
  epoch: string,
  places: Places,
  entries: readonly JournalEntry[],
): Promise<void> {
  const last = entries.at(-1);
  if (last === undefined) return;
  const { served, guard } = options;
  for (const each of served) {
    const { endpoint, record } = each;
    const wanted = entries.filter((entry) => isWanted(endpoint, places, entry));
    await queue(
      options,
      each,
      wanted.flatMap((entry) => deliveryOf(options, endpoint.id, epoch, entry)),
    );
    if (options.term.now() - Date.parse(record.toldUntil ?? '') >= TOLD_EVERY_MS) {
      await keep(options, () => record.told(timeOf(last.position)));
    }
  }
  places.advance(
    served.map(({ endpoint }) => endpoint.id),
    last.position,
  );
  await places.keep(guard(epoch));
}

async function queue(
  options: IntakeOptions,
  { endpoint, courier }: Served,
  deliveries: readonly Delivery[],
): Promise<void> {
  const { store, now, log } = options.term;
  const room = Math.max(0, options.maxWaiting - courier.size);
  const [fitting, overflowing] = [deliveries.slice(0, room), deliveries.slice(room)];
  if (fitting.length > 0) await keep(options, () => store.add('PENDING', fitting));
  if (overflowing.length > 0) {
    const message = `${options.maxWaiting} deliveries wait for the endpoint already.`;
    const failure = { at: timestamp(now()), status: null, message };
    const dead = overflowing.map((each) => ({ ...each, failure }));
    await keep(options, () => store.add('DEAD', dead));
    log.warn({ webhook: endpoint.id, deliveries: dead.length }, message);
  }
  for (const delivery of fitting) courier.take(delivery);
}

function isWanted({ id, matches }: WebhookEndpoint, places: Places, { change, position }: JournalEntry): boolean {
  const place = places.get(id);
  const isNew = place === undefined || comparePositions(position, place) > 0;
  return isNew && change !== null && matches(change);
}

function deliveryOf(
  { term, cursors }: IntakeOptions,
  endpointId: string,
  epoch: string,
  { change, position }: JournalEntry,
): Delivery[] {
  if (change === null) return [];
  const sequence = sequenceOf(position);
  const event = eventOfChange(change, cursors.encode({ epoch, position }), sequence);
  return [newDelivery(endpointId, event, sequence, term.now())];
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
