import type { ModelRecord, ModelVersionRecord } from '../../src/domain/model.js';
import type { ModelRef, VersionRef } from '../../src/domain/refs.js';
import type { MlflowCall } from './errors.js';
import { toModelRecord, toVersionRecord } from './map.js';
import { isPossibleModel, isPossibleVersion } from './names.js';
import { noSuchModel, noSuchVersion } from './refusals.js';
import type { MlflowSession } from './session.js';
import { isPrompt } from './tags.js';
import type { WireModel, WireVersion } from './wire.js';

// Single reads, of what is to be written to and of what was: MLflow would write to a prompt as well, and a prompt is no model.

/** @throws NotFoundError */
export async function currentModel(session: MlflowSession, ref: ModelRef, call: MlflowCall): Promise<WireModel> {
  const model = isPossibleModel(ref) ? await session.client.getModel(ref.name, call) : null;
  if (model === null || isPrompt(model.tags)) throw noSuchModel(call, ref);
  return model;
}

/** @throws NotFoundError */
export async function currentVersion(session: MlflowSession, ref: VersionRef, call: MlflowCall): Promise<WireVersion> {
  const isPossible = isPossibleModel(ref) && isPossibleVersion(ref.version);
  const version = isPossible ? await session.client.getVersion(ref.name, ref.version, call) : null;
  if (version === null || isPrompt(version.tags)) throw noSuchVersion(call, ref);
  return version;
}

/** @throws NotFoundError */
export async function modelNow(session: MlflowSession, ref: ModelRef, call: MlflowCall): Promise<ModelRecord> {
  return toModelRecord(session.map, await currentModel(session, ref, call));
}

/** @throws NotFoundError */
export async function versionNow(
  session: MlflowSession,
  ref: VersionRef,
  call: MlflowCall,
): Promise<ModelVersionRecord> {
  const version = await currentVersion(session, ref, call);
  return toVersionRecord(session.map, version, version.aliases);
}
