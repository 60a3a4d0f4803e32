import type { DecisionService } from '../approvals/decide.js';
import { adapterOf, ownCall, versionNotFound } from '../approvals/registry-access.js';
import type { Catalog } from '../catalog/catalog.js';
import { type Action, type Caller, grantsFor, may } from '../domain/access.js';
import type { RegistryCapability } from '../domain/capabilities.js';
import { ForbiddenError, NotFoundError, RegistryError, UnsupportedError } from '../domain/errors.js';
import type { LeaseStore } from '../domain/lease.js';
import type { ModelRecord, ModelVersionRecord } from '../domain/model.js';
import { type ModelRef, modelOf, quote, type VersionRef } from '../domain/refs.js';
import type { CallOptions, RegistryAdapter } from '../domain/registry.js';
import type { RequestStore } from '../governance/store.js';
import { type Attempt, type Once, once } from './idempotency.js';

/** What mutations need that outlives a request. */
export interface MutationServices {
  readonly decisions: DecisionService;
  readonly requests: RequestStore;
  readonly leases: LeaseStore;
}

/** What one request may change, and for whom. */
export interface MutationScope extends MutationServices {
  readonly caller: Caller;
  /** Of this operation: it sees what the caller sees. */
  readonly catalog: Catalog;
}

/** What a write leaves: the changed thing, or why it could not be read back. */
export interface Written<R> {
  readonly record: R | null;
  readonly problem: RegistryError | null;
}

const ROLE_FOR: Readonly<Record<Action, string>> = {
  VIEW: 'viewer',
  CONTRIBUTE: 'contributor',
  DECIDE: 'approver',
  ADMINISTER: 'admin',
};

/**
 * @throws NotFoundError for what the caller may not see, in the very words for what is not there; ForbiddenError for what it may see and not do.
 */
export function authorize(scope: MutationScope, action: Action, ref: ModelRef | VersionRef): void {
  const model = 'version' in ref ? modelOf(ref) : ref;
  if (!may(scope.caller, 'VIEW', model) || scope.catalog.registry(ref.registryId) === null) {
    throw 'version' in ref ? versionNotFound(ref) : modelNotFound(ref);
  }
  requireGrant(scope, action, model);
}

/** For what does not exist yet, so that there is nothing to hide but the registry. */
export function requireGrant({ caller }: MutationScope, action: Action, model: ModelRef): void {
  if (grantsFor(caller, action, model).length > 0) return;
  throw new ForbiddenError(
    `You may not do this with the model ${quote(model.name)}: it takes the role ${ROLE_FOR[action]} over it. Ask for \`explainAccess\`.`,
    { registryId: model.registryId },
  );
}

export function modelNotFound(ref: ModelRef, cause?: unknown): NotFoundError {
  return new NotFoundError(
    `There is no model ${quote(ref.name)} in registry ${quote(ref.registryId)}. Check the id: it may be misspelt, or deleted meanwhile.`,
    { registryId: ref.registryId, cause },
  );
}

export function adapterFor(scope: MutationScope, ref: ModelRef): RegistryAdapter {
  return adapterOf(scope.decisions.registries, ref.registryId);
}

/** Before a mutation of several steps begins: its registry would refuse one of them later. @throws UnsupportedError */
export function requireCapability(scope: MutationScope, ref: ModelRef, capability: RegistryCapability): void {
  if (adapterFor(scope, ref).capabilities[capability]) return;
  throw new UnsupportedError(`Registry ${ref.registryId} cannot do this: it lacks the capability ${capability}.`, {
    capability,
    registryId: ref.registryId,
  });
}

/** A write goes on when the client has gone: it would be half done otherwise. */
export function writeCall(scope: MutationScope): CallOptions {
  const { name, nativeId } = scope.caller.actor;
  return { ...ownCall(scope.decisions.writeMs), caller: { name, nativeId } };
}

/** Reads again what an earlier attempt has written; what is gone by now is a problem like any other. */
export function rereadModel({ catalog }: MutationScope, ref: ModelRef): Promise<Written<ModelRecord>> {
  return reread(
    () => catalog.model(ref),
    () => modelNotFound(ref),
  );
}

/** @see rereadModel */
export function rereadVersion({ catalog }: MutationScope, ref: VersionRef): Promise<Written<ModelVersionRecord>> {
  return reread(
    () => catalog.version(ref),
    () => versionNotFound(ref),
  );
}

async function reread<R>(read: () => Promise<R | null>, gone: () => RegistryError): Promise<Written<R>> {
  try {
    const record = await read();
    return { record, problem: record === null ? gone() : null };
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    return { record: null, problem: error };
  }
}

/** A model that is missing is missing in the words for one that is invisible, whatever the registry's own are. */
export async function onModel<R>(model: ModelRef, write: Promise<R>): Promise<R> {
  try {
    return await write;
  } catch (error) {
    throw error instanceof NotFoundError ? modelNotFound(model, error) : error;
  }
}

/** Makes the rest of the operation see what was written. */
export function written<R extends ModelRecord | ModelVersionRecord>(scope: MutationScope, record: R): Written<R> {
  scope.catalog.refresh(record);
  return { record, problem: null };
}

/** An attempt at a registry may take its write, the reads around it and a decision of a policy. */
const ATTEMPT_WRITES = 4;

/** How long an attempt at a mutation may take. */
export function attemptMs({ writeMs }: Pick<DecisionService, 'writeMs'>): number {
  return ATTEMPT_WRITES * writeMs;
}

export function oncePerKey<R>(
  scope: MutationScope,
  mutation: string,
  input: { readonly idempotencyKey?: string | null },
  run: (attempt: Attempt) => Promise<R>,
): Promise<Once<R>> {
  const { decisions, requests } = scope;
  return once(
    { requests, attemptMs: attemptMs(decisions), now: decisions.now, report: decisions.report },
    { callerId: scope.caller.actor.nativeId, mutation, input },
    run,
  );
}
