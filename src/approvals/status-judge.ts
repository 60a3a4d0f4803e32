import { ConflictError, LedgerUnavailableError, NotFoundError } from '../domain/errors.js';
import { type ApprovalRecord, approvalIdOf, approvalState } from '../domain/ledger.js';
import type { ApprovalStatus } from '../domain/model.js';
import type { FoundStatus, JudgedStatus, StatusJudge } from '../domain/status-judge.js';
import { alignChain } from './align-chain.js';
import { knownStatus, pendingIntent } from './history.js';
import { type DecisionWriter, dueAt, isLateWrite } from './write-decision.js';

/** Judges by the ledger, whose head says what the registry should have: an intent is about to be written, or was a moment ago. */
export function createStatusJudge(writer: DecisionWriter): StatusJudge {
  return {
    async judge(found) {
      const { ref, incarnation, approvalStatus: status } = found.version;
      const readRecords = async () => (await writer.ledger.read(ref)).of(incarnation).records;
      const records = await readRecords();
      const isExpected = pendingIntent(records)?.decision.body.to === status || knownStatus(records) === status;
      if (isExpected || isAsRegistered(records, found)) return said(records, found);
      if (mayHaveComeLate(writer, records, found)) throw untold(ref.registryId);
      await enter(writer, found);
      return said(await readRecords(), found);
    },
  };
}

/** Whether it is there as everything is registered, and nobody has decided anything. */
function isAsRegistered(records: readonly ApprovalRecord[], { version, previousStatus }: FoundStatus): boolean {
  return version.approvalStatus === 'PENDING' && previousStatus === null && knownStatus(records) === null;
}

/**
 * Whether it may be the write of a decision that another has overtaken, held up on its way, in a registry where mark and status are two writes: then the
 * mark that is there is that of the other. Whoever has sent it puts it right within that time; a person who wants the same is told of a little later.
 */
function mayHaveComeLate(
  writer: DecisionWriter,
  records: readonly ApprovalRecord[],
  { version }: FoundStatus,
): boolean {
  if (isLateWrite(records, version)) return false;
  return records.some(
    (record) =>
      record.decision.body.state === 'INTENDED' &&
      record.decision.body.to === version.approvalStatus &&
      wasHeldUp(writer, record) &&
      writer.now() < dueAt(writer, record) + 2 * writer.writeMs,
  );
}

/** Whoever settles its own decision in time has had its answer: nothing of it is on its way any more. */
function wasHeldUp(writer: DecisionWriter, record: ApprovalRecord): boolean {
  const { settlement } = record;
  return settlement === null || Date.parse(settlement.body.recordedAt) >= dueAt(writer, record);
}

function untold(registryId: string): LedgerUnavailableError {
  return new LedgerUnavailableError('Whether the status was decided here cannot be told yet. Ask again in a moment.', {
    registryId,
  });
}

/** The registry has moved on where it says something else by now: then what it says is what enters. */
async function enter(writer: DecisionWriter, { version, previousStatus: before }: FoundStatus): Promise<void> {
  try {
    await alignChain(writer, version.ref, null, { incarnation: version.incarnation, before });
  } catch (error) {
    // While a decision is on its way, whoever settles it enters what is there then.
    if (!(error instanceof ConflictError || error instanceof NotFoundError)) throw error;
  }
}

/** By the latest decision for that status: what was found may be older than what was decided since. */
function said(records: readonly ApprovalRecord[], { version, previousStatus }: FoundStatus): JudgedStatus {
  const status = version.approvalStatus;
  const decision = madeBy(records, status)?.decision;
  if (decision === undefined) return { outOfBand: status !== 'PENDING' || previousStatus !== null, approvalId: null };
  const { channel, actor } = decision.body;
  return { outOfBand: channel === 'OUT_OF_BAND' || channel === 'IMPORTED', approvalId: approvalIdOf(decision), actor };
}

function madeBy(records: readonly ApprovalRecord[], status: ApprovalStatus): ApprovalRecord | undefined {
  return records.findLast((record) => {
    const state = approvalState(record);
    return record.decision.body.to === status && (state === 'INTENDED' || state === 'WRITTEN');
  });
}
