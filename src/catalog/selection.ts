import { InvalidInputError } from '../domain/errors.js';
import { matchesTags, type TagFilter } from '../domain/filters.js';
import { quote } from '../domain/refs.js';
import type { RegistryKind } from '../domain/registry-kind.js';
import type { RegistryEntry } from './entry.js';

/** Which registries a list is about. Absent fields do not restrict; an empty list selects none. */
export interface RegistrySelection {
  readonly registryIds?: readonly string[];
  readonly kinds?: readonly RegistryKind[];
  readonly registryLabels?: readonly TagFilter[];
  /** The registry whose own list is asked for. */
  readonly within?: string;
}

/** @throws InvalidInputError when an id names no registry. */
export function selectRegistries(
  entries: readonly RegistryEntry[],
  selection: RegistrySelection,
): readonly RegistryEntry[] {
  for (const id of selection.registryIds ?? []) requireRegistry(entries, id);
  return entries.filter(
    (entry) =>
      (selection.within === undefined || selection.within === entry.id) &&
      (selection.registryIds?.includes(entry.id) ?? true) &&
      (selection.kinds?.includes(entry.adapter.kind) ?? true) &&
      selection.registryLabels?.length !== 0 &&
      matchesTags(selection.registryLabels, entry.labels),
  );
}

/** @throws InvalidInputError when there is no such registry; the message names those there are. */
export function requireRegistry(entries: readonly RegistryEntry[], id: string): RegistryEntry {
  const entry = entries.find((candidate) => candidate.id === id);
  if (entry !== undefined) return entry;
  const known = entries.map((candidate) => candidate.id).join(', ');
  throw new InvalidInputError(
    `There is no registry ${quote(id)}. The registries are: ${known === '' ? 'none' : known}.`,
  );
}
