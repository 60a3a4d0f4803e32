import type { Caller } from '../domain/access.js';
import { UnsupportedError } from '../domain/errors.js';
import type { ModelListOrder, VersionListOrder } from '../domain/lists.js';
import type { ModelRecord, ModelVersionRecord } from '../domain/model.js';
import type { ModelOrder, VersionOrder } from '../domain/page.js';
import type { ModelRef } from '../domain/refs.js';
import type { Catalog, ModelListArgs, VersionListArgs } from './catalog.js';
import type { Connection } from './connection.js';
import type { Wanted } from './freshness.js';
import type { ListCursors } from './list-cursor.js';
import {
  boundTo,
  judgedHere,
  type ListRules,
  needsSnapshotForModels,
  needsSnapshotForVersions,
  recordFilter,
} from './list-rules.js';
import { DEFAULT_MODEL_ORDER } from './live-models.js';
import type { LivePage, LiveReads } from './live-reads.js';
import { type PageRequest, readPageArgs } from './page-args.js';
import type { Planner, View } from './planner.js';
import { requireRegistry, selectRegistries } from './selection.js';
import { snapshotModels } from './snapshot/list-models.js';
import { snapshotVersions } from './snapshot/list-versions.js';
import { type Served, servedOf } from './snapshot/served.js';
import { readSnapshotList, type SnapshotList } from './snapshot/snapshot-list.js';
import type { Visibility } from './visibility.js';

export interface ListServices {
  readonly view: View;
  readonly visibility: Visibility;
  readonly caller: Caller;
  readonly cursors: ListCursors;
  readonly rules: ListRules;
  readonly planner: Planner;
  readonly live: LiveReads;
}

/** Lists over registries, from the snapshot or from the registries themselves. */
export function createLists(services: ListServices): Pick<Catalog, 'listModels' | 'listVersions'> {
  const { visibility, caller, rules, planner, live } = services;
  return {
    async listModels({ page, selection, filter, order = DEFAULT_MODEL_ORDER, freshness = {} }: ModelListArgs) {
      const request = readPageArgs(page);
      const entries = selectRegistries(visibility.registries, selection);
      const registryIds = entries.map(({ id }) => id);
      const query = { field: 'models', registryIds, filter, order };
      const changesCursor = planner.changesCursor();
      return readList(services, {
        registryIds,
        request,
        wanted: freshness,
        needsSnapshot: needsSnapshotForModels(filter, order),
        changesCursor,
        listOf: (served) => snapshotModels(served, query, visibility, rules, changesCursor),
        live: (livePage) => live.models(entries, { field: 'models', filter, order: liveModelOrder(order) }, livePage),
      });
    },

    async listVersions({ page, selection, filter, order: asked, models, freshness = {} }: VersionListArgs) {
      const request = readPageArgs(page);
      for (const model of models ?? []) requireRegistry(visibility.registries, model.registryId);
      const entries = selectRegistries(visibility.registries, selection);
      const order = asked ?? defaultVersionOrder(models);
      refuseNumbersOverModels(order, models);
      const registryIds = entries
        .map(({ id }) => id)
        .filter((id) => models?.some(({ registryId }) => registryId === id) ?? true);
      const query = { field: 'modelVersions', registryIds, models, filter, order };
      const changesCursor = planner.changesCursor();
      return readList(services, {
        registryIds,
        request,
        wanted: freshness,
        needsSnapshot: needsSnapshotForVersions(filter, order),
        changesCursor,
        listOf: (served) => snapshotVersions(served, query, { visibility, rules, caller }, changesCursor),
        live(livePage) {
          const holds = judgedHere(filter, caller, rules);
          const { approvalStatusSinceBefore: since } = filter;
          const judged = holds === null ? null : { name: [since ?? null, boundTo(filter, caller)], holds };
          const own = { field: 'modelVersions', filter: recordFilter(filter), order: liveVersionOrder(order) };
          return live.versions(entries, { ...own, models, judged }, livePage);
        },
      });
    },
  };
}

interface ListAsked<E, R, A> {
  readonly registryIds: readonly string[];
  readonly request: PageRequest;
  readonly wanted: Wanted;
  readonly needsSnapshot: boolean;
  readonly changesCursor: () => string | null;
  readonly listOf: (served: Served) => SnapshotList<E, R, A>;
  readonly live: (page: LivePage) => Promise<Connection<R>>;
}

async function readList<E, R extends ModelRecord | ModelVersionRecord, A>(
  { view, cursors, planner }: ListServices,
  { registryIds, request, wanted, needsSnapshot, changesCursor, listOf, live }: ListAsked<E, R, A>,
): Promise<Connection<R>> {
  const served = () => servedOf((id) => planner.snapshotOf(id), registryIds, new Date(planner.now()).toISOString());
  const { cursor } = request;
  const begunInSnapshot = cursor === undefined ? undefined : cursors.isOf(listOf(served()).fingerprint, cursor);
  const plan = await planner.list({ view, registryIds, wanted, needsSnapshot, begunInSnapshot });
  if (plan.from === 'LIVE') return live({ request, mayBeOlder: plan.mayBeOlder, changesCursor });
  const page = readSnapshotList(listOf(served()), request, cursors);
  for (const { node } of page.edges) planner.came(node, 'SNAPSHOT');
  return page;
}

function defaultVersionOrder(models: readonly ModelRef[] | undefined): VersionListOrder {
  return { field: models?.length === 1 ? 'NUMBER' : 'CREATED_AT', direction: 'DESC' };
}

function refuseNumbersOverModels({ field }: VersionListOrder, models: readonly ModelRef[] | undefined): void {
  if (field !== 'NUMBER' || (models !== undefined && models.length <= 1)) return;
  throw new UnsupportedError(
    'NUMBER orders the versions of one model. Over several models order by CREATED_AT, or name one model in `modelIds`.',
  );
}

/** Only what the registries can be asked is asked of them. */
function liveModelOrder({ field, direction }: ModelListOrder): ModelOrder {
  if (field !== 'NAME') throw new Error(`Registries cannot order models by ${field}.`);
  return { field, direction };
}

/** As `liveModelOrder`. */
function liveVersionOrder({ field, direction }: VersionListOrder): VersionOrder {
  if (field !== 'NUMBER' && field !== 'CREATED_AT') throw new Error(`Registries cannot order versions by ${field}.`);
  return { field, direction };
}
