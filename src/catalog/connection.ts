import type { RegistryError } from '../domain/errors.js';
import type { Timestamp } from '../domain/model.js';

/** LIVE: the registries were asked. SNAPSHOT: the gateway's own picture of them. STALE_ON_ERROR: that, in place of what could not be asked. */
export type AnswerSource = 'LIVE' | 'SNAPSHOT' | 'STALE_ON_ERROR';

/** Where an answer came from, and when it was certainly true. */
export interface Freshness {
  readonly asOf: Timestamp;
  readonly source: AnswerSource;
}

/** One page of a list over registries, in the caller's order whichever way it was walked. */
export interface Connection<R> {
  readonly edges: readonly ConnectionEdge<R>[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  /** Made when asked for, so that a page whose cursors nobody reads costs nothing. */
  readonly startCursor: () => string | null;
  /** Set on an empty page too where reading stopped before the end: it says how far was read. */
  readonly endCursor: () => string | null;
  /** Null where no registry can count. Counted when asked for. */
  readonly totalCount: () => number | null;
  readonly totalCountIsExact: boolean;
  readonly unavailable: readonly UnavailableSource[];
  /** Everything in the page was true then or later: when reading began, or how far the oldest part of it is complete. */
  readonly asOf: Timestamp;
  readonly source: AnswerSource;
  /** The journal's position before anything was read; null where there is no journal. */
  readonly changesCursor: () => string | null;
}

export interface ConnectionEdge<R> {
  readonly node: R;
  readonly cursor: () => string;
}

export interface UnavailableSource {
  readonly registryId: string;
  readonly error: RegistryError;
  /** How far what stood in for it is complete; null where nothing did. */
  readonly servedStaleFrom: Timestamp | null;
}
