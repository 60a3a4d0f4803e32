import { type ModelFilter, modelMatcher } from '../domain/filters.js';
import { compareUtf8, type ModelRecord } from '../domain/model.js';
import { type ModelAnchor, type ModelOrder, modelAnchor, type Page, type Position } from '../domain/page.js';
import type { ListModelsQuery } from '../domain/registry.js';
import type { RegistryEntry } from './entry.js';
import { listFingerprint } from './list-cursor.js';
import type { LiveList } from './live-list.js';
import type { MergeSource } from './merge.js';
import { matchesNothing, type Place, reversed, sortedPage, uncounted, unsupportedFilters } from './sources.js';
import { type Narrowed, narrow, type Visibility } from './visibility.js';

/** What a list of models asks of the registries; the loader it is given reads single models. */
export interface ModelReads {
  list(entry: RegistryEntry, query: ListModelsQuery): Promise<Page<ModelRecord>>;
  lookup(entry: RegistryEntry, names: readonly string[]): Promise<readonly ModelRecord[]>;
}

export const DEFAULT_MODEL_ORDER: ModelOrder = { field: 'NAME', direction: 'ASC' };

/** Models of the given registries, merged by name. */
export function liveModels(
  entries: readonly RegistryEntry[],
  query: { field: string; filter: ModelFilter; order: ModelOrder; backward: boolean },
  reads: ModelReads,
  visibility: Visibility,
): LiveList<ModelRecord, ModelAnchor> {
  const { filter, order } = query;
  const compare = compareModels(order);
  const walk: ModelOrder = query.backward ? { ...order, direction: reversed(order.direction) } : order;
  const registries = entries.map((entry) => entry.id);
  const visible = visibility.fingerprint;
  const parts = entries.map((entry) => {
    const pushes = entry.adapter.query.modelFilters;
    return { entry, pushes, narrowed: narrow(filter, 'name', visibility.namesIn(entry.id), pushes.name) };
  });
  const matches = modelMatcher(filter);
  return {
    fingerprint: listFingerprint({ field: query.field, registries, filter, order, visible, mode: 'live' }),
    sources: matchesNothing(filter)
      ? []
      : parts.map(({ entry, narrowed }) => modelSource(entry, filter, narrowed, walk, reads)),
    compare,
    keep: (model) => visibility.sees(model.ref) && matches(model),
    anchorOf: modelAnchor,
    isFilteredUpstream: parts.every(
      ({ pushes, narrowed }) => narrowed.hidesAll && unsupportedFilters(narrowed.filter, pushes).length === 0,
    ),
  };
}

function modelSource(
  entry: RegistryEntry,
  filter: ModelFilter,
  narrowed: Narrowed<ModelFilter>,
  order: ModelOrder,
  reads: ModelReads,
): MergeSource<ModelRecord, ModelAnchor> {
  const names = filter.names ?? (filter.name?.equals === undefined ? undefined : [filter.name.equals]);
  const pushes = entry.adapter.query.modelFilters;
  const isPushed = pushes.names || (filter.names === undefined && pushes.name);
  const asked = names === undefined || !pushes.names ? narrowed.filter : { ...narrowed.filter, names };
  return {
    name: entry.id,
    registryId: entry.id,
    fetch:
      names === undefined || isPushed
        ? async (after, limit) => {
            const query = { order, filter: asked, limit, ...(after === undefined ? {} : { after }) };
            const page = await reads.list(entry, query);
            return narrowed.hidesAll ? page : uncounted(page);
          }
        : // Asking for so many names is cheaper than reading everything to find them.
          async (after: Position<ModelAnchor> | undefined, limit: number) =>
            sortedPage(
              await reads.lookup(entry, [...new Set(names)]),
              compareModels(order),
              placeOf(entry, after),
              limit,
            ),
  };
}

/** The order in which every registry gives its models, and in which those of several are merged. */
export function compareModels(order: ModelOrder): (a: ModelPlace, b: ModelPlace) => number {
  const sign = order.direction === 'ASC' ? 1 : -1;
  return (a, b) =>
    sign *
    (compareUtf8(a.ref.name, b.ref.name) ||
      compareUtf8(a.ref.registryId, b.ref.registryId) ||
      compareUtf8(a.ref.ownerAccount ?? '', b.ref.ownerAccount ?? ''));
}

function placeOf(entry: RegistryEntry, after: Position<ModelAnchor> | undefined): Place<ModelPlace> | undefined {
  if (after === undefined) return undefined;
  return { at: { ref: { registryId: entry.id, ...after.anchor } }, inclusive: after.inclusive === true };
}

export type ModelPlace = Pick<ModelRecord, 'ref'>;
