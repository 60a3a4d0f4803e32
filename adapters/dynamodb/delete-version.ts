import type { VersionRef } from '../../src/domain/refs.js';
import { type Change, deletionOf, updateOf } from './change.js';
import { hasWritten, withContention } from './contention.js';
import { type CurrentModel, type CurrentVersion, readVersionAndModel } from './current.js';
import { modelKey } from './keys.js';
import { pointersAfterDeletion } from './pointers.js';
import type { DynamoDbRegistry } from './registry.js';
import type { Call, Session } from './session.js';

/** Two calls: both items are read and one transaction is written. One more for each pointer of the model's that has to find another version. */
export async function deleteVersion(registry: DynamoDbRegistry, ref: VersionRef, call: Call): Promise<void> {
  const { session } = registry;
  const { table: TableName } = session;
  await withContention(session, call, async () => {
    const { version, model } = await readVersionAndModel(registry, ref, call);
    const deletion = { Delete: { TableName, ...deletionOf(version.key, version.rev) } };
    const beside =
      model === null ? modelStaysAway(session, ref.name) : await withoutVersion(session, model, version, call);
    const isDone = await hasWritten(session.transactWrite({ TransactItems: [deletion, beside] }, call));
    return isDone ? { done: undefined } : 'changed';
  });
}

/** A version that is left over from the deletion of its model can go by itself, as long as nobody creates that model again. */
function modelStaysAway({ table: TableName, namespace }: Session, name: string) {
  const Key = { ...modelKey(namespace, name) };
  return { ConditionCheck: { TableName, Key, ConditionExpression: 'attribute_not_exists(pk)' } };
}

async function withoutVersion(session: Session, model: CurrentModel, version: CurrentVersion, call: Call) {
  const change = {
    ...(await pointersAfterDeletion(session, model, version, call)),
    ...withoutAliasesOf(model, version.record.ref.version),
  };
  const revision = { rev: model.rev, at: new Date().toISOString() };
  return { Update: { TableName: session.table, ...updateOf(model.key, change, revision) } };
}

function withoutAliasesOf({ stored }: CurrentModel, version: string): Change {
  const { aliases } = stored.record;
  const left = aliases.filter((alias) => alias.version !== version);
  if (left.length === aliases.length) return {};
  return { aliases: Object.fromEntries(left.map((alias) => [alias.name, Number(alias.version)])) };
}
