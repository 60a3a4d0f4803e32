import { expect } from 'vitest';
import type { ModelFilter, VersionFilter } from '../../src/domain/filters.js';
import type { ModelRecord, ModelVersionRecord } from '../../src/domain/model.js';
import {
  type Direction,
  type ModelAnchor,
  modelAnchor,
  type Page,
  type Position,
  type VersionAnchor,
  type VersionOrder,
  versionAnchor,
} from '../../src/domain/page.js';
import { type ModelRef, modelId, versionId } from '../../src/domain/refs.js';
import type { CallOptions, RegistryAdapter } from '../../src/domain/registry.js';

/** Options of a call that nothing ends. */
export function call(options: Partial<CallOptions> = {}): CallOptions {
  return { signal: new AbortController().signal, priority: 'interactive', ...options };
}

/** One list of an adapter in one order: what a walk needs to know of it. */
export interface Listing<R, A> {
  readonly page: (limit: number, after?: Position<A>) => Promise<Page<R>>;
  readonly anchorOf: (record: R) => A;
  readonly idOf: (record: R) => string;
}

export function modelListing(
  adapter: RegistryAdapter,
  query: { readonly direction: Direction; readonly filter?: ModelFilter },
  options: CallOptions = call(),
): Listing<ModelRecord, ModelAnchor> {
  const { direction, ...rest } = query;
  const order = { field: 'NAME', direction } as const;
  return {
    page: (limit, after) =>
      adapter.listModels({ ...rest, order, limit, ...(after === undefined ? {} : { after }) }, options),
    anchorOf: modelAnchor,
    idOf: (model) => modelId(model.ref),
  };
}

export function versionListing(
  adapter: RegistryAdapter,
  query: { readonly order: VersionOrder; readonly model?: ModelRef; readonly filter?: VersionFilter },
  options: CallOptions = call(),
): Listing<ModelVersionRecord, VersionAnchor> {
  return {
    page: (limit, after) =>
      adapter.listVersions({ ...query, limit, ...(after === undefined ? {} : { after }) }, options),
    anchorOf: versionAnchor,
    idOf: (version) => versionId(version.ref),
  };
}

export interface WalkOptions {
  readonly limit: number;
  /** What becomes of a page's hint on the way to the next call. Default: it is passed on. */
  readonly hint?: (nextHint: string | undefined) => string | undefined;
  /** Runs after each page, before the next is asked for. */
  readonly between?: (pagesRead: number) => Promise<void>;
}

/** Reads a list to its end, and holds every page to the rules that each page must keep. */
export async function walk<R, A>(listing: Listing<R, A>, options: WalkOptions): Promise<R[]> {
  const { limit, hint = (nextHint) => nextHint, between } = options;
  const read: R[] = [];
  let after: Position<A> | undefined;
  for (let pages = 1; pages <= 3000; pages += 1) {
    const page = await listing.page(limit, after);
    expect(page.items.length, 'a page holds at most `limit` items').toBeLessThanOrEqual(limit);
    const last = page.items.at(-1);
    // Without an item there is no new anchor to go on from, so an empty page that promises more would be the same page for ever.
    if (last === undefined) expect(page.hasMore, 'an empty page is the last').toBe(false);
    read.push(...page.items);
    if (last === undefined || !page.hasMore) return read;
    const passed = hint(page.nextHint);
    after = { anchor: listing.anchorOf(last), ...(passed === undefined ? {} : { hint: passed }) };
    await between?.(pages);
  }
  throw new Error('The walk did not come to an end.');
}

/** All of a list, read in large pages. */
export function readAll<R, A>(listing: Listing<R, A>): Promise<R[]> {
  return walk(listing, { limit: 200 });
}

export function ids<R>(listing: { readonly idOf: (record: R) => string }, records: readonly R[]): string[] {
  return records.map(listing.idOf);
}
