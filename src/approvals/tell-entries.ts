import type { Change } from '../domain/changes.js';
import { type ApprovalRecord, approvalIdOf, approvalState } from '../domain/ledger.js';
import type { Timestamp } from '../domain/model.js';
import { EpochChangedError, type Journal } from '../journal/journal.js';
import { decisionRecorded, failureRecorded, policyViolated } from './entry-changes.js';
import { isViolation } from './policy/index.js';
import type { Violations } from './violations.js';

export interface EntryTelling {
  /** One that was put a moment ago. Never rejects. */
  atOnce(record: ApprovalRecord): Promise<void>;
  /**
   * Whatever there is to tell of them, told before or not.
   * @param floor What was recorded before is not told. A violation is set back all the same.
   * @returns Ids of those of which there is more to tell, and nobody knows it yet.
   */
  all(records: readonly ApprovalRecord[], floor: Timestamp): Promise<readonly string[]>;
}

export function createEntryTelling(
  journal: Pick<Journal, 'head' | 'publish'>,
  violations: Violations,
  report: (error: unknown) => void,
): EntryTelling {
  const publish = inTurn((changes) => publishNow(journal, changes));

  const settleViolation = async ({ decision }: ApprovalRecord, isTold: boolean): Promise<boolean> => {
    const wasReverted = await violations.settle(decision);
    if (wasReverted !== null && isTold) await publish([policyViolated(decision, wasReverted)]);
    return wasReverted !== null;
  };

  return {
    async atOnce(record) {
      const isNew = record.settlement === null;
      const change = isNew ? decisionRecorded(record.decision) : failureRecorded(record);
      // Neither waits for the other: a violation is set back while the journal is away.
      const done = await Promise.allSettled([
        change === null ? null : publish([change]),
        isNew && isViolation(record.decision.body) ? settleViolation(record, true) : null,
      ]);
      for (const result of done) if (result.status === 'rejected') report(result.reason);
    },

    async all(records, floor) {
      const news = records.flatMap(changesOf).filter(({ observedAt }) => observedAt >= floor);
      if (news.length > 0) await publish(news);
      const open: string[] = [];
      for (const record of records) {
        const { body } = record.decision;
        const isOver = isViolation(body)
          ? await settleViolation(record, body.recordedAt >= floor)
          : approvalState(record) !== 'INTENDED';
        if (!isOver) open.push(approvalIdOf(record.decision));
      }
      return open;
    },
  };
}

function changesOf(record: ApprovalRecord): readonly Change[] {
  const failure = failureRecorded(record);
  return [decisionRecorded(record.decision), ...(failure === null ? [] : [failure])];
}

/** What was put first is told first. */
function inTurn(publish: (changes: readonly Change[]) => Promise<void>) {
  let last: Promise<unknown> = Promise.resolve();
  return (changes: readonly Change[]): Promise<void> => {
    const turn = last.then(() => publish(changes));
    last = turn.catch(() => {});
    return turn;
  };
}

async function publishNow(journal: Pick<Journal, 'head' | 'publish'>, changes: readonly Change[]): Promise<void> {
  const { epoch } = await journal.head();
  try {
    await journal.publish(changes, { epoch });
  } catch (error) {
    if (!(error instanceof EpochChangedError)) throw error;
    await journal.publish(changes, { epoch: (await journal.head()).epoch });
  }
}
