import { type Caller, may, seesRegistry, visibilityOf, visibleNames } from '../domain/access.js';
import type { TextFilter } from '../domain/filters.js';
import type { ModelRef } from '../domain/refs.js';
import type { RegistryEntry } from './entry.js';

/** What of all that is configured is there for one caller. What is not here must not be asked for, shown, counted or named. */
export interface Visibility {
  readonly registries: readonly RegistryEntry[];
  registry(id: string): RegistryEntry | undefined;
  sees(ref: ModelRef): boolean;
  /** Globs over the names of the models that are visible in the registry; null: all are. */
  namesIn(registryId: string): readonly string[] | null;
  /** The same for callers who see the same: goes into what a list's cursors are bound to. */
  readonly fingerprint: readonly unknown[];
}

export function createVisibility(entries: readonly RegistryEntry[], caller: Caller): Visibility {
  const registries = entries.filter((entry) => seesRegistry(caller, entry.id));
  const byId = new Map(registries.map((entry) => [entry.id, entry]));
  const names = new Map(registries.map((entry) => [entry.id, visibleNames(caller, entry.id)]));
  return {
    registries,
    registry: (id) => byId.get(id),
    sees(ref) {
      const visible = names.get(ref.registryId);
      // All of it is the common case, and lists ask it of every record.
      return visible === null || (visible !== undefined && may(caller, 'VIEW', ref));
    },
    namesIn: (registryId) => names.get(registryId) ?? null,
    fingerprint: visibilityOf(caller),
  };
}

/** A filter for one registry's part of a list. */
export interface Narrowed<F> {
  readonly filter: F;
  /** Whether nothing that is invisible passes it; else what comes is to be sifted here, and what the registry counts is not to be told. */
  readonly hidesAll: boolean;
}

/**
 * Leaves it to the registry to leave out what is invisible, where it can do exactly that.
 * @param field The filter over the model's name.
 * @param pushes Whether the registry applies that filter exactly.
 */
export function narrow<K extends string, F extends { readonly [key in K]?: TextFilter }>(
  filter: F,
  field: K,
  visible: readonly string[] | null,
  pushes: boolean,
): Narrowed<F> {
  if (visible === null) return { filter, hidesAll: true };
  const [matches, ...others] = visible;
  const isFree = filter[field] === undefined;
  if (!pushes || !isFree || matches === undefined || others.length > 0) return { filter, hidesAll: false };
  return { filter: { ...filter, [field]: { matches } }, hidesAll: true };
}
