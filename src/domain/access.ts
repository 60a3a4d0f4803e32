import { matchesText } from './filters.js';
import { type Actor, compareUtf8, type Timestamp } from './model.js';
import type { ModelRef } from './refs.js';

/** VIEWER reads. CONTRIBUTOR also registers and changes, APPROVER also decides, ADMIN may do everything; neither of the middle two includes the other. */
export const REGISTRY_ROLES = ['VIEWER', 'CONTRIBUTOR', 'APPROVER', 'ADMIN'] as const;
export type RegistryRole = (typeof REGISTRY_ROLES)[number];

/** A role over some models, as the config gives it to a caller. */
export interface Grant {
  readonly role: RegistryRole;
  /** Absent: all registries. */
  readonly registryIds?: readonly string[];
  /** Glob over the model's name, ignoring case; absent: all models. */
  readonly modelName?: string;
  /** Where it comes from, for a person: e.g. `access.grants[2]: group ml-governance`. */
  readonly source: string;
}

/** What somebody wants to do with a model or its versions. */
export type Action = 'VIEW' | 'CONTRIBUTE' | 'DECIDE' | 'ADMINISTER';

const ALLOWS: Readonly<Record<RegistryRole, readonly Action[]>> = {
  VIEWER: ['VIEW'],
  CONTRIBUTOR: ['VIEW', 'CONTRIBUTE'],
  APPROVER: ['VIEW', 'DECIDE'],
  ADMIN: ['VIEW', 'CONTRIBUTE', 'DECIDE', 'ADMINISTER'],
};

/** Who asks, and what the config lets them do. One per operation; what is invisible to it is as if it were not there. */
export interface Caller {
  /** `nativeId` is unique over all ways to sign in, e.g. `https://issuer.example#subject` or `api-key:ci`. */
  readonly actor: Actor & { readonly name: string; readonly nativeId: string };
  readonly groups: readonly string[];
  readonly grants: readonly Grant[];
  /** When what the caller showed is no longer good; absent: never. Whatever outlives one request must end then. */
  readonly expiresAt?: Timestamp;
}

/** The grants that allow `action` on the model. */
export function grantsFor(caller: Caller, action: Action, model: ModelRef): readonly Grant[] {
  return grantsWithin(caller, action, model.registryId).filter((grant) => coversName(grant, model));
}

/** The grants that allow `action` on anything in the registry: each says on which models. */
export function grantsWithin(caller: Caller, action: Action, registryId: string): readonly Grant[] {
  return caller.grants.filter((grant) => ALLOWS[grant.role].includes(action) && coversRegistry(grant, registryId));
}

export function may(caller: Caller, action: Action, model: ModelRef): boolean {
  return grantsFor(caller, action, model).length > 0;
}

/** Whether anything of the registry may be visible: then the registry itself is. */
export function seesRegistry(caller: Caller, registryId: string): boolean {
  return caller.grants.some((grant) => coversRegistry(grant, registryId));
}

/** Globs over the names of the models that are visible in the registry, each once, in a fixed order; null: all of its models are. */
export function visibleNames(caller: Caller, registryId: string): readonly string[] | null {
  const globs = new Set<string>();
  for (const { modelName } of grantsWithin(caller, 'VIEW', registryId)) {
    if (modelName === undefined) return null;
    globs.add(modelName);
  }
  return [...globs].sort(compareUtf8);
}

/** Whether every model of the registry is visible, so that nothing of it has to be left out. */
export function seesAllOf(caller: Caller, registryId: string): boolean {
  return visibleNames(caller, registryId) === null;
}

/** Whether nothing is invisible, in whichever registry, so that what cannot be told to be of one may be shown too. */
export function seesEverything({ grants }: Caller): boolean {
  return grants.some(
    ({ role, registryIds, modelName }) =>
      ALLOWS[role].includes('VIEW') && registryIds === undefined && modelName === undefined,
  );
}

/** The same for callers who see the same: lists and caches that must not be shared between others carry it. */
export function visibilityOf(caller: Caller): readonly unknown[] {
  const seen = caller.grants.map(({ registryIds, modelName }) =>
    JSON.stringify([registryIds?.toSorted(compareUtf8) ?? null, modelName ?? null]),
  );
  return [...new Set(seen)].sort(compareUtf8);
}

function coversRegistry({ registryIds }: Grant, registryId: string): boolean {
  return registryIds?.includes(registryId) ?? true;
}

function coversName({ modelName }: Grant, { name }: ModelRef): boolean {
  return modelName === undefined || matchesText({ matches: modelName }, name);
}
