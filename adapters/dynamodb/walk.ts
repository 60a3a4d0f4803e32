import type { ModelRecord, ModelVersionRecord } from '../../src/domain/model.js';
import type { WalkPage, WalkQuery } from '../../src/domain/registry.js';
import type { Item } from './batch-get.js';
import { undocumentedAnswer } from './errors.js';
import { MODEL_ATTRIBUTES, toModel, toVersion, VERSION_ATTRIBUTES } from './map.js';
import { type DynamoDbRegistry, mapContext } from './registry.js';
import type { Call } from './session.js';
import { GLOBAL_INDEXES, MODIFIED_INDEX } from './table.js';

/**
 * Times of modification come from the clocks of all that write to the table. As long as none of them is further off than this, what it writes is found
 * by the next poll, and a clock that is ahead does not push the others' writes out of sight.
 */
const CLOCKS_MS = 15 * 60_000;

/** What a walk reads of the table. No page has a limit of ours: DynamoDB ends it at 1 MB. */
interface Range {
  readonly index: keyof typeof GLOBAL_INDEXES | 'modified';
  /** Lower bound of the index's sort key, inclusive. */
  readonly since?: string;
  /** Attribute that only the wanted items have; the index `modified` holds models and versions. */
  readonly only?: string;
  readonly attributes: readonly string[];
}

/** One Query per MB of the index over names; by modification, per MB of what was modified. */
export function walkModels(registry: DynamoDbRegistry, query: WalkQuery, call: Call): Promise<WalkPage<ModelRecord>> {
  const range = { ...rangeOf(query, 'models', 'name'), attributes: MODEL_ATTRIBUTES };
  const context = mapContext(registry, call);
  return readPage(registry, range, query, call, (item) => toModel(item, context).record);
}

/** As `walkModels`, over the index by creation time. Evidence stays in the table: a walk is done every few seconds. */
export function walkVersions(
  registry: DynamoDbRegistry,
  query: WalkQuery,
  call: Call,
): Promise<WalkPage<ModelVersionRecord>> {
  const range = { ...rangeOf(query, 'created', 'number'), attributes: VERSION_ATTRIBUTES };
  const context = mapContext(registry, call);
  return readPage(registry, range, query, call, (item) => toVersion(item, context));
}

function rangeOf({ modifiedSince }: WalkQuery, whole: 'models' | 'created', only: string): Omit<Range, 'attributes'> {
  if (modifiedSince === undefined) return { index: whole };
  const since = Math.min(Date.parse(modifiedSince), Date.now() - CLOCKS_MS);
  return { index: 'modified', since: new Date(since).toISOString(), only };
}

async function readPage<R>(
  { session }: DynamoDbRegistry,
  { index, since, only, attributes }: Range,
  { after }: WalkQuery,
  call: Call,
  map: (item: Item) => R,
): Promise<WalkPage<R>> {
  const { hash, range } = index === 'modified' ? MODIFIED_INDEX : GLOBAL_INDEXES[index];
  const page = await session.query(
    {
      IndexName: index,
      KeyConditionExpression: since === undefined ? '#hash = :hash' : '#hash = :hash AND #range >= :since',
      ...(only === undefined ? {} : { FilterExpression: 'attribute_exists(#only)' }),
      ProjectionExpression: attributes.map((_, place) => `#${place}`).join(', '),
      ExpressionAttributeNames: {
        '#hash': hash,
        ...(since === undefined ? {} : { '#range': range }),
        ...(only === undefined ? {} : { '#only': only }),
        ...Object.fromEntries(attributes.map((name, place) => [`#${place}`, name])),
      },
      ExpressionAttributeValues: { ':hash': session.namespace, ...(since === undefined ? {} : { ':since': since }) },
      // What an earlier page gave.
      ...(after === undefined ? {} : { ExclusiveStartKey: JSON.parse(after) as Record<string, unknown> }),
    },
    call,
  );
  if (page.Items === undefined) throw undocumentedAnswer(session.fault(call));
  const { LastEvaluatedKey: last } = page;
  return { items: page.Items.map(map), next: last === undefined ? null : JSON.stringify(last) };
}
