import { ConflictError } from '../../src/domain/errors.js';
import { type ModelRef, quote } from '../../src/domain/refs.js';
import { deletionOf } from './change.js';
import { hasWritten, withContention } from './contention.js';
import { readModel } from './current.js';
import { VERSION_NUMBER_MAX } from './keys.js';
import { highestBelow } from './pointers.js';
import type { DynamoDbRegistry } from './registry.js';
import type { Call } from './session.js';

/**
 * Three calls: the model is read, a version is looked for, and the model's item is deleted. In this order: a version that is registered after the
 * second call changes the `rev` that the first has read, so either it or the deletion fails.
 */
export async function deleteModel(registry: DynamoDbRegistry, ref: ModelRef, call: Call): Promise<void> {
  const { session } = registry;
  await withContention(session, call, async () => {
    const { key, rev } = await readModel(registry, ref, call);
    const highest = await highestBelow(session, key.pk, VERSION_NUMBER_MAX + 1, 'any', call);
    if (highest !== undefined) {
      throw new ConflictError(
        `The model ${quote(ref.name)} has versions, ${highest} among them. Delete its versions first.`,
        session.fault(call),
      );
    }
    return (await hasWritten(session.remove(deletionOf(key, rev), call))) ? { done: undefined } : 'changed';
  });
}
