import * as z from 'zod';
import { UnavailableError } from '../../src/domain/errors.js';
import { type CallSite, isValidation } from './errors.js';
import type { Source } from './hint.js';
import { type SearchPage, secondOf } from './search.js';

/**
 * All that a search finds, in ascending order of a time that only ever moves forward. Each page begins with the second in which the one before ended:
 * what is modified meanwhile moves to where the walk still has to go, and nothing depends on what a token counts.
 */
export interface Keyset<T> {
  readonly site: CallSite;
  readonly sources: readonly Source[];
  /** As many as one call gives, from this second on. */
  read(
    source: Source,
    place: { readonly from: string | null; readonly token: string | undefined },
  ): Promise<SearchPage<T>>;
  /** What the search sorts by. */
  timeOf(item: T): Date | undefined;
}

export interface KeysetPage<T> {
  readonly source: Source;
  readonly items: readonly T[];
  readonly next: string | null;
}

/** More of one second than this are passed by the upstream's token, rather than read twice. */
const REPEATED_MAX = 5;

const placeSchema = z.strictObject({
  source: z.enum(['own', 'shared']),
  /** Second in which the search begins; null: at the start of time. */
  from: z.string().nullable(),
  /** Of the search from `from` on, of which `read` items have been given out. */
  token: z.string().optional(),
  read: z.number(),
  /** Where to search anew should the token be refused. */
  reached: z.string().nullable(),
});
type Place = z.output<typeof placeSchema>;

/**
 * @param since An ISO time, to begin there; null: at the start.
 * @param after `next` of the page before.
 * @throws UnavailableError where the upstream counts more than it gives.
 */
export async function readKeysetPage<T>(
  keyset: Keyset<T>,
  since: string | null,
  after: string | undefined,
): Promise<KeysetPage<T>> {
  const start = since === null ? null : secondOf(since);
  const [first] = keyset.sources;
  const asked = after === undefined ? begin(first ?? 'own', start) : placeSchema.parse(JSON.parse(after));
  const { place, page } = await readPlace(keyset, asked);
  const read = place.read + page.items.length;
  refuseIncomplete(keyset, page, read);
  const next =
    page.next === undefined
      ? followingSource(keyset, place, start)
      : following(keyset, { ...place, token: page.next, read }, page.items);
  return { source: place.source, items: page.items, next: next === null ? null : JSON.stringify(next) };
}

function begin(source: Source, from: string | null): Place {
  return { source, from, read: 0, reached: from };
}

async function readPlace<T>(keyset: Keyset<T>, place: Place): Promise<{ place: Place; page: SearchPage<T> }> {
  const { source, from, token } = place;
  try {
    return { place, page: await keyset.read(source, { from, token }) };
  } catch (error) {
    // A token does not live for ever, and a walk may take minutes.
    if (token === undefined || !isValidation(error)) throw error;
    const anew = begin(source, place.reached);
    return { place: anew, page: await keyset.read(source, { from: anew.from, token: undefined }) };
  }
}

/** What is met twice makes up for nothing here: the count is only ever too small where something is missing. */
function refuseIncomplete<T>({ site }: Keyset<T>, { items, next, total }: SearchPage<T>, read: number): void {
  const isCutShort = next === undefined ? read < (total?.value ?? 0) : items.length === 0;
  if (!isCutShort) return;
  throw new UnavailableError('SageMaker counts more than it gives. Try again in a moment.', site);
}

function following<T>(keyset: Keyset<T>, place: Place, items: readonly T[]): Place {
  const seconds = items.flatMap((item) => keyset.timeOf(item)?.toISOString() ?? []).map(secondOf);
  const last = seconds.at(-1) ?? null;
  const isAscending = seconds.every((second, index) => index === 0 || (seconds[index - 1] ?? '') <= second);
  // In any other order there may be something unread before the last second.
  const reached = isAscending && last !== null && last > (place.reached ?? '') ? last : place.reached;
  const repeated = seconds.filter((second) => second === last).length;
  if (reached !== place.reached && repeated <= REPEATED_MAX) return begin(place.source, reached);
  return { ...place, reached };
}

function followingSource<T>({ sources }: Keyset<T>, { source }: Place, start: string | null): Place | null {
  const next = sources[sources.indexOf(source) + 1];
  return next === undefined ? null : begin(next, start);
}
