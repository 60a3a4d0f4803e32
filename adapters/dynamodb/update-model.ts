import type { ModelRecord } from '../../src/domain/model.js';
import type { ModelUpdate } from '../../src/domain/registry.js';
import { tagChange } from '../shared/owner.js';
import { refuseModelUpdate } from '../shared/refusals.js';
import { changed, tagsChange, updateOf } from './change.js';
import { hasWritten, withContention } from './contention.js';
import { readBackModel, readModel } from './current.js';
import { declared } from './declarations.js';
import { checkModelSize } from './item-size.js';
import { storedTags } from './map.js';
import { type DynamoDbRegistry, mapContext } from './registry.js';
import type { Call } from './session.js';

/** Three calls: the model is read, written and read back. Two where the update says nothing. */
export async function updateModel(registry: DynamoDbRegistry, input: ModelUpdate, call: Call): Promise<ModelRecord> {
  const { session, ownerTag } = registry;
  const { description } = input;
  refuseModelUpdate(declared(session), input);
  const tags = tagChange(input, ownerTag, session.registryId);
  await withContention(session, call, async () => {
    const { key, item, rev } = await readModel(registry, input.model, call);
    const change = {
      ...(description === undefined ? {} : { description: description ?? undefined }),
      ...tagsChange('tags', storedTags(item, 'tags', mapContext(registry, call)), tags, session.fault(call)),
    };
    if (Object.keys(change).length === 0) return { done: undefined };
    checkModelSize(changed(item, change), session.fault(call));
    const update = updateOf(key, change, { rev, at: new Date().toISOString() });
    return (await hasWritten(session.update(update, call))) ? { done: undefined } : 'changed';
  });
  return readBackModel(registry, input.model, call);
}
