import { NotFoundError } from '../../src/domain/errors.js';
import type { ModelRecord } from '../../src/domain/model.js';
import { modelOf, quote } from '../../src/domain/refs.js';
import type { AliasRemoval, AliasWrite, AliasWritten } from '../../src/domain/registry.js';
import { refuseUnexpectedHolder } from '../shared/expectations.js';
import { refuseAlias } from '../shared/refusals.js';
import { currentModel, currentVersion, modelNow } from './current.js';
import { declaredBy } from './declarations.js';
import type { MlflowCall } from './errors.js';
import type { MlflowSession } from './session.js';
import type { WireModel } from './wire.js';

// MLflow moves and removes an alias whatever it points to: `expected` holds for the read just before.

export async function setAlias(session: MlflowSession, input: AliasWrite, call: MlflowCall): Promise<AliasWritten> {
  const { alias, expected } = input;
  refuseAlias(declaredBy(session.registryId), 'setAlias', alias);
  const [model, version] = await Promise.all([
    currentModel(session, modelOf(input.version), call),
    currentVersion(session, input.version, call),
  ]);
  const previousVersion = holderOf(model, alias);
  refuseUnexpectedHolder(alias, previousVersion, expected, call);
  await session.client.setAlias(version, alias, call);
  return { model: await modelNow(session, modelOf(input.version), call), previousVersion };
}

export async function deleteAlias(session: MlflowSession, input: AliasRemoval, call: MlflowCall): Promise<ModelRecord> {
  const { alias, expected } = input;
  refuseAlias(declaredBy(session.registryId), 'deleteAlias', alias);
  const model = await currentModel(session, input.model, call);
  const held = holderOf(model, alias);
  // MLflow removes one that is not there without a word.
  if (held === null) throw noSuchAlias(call, input);
  refuseUnexpectedHolder(alias, held, expected, call);
  await session.client.deleteAlias(model.name, alias, call);
  return modelNow(session, input.model, call);
}

function holderOf({ aliases }: WireModel, name: string): string | null {
  return aliases.find(({ alias }) => alias === name)?.version ?? null;
}

function noSuchAlias({ registryId, operation }: MlflowCall, { model, alias }: AliasRemoval): NotFoundError {
  return new NotFoundError(
    `The model ${quote(model.name)} of registry ${registryId} has no alias ${quote(alias)}. Read its aliases again.`,
    { registryId, operation },
  );
}
