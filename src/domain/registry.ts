import type { RegistryCapabilities } from './capabilities.js';
import type { RegistryError } from './errors.js';
import type { ModelFilter, VersionFilter } from './filters.js';
import type {
  ApprovalStatus,
  ArtifactRecord,
  InferenceRecord,
  LineageRecord,
  ModelRecord,
  ModelVersionRecord,
  Tag,
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
  readonly caller?: { readonly name: string };
}

export type CallPriority = 'interactive' | 'background';

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
  readonly requestId?: string;
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
}

export interface AdapterEnvironment {
  /** The other configured registries of the same kind, so that an adapter can leave to a sibling what belongs there. */
  readonly siblings: readonly { readonly id: string; readonly options: unknown }[];
  /** Folder of the config file: relative paths in options start there. */
  readonly baseDirectory: string;
}
