import { type Caller, may, seesAllOf, seesEverything, visibilityOf } from '../domain/access.js';
import { InvalidInputError, LedgerUnavailableError } from '../domain/errors.js';
import {
  type ApprovalChannel,
  type ApprovalRecord,
  type ApprovalState,
  actorId,
  approvalIdOf,
  approvalState,
  subjectOf,
  UnreadableEntry,
} from '../domain/ledger.js';
import type { ApprovalStatus, ModelVersionRecord, Timestamp } from '../domain/model.js';
import type { Direction } from '../domain/page.js';
import { type ModelRef, modelId, modelOf, quote, type VersionRef, versionId } from '../domain/refs.js';
import type { LedgerIndex, LedgerPosition } from '../governance/store.js';
import { positionOf } from './ledger/list-entries.js';
import type { LedgerReads } from './read-budget.js';

/** Absent fields do not restrict; an empty list matches nothing. */
export interface ApprovalFilter {
  readonly registryIds?: readonly string[];
  readonly models?: readonly ModelRef[];
  readonly versions?: readonly VersionRef[];
  readonly actorIds?: readonly string[];
  readonly channels?: readonly ApprovalChannel[];
  readonly states?: readonly ApprovalState[];
  readonly to?: readonly ApprovalStatus[];
  readonly policies?: readonly string[];
  /** Exclusive, both. */
  readonly recordedAfter?: Timestamp;
  readonly recordedBefore?: Timestamp;
}

export interface ApprovalListArgs {
  readonly page: ApprovalPageArgs;
  readonly filter: ApprovalFilter;
  readonly direction: Direction;
}

interface ApprovalPageArgs {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** In the caller's order, whichever way it was walked. */
export interface ApprovalPage {
  readonly edges: readonly { readonly node: ApprovalRecord; readonly cursor: () => string }[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: () => string | null;
  /** Set on an empty page too where reading stopped before the end. */
  readonly endCursor: () => string | null;
}

/** Makes a place in a list into a cursor that nobody can read or forge, and back. */
export interface PlaceCursors {
  /** Names a list by all that decides what is in it and in which order. */
  name(list: unknown): string;
  seal(list: string, place: LedgerPosition): string;
  /** @throws InvalidInputError for what is no cursor of that list. */
  open(list: string, cursor: string): LedgerPosition;
  readArgs(page: ApprovalPageArgs): {
    readonly limit: number;
    readonly backward: boolean;
    readonly cursor: string | undefined;
  };
}

export interface ApprovalList {
  all(args: ApprovalListArgs): Promise<ApprovalPage>;
  /** The newest first. */
  ofChain(
    version: ModelVersionRecord,
    chain: readonly ApprovalRecord[],
    page: ApprovalPageArgs,
  ): ApprovalPage & { readonly totalCount: number };
}

export function createApprovalList(
  ledger: Pick<LedgerReads, 'list'>,
  cursors: PlaceCursors,
  caller: Caller,
  registryIds: readonly string[],
): ApprovalList {
  return {
    async all({ page, filter, direction }) {
      const { limit, backward, cursor } = cursors.readArgs(page);
      refuseUnknown(filter, registryIds);
      const list = cursors.name(['modelApprovals', filter, direction, visibilityOf(caller)]);
      const after = cursor === undefined ? undefined : cursors.open(list, cursor);
      const indexes = indexesFor(filter, caller, registryIds);
      const matches = matcherOf(filter);
      const found = await ledger
        .list({
          indexes,
          direction: backward ? reversed(direction) : direction,
          limit,
          matches: (record) => isVisible(caller, record) && matches(record),
          ...(after === undefined ? {} : { after }),
          ...(filter.recordedAfter === undefined ? {} : { recordedAfter: filter.recordedAfter }),
          ...(filter.recordedBefore === undefined ? {} : { recordedBefore: filter.recordedBefore }),
        })
        .catch((error: unknown) => refuseUnread(error, caller));
      const items = backward ? found.items.toReversed() : found.items;
      const edges = items.map((node) => ({ node, cursor: () => cursors.seal(list, positionOf(node)) }));
      const [first, last] = [items[0], items.at(-1)];
      // Where reading stopped before the end, the page says how far it went: there may be nothing in it to go on from.
      const outer = (end: ApprovalRecord | undefined) => found.readTo ?? (end === undefined ? null : positionOf(end));
      const inner = (end: ApprovalRecord | undefined) => (end === undefined ? null : positionOf(end));
      const seal = (place: LedgerPosition | null) => (place === null ? null : cursors.seal(list, place));
      return {
        edges,
        hasNextPage: backward ? cursor !== undefined : found.readTo !== null,
        hasPreviousPage: backward ? found.readTo !== null : cursor !== undefined,
        startCursor: () => seal(backward ? outer(first) : inner(first)),
        endCursor: () => seal(backward ? inner(last) : outer(last)),
      };
    },

    ofChain(version, chain, page) {
      const { limit, cursor } = cursors.readArgs(page);
      const list = cursors.name(['approvals', versionId(version.ref), version.incarnation]);
      const newest = chain.toReversed();
      const after = cursor === undefined ? undefined : cursors.open(list, cursor).approvalId;
      const from = after === undefined ? 0 : newest.findIndex(({ decision }) => approvalIdOf(decision) === after) + 1;
      const shown = newest.slice(from, from + limit);
      const edges = shown.map((node) => ({ node, cursor: () => cursors.seal(list, positionOf(node)) }));
      return {
        edges,
        totalCount: chain.length,
        hasNextPage: from + limit < newest.length,
        hasPreviousPage: from > 0,
        startCursor: () => edges[0]?.cursor() ?? null,
        endCursor: () => edges.at(-1)?.cursor() ?? null,
      };
    },
  };
}

/** The narrowest index that the filter has; what it does not say is sifted. */
function indexesFor(filter: ApprovalFilter, caller: Caller, registryIds: readonly string[]): readonly LedgerIndex[] {
  const { versions, models, actorIds } = filter;
  // A list that matches nothing is not looked for.
  if (Object.values(filter).some((values) => Array.isArray(values) && values.length === 0)) return [];
  // What is invisible is not looked at: how long that takes, and whether a page ends early, would tell of it.
  const isShown = (ref: ModelRef) => may(caller, 'VIEW', ref);
  if (versions !== undefined) {
    return versions.filter(isShown).map((ref) => ({ by: 'version', versionId: versionId(ref) }));
  }
  if (models !== undefined) return models.filter(isShown).map((ref) => ({ by: 'model', modelId: modelId(ref) }));
  if (actorIds !== undefined) return actorIds.map((id) => ({ by: 'actor', actorId: id }));
  if (filter.registryIds === undefined && registryIds.every((id) => seesAllOf(caller, id))) return [{ by: 'all' }];
  return (filter.registryIds ?? registryIds).map((registryId) => ({ by: 'registry', registryId }));
}

/** Made once per list: a filter may name hundreds of ids, and thousands of entries are held against it. */
function matcherOf(filter: ApprovalFilter): (record: ApprovalRecord) => boolean {
  const models = filter.models?.map(modelId);
  const versions = filter.versions?.map(versionId);
  return (record) => {
    const { body } = record.decision;
    const { version } = subjectOf(body);
    return (
      isOneOf(filter.registryIds, version.registryId) &&
      isOneOf(models, modelId(version)) &&
      isOneOf(versions, body.versionId) &&
      isOneOf(filter.actorIds, actorId(body.actor)) &&
      isOneOf(filter.channels, body.channel) &&
      isOneOf(filter.states, approvalState(record)) &&
      isOneOf(filter.to, body.to) &&
      isOneOf(filter.policies, body.evaluation?.policy)
    );
  };
}

/** What cannot be read may be about a model that the caller may not see, and its place names that. */
function refuseUnread(error: unknown, caller: Caller): never {
  const isUnreadable = error instanceof LedgerUnavailableError && error.cause instanceof UnreadableEntry;
  if (!isUnreadable || seesEverything(caller)) throw error;
  throw new LedgerUnavailableError(
    'An entry of the ledger cannot be read. Narrow the filter, or ask an administrator to run `registrar ledger verify`.',
    { retryable: false, cause: error },
  );
}

/**
 * By the subject alone: what was decided stays to be seen by those who may see such a model, after the version has gone, and after its registry has
 * gone from the config.
 */
function isVisible(caller: Caller, { decision }: ApprovalRecord): boolean {
  return may(caller, 'VIEW', modelOf(subjectOf(decision.body).version));
}

function refuseUnknown(filter: ApprovalFilter, registryIds: readonly string[]): void {
  const named = [
    ...(filter.registryIds ?? []),
    ...[...(filter.models ?? []), ...(filter.versions ?? [])].map((ref) => ref.registryId),
  ];
  const unknown = named.find((id) => !registryIds.includes(id));
  if (unknown === undefined) return;
  throw new InvalidInputError(
    `There is no registry ${quote(unknown)}. The registries are: ${registryIds.join(', ') || 'none'}.`,
  );
}

function isOneOf<T>(allowed: readonly T[] | undefined, value: T | null | undefined): boolean {
  return allowed === undefined || (value !== null && value !== undefined && allowed.includes(value));
}

function reversed(direction: Direction): Direction {
  return direction === 'ASC' ? 'DESC' : 'ASC';
}
