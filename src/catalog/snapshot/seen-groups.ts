import type { Visibility } from '../visibility.js';
import type { ModelGroup } from './entries.js';

/** Whether the models and versions of a group are visible; null where everything in these registries is. */
export function seenGroups(
  visibility: Visibility,
  registryIds: readonly string[],
): ((group: ModelGroup) => boolean) | null {
  if (registryIds.every((id) => visibility.namesIn(id) === null)) return null;
  return oncePerGroup((group) => visibility.sees(group.ref));
}

/** Many versions share a group: what is to be known of it is found out once. */
export function oncePerGroup<T>(judge: (group: ModelGroup) => T): (group: ModelGroup) => T {
  const known = new Map<ModelGroup, T>();
  return (group) => {
    const before = known.get(group);
    if (before !== undefined) return before;
    const found = judge(group);
    known.set(group, found);
    return found;
  };
}
