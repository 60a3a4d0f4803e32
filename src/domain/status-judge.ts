import type { Actor, ApprovalStatus, ModelVersionRecord } from './model.js';

/** Says of a status that was found in a registry whether it was decided here. */
export interface StatusJudge {
  /**
   * What is not of ours enters the ledger before it returns: as OUT_OF_BAND, or as IMPORTED where nothing was known of the version. A write of ours
   * that came late is put right. Asking again for the same status is harmless, whoever asks.
   * @param found As the registry said a moment ago. It is read again where the ledger says otherwise.
   * @throws LedgerUnavailableError, also while a decision for that status may still have come late; RegistryError where the registry had to be read again and did not answer. Ask again later.
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
  /**
   * The decision that made it so. Null where a version was registered in that status and nobody has decided, and where the status has gone again
   * before it could enter the ledger.
   */
  readonly approvalId: string | null;
  /** Who decided, as the ledger has it. Absent: not known. */
  readonly actor?: Actor | null;
}
