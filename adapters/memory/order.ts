import { compareUtf8 } from '../../src/domain/model.js';
import type { Direction, ModelAnchor, Page, Position, VersionAnchor, VersionOrder } from '../../src/domain/page.js';

export type Compare<A> = (a: A, b: A) => number;

export function compareModels(a: ModelAnchor, b: ModelAnchor): number {
  return compareUtf8(a.name, b.name);
}

/** Ties of time are broken by name and number, which no two versions share. */
export function compareVersions(field: VersionOrder['field']): Compare<VersionAnchor> {
  const byNumber: Compare<VersionAnchor> = (a, b) => compareModels(a, b) || a.number - b.number;
  if (field === 'NUMBER') return byNumber;
  return (a, b) => compareUtf8(a.createdAt ?? '', b.createdAt ?? '') || byNumber(a, b);
}

export interface Listing<R, A> {
  readonly items: readonly R[];
  readonly anchorOf: (item: R) => A;
  readonly compare: Compare<A>;
  readonly direction: Direction;
  readonly after: Position<A> | undefined;
  readonly limit: number;
}

/** The page after a position. Where the position is found by comparing, its item need not be there any more, and no hint is needed. */
export function pageOf<R, A>(listing: Listing<R, A>): Page<R> {
  const { items, anchorOf, compare, direction, after, limit } = listing;
  const sign = direction === 'ASC' ? 1 : -1;
  const rest = items
    .map((item) => ({ item, anchor: anchorOf(item) }))
    .filter(({ anchor }) => {
      if (after === undefined) return true;
      const distance = sign * compare(anchor, after.anchor);
      return distance > 0 || (distance === 0 && after.inclusive === true);
    })
    .sort((a, b) => sign * compare(a.anchor, b.anchor));
  return { items: rest.slice(0, limit).map(({ item }) => item), hasMore: rest.length > limit };
}
