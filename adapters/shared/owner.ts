import { InvalidInputError } from '../../src/domain/errors.js';
import type { Tag } from '../../src/domain/model.js';
import { quote } from '../../src/domain/refs.js';
import type { ModelUpdate, NewModel } from '../../src/domain/registry.js';

/**
 * The tags of a new model with its owner among them, in the tag that the config names.
 * @throws InvalidInputError when that tag is given too and names somebody else: they are one and the same.
 */
export function tagsWithOwner({ tags = [], owner }: NewModel, ownerTag: string, registryId: string): readonly Tag[] {
  if (owner === undefined) return tags;
  const given = tags.find(({ key }) => key === ownerTag);
  if (given === undefined) return [...tags, { key: ownerTag, value: owner }];
  if (given.value === owner) return tags;
  throw contradiction(ownerTag, registryId, 'createModel');
}

export interface TagChange {
  readonly set: readonly Tag[];
  /** Without repeats. */
  readonly remove: readonly string[];
}

/** As `tagsWithOwner`, for an update: an owner of null removes the tag. */
export function tagChange(update: ModelUpdate, ownerTag: string, registryId: string): TagChange {
  const { owner, setTags = [], removeTags = [] } = update;
  const remove = [...new Set(removeTags)];
  if (owner === undefined) return { set: setTags, remove };
  const given = setTags.find(({ key }) => key === ownerTag);
  const isRemoved = remove.includes(ownerTag);
  if ((given !== undefined && given.value !== owner) || (isRemoved && owner !== null)) {
    throw contradiction(ownerTag, registryId, 'updateModel');
  }
  if (owner === null) return { set: setTags, remove: isRemoved ? remove : [...remove, ownerTag] };
  return { set: given === undefined ? [...setTags, { key: ownerTag, value: owner }] : setTags, remove };
}

function contradiction(ownerTag: string, registryId: string, operation: string): InvalidInputError {
  return new InvalidInputError(
    `Registry ${registryId} keeps the owner in the tag ${quote(ownerTag)}, which is given with another value. Send one of the two.`,
    { registryId, operation },
  );
}
