import type { Actor, ApprovalStatus, ModelVersionRecord } from '../domain/model.js';

/** Says of a status that was found in a registry whether it was decided here. */
export interface StatusJudge {
  /**
   * What is not of ours enters the ledger before it returns: as OUT_OF_BAND, or as IMPORTED where nothing was known of the version.
   * Asking again for the same status is harmless.
   * @param found As the registry says now.
   * @throws LedgerUnavailableError
   */
  judge(found: FoundStatus): Promise<JudgedStatus>;
}

export interface FoundStatus {
  readonly version: ModelVersionRecord;
  /** Null: the version was first seen. */
  readonly previousStatus: ApprovalStatus | null;
}

export interface JudgedStatus {
  readonly outOfBand: boolean;
  /** The decision that made it so; null where a version was registered in that status and nobody has decided. */
  readonly approvalId: string | null;
  /** Who decided, as the ledger has it. Absent: not known. */
  readonly actor?: Actor | null;
}
