import type { RegistryCapabilities } from './capabilities.js';
import type { KindSources } from './change-source.js';
import type { ConnectPlan } from './connect.js';
import type { RegistryError } from './errors.js';
import type { ModelFilter, VersionFilter } from './filters.js';
import type {
  ApprovalStatus,
  ArtifactRecord,
  DecisionMark,
  EvidencePart,
  EvidenceRecord,
  InferenceRecord,
  LineageRecord,
  ModelRecord,
  ModelVersionRecord,
  ReportKind,
  Tag,
  Timestamp,
} from './model.js';
import type { ModelAnchor, ModelOrder, Page, Position, VersionAnchor, VersionOrder } from './page.js';
import type { ModelRef, VersionRef } from './refs.js';
import type { RegistryKind } from './registry-kind.js';

/** The contract between the gateway and one configured upstream. In prose, with each error it may throw: `adapters/README.md`. */
export interface RegistryAdapter extends AsyncDisposable {
  readonly id: string;
  readonly kind: RegistryKind;
  readonly location: RegistryLocation;
  readonly capabilities: RegistryCapabilities;
  readonly query: RegistryQuerySupport;
  readonly polling: RegistryPolling;
  readonly limits: RegistryLimits;

  /** Models in `order`, after `after`. At most `limit` items, and fewer only at the end or where the filter leaves gaps. */
  listModels(query: ListModelsQuery, options: CallOptions): Promise<Page<ModelRecord>>;

  /** Versions of one model, or of all models when `model` is absent. A missing model has no versions. */
  listVersions(query: ListVersionsQuery, options: CallOptions): Promise<Page<ModelVersionRecord>>;

  /** One answer per ref, in the order of the refs. */
  getModels(refs: readonly ModelRef[], options: CallOptions): Promise<readonly Lookup<ModelRecord>[]>;

  /** One answer per ref, in the order of the refs. */
  getVersions(refs: readonly VersionRef[], options: CallOptions): Promise<readonly Lookup<ModelVersionRecord>[]>;

  /**
   * A page of everything there is, in the largest pages and the fewest calls that the upstream allows, in any order. `next` of a page goes into the next
   * call; a walk may take minutes, and what is there throughout it appears in it at least once. A page that could not be read whole rejects: an
   * answer is never less than what there is. Records equal those of `getModels`, but for `latestVersion` and `latestVersionNames`.
   */
  walkModels(query: WalkQuery, options: CallOptions): Promise<WalkPage<ModelRecord>>;

  /** As `walkModels`, over the versions of all models. Records equal those of `getVersions`, but for `aliasNames`. */
  walkVersions(query: WalkQuery, options: CallOptions): Promise<WalkPage<ModelVersionRecord>>;

  /**
   * The version with the highest number of each model, among those in `approvalStatus` where that is given; null when there is none.
   * Batched, because a list of models shows it in every row: the number of upstream calls must not grow with the number of models beyond
   * what the upstream's API forces. A model for which it would take too many calls gets a `CostExceededError` in its slot.
   */
  getLatestVersions(
    models: readonly ModelRef[],
    options: CallOptions & { readonly approvalStatus?: ApprovalStatus },
  ): Promise<readonly Lookup<ModelVersionRecord>[]>;

  /** By ARN or `models:/name/version` URI; null for what is not this registry's, without asking the upstream where the id already says so. */
  findVersion(nativeId: string, options: CallOptions): Promise<ModelVersionRecord | null>;

  /**
   * What speaks for or against each version, as far as `parts` asks: the rest is empty. A part that the registry has no capability for is empty;
   * one that could not be read is told in `problems`, by its name, while the rest stays. Evidence may be read from another store than the registry's, within
   * the bounds of the options.
   */
  getEvidence(
    refs: readonly VersionRef[],
    options: CallOptions & { readonly parts: readonly EvidencePart[] },
  ): Promise<readonly Lookup<EvidenceRecord>[]>;

  /**
   * Names of what serves each version now, as far as the registry itself knows: an endpoint, whether it has traffic or not. Empty where nothing
   * does, and without a call where the registry knows no such thing. Whether the version is there is not asked, so no answer is null; where it
   * cannot be told, that is the error in the slot: unknown is not free.
   */
  getServing(refs: readonly VersionRef[], options: CallOptions): Promise<readonly Lookup<readonly string[]>[]>;

  /**
   * Capability `CREATE_MODEL`.
   * @throws ConflictError when a model of that name is there; InvalidInputError when the registry cannot hold a field's value;
   * UnsupportedError when it cannot hold a field at all. Nothing is written then.
   */
  createModel(input: NewModel, options: CallOptions): Promise<ModelRecord>;

  /**
   * Capability `REGISTER_VERSION`. The new version is PENDING, explicitly.
   * @throws NotFoundError when the model is missing; InvalidInputError, UnsupportedError as `createModel`.
   */
  registerVersion(input: NewVersion, options: CallOptions): Promise<ModelVersionRecord>;

  /**
   * Capabilities `UPDATE_MODEL_DESCRIPTION` and `TAG_MODELS`, by field. All of it or nothing, as far as the upstream allows: what it takes in
   * several calls is written in an order in which a repetition completes it.
   * @throws NotFoundError, InvalidInputError, UnsupportedError. Nothing is written then.
   */
  updateModel(input: ModelUpdate, options: CallOptions): Promise<ModelRecord>;

  /**
   * Capability `DELETE_MODEL`.
   * @throws NotFoundError; ConflictError while it has versions.
   */
  deleteModel(model: ModelRef, options: CallOptions): Promise<void>;

  /**
   * Capabilities `UPDATE_VERSION_DESCRIPTION`, `UPDATE_METADATA`, `TAG_VERSIONS` and `UPDATE_MODEL_CARD`, by field. As `updateModel`; never
   * touches the approval status.
   */
  updateVersion(input: VersionUpdate, options: CallOptions): Promise<ModelVersionRecord>;

  /** Capability `DELETE_VERSION`. Aliases that point to it go with it. @throws NotFoundError */
  deleteVersion(version: VersionRef, options: CallOptions): Promise<void>;

  /**
   * What a decision could not hold here, judged by the version as it was read, without a call. Capability `DECIDE`.
   * @throws InvalidInputError where the comment does not fit, or there is no room for the mark; UnsupportedError.
   */
  refuseDecision(current: ModelVersionRecord, write: Omit<StatusWrite, 'incarnation'>): void;

  /**
   * Capability `DECIDE`. Writes the status and the mark of its decision; where that takes two calls, the mark first. The upstreams know no
   * precondition on the status, so the caller is the one to make sure that it may.
   * @returns The version read back, strongly: what the registry says now, which may be something else.
   * @throws NotFoundError, also where the version is of another incarnation (by a read right before the write where the upstream has no
   * precondition); InvalidInputError, UnsupportedError. Nothing is written then.
   */
  decide(write: StatusWrite, options: CallOptions): Promise<ModelVersionRecord>;

  /**
   * Capability `ALIASES`. Moves the alias from whatever holds it.
   * @throws NotFoundError when the version is missing; InvalidInputError for a name that the registry reserves or refuses; ConflictError when
   * `expected` does not hold (best effort where the upstream has no precondition).
   */
  setAlias(input: AliasWrite, options: CallOptions): Promise<AliasWritten>;

  /** Capability `ALIASES`. @throws NotFoundError when the model or the alias is missing; ConflictError as `setAlias`. */
  deleteAlias(input: AliasRemoval, options: CallOptions): Promise<ModelRecord>;

  /**
   * Capability `STAGES`; `CLEAR_STAGE` where `stage` is null.
   * @throws NotFoundError; InvalidInputError for a stage that the registry does not have; ConflictError when `expectedStage` does not hold;
   * UnsupportedError for `status`, `description` or `archiveOthers` where the registry has no such thing.
   */
  setStage(input: StageWrite, options: CallOptions): Promise<ModelVersionRecord>;

  /** What `registrar check` prints: one result per thing that must be reachable or permitted. Never throws. */
  check(options: CallOptions): Promise<readonly CheckResult[]>;
}

/** The record, null for a missing thing, or why it could not be read. */
export type Lookup<R> = R | null | RegistryError;

export interface CallOptions {
  /** Ends the call: it rejects with a `TimeoutError`, or with the signal's reason where that is a `RegistryError`. */
  readonly signal: AbortSignal;
  readonly priority: CallPriority;
  /** `strong`: not from an index that may lag behind a write. Default `eventual`. */
  readonly consistency?: 'eventual' | 'strong';
  /** Who asked; used for writes only. Reads use the gateway's own identity. */
  readonly caller?: { readonly name: string /** As `Caller.actor` has it. */; readonly nativeId?: string };
}

export type CallPriority = 'interactive' | 'background';

export interface WalkQuery {
  /**
   * Only what was modified at or after this time, by the upstream's own clock; more may come. Passed only where `polling` says that the upstream can
   * tell.
   */
  readonly modifiedSince?: Timestamp;
  /** `next` of the page before. */
  readonly after?: string;
}

export interface WalkPage<R> {
  readonly items: readonly R[];
  /** Opaque; null: that was the last page. */
  readonly next: string | null;
}

/** How changes are found by asking. What it cannot tell of by modification is found by a walk of everything. */
export interface RegistryPolling {
  /** Whether a modified version (status, stage, tags, metadata alike) is found by `modifiedSince`, without a walk. Deletions never are. */
  readonly versionsByModification: boolean;
  /**
   * The same for models, new ones among them. What the upstream keeps no time of, such as the tags of a SageMaker group, is found by a walk of everything all
   * the same.
   */
  readonly modelsByModification: boolean;
  /** Between two polls, in milliseconds: as often as the upstream takes without harm. */
  readonly everyMs: number;
  /** How long what was written may be missing in a walk, in milliseconds: 0 for an upstream that reads its writes. */
  readonly indexLagMs: number;
}

export interface ListModelsQuery {
  readonly order: ModelOrder;
  /** A promise to narrow, not to filter: items that do not match may be among the answer unless `query` says otherwise. */
  readonly filter?: ModelFilter;
  readonly after?: Position<ModelAnchor>;
  /** 1 to 200. */
  readonly limit: number;
}

export interface ListVersionsQuery {
  readonly model?: ModelRef;
  readonly order: VersionOrder;
  readonly filter?: VersionFilter;
  readonly after?: Position<VersionAnchor>;
  /** 1 to 200. */
  readonly limit: number;
}

export interface NewModel {
  readonly name: string;
  readonly description?: string;
  /** Written as the tag that the config names; an `InvalidInputError` where `tags` has it with another value. */
  readonly owner?: string;
  readonly tags?: readonly Tag[];
  /** Repeating the same create with the same id gives the first result again instead of a second thing. At most 36 characters. */
  readonly requestId?: string;
}

export interface NewVersion {
  readonly model: ModelRef;
  readonly description?: string;
  /** At least one; more than one with capability `MULTIPLE_ARTIFACTS`. */
  readonly artifacts: readonly (Pick<ArtifactRecord, 'uri'> & Partial<ArtifactRecord>)[];
  readonly metadata?: readonly Tag[];
  /** Capability `TAG_VERSIONS`. */
  readonly tags?: readonly Tag[];
  /** Capability `LINEAGE`. */
  readonly lineage?: Partial<Omit<LineageRecord, 'experimentId'>>;
  /** Capability `REGISTER_INFERENCE`. */
  readonly inference?: Partial<InferenceRecord>;
  /** Capability `REGISTER_METRICS`. */
  readonly metrics?: readonly NewMetric[];
  /** Capability `REGISTER_PARAMETERS`. */
  readonly parameters?: readonly Tag[];
  /** Capability `REGISTER_REPORTS`. */
  readonly reports?: readonly NewReport[];
  /** JSON. Capability `REGISTER_MODEL_CARD`. */
  readonly modelCard?: unknown;
  readonly requestId?: string;
}

export interface NewMetric {
  readonly name: string;
  readonly value: number;
  readonly unit?: string;
  readonly dataset?: string;
}

export interface NewReport {
  readonly kind: ReportKind;
  readonly uri: string;
  readonly contentType?: string;
}

/** Absent: left as it is. Null: cleared. */
export interface ModelUpdate {
  readonly model: ModelRef;
  readonly description?: string | null;
  /** The tag that the config names. */
  readonly owner?: string | null;
  readonly setTags?: readonly Tag[];
  /** Keys; one that is not there is no fault. */
  readonly removeTags?: readonly string[];
}

/** As `ModelUpdate`. */
export interface VersionUpdate {
  readonly version: VersionRef;
  readonly description?: string | null;
  readonly setMetadata?: readonly Tag[];
  readonly removeMetadata?: readonly string[];
  readonly setTags?: readonly Tag[];
  readonly removeTags?: readonly string[];
  /** JSON. */
  readonly modelCard?: unknown;
}

export interface StatusWrite {
  readonly version: VersionRef;
  /** Of the version that was decided upon: one that was made anew under the same number is another. */
  readonly incarnation: string;
  /** Its `status` is what is written. */
  readonly mark: DecisionMark;
}

/** Which version the caller believes to hold an alias; null: none. */
export interface AliasExpectation {
  readonly version: string | null;
}

export interface AliasWrite {
  readonly version: VersionRef;
  readonly alias: string;
  readonly expected?: AliasExpectation;
}

export interface AliasWritten {
  readonly model: ModelRecord;
  readonly previousVersion: string | null;
}

export interface AliasRemoval {
  readonly model: ModelRef;
  readonly alias: string;
  readonly expected?: AliasExpectation;
}

export interface StageWrite {
  readonly version: VersionRef;
  /** Null clears it. */
  readonly stage: string | null;
  readonly status?: string;
  readonly description?: string;
  /** Null: it is in none. */
  readonly expectedStage?: string | null;
  /** Archive the others in that stage, where the registry knows such a thing. */
  readonly archiveOthers?: boolean;
}

/** Where it is, without secrets. */
export interface RegistryLocation {
  readonly account: string | null;
  readonly region: string | null;
  /** Base URL, endpoint or table. */
  readonly location: string | null;
}

/** Filters named here are applied by the upstream exactly: every item of a page matches, and `total` counts matches only. */
export interface RegistryQuerySupport {
  readonly modelFilters: Readonly<Record<keyof ModelFilter, boolean>>;
  readonly versionFilters: Readonly<Record<keyof VersionFilter, boolean>>;
  /** Whether pages say how many there are in all. */
  readonly countsModels: boolean;
  readonly countsVersions: boolean;
}

export interface RegistryLimits {
  /** A JavaScript regular expression (flag `u`) that a name must match as a whole. */
  readonly modelNamePattern: string;
  readonly modelNameMax: number;
  readonly descriptionMax: number;
  readonly commentMax: number;
  readonly metadataEntriesMax: number | null;
  readonly metadataKeyMax: number;
  readonly metadataValueMax: number;
  readonly metadataValuePattern: string | null;
  readonly aliasPattern: string | null;
  /** The stages there are; null where any name will do. */
  readonly stages: readonly string[] | null;
}

export interface CheckResult {
  /** e.g. `reach`, `sagemaker:Search`. */
  readonly name: string;
  readonly ok: boolean;
  /** What was found, or what is wrong and what to do about it. */
  readonly message: string;
}

/** How the gateway gets from the config to an adapter. */
export interface RegistryDefinition<Options, Schema = unknown> {
  readonly kind: RegistryKind;
  /** The zod model of `Options`, from the adapter's `options.ts`. */
  readonly optionsSchema: Schema;
  readonly create: (id: string, options: Options, environment: AdapterEnvironment) => RegistryAdapter;
  /**
   * How the registries of this kind tell of changes by themselves, as far as their options say; several may share a queue or a table. Absent where the kind
   * has no such way.
   */
  readonly createSources?: (
    registries: readonly { readonly id: string; readonly options: Options }[],
    environment: Pick<AdapterEnvironment, 'baseDirectory'>,
  ) => KindSources;
  /**
   * What has to be set up outside of the gateway for the registries to tell of their changes. Absent where there is nothing to set up.
   * @throws InvalidInputError where the options do not say enough.
   */
  readonly connect?: (
    registries: readonly { readonly id: string; readonly options: Options }[],
  ) => readonly ConnectPlan[];
}

export interface AdapterEnvironment {
  /** The other configured registries of the same kind, so that an adapter can leave to a sibling what belongs there. */
  readonly siblings: readonly { readonly id: string; readonly options: unknown }[];
  /** Folder of the config file: relative paths in options start there. */
  readonly baseDirectory: string;
}
