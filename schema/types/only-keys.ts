import type { Tag } from '../../src/domain/model.js';

/** The tags with one of these keys; all of them when no keys are given. */
export function onlyKeys(tags: readonly Tag[], keys: readonly string[] | null | undefined): readonly Tag[] {
  if (keys === null || keys === undefined) return tags;
  return tags.filter((tag) => keys.includes(tag.key));
}
