import { createHash, randomUUID } from 'node:crypto';
import type { RegistrySelection } from '../catalog/selection.js';
import { may } from '../domain/access.js';
import { ForbiddenError, InvalidInputError, NotFoundError, RegistryError } from '../domain/errors.js';
import type { VersionListFilter } from '../domain/lists.js';
import type { ModelVersionRecord } from '../domain/model.js';
import { type ModelRef, modelOf, parseVersionId, type VersionRef, versionId } from '../domain/refs.js';
import { deleteOne, type Refusal, refusalOf, toRefusal } from './delete-version.js';
import { refuseBadKey } from './idempotency.js';
import { type MutationScope, oncePerKey } from './scope.js';
import { readServing, type Serving } from './serving.js';

export interface CleanUp {
  readonly selection: RegistrySelection;
  readonly filter: VersionListFilter;
  readonly models: readonly ModelRef[] | undefined;
  /** 1 to 100. */
  readonly limit: number;
  readonly dryRun: boolean;
  readonly confirmationToken: string | null;
  readonly includeApproved: boolean;
  readonly idempotencyKey?: string | null;
}

export interface CleanedUp {
  readonly dryRun: boolean;
  /** Of a dry run that found something to delete. */
  readonly confirmationToken: string | null;
  /** Of a dry run: what would be deleted. */
  readonly deletedIds: readonly string[];
  readonly refused: readonly Refusal[];
  /** Whether more matched than `limit`. */
  readonly hasMore: boolean;
  readonly replayed: boolean;
}

/** What a dry run has found, by incarnation: a version of the same name that comes later was not looked at. */
interface Confirmed {
  readonly versions: readonly { readonly id: string; readonly incarnation: string }[];
  readonly hasMore: boolean;
}

const TOKEN_MS = 3_600_000;
const LIMIT_MAX = 100;

/**
 * Deletes what a filter finds, in two steps: a dry run says what would go and gives a token, a real run with that token deletes those and no
 * others, each read anew. It can be run again with the same token for an hour: what is gone already counts as deleted.
 */
export async function deleteModelVersions(scope: MutationScope, input: CleanUp): Promise<CleanedUp> {
  refuseUnrestricted(input);
  if (input.limit < 1 || input.limit > LIMIT_MAX) {
    throw new InvalidInputError(`\`limit\` is ${input.limit}; it must be 1 to ${LIMIT_MAX}.`);
  }
  refuseBadKey(input.idempotencyKey);
  if (input.dryRun) return { ...(await look(scope, input)), dryRun: true, replayed: false };
  const { result, replayed } = await oncePerKey(scope, 'deleteModelVersions', input, () => carryOut(scope, input));
  return { ...result, dryRun: false, replayed };
}

async function look(scope: MutationScope, input: CleanUp): Promise<Omit<CleanedUp, 'dryRun' | 'replayed'>> {
  const found = await scope.catalog.listVersions({
    page: { first: input.limit },
    selection: input.selection,
    filter: input.filter,
    order: undefined,
    models: input.models,
  });
  const [failure] = found.unavailable;
  // Half a clean-up would pass for a whole one.
  if (failure !== undefined) throw failure.error;
  const serving = await servingAmong(
    scope,
    found.edges.map(({ node }) => node.ref),
  );
  // At once, so that what is looked up for each is looked up together.
  const judged = await Promise.all(
    found.edges.map(async ({ node }) => ({
      version: node,
      refusal: mayNotChange(scope, node.ref) ?? (await refusalOf(scope, node, input, serving)),
    })),
  );
  const versions = judged.flatMap(({ version, refusal }) => (refusal === null ? [version] : []));
  const refused = judged.flatMap(({ refusal }) => refusal ?? []);
  return {
    confirmationToken: versions.length === 0 ? null : await confirm(scope, input, versions, found.hasNextPage),
    deletedIds: versions.map(({ ref }) => versionId(ref)),
    refused,
    hasMore: found.hasNextPage,
  };
}

async function carryOut(scope: MutationScope, input: CleanUp): Promise<Omit<CleanedUp, 'dryRun' | 'replayed'>> {
  const confirmed = await confirmedBy(scope, input);
  const deletedIds: string[] = [];
  const refused: Refusal[] = [];
  const serving = await servingAmong(
    scope,
    confirmed.versions.map(({ id }) => parseVersionId(id)),
  );
  for (const { id, incarnation } of confirmed.versions) {
    const ref = parseVersionId(id);
    // What the caller may do can have changed since the dry run.
    const refusal = mayNotChange(scope, ref);
    if (refusal !== null) {
      refused.push(refusal);
      continue;
    }
    try {
      await deleteOne(scope, ref, { ...input, incarnation }, serving);
      deletedIds.push(id);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      if (error instanceof NotFoundError) deletedIds.push(id);
      else refused.push(toRefusal(ref, error));
    }
  }
  return { confirmationToken: null, deletedIds, refused, hasMore: confirmed.hasMore };
}

/** The token is kept with what it stands for, so that any replica can take it. */
async function confirm(
  scope: MutationScope,
  input: CleanUp,
  versions: readonly ModelVersionRecord[],
  hasMore: boolean,
): Promise<string> {
  const token = randomUUID();
  const confirmed: Confirmed = {
    versions: versions.map(({ ref, incarnation }) => ({ id: versionId(ref), incarnation })),
    hasMore,
  };
  const now = scope.decisions.now();
  await scope.requests.begin({
    key: keyOf(scope, token),
    inputHash: inputHash(input),
    holder: token,
    requestId: token,
    runningUntil: new Date(now).toISOString(),
    result: JSON.stringify(confirmed),
    expiresAt: new Date(now + TOKEN_MS).toISOString(),
  });
  return token;
}

async function confirmedBy(scope: MutationScope, input: CleanUp): Promise<Confirmed> {
  if (input.confirmationToken === null) {
    throw new InvalidInputError(
      '`confirmationToken` is missing. Run it with `dryRun: true` first, and look at what it would delete.',
    );
  }
  const kept = await scope.requests.find(keyOf(scope, input.confirmationToken));
  if (kept === null || kept.result === null || kept.inputHash !== inputHash(input)) {
    throw new InvalidInputError(
      'This `confirmationToken` is none of yours, too old, or of a dry run with another input. Run it with `dryRun: true` again.',
    );
  }
  return JSON.parse(kept.result) as Confirmed;
}

function keyOf({ caller }: MutationScope, token: string): string {
  return createHash('sha256')
    .update(JSON.stringify(['confirmation', caller.actor.nativeId, token]))
    .digest('hex');
}

function inputHash({ selection, filter, models, limit, includeApproved }: CleanUp): string {
  const relevant = JSON.stringify([selection, filter, models ?? null, limit, includeApproved]);
  return createHash('sha256').update(relevant).digest('hex');
}

function refuseUnrestricted({ selection, filter, models }: CleanUp): void {
  const restricts = [...Object.values(selection), ...Object.values(filter), models].some(
    (value) => value !== undefined,
  );
  if (!restricts)
    throw new InvalidInputError('`filter` restricts nothing. Say which versions are meant, at least by one field.');
}

/** Of what the caller may delete: the rest is refused without asking. */
function servingAmong(scope: MutationScope, refs: readonly VersionRef[]): Promise<Serving> {
  return readServing(
    scope,
    refs.filter((ref) => mayNotChange(scope, ref) === null),
  );
}

function mayNotChange(scope: MutationScope, ref: VersionRef): Refusal | null {
  if (may(scope.caller, 'CONTRIBUTE', modelOf(ref))) return null;
  return toRefusal(
    ref,
    new ForbiddenError('You may not delete versions of this model.', { registryId: ref.registryId }),
  );
}
