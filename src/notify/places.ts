import { comparePositions, type Journal, type Position, type WriteGuard } from '../journal/journal.js';

const NOTE = 'webhooks';

/** How far each endpoint has been told of the journal; lost with the journal's epoch. */
export interface Places {
  get(endpointId: string): Position | undefined;
  set(endpointId: string, position: Position): void;
  /** Moves all of these that are not as far yet. */
  advance(endpointIds: Iterable<string>, position: Position): void;
  /** @throws EpochChangedError, FencedError */
  keep(guard: WriteGuard): Promise<void>;
}

/** Endpoints of another config keep their places: a replica of before, or of after, may know them. */
export async function openPlaces({ notes }: Pick<Journal, 'notes'>): Promise<Places> {
  const places = new Map(Object.entries(parse(await notes.get(NOTE))));
  return {
    get: (endpointId) => places.get(endpointId),
    set: (endpointId, position) => void places.set(endpointId, position),
    advance(endpointIds, position) {
      for (const endpointId of endpointIds) {
        const place = places.get(endpointId);
        if (place === undefined || comparePositions(place, position) < 0) places.set(endpointId, position);
      }
    },
    keep: (guard) => notes.set(NOTE, JSON.stringify(Object.fromEntries(places)), guard),
  };
}

function parse(note: string | null): Readonly<Record<string, Position>> {
  // Only this file writes it.
  return note === null ? {} : (JSON.parse(note) as Record<string, Position>);
}
