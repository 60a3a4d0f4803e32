import { ConflictError, RegistryError } from '../../src/domain/errors.js';
import type { ModelRecord } from '../../src/domain/model.js';
import { quote } from '../../src/domain/refs.js';
import type { NewModel } from '../../src/domain/registry.js';
import { refuseModel } from '../shared/refusals.js';
import { batchGet } from './batch-get.js';
import { hasWritten, withContention } from './contention.js';
import { declared } from './declarations.js';
import { type Command, commandOf, commandPut, storedCommand } from './idempotency.js';
import { modelKey } from './keys.js';
import { toModel } from './map.js';
import { newModelItem } from './new-items.js';
import { type DynamoDbRegistry, mapContext } from './registry.js';
import type { Call } from './session.js';

type ModelItem = ReturnType<typeof newModelItem>;

const IF_ABSENT = 'attribute_not_exists(pk)';

/** One call. With a request id that has been used before: two. */
export async function createModel(registry: DynamoDbRegistry, input: NewModel, call: Call): Promise<ModelRecord> {
  const { session, ownerTag } = registry;
  refuseModel(declared(session), input);
  const { caller } = call.options;
  const item = newModelItem(
    input,
    { ownerTag, registryId: session.registryId },
    { namespace: session.namespace, createdAt: new Date().toISOString(), caller },
    session.fault(call),
  );
  const command = commandOf(session, input, call);
  if (command !== undefined) return createOnce(registry, input.name, item, command, call);
  if (await hasWritten(session.put({ Item: item, ConditionExpression: IF_ABSENT }, call))) {
    return toModel(item, mapContext(registry, call)).record;
  }
  throw isThere(registry, input.name, call);
}

function createOnce(
  registry: DynamoDbRegistry,
  name: string,
  item: ModelItem,
  command: Command,
  call: Call,
): Promise<ModelRecord> {
  const { session } = registry;
  const write = {
    TransactItems: [
      { Put: { TableName: session.table, Item: item, ConditionExpression: IF_ABSENT } },
      { Put: commandPut(session, command, { model: name }) },
    ],
  };
  return withContention(session, call, async () => {
    if (await hasWritten(session.transactWrite(write, call))) {
      return { done: toModel(item, mapContext(registry, call)).record };
    }
    const first = await firstResult(registry, name, command, call);
    return first === null ? 'changed' : { done: first };
  });
}

/** Null when neither the model nor the command is there: the write met another one. */
async function firstResult(
  registry: DynamoDbRegistry,
  name: string,
  command: Command,
  call: Call,
): Promise<ModelRecord | null> {
  const { session } = registry;
  const key = modelKey(session.namespace, name);
  const items = await batchGet(session, [key, command.key], call, true);
  const [model, stored] = [items.get(key), items.get(command.key)];
  if (model instanceof RegistryError) throw model;
  if (stored instanceof RegistryError) throw stored;
  const isRepeated = storedCommand(session, command, stored, call) !== null;
  if (model !== undefined && isRepeated) return toModel(model, mapContext(registry, call)).record;
  if (model !== undefined) throw isThere(registry, name, call);
  if (!isRepeated) return null;
  throw new ConflictError(
    `The model ${quote(name)} was created with this request id and has been deleted since. Use a new request id.`,
    session.fault(call),
  );
}

function isThere({ session }: DynamoDbRegistry, name: string, call: Call): ConflictError {
  return new ConflictError(`A model named ${quote(name)} is there already. Choose another name.`, session.fault(call));
}
