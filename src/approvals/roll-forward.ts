import { ConflictError, NotFoundError } from '../domain/errors.js';
import { approvalState, type DecisionEntry, subjectOf } from '../domain/ledger.js';
import type { ModelVersionRecord } from '../domain/model.js';
import { adapterOf, ownCall, readNow } from './registry-access.js';
import { settleFailed } from './settle-failed.js';
import { type DecisionWriter, gone, isLateWrite, isWritten, putRight, writeDecision } from './write-decision.js';

/**
 * Ends an intent that its own process has left behind; forward only. The registry has it: WRITTEN. The registry has what was there before: write
 * it. Anything else was set by somebody else: FAILED, and what is there enters the ledger. What cannot be told now, because the registry does not
 * answer, stays an intent. One that somebody else has settled may have been written late nevertheless, which is put right.
 *
 * @returns Whether nothing is left to do about it.
 */
export async function rollForward(writer: DecisionWriter, decision: DecisionEntry): Promise<boolean> {
  const { version: ref, incarnation } = subjectOf(decision.body);
  const { records } = (await writer.ledger.read(ref)).of(incarnation);
  const own = records.find((record) => record.decision.hash === decision.hash);
  // A note of work that never came to a decision.
  if (own === undefined) return true;
  // A registry that this gateway does not have is for one to judge that has it.
  if (!writer.registries.has(ref.registryId)) return false;
  if (approvalState(own) !== 'INTENDED') return undoLateWrite(writer, decision);

  let version: ModelVersionRecord | null;
  try {
    version = await readNow(adapterOf(writer.registries, ref.registryId), ref, ownCall(writer.writeMs, 'background'));
  } catch (error) {
    if (!(error instanceof NotFoundError)) return false;
    version = null;
  }
  if (version === null || version.incarnation !== incarnation) {
    await settleFailed(writer, decision, gone(ref.registryId), null);
    return true;
  }
  if (isWritten(version, decision)) {
    await writer.ledger.settle(decision, 'WRITTEN');
    return true;
  }
  if (version.approvalStatus !== decision.body.from && !isLateWrite(records, version, own)) {
    await settleFailed(writer, decision, setByOthers(version), version);
    return true;
  }
  const startBefore = Number.POSITIVE_INFINITY;
  const outcome = await writeDecision(writer, decision, { startBefore, priority: 'background', caller: null });
  switch (outcome.kind) {
    case 'WRITTEN':
      await writer.ledger.settle(decision, 'WRITTEN');
      return true;
    case 'REFUSED':
      await settleFailed(writer, decision, outcome.error, outcome.version);
      return true;
    case 'OVERTAKEN':
      return true;
    case 'UNKNOWN':
      return false;
  }
}

async function undoLateWrite(writer: DecisionWriter, decision: DecisionEntry): Promise<boolean> {
  try {
    await putRight(writer, subjectOf(decision.body), decision);
    return true;
  } catch (error) {
    return error instanceof NotFoundError;
  }
}

function setByOthers({ ref, approvalStatus }: ModelVersionRecord): ConflictError {
  return new ConflictError(
    `Somebody set the version to ${approvalStatus} in registry ${ref.registryId} itself before the decision was written.`,
    { registryId: ref.registryId },
  );
}
