import { InvalidInputError } from '../../src/domain/errors.js';
import type { Tag } from '../../src/domain/model.js';
import { quote } from '../../src/domain/refs.js';
import type { NewModel } from '../../src/domain/registry.js';

/**
 * The tags of a new model with its owner among them, in the tag that the config names.
 * @throws InvalidInputError when that tag is given too and names somebody else: they are one and the same.
 */
export function tagsWithOwner({ tags = [], owner }: NewModel, ownerTag: string, registryId: string): readonly Tag[] {
  if (owner === undefined) return tags;
  const given = tags.find(({ key }) => key === ownerTag);
  if (given === undefined) return [...tags, { key: ownerTag, value: owner }];
  if (given.value === owner) return tags;
  throw new InvalidInputError(
    `Registry ${registryId} keeps the owner in the tag ${quote(ownerTag)}, which is given with another value. Send one of the two.`,
    { registryId, operation: 'createModel' },
  );
}
