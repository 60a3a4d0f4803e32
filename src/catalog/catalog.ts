import type { Caller } from '../domain/access.js';
import type { RegistryError } from '../domain/errors.js';
import type { ModelFilter, VersionFilter } from '../domain/filters.js';
import type { EvidencePart, EvidenceRecord, ModelRecord, ModelVersionRecord, Timestamp } from '../domain/model.js';
import type { ModelOrder, VersionOrder } from '../domain/page.js';
import { type ModelRef, modelOf, refFromNamePart, type VersionRef } from '../domain/refs.js';
import type { Connection } from './connection.js';
import type { RegistryEntry } from './entry.js';
import type { ListCursors } from './list-cursor.js';
import { readLiveList } from './live-list.js';
import { DEFAULT_MODEL_ORDER, liveModels, type ModelReads } from './live-models.js';
import { liveVersions, type VersionReads } from './live-versions.js';
import { createLoaders } from './loaders.js';
import { type PageArgs, readPageArgs } from './page-args.js';
import { type Deadlines, type RequestLimits, RequestScope } from './request-scope.js';
import { type RegistrySelection, requireRegistry, selectRegistries } from './selection.js';
import { createVisibility, type Visibility } from './visibility.js';

export interface ModelListArgs {
  readonly page: PageArgs;
  readonly selection: RegistrySelection;
  readonly filter: ModelFilter;
  readonly order: ModelOrder | undefined;
}

export interface VersionListArgs {
  readonly page: PageArgs;
  readonly selection: RegistrySelection;
  readonly filter: VersionFilter;
  readonly order: VersionOrder | undefined;
  /** Absent: of all models. */
  readonly models: readonly ModelRef[] | undefined;
}

/**
 * Everything that one operation may read, as far as its caller sees it. Made per operation: a single thing that it has read once, it does not read
 * again.
 */
export interface Catalog {
  readonly registries: readonly RegistryEntry[];
  /** Null when there is none of that id. */
  registry(id: string): RegistryEntry | null;
  listModels(args: ModelListArgs): Promise<Connection<ModelRecord>>;
  listVersions(args: VersionListArgs): Promise<Connection<ModelVersionRecord>>;
  model(ref: ModelRef): Promise<ModelRecord | null>;
  version(ref: VersionRef): Promise<ModelVersionRecord | null>;
  /** @throws InvalidInputError when there is no such registry. */
  modelByName(registryId: string, name: string): Promise<ModelRecord | null>;
  /** @throws InvalidInputError when there is no such registry. */
  versionByName(registryId: string, name: string, version: string): Promise<ModelVersionRecord | null>;
  /** In all registries when `registryId` is absent. @throws InvalidInputError when there is no such registry. */
  versionByNativeId(nativeId: string, registryId: string | undefined): Promise<ModelVersionRecord | null>;
  latestVersion(model: ModelRecord): Promise<ModelVersionRecord | null>;
  latestApprovedVersion(model: ModelRecord): Promise<ModelVersionRecord | null>;
  /** Null where the version's model is gone. */
  aliasNames(version: ModelVersionRecord): Promise<readonly string[] | null>;
  /** Null for a missing version. Parts that were not asked for may be there too. */
  evidence(ref: VersionRef, parts: readonly EvidencePart[]): Promise<EvidenceRecord | null>;
  /** As `latestApprovedVersion`, by the name of the model. */
  latestApproved(model: ModelRef): Promise<ModelVersionRecord | null>;
  /** The version with the highest number in that stage; null when there is none. */
  latestInStage(model: ModelRef, stage: string): Promise<ModelVersionRecord | null>;
  /** @throws InvalidInputError when there is no such registry. */
  modelRef(registryId: string, name: string): ModelRef;
  /** What was just written: the rest of the operation sees it. */
  refresh(record: ModelRecord | ModelVersionRecord): void;
  /** What was just deleted. */
  forget(ref: ModelRef | VersionRef): void;
  /** When the operation began to read: every record it has was true then or later. */
  readonly asOf: Timestamp;
}

export interface CatalogOptions {
  readonly registries: readonly RegistryEntry[];
  readonly cursors: ListCursors;
  readonly deadlines: Deadlines;
  readonly limits: RequestLimits;
}

/**
 * @param caller What is invisible to it is not there.
 * @param signal Ends with the client's connection.
 * @param report Told of failed reads, for the log.
 */
export type OpenCatalog = (caller: Caller, signal: AbortSignal, report: (failure: RegistryError) => void) => Catalog;

export function createCatalog(options: CatalogOptions): OpenCatalog {
  return (caller, signal, report) =>
    openCatalog(
      createVisibility(options.registries, caller),
      options.cursors,
      new RequestScope(options.deadlines, options.limits, signal, report),
    );
}

function openCatalog(visibility: Visibility, cursors: ListCursors, scope: RequestScope): Catalog {
  const { registries } = visibility;
  const loaders = createLoaders(visibility, scope);

  const remember = <R extends ModelRecord | ModelVersionRecord>(records: readonly R[]): readonly R[] => {
    for (const record of records) {
      if (!visibility.sees(record.ref)) continue;
      if ('version' in record.ref) loaders.versions.prime(record.ref, record as ModelVersionRecord);
      else loaders.models.prime(record.ref, record as ModelRecord);
    }
    return records;
  };

  const modelReads: ModelReads = {
    async list(entry, query) {
      const page = await scope.read(entry, 'list', (adapter, callOptions) => adapter.listModels(query, callOptions));
      remember(page.items);
      return page;
    },
    async lookup(entry, names) {
      const found = await loaders.models.loadMany(names.map((name) => refFromNamePart(entry.id, name)));
      return present(found);
    },
  };
  const versionReads: VersionReads = {
    async list(entry, query) {
      const page = await scope.read(entry, 'list', (adapter, callOptions) => adapter.listVersions(query, callOptions));
      remember(page.items);
      return page;
    },
    async find(entry, nativeIds) {
      return present(await Promise.all(nativeIds.map((nativeId) => find(entry, nativeId))));
    },
  };

  const find = async (entry: RegistryEntry, nativeId: string): Promise<ModelVersionRecord | null> => {
    const found = await loaders.found.load({ registryId: entry.id, nativeId });
    if (found !== null) remember([found]);
    return found;
  };

  /** Undefined when the model does not name it, or names one that is gone by now. */
  const versionNamed = async (
    model: ModelRecord,
    name: string | null | undefined,
  ): Promise<ModelVersionRecord | null | undefined> => {
    if (name === null || name === undefined) return name;
    return (await loaders.versions.load({ ...model.ref, version: name })) ?? undefined;
  };

  const latestApprovedVersion = async (model: ModelRecord): Promise<ModelVersionRecord | null> => {
    const named = await versionNamed(model, model.latestVersionNames?.approved);
    const isSettled = named === null || named?.approvalStatus === 'APPROVED';
    return named !== undefined && isSettled ? named : loaders.latestApproved.load(model.ref);
  };

  const forget = (ref: ModelRef | VersionRef): void => {
    const model = 'version' in ref ? modelOf(ref) : ref;
    for (const loader of [loaders.models, loaders.latest, loaders.latestApproved]) loader.clear(model);
    // All of them: an alias that moves, and a stage that is emptied, change other versions as well.
    loaders.versions.clearAll();
    loaders.evidence.clearAll();
    // A write took its own time; what is read after it has the whole of its own.
    scope.restart(ref.registryId);
  };

  const listVersions: Catalog['listVersions'] = async ({ page, selection, filter, order, models }) => {
    const request = readPageArgs(page);
    for (const model of models ?? []) requireRegistry(registries, model.registryId);
    const entries = selectRegistries(registries, selection);
    const query = { field: 'modelVersions', filter, order, models, backward: request.backward };
    return readLiveList(liveVersions(entries, query, versionReads, visibility), request, cursors);
  };

  return {
    registries,
    asOf: new Date().toISOString(),
    registry: (id) => visibility.registry(id) ?? null,

    async listModels({ page, selection, filter, order = DEFAULT_MODEL_ORDER }) {
      const request = readPageArgs(page);
      const entries = selectRegistries(registries, selection);
      const query = { field: 'models', filter, order, backward: request.backward };
      const list = liveModels(entries, query, modelReads, visibility);
      return readLiveList(list, request, cursors);
    },

    listVersions,

    model: (ref) => loaders.models.load(ref),
    version: (ref) => loaders.versions.load(ref),

    async modelByName(registryId, name) {
      requireRegistry(registries, registryId);
      return loaders.models.load(refFromNamePart(registryId, name));
    },

    async versionByName(registryId, name, version) {
      requireRegistry(registries, registryId);
      return loaders.versions.load({ ...refFromNamePart(registryId, name), version });
    },

    async versionByNativeId(nativeId, registryId) {
      const entries = registryId === undefined ? registries : [requireRegistry(registries, registryId)];
      return firstFound(entries.map((entry) => find(entry, nativeId)));
    },

    async latestVersion(model) {
      if (model.latestVersion !== undefined) return model.latestVersion;
      const named = await versionNamed(model, model.latestVersionNames?.any);
      return named === undefined ? loaders.latest.load(model.ref) : named;
    },

    latestApprovedVersion,

    async latestApproved(ref) {
      const model = await loaders.models.load(ref);
      return model === null ? null : latestApprovedVersion(model);
    },

    async aliasNames(version) {
      if (version.aliasNames !== undefined) return version.aliasNames;
      const model = await loaders.models.load(modelOf(version.ref));
      if (model === null) return null;
      return model.aliases.filter((alias) => alias.version === version.ref.version).map((alias) => alias.name);
    },

    evidence: ({ registryId, name, ownerAccount, version }, parts) =>
      loaders.evidence.load({
        registryId,
        name,
        version,
        parts,
        ...(ownerAccount === undefined ? {} : { ownerAccount }),
      }),

    async latestInStage(model, stage) {
      const { edges, unavailable } = await listVersions({
        page: { first: 1 },
        selection: {},
        filter: { stages: [stage] },
        order: { field: 'NUMBER', direction: 'DESC' },
        models: [model],
      });
      const [failure] = unavailable;
      if (failure !== undefined) throw failure.error;
      return edges[0]?.node ?? null;
    },

    modelRef(registryId, name) {
      requireRegistry(registries, registryId);
      return refFromNamePart(registryId, name);
    },

    refresh(record) {
      forget(record.ref);
      remember([record]);
    },

    forget,
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

/** A thing found in one registry is the answer even where another could not be asked; only without one does the failure matter. */
async function firstFound<R>(asked: readonly Promise<R | null>[]): Promise<R | null> {
  const answers = await Promise.allSettled(asked);
  let failure: unknown;
  for (const answer of answers) {
    if (answer.status === 'rejected') failure = answer.reason;
    else if (answer.value !== null) return answer.value;
  }
  if (failure !== undefined) throw failure;
  return null;
}
