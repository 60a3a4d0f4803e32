import type { ModelFilter, TagFilter, VersionFilter } from './filters.js';
import type { ApprovalStatus, Timestamp } from './model.js';
import type { Direction, ModelOrder, VersionOrder } from './page.js';

// What lists over registries can be asked for: more than any one registry can be asked, because the gateway knows them all.

export interface ModelListFilter extends ModelFilter {
  readonly hasVersionWithStatuses?: readonly ApprovalStatus[];
  /** By the production rule of the policies. */
  readonly hasProductionVersion?: boolean;
}

export interface VersionListFilter extends VersionFilter {
  /** Tags of the model that it is a version of. */
  readonly modelTags?: readonly TagFilter[];
  /** Held by one of these aliases. */
  readonly aliases?: readonly string[];
  readonly approvalStatusSinceBefore?: Timestamp;
  /** By grants, and by the deciders whom the policies name. */
  readonly viewerCanDecide?: boolean;
  /** By the production rule of the policies. */
  readonly inProduction?: boolean;
}

/** Keys that are not known come last in either direction; ties break by id, ascending, with versions as numbers. */
export interface ModelListOrder {
  readonly field: ModelOrder['field'] | 'CREATED_AT' | 'UPDATED_AT';
  readonly direction: Direction;
}

/** As `ModelListOrder`. */
export interface VersionListOrder {
  readonly field: VersionOrder['field'] | 'UPDATED_AT' | 'MODEL_NAME' | 'APPROVAL_STATUS_SINCE';
  readonly direction: Direction;
}
