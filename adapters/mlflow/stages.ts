import { UnsupportedError } from '../../src/domain/errors.js';
import type { ModelVersionRecord } from '../../src/domain/model.js';
import type { StageWrite } from '../../src/domain/registry.js';
import { refuseUnexpectedStage } from '../shared/expectations.js';
import { refuseStage } from '../shared/refusals.js';
import { currentVersion, versionNow } from './current.js';
import { declaredBy } from './declarations.js';
import type { MlflowCall } from './errors.js';
import { NO_STAGE, toStage } from './map.js';
import { invalid } from './refusals.js';
import type { MlflowSession } from './session.js';

// MLflow archives the others of these two alone, and answers with a fault of its own for any other.
const ARCHIVES_OTHERS: readonly (string | null)[] = ['Staging', 'Production'];

/** MLflow has called stages deprecated since 2.9; they work on. */
export async function setStage(
  session: MlflowSession,
  input: StageWrite,
  call: MlflowCall,
): Promise<ModelVersionRecord> {
  refuseStage(declaredBy(session.registryId), input);
  refuseFields(input, call);
  const { stage, archiveOthers = false } = input;
  const version = await currentVersion(session, input.version, call);
  refuseUnexpectedStage(toStage(version.current_stage)?.name ?? null, input, call);
  await session.client.moveToStage(version, stage ?? NO_STAGE, archiveOthers, call);
  return versionNow(session, input.version, call);
}

function refuseFields(input: StageWrite, call: MlflowCall): void {
  for (const field of ['status', 'description'] as const) {
    if (input[field] === undefined) continue;
    const { registryId, operation } = call;
    throw new UnsupportedError(
      `A stage of registry ${registryId} has no ${field} on MLflow. Leave the field ${field} out, or write it to a tag.`,
      { registryId, operation, capability: 'STAGES' },
    );
  }
  if (input.archiveOthers === true && !ARCHIVES_OTHERS.includes(input.stage)) {
    throw invalid(call, 'archiveOthers goes with the stages Staging and Production alone. Leave it out here');
  }
}
