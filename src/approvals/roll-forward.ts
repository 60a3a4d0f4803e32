import { ConflictError, NotFoundError } from '../domain/errors.js';
import { approvalState, type DecisionEntry, subjectOf } from '../domain/ledger.js';
import type { ModelVersionRecord } from '../domain/model.js';
import { storedProblem } from './problem.js';
import { adapterOf, ownCall, readNow } from './registry-access.js';
import { type DecisionWriter, isLateWrite, isWritten, writeDecision } from './write-decision.js';

/**
 * Ends an intent that its own process has left behind; forward only. The registry has it: WRITTEN. The registry has what was there before: write
 * it. Anything else was set by somebody else: FAILED, and what is there enters the ledger when the chain is aligned the next time. What cannot be
 * told now, because the registry does not answer, stays an intent.
 *
 * @returns Whether it is settled now.
 */
export async function rollForward(writer: DecisionWriter, decision: DecisionEntry): Promise<boolean> {
  const { version: ref, incarnation } = subjectOf(decision.body);
  const { records } = (await writer.ledger.read(ref)).of(incarnation);
  const own = records.find((record) => record.decision.hash === decision.hash);
  // A note of work that never came to a decision, or that somebody else has done.
  if (own === undefined || approvalState(own) !== 'INTENDED') return true;

  let version: ModelVersionRecord | null;
  try {
    version = await readNow(adapterOf(writer.registries, ref.registryId), ref, ownCall(writer.writeMs, 'background'));
  } catch (error) {
    if (!(error instanceof NotFoundError)) return false;
    version = null;
  }
  if (version === null || version.incarnation !== incarnation) {
    await writer.ledger.settle(decision, 'FAILED', storedProblem(gone(ref.registryId)));
    return true;
  }
  if (isWritten(version, decision)) {
    await writer.ledger.settle(decision, 'WRITTEN');
    return true;
  }
  if (version.approvalStatus !== decision.body.from && !isLateWrite(records, version, own)) {
    await writer.ledger.settle(decision, 'FAILED', storedProblem(setByOthers(version)));
    return true;
  }
  const startBefore = Number.POSITIVE_INFINITY;
  const outcome = await writeDecision(writer, decision, { startBefore, priority: 'background', caller: null });
  switch (outcome.kind) {
    case 'WRITTEN':
      await writer.ledger.settle(decision, 'WRITTEN');
      return true;
    case 'REFUSED':
      await writer.ledger.settle(decision, 'FAILED', storedProblem(outcome.error));
      return true;
    case 'OVERTAKEN':
      return true;
    case 'UNKNOWN':
      return false;
  }
}

function gone(registryId: string): NotFoundError {
  return new NotFoundError(`The version was deleted from registry ${registryId} before the decision was written.`, {
    registryId,
  });
}

function setByOthers({ ref, approvalStatus }: ModelVersionRecord): ConflictError {
  return new ConflictError(
    `Somebody set the version to ${approvalStatus} in registry ${ref.registryId} itself before the decision was written.`,
    { registryId: ref.registryId },
  );
}
