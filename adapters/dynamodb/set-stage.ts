import { ConflictError, UnsupportedError } from '../../src/domain/errors.js';
import type { ModelVersionRecord } from '../../src/domain/model.js';
import { quote } from '../../src/domain/refs.js';
import type { StageWrite } from '../../src/domain/registry.js';
import { refuseStage } from '../shared/refusals.js';
import type { CurrentVersion } from './current.js';
import { declared } from './declarations.js';
import { withoutNulls } from './new-items.js';
import type { DynamoDbRegistry } from './registry.js';
import type { Call } from './session.js';
import { changeVersion } from './update-version.js';

/** Three calls: the version is read, written and read back. */
export async function setStage(registry: DynamoDbRegistry, input: StageWrite, call: Call): Promise<ModelVersionRecord> {
  const { session } = registry;
  const { stage, status, description, expectedStage, archiveOthers = false } = input;
  refuseStage(declared(session), input);
  if (archiveOthers) {
    throw new UnsupportedError(
      `Registry ${session.registryId} archives no other versions of a stage. Leave archiveOthers out.`,
      { ...session.fault(call), capability: 'STAGES' },
    );
  }
  return changeVersion(registry, input.version, call, ({ record }: CurrentVersion) => {
    const current = record.stage?.name ?? null;
    if (expectedStage !== undefined && expectedStage !== current) {
      const where = current === null ? 'no stage' : `the stage ${quote(current)}`;
      throw new ConflictError(`The version is in ${where} now. Read it again and decide anew.`, session.fault(call));
    }
    return { stage: stage === null ? undefined : withoutNulls({ name: stage, status, description }) };
  });
}
