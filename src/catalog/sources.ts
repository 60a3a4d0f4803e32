import type { Direction, Page } from '../domain/page.js';

export function reversed(direction: Direction): Direction {
  return direction === 'ASC' ? 'DESC' : 'ASC';
}

/** The fields of a filter that restrict something and that the registry does not apply exactly itself. */
export function unsupportedFilters<F extends object>(
  filter: F,
  pushed: Readonly<Record<keyof F, boolean>>,
): (keyof F)[] {
  return (Object.keys(filter) as (keyof F)[]).filter((field) => filter[field] !== undefined && !pushed[field]);
}

/** An empty list of values matches nothing, so nobody has to be asked. */
export function matchesNothing(filter: object): boolean {
  return Object.values(filter).some((values) => Array.isArray(values) && values.length === 0);
}

/** Without what the registry counts: it counts what is invisible too. */
export function uncounted<R>({ total: _, ...page }: Page<R>): Page<R> {
  return page;
}

/** A place in an ordered list, whether or not anything stands there. */
export interface Place<P> {
  readonly at: P;
  readonly inclusive: boolean;
}

/** One page of records that are all at hand. */
export function sortedPage<P, R extends P>(
  records: readonly R[],
  compare: (a: P, b: P) => number,
  after: Place<P> | undefined,
  limit: number,
): Page<R> {
  const rest = records
    .filter((record) => {
      if (after === undefined) return true;
      const order = compare(record, after.at);
      return order > 0 || (order === 0 && after.inclusive);
    })
    .sort(compare);
  return { items: rest.slice(0, limit), hasMore: rest.length > limit };
}
