import { modelMatcher, versionMatcher } from '../../domain/filters.js';
import type { ModelRecord, ModelVersionRecord } from '../../domain/model.js';
import type { ModelAnchor, Page, Position, VersionAnchor } from '../../domain/page.js';
import { modelId } from '../../domain/refs.js';
import type { ListModelsQuery, ListVersionsQuery } from '../../domain/registry.js';
import { compareModels } from '../live-models.js';
import { compareVersions } from '../live-versions.js';
import type { ModelEntry, VersionEntry } from './entries.js';
import type { Ordering } from './orderings.js';
import { allVersionsBy, type RegistrySnapshot } from './registry-snapshot.js';
import { take, type Walk } from './walk.js';

// What a registry would say if it could be asked, in the order in which it would: a walk may go on with the registry itself.

export function olderModels(
  registry: RegistrySnapshot,
  { order, filter = {}, after, limit }: ListModelsQuery,
): Page<ModelRecord> {
  const compare = compareModels(order);
  const ordering: Ordering<ModelEntry, ModelAnchor> = {
    name: `LIVE ${order.field} ${order.direction}`,
    compare: (a, b) => compare(a.record, b.record),
    anchorOf: ({ record }) => record.ref,
    distanceTo(anchor) {
      const place = { ref: { registryId: registry.registryId, ...anchor } };
      return ({ record }) => compare(record, place);
    },
  };
  const streams = [registry.modelsBy(ordering)];
  const matches = modelMatcher(filter);
  const walk = { streams, compare: ordering.compare, keep: ({ record }: ModelEntry) => matches(record) };
  return pageOf(walk, ordering, after, limit);
}

export function olderVersions(
  registry: RegistrySnapshot,
  { model, order, filter = {}, after, limit }: ListVersionsQuery,
): Page<ModelVersionRecord> {
  const compare = compareVersions(order);
  const ordering: Ordering<VersionEntry, VersionAnchor> = {
    name: `LIVE ${order.field} ${order.direction}`,
    compare: (a, b) => compare(a.record, b.record),
    anchorOf: ({ record }) => ({ ...record.ref, number: record.number, createdAt: record.createdAt }),
    distanceTo({ createdAt, number, ...ref }) {
      const place = { ref: { registryId: registry.registryId, ...ref }, number, createdAt };
      return ({ record }) => compare(record, place);
    },
  };
  const streams =
    model === undefined
      ? allVersionsBy(registry, ordering)
      : [(registry.group(modelId(model))?.versions ?? []).toSorted(ordering.compare)];
  const matches = versionMatcher(filter);
  const walk = { streams, compare: ordering.compare, keep: ({ record }: VersionEntry) => matches(record) };
  return pageOf(walk, ordering, after, limit);
}

function pageOf<E extends { readonly record: R }, A, R>(
  walk: Walk<E>,
  ordering: Ordering<E, A>,
  after: Position<A> | undefined,
  limit: number,
): Page<R> {
  const place =
    after === undefined ? {} : { from: ordering.distanceTo(after.anchor), inclusive: after.inclusive === true };
  const found = take(walk, { ...place, backward: false, limit: limit + 1 });
  return { items: found.slice(0, limit).map(({ record }) => record), hasMore: found.length > limit };
}
