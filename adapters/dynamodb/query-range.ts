import type { QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { compareUtf8 } from '../../src/domain/model.js';
import type { Direction } from '../../src/domain/page.js';
import type { Item } from './batch-get.js';
import { undocumentedAnswer } from './errors.js';
import type { Call, Session } from './session.js';

/** A run of items in the order of one sort key. */
export interface RangeQuery {
  /** The table itself when absent. */
  readonly index?: string;
  readonly hash: { readonly attribute: string; readonly value: string };
  readonly range: {
    readonly attribute: string;
    /** Inclusive. */
    readonly low?: string;
    /** Inclusive. */
    readonly high?: string;
  };
  /** Where to begin, in the direction of reading. The item itself need not be there. */
  readonly start?: RangeStart;
  readonly direction: Direction;
  readonly limit: number;
  /** Stop after so many calls, with what has been read. */
  readonly callsMax?: number;
  readonly consistent: boolean;
}

export interface RangeAnswer {
  readonly items: readonly Item[];
  /** True when the range certainly has no further items. */
  readonly isComplete: boolean;
}

export interface RangeStart {
  /** All key attributes of the index and of the table: what DynamoDB calls an ExclusiveStartKey. */
  readonly keys: Readonly<Record<string, string>>;
  readonly inclusive: boolean;
}

interface Bounds {
  readonly low: string | undefined;
  readonly high: string | undefined;
  readonly exclusiveStart: Readonly<Record<string, string>> | undefined;
}

/** The first `limit` items of the range; fewer only at its end. One call, unless the items are more than DynamoDB's 1 MB a page. */
export async function queryRange(session: Session, query: RangeQuery, call: Call): Promise<RangeAnswer> {
  const bounds = boundsOf(query);
  if (bounds === undefined) return { items: [], isComplete: true };
  const items: Item[] = [];
  let startKey: Record<string, unknown> | undefined =
    bounds.exclusiveStart === undefined ? undefined : { ...bounds.exclusiveStart };
  let calls = 0;
  do {
    const input = queryInput(query, bounds, query.limit - items.length);
    const page = await session.query(startKey === undefined ? input : { ...input, ExclusiveStartKey: startKey }, call);
    if (page.Items === undefined) throw undocumentedAnswer(session.fault(call));
    items.push(...page.Items);
    startKey = page.LastEvaluatedKey;
    calls += 1;
  } while (startKey !== undefined && items.length < query.limit && calls < (query.callsMax ?? Infinity));
  return { items, isComplete: startKey === undefined };
}

function queryInput(query: RangeQuery, bounds: Bounds, limit: number): Omit<QueryCommandInput, 'TableName'> {
  const condition = rangeCondition(bounds);
  return {
    ...(query.index === undefined ? {} : { IndexName: query.index }),
    KeyConditionExpression: `#hash = :hash${condition === '' ? '' : ` AND ${condition}`}`,
    ExpressionAttributeNames: {
      '#hash': query.hash.attribute,
      ...(condition === '' ? {} : { '#range': query.range.attribute }),
    },
    ExpressionAttributeValues: {
      ':hash': query.hash.value,
      ...(bounds.low === undefined ? {} : { ':low': bounds.low }),
      ...(bounds.high === undefined ? {} : { ':high': bounds.high }),
    },
    ScanIndexForward: query.direction === 'ASC',
    Limit: limit,
    ConsistentRead: query.consistent,
  };
}

function rangeCondition({ low, high }: Bounds): string {
  if (low !== undefined && high !== undefined) return '#range BETWEEN :low AND :high';
  if (low !== undefined) return '#range >= :low';
  return high === undefined ? '' : '#range <= :high';
}

/**
 * Undefined when the range is empty. DynamoDB refuses a start outside the bounds, and bounds that cross, so both are decided here; an inclusive
 * start becomes a bound, since a start key always excludes its own item.
 */
function boundsOf({ range, start, direction }: RangeQuery): Bounds | undefined {
  let { low, high } = range;
  let exclusiveStart: Bounds['exclusiveStart'];
  const key = start?.keys[range.attribute];
  if (start !== undefined && key !== undefined) {
    const isBelow = low !== undefined && compareUtf8(key, low) < 0;
    const isAbove = high !== undefined && compareUtf8(key, high) > 0;
    const [isBefore, isBeyond] = direction === 'ASC' ? [isBelow, isAbove] : [isAbove, isBelow];
    if (isBeyond) return undefined;
    if (!isBefore && !start.inclusive) exclusiveStart = start.keys;
    if (!isBefore && start.inclusive && direction === 'ASC') low = key;
    if (!isBefore && start.inclusive && direction === 'DESC') high = key;
  }
  if (low !== undefined && high !== undefined && compareUtf8(low, high) > 0) return undefined;
  return { low, high, exclusiveStart };
}
