import { isVersionRecord } from '../domain/changes.js';
import type { ApprovalStatus, ModelVersionRecord } from '../domain/model.js';
import { versionId } from '../domain/refs.js';
import type { StatusJudge } from '../domain/status-judge.js';
import type { Mirror } from './mirror.js';

export interface JudgeLaterOptions {
  readonly mirror: Mirror;
  /** Between two tries. */
  readonly everyMs: number;
  readonly report: (problem: unknown) => void;
}

/** Status changes that went out while the ledger could not be asked. */
export interface JudgeLater extends AsyncDisposable {
  note(version: ModelVersionRecord, previousStatus: ApprovalStatus | null): void;
  begin(judge: StatusJudge): void;
}

/** Has them enter the ledger once it is there again, as far as they still hold: what has changed since is judged by itself. */
export function createJudgeLater({ mirror, everyMs, report }: JudgeLaterOptions): JudgeLater {
  const waiting = new Map<
    string,
    { readonly version: ModelVersionRecord; readonly previousStatus: ApprovalStatus | null }
  >();
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> = Promise.resolve();

  const judgeAll = async (judge: StatusJudge) => {
    for (const [id, found] of waiting) {
      const now = mirror.get(found.version.ref.registryId, id)?.record ?? null;
      const stillHolds =
        now !== null &&
        isVersionRecord(now) &&
        now.incarnation === found.version.incarnation &&
        now.approvalStatus === found.version.approvalStatus;
      try {
        if (stillHolds) await judge.judge({ ...found, version: now });
        if (waiting.get(id) === found) waiting.delete(id);
      } catch (error) {
        report(error);
        return;
      }
    }
  };

  return {
    note(version, previousStatus) {
      waiting.set(versionId(version.ref), { version, previousStatus });
    },
    begin(judge) {
      timer = setInterval(() => {
        round = round.then(() => judgeAll(judge));
      }, everyMs);
      timer.unref();
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await round;
    },
  };
}
