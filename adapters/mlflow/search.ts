import type { OffsetPage } from '../shared/offset-pager.js';

export interface Search {
  /** Joined by AND, the only connective there is. */
  readonly conditions: readonly string[];
  readonly orderBy: readonly string[];
  readonly limit: number;
  /** Default 0. */
  readonly offset?: number;
}

export function searchQuery({
  conditions,
  orderBy,
  limit,
  offset = 0,
}: Search): readonly (readonly [string, string])[] {
  return [
    ...(conditions.length === 0 ? [] : [['filter', conditions.join(' AND ')] as const]),
    // Without it, some versions answer with 200,000 rows.
    ['max_results', String(limit)],
    ...orderBy.map((order) => ['order_by', order] as const),
    // An offset of 0 is not a valid token.
    ...(offset === 0 ? [] : [['page_token', pageToken(offset)] as const]),
  ];
}
/** Such as the server's own: jumping to an offset is what makes seeking a place possible. */
function pageToken(offset: number): string {
  return Buffer.from(JSON.stringify({ offset })).toString('base64');
}

/** With MLflow's basic-auth app, pages lack what the user may not read, but their tokens count it. */
export function toOffsetPage<T>({ offset = 0 }: Search, items: readonly T[], token = ''): OffsetPage<T> {
  const counted = /"offset": ?(\d+)/.exec(Buffer.from(token, 'base64').toString())?.[1];
  return { items, hasMore: token !== '', end: counted === undefined ? offset + items.length : Number(counted) };
}
