import type { RegistryError } from '../domain/errors.js';
import type { Timestamp } from '../domain/model.js';

/** One page of a list over registries, in the caller's order whichever way it was walked. */
export interface Connection<R> {
  readonly edges: readonly ConnectionEdge<R>[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  /** Made when asked for, so that a page whose cursors nobody reads costs nothing. */
  readonly startCursor: () => string | null;
  /** Set on an empty page too where reading stopped before the end: it says how far was read. */
  readonly endCursor: () => string | null;
  /** Null where no registry can count. */
  readonly totalCount: number | null;
  readonly totalCountIsExact: boolean;
  readonly unavailable: readonly UnavailableSource[];
  /** When reading began: everything in the page was true then or later. */
  readonly asOf: Timestamp;
}

export interface ConnectionEdge<R> {
  readonly node: R;
  readonly cursor: () => string;
}

export interface UnavailableSource {
  readonly registryId: string;
  readonly error: RegistryError;
}
