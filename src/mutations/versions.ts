import { importDecided } from '../approvals/align-chain.js';
import { judgeRegistration } from '../approvals/at-registration.js';
import type { RegistryError } from '../domain/errors.js';
import type { ModelVersionRecord } from '../domain/model.js';
import type { PolicyEvaluation } from '../domain/policy.js';
import { parseVersionId, type VersionRef, versionId } from '../domain/refs.js';
import type { NewVersion, VersionUpdate } from '../domain/registry.js';
import type { Keyed } from './models.js';
import {
  adapterFor,
  authorize,
  type MutationScope,
  oncePerKey,
  onModel,
  rereadVersion,
  type Written,
  writeCall,
  written,
} from './scope.js';

export interface VersionWritten extends Written<ModelVersionRecord> {
  readonly version: VersionRef;
  readonly replayed: boolean;
}

export interface VersionRegistered extends VersionWritten {
  /** What the policies did at registration. */
  readonly evaluation: PolicyEvaluation | null;
}

/** Registers a version, then lets the policies judge it. */
export async function registerModelVersion(
  scope: MutationScope,
  input: Omit<NewVersion, 'requestId'> & Keyed,
): Promise<VersionRegistered> {
  authorize(scope, 'CONTRIBUTE', input.model);
  let fresh: Written<ModelVersionRecord> | undefined;
  const { result, replayed } = await oncePerKey(scope, 'registerModelVersion', input, async ({ requestId }) => {
    const { idempotencyKey: _, ...fields } = input;
    const request = requestId === undefined ? {} : { requestId };
    const registering = adapterFor(scope, input.model).registerVersion({ ...fields, ...request }, writeCall(scope));
    const registered = await onModel(input.model, registering);
    fresh = written(scope, registered);
    const { evaluation, version, problem } = await judged(scope, registered);
    if (version !== null) fresh = written(scope, version);
    if (problem !== null) fresh = { ...fresh, problem };
    return { versionId: versionId(registered.ref), evaluation };
  });
  const version = parseVersionId(result.versionId);
  const again = fresh ?? (await rereadVersion(scope, version));
  return { version, replayed, evaluation: result.evaluation, ...again };
}

/** What the policies make of it; that they could not judge does not undo the registration. */
async function judged(
  scope: MutationScope,
  registered: ModelVersionRecord,
): Promise<{ evaluation: PolicyEvaluation | null; version: ModelVersionRecord | null; problem: RegistryError | null }> {
  if (!adapterFor(scope, registered.ref).capabilities.DECIDE) return { evaluation: null, version: null, problem: null };
  const { evaluation, decided, problem } = await judgeRegistration(scope.decisions, scope.catalog, registered);
  return { evaluation, version: decided?.version ?? null, problem };
}

/** Changes what is no decision. What was decided about the version before anybody looked enters the ledger first. */
export async function updateModelVersion(scope: MutationScope, input: VersionUpdate & Keyed): Promise<VersionWritten> {
  const { idempotencyKey: _, ...update } = input;
  const { version } = update;
  authorize(scope, 'CONTRIBUTE', version);
  let fresh: Written<ModelVersionRecord> | undefined;
  const { replayed } = await oncePerKey(scope, 'updateModelVersion', input, async () => {
    await importDecided(scope.decisions, version);
    fresh = written(scope, await adapterFor(scope, version).updateVersion(update, writeCall(scope)));
    return null;
  });
  return { version, replayed, ...(fresh ?? (await rereadVersion(scope, version))) };
}
