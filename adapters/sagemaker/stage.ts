import { UnsupportedError } from '../../src/domain/errors.js';
import type { ModelVersionRecord } from '../../src/domain/model.js';
import { quote } from '../../src/domain/refs.js';
import type { StageWrite } from '../../src/domain/registry.js';
import { refuseUnexpectedStage } from '../shared/expectations.js';
import { refuseStage } from '../shared/refusals.js';
import { unsupported } from '../shared/unsupported.js';
import type { Call } from './client.js';
import { declared } from './declarations.js';
import { refuseAt } from './input.js';
import type { Registry } from './registry.js';
import type { Versions } from './version-lookup.js';
import { write } from './version-writes.js';

/** SageMaker demands a status; within a stage the one that is there stays. */
const DEFAULT_STATUS = 'Active';
const NAME = /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/;
const DESCRIPTION_MAX = 1024;

export async function setStage(
  registry: Registry,
  versions: Versions,
  input: StageWrite,
  call: Call,
): Promise<ModelVersionRecord> {
  const { stage, status, description } = input;
  const site = { registryId: call.registryId, operation: call.operation };
  if (stage === null) throw unsupported('CLEAR_STAGE', { ...site, field: 'stage without a value' });
  refuseStage(declared(registry.id), input);
  check(input, stage, call);
  const current = await versions.existing(input.version, call);
  const present = current.record.stage;
  refuseUnexpectedStage(present?.name ?? null, input, site);
  const kept = present?.name === stage ? present : null;
  const lifeCycle = {
    Stage: stage,
    StageStatus: status ?? kept?.status ?? DEFAULT_STATUS,
    // What described the stage before would read as if it were about this one.
    StageDescription: description ?? kept?.description ?? '',
  };
  return write(registry, versions, input.version, current, { ModelLifeCycle: lifeCycle }, call);
}

function check({ status, description, archiveOthers }: StageWrite, stage: string, call: Call): void {
  const refuse = refuseAt(call);
  if (archiveOthers === true) {
    throw new UnsupportedError(
      'SageMaker moves one version at a time: `archiveOthers` has no meaning here. Leave it out, and move the others one by one.',
      { registryId: call.registryId, operation: call.operation, capability: 'STAGES' },
    );
  }
  for (const [path, name] of [
    ['stage', stage],
    ['status', status],
  ] as const) {
    if (name !== undefined && !NAME.test(name))
      throw refuse(path, `is ${quote(name)}, but must be 1 to 63 letters, digits and inner hyphens.`);
  }
  if (description !== undefined && (description.length > DESCRIPTION_MAX || /[\p{Cc}\u2028\u2029]/u.test(description)))
    throw refuse('description', `must have at most ${DESCRIPTION_MAX} characters and no line breaks.`);
}
