import { ConflictError } from '../../src/domain/errors.js';
import { type ModelRef, quote, type VersionRef } from '../../src/domain/refs.js';
import { currentModel, currentVersion } from './current.js';
import type { MlflowCall } from './errors.js';
import type { MlflowSession } from './session.js';

/** MLflow deletes a model's versions with it, and takes no condition: what is registered between the look and the deletion goes too. */
export async function deleteModel(session: MlflowSession, ref: ModelRef, call: MlflowCall): Promise<void> {
  const model = await currentModel(session, ref, call);
  // The newest of each stage, and every version is in one; none of them means no version at all.
  if (model.latest_versions.length > 0) {
    const { registryId, operation } = call;
    throw new ConflictError(
      `The model ${quote(ref.name)} of registry ${registryId} has versions. Delete them before the model.`,
      { registryId, operation },
    );
  }
  await session.client.deleteModel(model.name, call);
}

export async function deleteVersion(session: MlflowSession, ref: VersionRef, call: MlflowCall): Promise<void> {
  await session.client.deleteVersion(await currentVersion(session, ref, call), call);
}
