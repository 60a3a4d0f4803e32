import type { ModelRecord, ModelVersionRecord, Timestamp } from './model.js';
import type { ModelRef, VersionRef } from './refs.js';

export type Direction = 'ASC' | 'DESC';

/** Models are ordered by name (as UTF-8 bytes): the one order that every registry can give. */
export interface ModelOrder {
  readonly field: 'NAME';
  readonly direction: Direction;
}

/**
 * `NUMBER` within one model only; `CREATED_AT` everywhere. Ties keep an order of the adapter's own, the same in every call, and the descending
 * order is the exact mirror of the ascending one: paging backward is a walk in the other direction.
 */
export interface VersionOrder {
  readonly field: 'NUMBER' | 'CREATED_AT';
  readonly direction: Direction;
}

/** Where a walk stands, in terms of the data alone: the walk goes on after it even when that very item is gone. */
export interface ModelAnchor {
  readonly name: string;
  readonly ownerAccount?: string;
}

export interface VersionAnchor extends ModelAnchor {
  readonly version: string;
  readonly number: number;
  readonly createdAt: Timestamp | null;
}

export interface Position<A> {
  readonly anchor: A;
  /** The anchor's own item is wanted too, where it is still there. */
  readonly inclusive?: boolean;
  /**
   * From `Page.nextHint` of a page before or at this position: an upstream token or offset that saves re-reading.
   * It may be lost, stale or at a place before the anchor; the answer is the same without it.
   */
  readonly hint?: string;
}

export interface Page<R> {
  readonly items: readonly R[];
  /** True where there may be more after the last item. Never without items: there would be no anchor to go on from. */
  readonly hasMore: boolean;
  /** Pass it with the last item of this page as the anchor. */
  readonly nextHint?: string;
  /** How many match in all, where the upstream says so at no further call. */
  readonly total?: { readonly value: number; readonly exact: boolean };
}

export function modelAnchor(model: ModelRecord): ModelAnchor {
  return anchorName(model.ref);
}

export function versionAnchor(version: ModelVersionRecord): VersionAnchor {
  return {
    ...anchorName(version.ref),
    version: version.ref.version,
    number: version.number,
    createdAt: version.createdAt,
  };
}

function anchorName(ref: ModelRef | VersionRef): ModelAnchor {
  return ref.ownerAccount === undefined ? { name: ref.name } : { name: ref.name, ownerAccount: ref.ownerAccount };
}
