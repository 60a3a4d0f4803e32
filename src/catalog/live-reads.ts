import type { ModelFilter } from '../domain/filters.js';
import type { ModelRecord, ModelVersionRecord } from '../domain/model.js';
import type { ModelOrder } from '../domain/page.js';
import { type ModelRef, modelId, modelOf, refFromNamePart, type VersionRef } from '../domain/refs.js';
import type { Connection } from './connection.js';
import type { RegistryEntry } from './entry.js';
import type { ListCursors } from './list-cursor.js';
import { readLiveList } from './live-list.js';
import { liveModels, type ModelReads } from './live-models.js';
import { liveVersions, type VersionListQuery, type VersionReads } from './live-versions.js';
import { createLoaders, type Loaders } from './loaders.js';
import { type PageRequest, readPageArgs } from './page-args.js';
import type { Planner } from './planner.js';
import type { RequestScope } from './request-scope.js';
import { olderModels, olderVersions } from './snapshot/older-pages.js';
import { createStandIn, type StandIn } from './stand-in.js';
import type { Visibility } from './visibility.js';

/** What the registries themselves say. */
export interface LiveReads {
  readonly loaders: Loaders;
  models(entries: readonly RegistryEntry[], query: LiveModelQuery, page: LivePage): Promise<Connection<ModelRecord>>;
  versions(
    entries: readonly RegistryEntry[],
    query: Omit<VersionListQuery, 'backward'>,
    page: LivePage,
  ): Promise<Connection<ModelVersionRecord>>;
  latestVersion(model: ModelRecord): Promise<ModelVersionRecord | null>;
  latestApprovedVersion(model: ModelRecord): Promise<ModelVersionRecord | null>;
  /** Null where the version's model is gone. */
  aliasNames(version: ModelVersionRecord): Promise<readonly string[] | null>;
  latestInStage(model: ModelRef, stage: string): Promise<ModelVersionRecord | null>;
  /** By ARN or URI in one registry. */
  find(entry: RegistryEntry, nativeId: string): Promise<ModelVersionRecord | null>;
  /** What was just read or written: it is not read again. */
  remember(records: readonly (ModelRecord | ModelVersionRecord)[]): void;
  /** What was just changed: it is read again. */
  forget(ref: ModelRef | VersionRef): void;
}

export interface LiveModelQuery {
  readonly field: string;
  readonly filter: ModelFilter;
  readonly order: ModelOrder;
}

export interface LivePage {
  readonly request: PageRequest;
  /** Whether older data may stand in for what cannot be asked. */
  readonly mayBeOlder: boolean;
  readonly changesCursor: () => string | null;
}

export function createLiveReads(
  visibility: Visibility,
  cursors: ListCursors,
  scope: RequestScope,
  planner: Planner,
): LiveReads {
  const loaders = createLoaders(visibility, scope);

  const remember: LiveReads['remember'] = (records) => {
    for (const record of records) {
      if (!visibility.sees(record.ref)) continue;
      if ('version' in record.ref) loaders.versions.prime(record.ref, record as ModelVersionRecord);
      else loaders.models.prime(record.ref, record as ModelRecord);
    }
  };

  const find: LiveReads['find'] = async (entry, nativeId) => {
    const found = await loaders.found.load({ registryId: entry.id, nativeId });
    if (found !== null) remember([found]);
    return found;
  };

  const modelReads = (standIn: StandIn): ModelReads => ({
    list: (entry, query) =>
      standIn.instead(
        entry.id,
        async () => {
          const page = await scope.read(entry, 'list', (adapter, options) => adapter.listModels(query, options));
          remember(page.items);
          return page;
        },
        (registry) => olderModels(registry, query),
      ),
    lookup: (entry, names) => {
      const refs = names.map((name) => refFromNamePart(entry.id, name));
      return standIn.instead(
        entry.id,
        async () => present(await loaders.models.loadMany(refs)),
        (registry) => refs.flatMap((ref) => registry.group(modelId(ref))?.model?.record ?? []),
      );
    },
  });

  const versionReads = (standIn: StandIn): VersionReads => ({
    list: (entry, query) =>
      standIn.instead(
        entry.id,
        async () => {
          const page = await scope.read(entry, 'list', (adapter, options) => adapter.listVersions(query, options));
          remember(page.items);
          return page;
        },
        (registry) => olderVersions(registry, query),
      ),
    find: (entry, nativeIds) =>
      standIn.instead(
        entry.id,
        async () => present(await Promise.all(nativeIds.map((nativeId) => find(entry, nativeId)))),
        (registry) => nativeIds.flatMap((nativeId) => registry.versionByNativeId(nativeId)?.record ?? []),
      ),
  });

  /** Says of the records of a page which of them are older. */
  const marked = <R extends ModelRecord | ModelVersionRecord>(page: Connection<R>, standIn: StandIn): Connection<R> => {
    for (const { node } of page.edges) {
      if (standIn.used.has(node.ref.registryId)) planner.came(node, 'STALE_ON_ERROR');
    }
    return page;
  };

  /** Undefined when the model does not name it, or names one that is gone by now. */
  const versionNamed = async (
    model: ModelRecord,
    name: string | null | undefined,
  ): Promise<ModelVersionRecord | null | undefined> => {
    if (name === null || name === undefined) return name;
    return (await loaders.versions.load({ ...model.ref, version: name })) ?? undefined;
  };

  const versions: LiveReads['versions'] = async (entries, query, { request, mayBeOlder, changesCursor }) => {
    const standIn = createStandIn(planner, mayBeOlder);
    const { backward } = request;
    const list = liveVersions(entries, { ...query, backward }, versionReads(standIn), visibility);
    return marked(await readLiveList(list, request, cursors, { stoodIn: standIn.used, changesCursor }), standIn);
  };

  return {
    loaders,
    find,
    remember,
    versions,

    async models(entries, query, { request, mayBeOlder, changesCursor }) {
      const standIn = createStandIn(planner, mayBeOlder);
      const { backward } = request;
      const list = liveModels(entries, { ...query, backward }, modelReads(standIn), visibility);
      return marked(await readLiveList(list, request, cursors, { stoodIn: standIn.used, changesCursor }), standIn);
    },

    async latestVersion(model) {
      if (model.latestVersion !== undefined) return model.latestVersion;
      const named = await versionNamed(model, model.latestVersionNames?.any);
      return named === undefined ? loaders.latest.load(model.ref) : named;
    },

    async latestApprovedVersion(model) {
      const named = await versionNamed(model, model.latestVersionNames?.approved);
      const isSettled = named === null || named?.approvalStatus === 'APPROVED';
      return named !== undefined && isSettled ? named : loaders.latestApproved.load(model.ref);
    },

    async aliasNames(version) {
      if (version.aliasNames !== undefined) return version.aliasNames;
      const model = await loaders.models.load(modelOf(version.ref));
      if (model === null) return null;
      return model.aliases.filter((alias) => alias.version === version.ref.version).map((alias) => alias.name);
    },

    async latestInStage(model, stage) {
      const { edges, unavailable } = await versions(
        visibility.registries,
        {
          field: 'modelVersions',
          filter: { stages: [stage] },
          order: { field: 'NUMBER', direction: 'DESC' },
          models: [model],
          judged: null,
        },
        { request: readPageArgs({ first: 1 }), mayBeOlder: false, changesCursor: () => null },
      );
      const [failure] = unavailable;
      if (failure !== undefined) throw failure.error;
      return edges[0]?.node ?? null;
    },

    forget(ref) {
      const model = 'version' in ref ? modelOf(ref) : ref;
      for (const loader of [loaders.models, loaders.latest, loaders.latestApproved]) loader.clear(model);
      // All of them: an alias that moves, and a stage that is emptied, change other versions as well.
      loaders.versions.clearAll();
      loaders.evidence.clearAll();
      // A write took its own time; what is read after it has the whole of its own.
      scope.restart(ref.registryId);
    },
  };
}

/** What was found; the first failure is thrown, because an answer without it would claim that there is nothing. */
function present<R>(answers: readonly (R | null | Error)[]): readonly R[] {
  const found: R[] = [];
  for (const answer of answers) {
    if (answer instanceof Error) throw answer;
    if (answer !== null) found.push(answer);
  }
  return found;
}
