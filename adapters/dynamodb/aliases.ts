import { ConflictError, NotFoundError } from '../../src/domain/errors.js';
import type { ModelRecord } from '../../src/domain/model.js';
import { modelOf, quote } from '../../src/domain/refs.js';
import type { AliasExpectation, AliasRemoval, AliasWrite, AliasWritten } from '../../src/domain/registry.js';
import { refuseAlias } from '../shared/refusals.js';
import { changed, updateOf } from './change.js';
import { hasWritten, withContention } from './contention.js';
import { type CurrentModel, noModel, readBackModel, readModel, readVersionAndModel } from './current.js';
import { declared } from './declarations.js';
import { checkModelSize } from './item-size.js';
import type { DynamoDbRegistry } from './registry.js';
import type { Call } from './session.js';

/** Three calls: version and model are read, the model is written on the condition that the version is there, and the model is read back. */
export async function setAlias(registry: DynamoDbRegistry, input: AliasWrite, call: Call): Promise<AliasWritten> {
  const { session } = registry;
  const { alias, expected } = input;
  refuseAlias(declared(session), 'setAlias', alias);
  const previousVersion = await withContention(session, call, async () => {
    const { version, model } = await readVersionAndModel(registry, input.version, call);
    if (model === null) throw noModel(registry, input.version, call);
    const held = holderOf(model, alias);
    checkExpected(registry, { alias, held, expected }, call);
    if (held === version.record.ref.version) return { done: held };
    const change = { aliases: { ...aliasesOf(model), [alias]: version.record.number } };
    checkModelSize(changed(model.item, change), session.fault(call));
    const update = updateOf(model.key, change, { rev: model.rev, at: new Date().toISOString() });
    const isThere = { Key: { ...version.key }, ConditionExpression: 'attribute_exists(pk)' };
    const transaction = {
      TransactItems: [
        { Update: { TableName: session.table, ...update } },
        { ConditionCheck: { TableName: session.table, ...isThere } },
      ],
    };
    return (await hasWritten(session.transactWrite(transaction, call))) ? { done: held } : 'changed';
  });
  return { model: await readBackModel(registry, modelOf(input.version), call), previousVersion };
}

/** Three calls: the model is read, written and read back. */
export async function deleteAlias(registry: DynamoDbRegistry, input: AliasRemoval, call: Call): Promise<ModelRecord> {
  const { session } = registry;
  const { alias, expected } = input;
  refuseAlias(declared(session), 'deleteAlias', alias);
  await withContention(session, call, async () => {
    const model = await readModel(registry, input.model, call);
    const held = holderOf(model, alias);
    if (held === null) {
      throw new NotFoundError(
        `The model ${quote(input.model.name)} has no alias ${quote(alias)}. Check the name.`,
        session.fault(call),
      );
    }
    checkExpected(registry, { alias, held, expected }, call);
    const { [alias]: _, ...aliases } = aliasesOf(model);
    const update = updateOf(model.key, { aliases }, { rev: model.rev, at: new Date().toISOString() });
    return (await hasWritten(session.update(update, call))) ? { done: undefined } : 'changed';
  });
  return readBackModel(registry, input.model, call);
}

function aliasesOf({ stored }: CurrentModel): Readonly<Record<string, number>> {
  return Object.fromEntries(stored.record.aliases.map(({ name, version }) => [name, Number(version)]));
}

function holderOf({ stored }: CurrentModel, alias: string): string | null {
  return stored.record.aliases.find(({ name }) => name === alias)?.version ?? null;
}

/** A real condition, since the write that follows holds only for the `rev` that this was read with. */
function checkExpected(
  { session }: DynamoDbRegistry,
  {
    alias,
    held,
    expected,
  }: { readonly alias: string; readonly held: string | null; readonly expected: AliasExpectation | undefined },
  call: Call,
): void {
  if (expected === undefined || expected.version === held) return;
  const holder = held === null ? 'no version' : `version ${held}`;
  throw new ConflictError(
    `The alias ${quote(alias)} is held by ${holder} now. Read the model again and decide anew.`,
    session.fault(call),
  );
}
