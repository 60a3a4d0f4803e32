import { ConflictError, NotFoundError, RegistryError } from '../../src/domain/errors.js';
import type { ModelVersionRecord } from '../../src/domain/model.js';
import { type ModelRef, quote } from '../../src/domain/refs.js';
import type { NewVersion } from '../../src/domain/registry.js';
import { refuseVersion } from '../shared/refusals.js';
import { batchGet } from './batch-get.js';
import { hasWritten, withContention } from './contention.js';
import { declared } from './declarations.js';
import { type Command, commandOf, commandPut, storedCommand } from './idempotency.js';
import { modelKey, VERSION_NUMBER_MAX, versionKey } from './keys.js';
import { type StoredModel, toModel, toVersion } from './map.js';
import { newVersionItem } from './new-items.js';
import { type DynamoDbRegistry, isOurs, mapContext } from './registry.js';
import type { Call } from './session.js';

interface Before {
  readonly model: StoredModel;
  /** The version that the same command registered before. */
  readonly firstResult: number | undefined;
}

/** Two calls: the model's item is read, and version, counter, pointer and command are written in one transaction. Three for a repeated command. */
export async function registerVersion(
  registry: DynamoDbRegistry,
  input: NewVersion,
  call: Call,
): Promise<ModelVersionRecord> {
  const { session } = registry;
  refuseVersion(declared(session), input);
  if (!isOurs(registry, input.model)) throw noModel(registry, input.model, call);
  const command = commandOf(session, input, call);
  // Refused before the first call rather than after it.
  newVersion(registry, input, 1, new Date().toISOString(), call);
  return withContention(session, call, async () => {
    const { model, firstResult } = await readBefore(registry, input.model, command, call);
    if (firstResult !== undefined) return { done: await repeated(registry, input.model, firstResult, call) };
    if (model.lastVersion >= VERSION_NUMBER_MAX) {
      throw new ConflictError(`The model ${quote(input.model.name)} has no version numbers left.`, session.fault(call));
    }
    // Time never goes back within a model, whatever the writers' clocks say: its order is the order of the numbers.
    const now = new Date().toISOString();
    const createdAt = model.lastVersionAt !== undefined && model.lastVersionAt > now ? model.lastVersionAt : now;
    const item = newVersion(registry, input, model.lastVersion + 1, createdAt, call);
    const transaction = registration(registry, item, model, createdAt, command);
    if (!(await hasWritten(session.transactWrite(transaction, call)))) return 'changed';
    return { done: toVersion(item, mapContext(registry, call), model.record) };
  });
}

async function readBefore(
  registry: DynamoDbRegistry,
  ref: ModelRef,
  command: Command | undefined,
  call: Call,
): Promise<Before> {
  const { session } = registry;
  const key = modelKey(session.namespace, ref.name);
  const items = await batchGet(session, command === undefined ? [key] : [key, command.key], call, true);
  const model = items.get(key);
  const stored = command === undefined ? undefined : items.get(command.key);
  if (model instanceof RegistryError) throw model;
  if (stored instanceof RegistryError) throw stored;
  if (model === undefined) throw noModel(registry, ref, call);
  return {
    model: toModel(model, mapContext(registry, call)),
    firstResult: command === undefined ? undefined : storedCommand(session, command, stored, call)?.version,
  };
}

function newVersion({ session }: DynamoDbRegistry, input: NewVersion, number: number, createdAt: string, call: Call) {
  const { caller } = call.options;
  return newVersionItem(input, number, { namespace: session.namespace, createdAt, caller }, session.fault(call));
}

function registration(
  { session }: DynamoDbRegistry,
  item: ReturnType<typeof newVersionItem>,
  { record, lastVersion }: StoredModel,
  createdAt: string,
  command: Command | undefined,
) {
  const { table: TableName } = session;
  const { name } = record.ref;
  const number = lastVersion + 1;
  const counter = {
    TableName,
    Key: { ...modelKey(session.namespace, name) },
    UpdateExpression:
      'SET lastVersion = :number, lastVersionAt = :at, latestVersion = :number, updatedAt = :now, rev = rev + :one',
    ConditionExpression: 'lastVersion = :expected',
    ExpressionAttributeValues: {
      ':number': number,
      ':expected': lastVersion,
      ':at': createdAt,
      ':now': new Date().toISOString(),
      ':one': 1,
    },
  };
  const version = { TableName, Item: item, ConditionExpression: 'attribute_not_exists(pk)' };
  const kept = command === undefined ? [] : [{ Put: commandPut(session, command, { model: name, version: number }) }];
  return { TransactItems: [{ Update: counter }, { Put: version }, ...kept] };
}

async function repeated(
  registry: DynamoDbRegistry,
  ref: ModelRef,
  number: number,
  call: Call,
): Promise<ModelVersionRecord> {
  const key = versionKey(registry.session.namespace, ref.name, number);
  const item = (await batchGet(registry.session, [key], call, true)).get(key);
  if (item instanceof RegistryError) throw item;
  if (item !== undefined) return toVersion(item, mapContext(registry, call));
  throw new ConflictError(
    `Version ${number} of ${quote(ref.name)} was registered with this request id and has been deleted since. Use a new request id.`,
    registry.session.fault(call),
  );
}

function noModel({ session }: DynamoDbRegistry, ref: ModelRef, call: Call): NotFoundError {
  return new NotFoundError(
    `There is no model ${quote(ref.name)} in this registry. Create it first.`,
    session.fault(call),
  );
}
