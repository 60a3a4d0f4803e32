import type { RegistryErrorOptions } from '../../src/domain/errors.js';
import type { Tag } from '../../src/domain/model.js';
import type { Item } from './batch-get.js';
import type { ItemKey } from './keys.js';
import { toMap } from './new-items.js';

/** What becomes of an item's attributes: the new value, or undefined for one that goes. */
export type Change = Readonly<Record<string, unknown>>;

/** What every write of an item does besides, by the rules of the table. */
export interface Revision {
  /** The `rev` that was read, and that the item must still have. */
  readonly rev: number;
  readonly at: string;
  /** Attributes that must be as they were, besides. */
  readonly same?: Readonly<Record<string, unknown>>;
}

/** One conditional update; names stand behind placeholders throughout, since DynamoDB reserves many words. */
export function updateOf({ pk, sk }: ItemKey, change: Change, { rev, at, same = {} }: Revision) {
  const entries = Object.entries({ ...change, updatedAt: at, rev: rev + 1 });
  const set = entries.filter(([, value]) => value !== undefined);
  const remove = entries.filter(([, value]) => value === undefined);
  const held = Object.entries(same);
  const sets = set.map((_, index) => `#set${index} = :set${index}`).join(', ');
  const removes = remove.map((_, index) => `#remove${index}`).join(', ');
  return {
    Key: { pk, sk },
    UpdateExpression: removes === '' ? `SET ${sets}` : `SET ${sets} REMOVE ${removes}`,
    ConditionExpression: ['#rev = :rev', ...held.map((_, index) => `#same${index} = :same${index}`)].join(' AND '),
    ExpressionAttributeNames: {
      '#rev': 'rev',
      ...Object.fromEntries(held.map(([name], index) => [`#same${index}`, name])),
      ...Object.fromEntries(set.map(([name], index) => [`#set${index}`, name])),
      ...Object.fromEntries(remove.map(([name], index) => [`#remove${index}`, name])),
    },
    ExpressionAttributeValues: {
      ':rev': rev,
      ...Object.fromEntries(held.map(([, value], index) => [`:same${index}`, value])),
      ...Object.fromEntries(set.map(([, value], index) => [`:set${index}`, value])),
    },
  };
}

/** One conditional deletion. */
export function deletionOf({ pk, sk }: ItemKey, rev: number) {
  return { Key: { pk, sk }, ConditionExpression: 'rev = :rev', ExpressionAttributeValues: { ':rev': rev } };
}

/** The item as it will be. */
export function changed(item: Item, change: Change): Item {
  return Object.fromEntries(Object.entries({ ...item, ...change }).filter(([, value]) => value !== undefined));
}

/** Nothing where nothing is asked for. A key that is not there is none to remove. */
export function tagsChange(
  attribute: 'tags' | 'metadata',
  current: Readonly<Record<string, string>>,
  {
    set = [],
    remove = [],
  }: { readonly set?: readonly Tag[] | undefined; readonly remove?: readonly string[] | undefined },
  fault: RegistryErrorOptions,
): Change {
  if (set.length === 0 && remove.length === 0) return {};
  const kept = Object.entries(current).filter(([key]) => !remove.includes(key));
  return { [attribute]: { ...Object.fromEntries(kept), ...toMap(set, fault) } };
}
