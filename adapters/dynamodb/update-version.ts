import type { ModelVersionRecord } from '../../src/domain/model.js';
import type { VersionRef } from '../../src/domain/refs.js';
import type { VersionUpdate } from '../../src/domain/registry.js';
import { refuseVersionUpdate } from '../shared/refusals.js';
import { type Change, changed, tagsChange, updateOf } from './change.js';
import { hasWritten, withContention } from './contention.js';
import { type CurrentVersion, readBackVersion, readVersion } from './current.js';
import { declared } from './declarations.js';
import { cardItem, storedCardStatus } from './evidence-items.js';
import { checkVersionSize } from './item-size.js';
import { storedTags } from './map.js';
import { type DynamoDbRegistry, mapContext } from './registry.js';
import type { Call } from './session.js';

/** Three calls: the version is read, written and read back. Two where the update says nothing. */
export async function updateVersion(
  registry: DynamoDbRegistry,
  input: VersionUpdate,
  call: Call,
): Promise<ModelVersionRecord> {
  const { session } = registry;
  const { description, modelCard } = input;
  const metadata = { set: input.setMetadata, remove: input.removeMetadata };
  const tags = { set: input.setTags, remove: input.removeTags };
  refuseVersionUpdate(declared(session), input);
  const context = mapContext(registry, call);
  return changeVersion(registry, input.version, call, ({ item }) => ({
    ...(description === undefined ? {} : { description: description ?? undefined }),
    ...tagsChange('metadata', storedTags(item, 'metadata', context), metadata, session.fault(call)),
    ...tagsChange('tags', storedTags(item, 'tags', context), tags, session.fault(call)),
    ...(modelCard === undefined ? {} : { modelCard: cardItem(modelCard, storedCardStatus(item)) }),
  }));
}

/** One conditional update of the version's item, decided by what is there, as often as somebody else was a moment earlier. */
export async function changeVersion(
  registry: DynamoDbRegistry,
  ref: VersionRef,
  call: Call,
  decide: (current: CurrentVersion) => Change,
): Promise<ModelVersionRecord> {
  const { session } = registry;
  await withContention(session, call, async () => {
    const current = await readVersion(registry, ref, call);
    const change = decide(current);
    if (Object.keys(change).length === 0) return { done: undefined };
    checkVersionSize(changed(current.item, change), session.fault(call));
    const update = updateOf(current.key, change, { rev: current.rev, at: new Date().toISOString() });
    return (await hasWritten(session.update(update, call))) ? { done: undefined } : 'changed';
  });
  return readBackVersion(registry, ref, call);
}
