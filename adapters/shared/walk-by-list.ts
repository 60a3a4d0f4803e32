import type { Page, Position } from '../../src/domain/page.js';
import type { WalkPage, WalkQuery } from '../../src/domain/registry.js';

/** A walk of everything by the pages of a list, for an upstream that has no faster way. */
export async function walkByList<R, A>(
  { after }: WalkQuery,
  anchorOf: (record: R) => A,
  list: (after: { readonly after?: Position<A> }) => Promise<Page<R>>,
): Promise<WalkPage<R>> {
  // What an earlier page gave.
  const page = await list(after === undefined ? {} : { after: JSON.parse(after) as Position<A> });
  const last = page.items.at(-1);
  if (!page.hasMore || last === undefined) return { items: page.items, next: null };
  const hint = page.nextHint === undefined ? {} : { hint: page.nextHint };
  return { items: page.items, next: JSON.stringify({ anchor: anchorOf(last), ...hint }) };
}
