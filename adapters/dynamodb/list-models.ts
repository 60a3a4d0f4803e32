import { InvalidInputError, RegistryError } from '../../src/domain/errors.js';
import { compareUtf8, type ModelRecord } from '../../src/domain/model.js';
import type { ModelAnchor, Page, Position } from '../../src/domain/page.js';
import type { ListModelsQuery } from '../../src/domain/registry.js';
import { batchGet, type Item } from './batch-get.js';
import { isStorableName, modelKey, modelKeys } from './keys.js';
import { toModel } from './map.js';
import { queryRange, type RangeStart } from './query-range.js';
import { type DynamoDbRegistry, mapContext } from './registry.js';
import type { Call } from './session.js';
import { GLOBAL_INDEXES } from './table.js';

const NAMES_PER_CALL = 100;

/** One Query of the index over names, or, where the filter gives the names, one BatchGetItem per 100 of them. */
export async function listModels(
  registry: DynamoDbRegistry,
  query: ListModelsQuery,
  call: Call,
): Promise<Page<ModelRecord>> {
  const { names, name } = query.filter ?? {};
  const wanted = names ?? (name?.equals === undefined ? undefined : [name.equals]);
  // One item more than asked for tells whether there is a next page.
  const items = await (wanted === undefined ? byIndex : byNames(wanted))(registry, query, call);
  const context = mapContext(registry, call);
  return {
    items: items.slice(0, query.limit).map((item) => toModel(item, context).record),
    hasMore: items.length > query.limit,
  };
}

async function byIndex({ session }: DynamoDbRegistry, query: ListModelsQuery, call: Call): Promise<readonly Item[]> {
  const { namespace } = session;
  const start = query.after === undefined ? {} : { start: startAt(namespace, query.after) };
  const answer = await queryRange(
    session,
    {
      index: 'models',
      hash: { attribute: GLOBAL_INDEXES.models.hash, value: namespace },
      range: { attribute: GLOBAL_INDEXES.models.range },
      ...start,
      direction: query.order.direction,
      limit: query.limit + 1,
      consistent: false,
    },
    call,
  );
  return answer.items;
}

function byNames(names: readonly string[]) {
  return async ({ session }: DynamoDbRegistry, query: ListModelsQuery, call: Call): Promise<readonly Item[]> => {
    const rest = remaining(names, query);
    const found: Item[] = [];
    for (let start = 0; start < rest.length && found.length <= query.limit; start += NAMES_PER_CALL) {
      const keys = rest.slice(start, start + NAMES_PER_CALL).map((name) => modelKey(session.namespace, name));
      const items = await batchGet(session, keys, call);
      for (const item of keys.map((key) => items.get(key))) {
        if (item instanceof RegistryError) throw item;
        if (item !== undefined) found.push(item);
      }
    }
    return found.slice(0, query.limit + 1);
  };
}

/** Those of the names that lie after the position, in order. */
function remaining(names: readonly string[], { order, after }: ListModelsQuery): readonly string[] {
  const sign = order.direction === 'ASC' ? 1 : -1;
  const sorted = [...new Set(names)].filter(isStorableName).sort((a, b) => sign * compareUtf8(a, b));
  if (after === undefined) return sorted;
  return sorted.filter((name) => {
    const distance = sign * compareUtf8(name, after.anchor.name);
    return distance > 0 || (distance === 0 && after.inclusive === true);
  });
}

function startAt(namespace: string, { anchor, inclusive = false }: Position<ModelAnchor>): RangeStart {
  if (!isStorableName(anchor.name)) throw foreignPosition();
  return { keys: { ...modelKeys(namespace, anchor.name) }, inclusive };
}

/** A start key that DynamoDB would refuse: no page of this registry ever ended there. */
export function foreignPosition(): InvalidInputError {
  return new InvalidInputError('The position is not one of this registry. Start the list again without a cursor.');
}
