import type { Caller } from '../domain/access.js';
import type { RegistryError } from '../domain/errors.js';
import type { ModelListFilter, ModelListOrder, VersionListFilter, VersionListOrder } from '../domain/lists.js';
import type { EvidencePart, EvidenceRecord, ModelRecord, ModelVersionRecord, Timestamp } from '../domain/model.js';
import { type ModelRef, modelOf, refFromNamePart, type VersionRef } from '../domain/refs.js';
import type { Connection, Freshness } from './connection.js';
import type { RegistryEntry } from './entry.js';
import type { FreshnessArgs, Wanted } from './freshness.js';
import type { ListCursors } from './list-cursor.js';
import { DEFAULT_RULES, type ListRules } from './list-rules.js';
import { createLists } from './lists.js';
import { createLiveReads } from './live-reads.js';
import { createLookups } from './lookups.js';
import type { PageArgs } from './page-args.js';
import { Planner, type PlannerOptions, type View } from './planner.js';
import { type Deadlines, type RequestLimits, RequestScope } from './request-scope.js';
import { type RegistrySelection, requireRegistry } from './selection.js';
import type { RegistryCounts } from './snapshot/counts.js';
import { createSummaries, type RegistrySummary } from './summaries.js';
import { createVisibility, type Visibility } from './visibility.js';

export interface ModelListArgs {
  readonly page: PageArgs;
  readonly selection: RegistrySelection;
  readonly filter: ModelListFilter;
  /** Absent: by name. */
  readonly order: ModelListOrder | undefined;
  /** Absent: the config's default. */
  readonly freshness?: Wanted | undefined;
}

export interface VersionListArgs {
  readonly page: PageArgs;
  readonly selection: RegistrySelection;
  readonly filter: VersionListFilter;
  /** Absent: of one model by number, else by time of creation, descending. */
  readonly order: VersionListOrder | undefined;
  /** Absent: of all models. */
  readonly models: readonly ModelRef[] | undefined;
  /** Absent: the config's default. */
  readonly freshness?: Wanted | undefined;
}

/**
 * Everything that one operation may read, as far as its caller sees it. Made per operation: a single thing that it has read once, it does not read
 * again. Where `wanted` is absent, the config's default holds, or what was asked for elsewhere in the operation, where that is fresher.
 */
export interface Catalog {
  readonly registries: readonly RegistryEntry[];
  /** Null when there is none of that id. */
  registry(id: string): RegistryEntry | null;
  listModels(args: ModelListArgs): Promise<Connection<ModelRecord>>;
  listVersions(args: VersionListArgs): Promise<Connection<ModelVersionRecord>>;
  model(ref: ModelRef, wanted?: Wanted): Promise<ModelRecord | null>;
  version(ref: VersionRef, wanted?: Wanted): Promise<ModelVersionRecord | null>;
  /** @throws InvalidInputError when there is no such registry. */
  modelByName(registryId: string, name: string, wanted?: Wanted): Promise<ModelRecord | null>;
  /** @throws InvalidInputError when there is no such registry. */
  versionByName(registryId: string, name: string, version: string, wanted?: Wanted): Promise<ModelVersionRecord | null>;
  /** In all registries when `registryId` is absent. @throws InvalidInputError when there is no such registry. */
  versionByNativeId(
    nativeId: string,
    registryId: string | undefined,
    wanted?: Wanted,
  ): Promise<ModelVersionRecord | null>;
  /** From where the model came, as the next two. */
  latestVersion(model: ModelRecord): Promise<ModelVersionRecord | null>;
  latestApprovedVersion(model: ModelRecord): Promise<ModelVersionRecord | null>;
  /** Null where the version's model is gone. */
  aliasNames(version: ModelVersionRecord): Promise<readonly string[] | null>;
  /** Null for a missing version. Parts that were not asked for may be there too. Always live. */
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
  /** Where a record of this operation came from. */
  freshnessOf(record: ModelRecord | ModelVersionRecord): Freshness;
  /** Null: the registry was never read as a whole. */
  completeThrough(registryId: string): Timestamp | null;
  /** Null: not known, because the registry was never read as a whole. */
  counts(registryId: string): RegistryCounts | null;
  /** @throws UnavailableError where something is older than `freshness` allows. */
  summary(freshness: FreshnessArgs): Promise<RegistrySummary>;
  /** The same operation, asking the registries themselves wherever they can be asked: for whatever is decided by what it reads. */
  readonly live: Catalog;
}

export interface CatalogOptions extends PlannerOptions {
  readonly registries: readonly RegistryEntry[];
  readonly cursors: ListCursors;
  readonly deadlines: Deadlines;
  readonly limits: RequestLimits;
  /** Default: as without a policy. */
  readonly rules?: ListRules | undefined;
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
      caller,
      new RequestScope(options.deadlines, options.limits, signal, report),
      options,
    );
}

function openCatalog(visibility: Visibility, caller: Caller, scope: RequestScope, options: CatalogOptions): Catalog {
  const { registries } = visibility;
  const { cursors, rules = DEFAULT_RULES } = options;
  const planner = new Planner(options);
  const live = createLiveReads(visibility, cursors, scope, planner);
  const summaries = createSummaries(visibility, planner);

  const forget = (ref: ModelRef | VersionRef): void => {
    live.forget(ref);
    planner.touch('version' in ref ? modelOf(ref) : ref);
  };

  const open = (view: View, self: () => Catalog): Catalog => ({
    registries,
    registry: (id) => visibility.registry(id) ?? null,
    ...createLists({ view, visibility, caller, cursors, rules, planner, live }),
    ...createLookups({ view, visibility, planner, live }),
    ...summaries,

    modelRef(registryId, name) {
      requireRegistry(registries, registryId);
      return refFromNamePart(registryId, name);
    },

    refresh(record) {
      forget(record.ref);
      live.remember([record]);
    },

    forget,
    freshnessOf: (record) => planner.freshnessOf(record),
    get live() {
      return self();
    },
  });

  const alwaysLive: Catalog = open('LIVE', () => alwaysLive);
  return open('PLANNED', () => alwaysLive);
}
