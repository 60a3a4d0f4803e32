import { alignChain, refuseDecidedSince } from '../approvals/align-chain.js';
import { readProduction } from '../approvals/gather-facts.js';
import { productionRule, selectPolicy } from '../approvals/policy/index.js';
import { versionNotFound } from '../approvals/registry-access.js';
import { may } from '../domain/access.js';
import { ConflictError, ForbiddenError, NotFoundError, RegistryError } from '../domain/errors.js';
import type { ModelVersionRecord } from '../domain/model.js';
import { modelOf, type VersionRef, versionId } from '../domain/refs.js';
import { adapterFor, authorize, type MutationScope, oncePerKey, requireCapability, writeCall } from './scope.js';
import { readServing, refuseServed, type Serving } from './serving.js';

export interface DeletionRules {
  /** Approved versions as well; for admins. */
  readonly includeApproved: boolean;
}

export interface Refusal {
  readonly versionId: string;
  readonly code: RegistryError['code'];
  readonly message: string;
  readonly retryable: boolean;
}

export interface VersionDeletion extends DeletionRules {
  readonly version: VersionRef;
  readonly idempotencyKey?: string | null;
}

/** Deletes one version; the ledger keeps what was decided about it. @throws NotFoundError, ForbiddenError, ConflictError */
export async function deleteModelVersion(scope: MutationScope, input: VersionDeletion): Promise<{ replayed: boolean }> {
  authorize(scope, 'CONTRIBUTE', input.version);
  const { replayed } = await oncePerKey(scope, 'deleteModelVersion', input, async ({ isRepeated }) => {
    try {
      await deleteOne(scope, input.version, input);
    } catch (error) {
      // The attempt before this one has done it.
      if (!(isRepeated && error instanceof NotFoundError)) throw error;
    }
    return null;
  });
  return { replayed };
}

/**
 * Reads it anew, enters what was decided about it, judges once more, looks whether that still holds, and deletes it.
 * @param serving As it was read for all versions that go together; read anew for a single one.
 */
export async function deleteOne(
  scope: MutationScope,
  ref: VersionRef,
  rules: DeletionRules & { readonly incarnation?: string },
  serving?: Serving,
): Promise<void> {
  const judged = await alignChain(scope.decisions, ref);
  const { version } = judged;
  // Another version of the same name: the one that was meant is gone.
  if (rules.incarnation !== undefined && rules.incarnation !== version.incarnation) throw versionNotFound(ref);
  await refuseDeletion(scope, version, rules, serving);
  await refuseDecidedSince(scope.decisions, judged);
  await adapterFor(scope, ref).deleteVersion(ref, writeCall(scope));
  scope.catalog.forget(ref);
}

/** Why a version as it was read would not be deleted; null where it would. */
export async function refusalOf(
  scope: MutationScope,
  version: ModelVersionRecord,
  rules: DeletionRules,
  serving: Serving,
): Promise<Refusal | null> {
  try {
    await refuseDeletion(scope, version, rules, serving);
    return null;
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    return toRefusal(version.ref, error);
  }
}

export function toRefusal(ref: VersionRef, { code, message, retryable }: RegistryError): Refusal {
  return { versionId: versionId(ref), code, message, retryable };
}

/** What serves is never deleted, whatever its status. Production is looked up by the rule that the policies have for it; where no rule says, only an approved version can be production. */
async function refuseDeletion(
  scope: MutationScope,
  version: ModelVersionRecord,
  { includeApproved }: DeletionRules,
  serving: Serving | undefined,
): Promise<void> {
  const { registryId } = version.ref;
  const at = { registryId, operation: 'deleteVersion' };
  requireCapability(scope, version.ref, 'DELETE_VERSION');
  if (version.approvalStatus === 'APPROVED') {
    if (!includeApproved)
      throw new ConflictError('The version is approved. Pass `includeApproved: true` to delete it.', at);
    if (!may(scope.caller, 'ADMINISTER', modelOf(version.ref))) {
      throw new ForbiddenError('Approved versions are deleted by admins alone. Ask one.', at);
    }
  }
  refuseServed(serving ?? (await readServing(scope, [version.ref])), version.ref);
  const { policies, policyRegistry } = scope.decisions;
  const rule = productionRule(selectPolicy(policies, policyRegistry(registryId), version.ref));
  if (rule.by === 'LATEST_APPROVED') return;
  const production = await readProduction(scope.catalog, rule, modelOf(version.ref));
  if (production?.ref.version === version.ref.version) {
    throw new ConflictError(
      `The version is in production: it holds the ${rule.by === 'ALIAS' ? 'alias' : 'stage'} ${rule.name}. Put another there first.`,
      at,
    );
  }
}
