import { CostExceededError, RegistryError } from '../../src/domain/errors.js';
import type { ApprovalStatus, ModelVersionRecord } from '../../src/domain/model.js';
import { type ModelRef, quote } from '../../src/domain/refs.js';
import type { Lookup } from '../../src/domain/registry.js';
import type { OffsetPage } from '../shared/offset-pager.js';
import { approvalOf, tagValuesOf } from './approval.js';
import type { MlflowCall } from './errors.js';
import { looseTag, namesInConditions } from './filter.js';
import { getModels, mapLookup } from './lookup.js';
import { toVersionRecord } from './map.js';
import { isPossibleModel, withNameCondition, withNameLists } from './names.js';
import type { MlflowSession } from './session.js';
import { isPrompt } from './tags.js';
import type { WireVersion } from './wire.js';

// What one call may cost: large pages for all models together, then a page each for what they did not settle.
const MOST_PAGES = 5;
const MOST_SINGLE_LOOKUPS = 20;
const OVERLAP = 10;

/** The model itself has its newest version; one of a status must be searched for. */
export async function getLatestVersions(
  session: MlflowSession,
  refs: readonly ModelRef[],
  status: ApprovalStatus | undefined,
  call: MlflowCall,
): Promise<readonly Lookup<ModelVersionRecord>[]> {
  const values = status === undefined ? null : tagValuesOf(session.options.approval, status);
  if (status !== undefined && values !== null) {
    const names = [...new Set(refs.filter(isPossibleModel).map((ref) => ref.name))];
    const found = await searchLatest(session, names, { status, values }, call);
    return refs.map((ref) => (isPossibleModel(ref) ? (found.get(ref.name) ?? null) : null));
  }

  const latest = (await getModels(session, refs, call)).map((lookup) =>
    mapLookup(lookup, (model) => model.latestVersion ?? null),
  );
  if (status === undefined) return latest;
  // Versions without the tag count too, and no search finds them by it. Most often the newest version is one of them.
  const isOpen = (lookup: Lookup<ModelVersionRecord>) =>
    lookup !== null && !(lookup instanceof RegistryError) && lookup.approvalStatus !== status;
  const names = [...new Set(refs.filter((_, index) => isOpen(latest[index] ?? null)).map((ref) => ref.name))];
  const found = await searchLatest(session, names, { status, values: [] }, call);
  return refs.map((ref, index) => {
    const lookup = latest[index] ?? null;
    return isOpen(lookup) ? (found.get(ref.name) ?? null) : lookup;
  });
}

interface Wanted {
  readonly status: ApprovalStatus;
  /** What the tag may say; empty where the tag does not tell, so that versions of any status have to be read. */
  readonly values: readonly string[];
}

/** One search per value of the tag, as there is no OR; the highest number of them all is the answer. */
async function searchLatest(
  session: MlflowSession,
  names: readonly string[],
  { status, values }: Wanted,
  call: MlflowCall,
): Promise<ReadonlyMap<string, Lookup<ModelVersionRecord>>> {
  const conditions =
    values.length === 0 ? [[]] : values.map((value) => [looseTag(session.options.approval.tag, value)]);
  const found = new Map<string, Lookup<ModelVersionRecord>>(names.map((name) => [name, null]));
  const budget = { pages: MOST_PAGES, lookups: MOST_SINGLE_LOOKUPS };
  for (const condition of conditions) {
    const search: LatestSearch = { session, status, condition, call, open: new Set(names), budget, found };
    await searchTogether(search);
    await Promise.all([...search.open].map((name) => searchOne(search, name)));
  }
  return found;
}

interface LatestSearch {
  readonly session: MlflowSession;
  readonly status: ApprovalStatus;
  readonly condition: readonly string[];
  readonly call: MlflowCall;
  /** Models that are not settled yet. */
  readonly open: Set<string>;
  readonly budget: { pages: number; lookups: number };
  readonly found: Map<string, Lookup<ModelVersionRecord>>;
}

/** Reads versions of all open models together, the highest numbers first, so that the first one of a model is its answer. */
async function searchTogether(search: LatestSearch): Promise<void> {
  const { session, condition, open } = search;
  if (open.size < 2) return;
  await withNameLists(
    session,
    async () => {
      for (const chunk of namesInConditions([...open])) await readPages(search, new Set(chunk.names), true);
    },
    // Without names, the versions of all models would have to be read, where not even the tag narrows them.
    async () => (condition.length === 0 ? undefined : readPages(search, new Set(open), false)),
  );
}

async function readPages(search: LatestSearch, names: Set<string>, areListed: boolean): Promise<void> {
  const { session, condition, call, open, budget } = search;
  let offset = 0;
  let tail: readonly WireVersion[] = [];
  while (names.size > 0 && budget.pages > 0) {
    budget.pages -= 1;
    const listed = areListed ? namesInConditions([...names]).map((chunk) => chunk.condition) : [];
    const page: OffsetPage<WireVersion> = await session.client.searchVersions(
      {
        conditions: [...listed, ...condition],
        orderBy: ['version_number DESC', 'name ASC'],
        limit: session.options.pageSize,
        offset,
      },
      call,
    );
    // The list has moved so much that something may have slipped through between the pages.
    if (tail.length > 0 && !page.items.some((version) => tail.some((known) => isSame(version, known)))) return;
    const settled = page.items.filter((version) => settle(search, names, version)).length;
    if (!page.hasMore) {
      for (const name of names) open.delete(name);
      return;
    }
    // With fewer names the list is another, and shorter: it is read from its start.
    const isNewList = areListed && settled > 0;
    tail = isNewList ? [] : page.items.slice(-OVERLAP);
    offset = isNewList ? 0 : Math.max(0, page.end - OVERLAP);
  }
}

/** True when the version is the answer for its model. */
function settle(search: LatestSearch, names: Set<string>, version: WireVersion): boolean {
  if (!isAnswer(search, version) || !names.delete(version.name)) return false;
  search.open.delete(version.name);
  offer(search, version);
  return true;
}

/** One large page of one model. */
async function searchOne(search: LatestSearch, name: string): Promise<void> {
  const { session, condition, call, budget, found } = search;
  if (budget.lookups === 0) {
    found.set(name, tooCostly(search, name));
    return;
  }
  budget.lookups -= 1;
  try {
    const page = await withNameCondition(session, name, (named) =>
      session.client.searchVersions(
        {
          conditions: [named.text, ...condition],
          orderBy: ['version_number DESC'],
          limit: session.options.pageSize,
        },
        call,
      ),
    );
    const version = page.items.find((candidate) => candidate.name === name && isAnswer(search, candidate));
    if (version !== undefined) offer(search, version);
    else if (page.hasMore) found.set(name, tooCostly(search, name));
  } catch (error) {
    if (!(error instanceof RegistryError) || call.signal.aborted) throw error;
    found.set(name, error);
  }
}

/** Another value of the tag may have found a higher number, or failed. */
function offer({ session, found }: LatestSearch, version: WireVersion): void {
  const known = found.get(version.name) ?? null;
  if (known instanceof RegistryError || (known !== null && known.number > Number(version.version))) return;
  found.set(version.name, toVersionRecord(session.map, version, undefined));
}

function isAnswer({ session, status }: LatestSearch, version: WireVersion): boolean {
  return !isPrompt(version.tags) && approvalOf(session.options.approval, version.tags).status === status;
}

function isSame(a: WireVersion, b: WireVersion): boolean {
  return a.name === b.name && a.version === b.version;
}

function tooCostly({ session, status, call }: LatestSearch, name: string): CostExceededError {
  return new CostExceededError(
    `Finding the latest ${status} version of ${quote(name)} takes more calls than one request may make. Ask for fewer models at once.`,
    { registryId: session.registryId, operation: call.operation },
  );
}
