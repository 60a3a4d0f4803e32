import type { ModelVersionRecord } from '../../src/domain/model.js';
import type { StatusWrite } from '../../src/domain/registry.js';
import type { CallContext } from '../shared/aborted.js';
import { refuseOtherIncarnation } from '../shared/expectations.js';
import { refuseStatusWrite } from '../shared/refusals.js';
import { approvalTag } from './approval.js';
import { currentVersion, versionNow } from './current.js';
import { markTag } from './decision-mark.js';
import { declaredBy } from './declarations.js';
import type { MlflowCall } from './errors.js';
import { incarnationOf } from './map.js';
import { invalid } from './refusals.js';
import type { MlflowSession } from './session.js';
import { VERSION_TAG_VALUE_MAX } from './tag-rules.js';

/** A tag holds the mark whatever else the version has, so that the version does not matter. */
export function refuseDecision({ registryId }: MlflowSession, write: Omit<StatusWrite, 'incarnation'>): void {
  const call: CallContext = { registryId, operation: 'decide' };
  refuseStatusWrite(declaredBy(registryId), write);
  if (markTag(write.mark).value.length > VERSION_TAG_VALUE_MAX) {
    throw invalid(call, 'the mark of the decision is too long for a tag; shorten the name of who decides');
  }
}

/** The mark before the status: a status that is there without its mark would be nobody's decision. */
export async function decide(
  session: MlflowSession,
  write: StatusWrite,
  call: MlflowCall,
): Promise<ModelVersionRecord> {
  refuseDecision(session, write);
  const version = await currentVersion(session, write.version, call);
  refuseOtherIncarnation(incarnationOf(version), write, { registryId: session.registryId, operation: 'decide' });
  await session.client.setVersionTag(version, markTag(write.mark), call);
  await session.client.setVersionTag(version, approvalTag(session.options.approval, write.mark.status), call);
  return versionNow(session, write.version, call);
}
