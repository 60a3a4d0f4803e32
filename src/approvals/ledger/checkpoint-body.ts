import { type ApprovalRecord, approvalState, type Sealed, type Subject } from '../../domain/ledger.js';
import type { Timestamp } from '../../domain/model.js';
import { parseVersionId, versionId } from '../../domain/refs.js';
import type { CheckpointedHead, KeptCheckpoint } from '../../governance/store.js';
import type { VerificationKeys } from './keys.js';
import { type Finding, verifySeal } from './verify-chain.js';

/** What a checkpoint signs. */
export interface CheckpointBody {
  readonly v: 1;
  readonly kind: 'CHECKPOINT';
  /** From 1, without a gap. */
  readonly number: number;
  /** Hash of the checkpoint before; null for the first. */
  readonly previousHash: string | null;
  readonly recordedAt: Timestamp;
  /** Decisions that were recorded before are in this checkpoint or in an earlier one, but for those that the index shows late. */
  readonly lookedUntil: Timestamp;
  /** From this checkpoint on, every intent that was open is among the heads. */
  readonly openFrom: number;
  readonly heads: readonly HeadBody[];
}

export interface HeadBody {
  readonly versionId: string;
  readonly incarnation: string;
  readonly sequence: number;
  readonly decisionHash: string;
  readonly settlementHash: string | null;
  /** Its settlement is yet to come, and belongs into a later checkpoint. */
  readonly isOpen: boolean;
}

export function headBody(subject: Subject, head: ApprovalRecord): HeadBody {
  return {
    versionId: versionId(subject.version),
    incarnation: subject.incarnation,
    sequence: head.decision.body.sequence,
    decisionHash: head.decision.hash,
    settlementHash: head.settlement?.hash ?? null,
    isOpen: approvalState(head) === 'INTENDED',
  };
}

export function checkpointedHead({ isOpen: _, versionId: id, incarnation, ...head }: HeadBody): CheckpointedHead {
  return { subject: { version: parseVersionId(id), incarnation }, ...head };
}

export type Checkpoint = Sealed<CheckpointBody>;

/** @param previous The one before it; null for the first. @returns It, or what is wrong with it. */
export function readCheckpoint(
  { number, text }: KeptCheckpoint,
  previous: Pick<Checkpoint, 'hash'> | null | 'unknown',
  keys: VerificationKeys,
): Checkpoint | Finding {
  const entry = `checkpoint:${number}`;
  const checkpoint = parse(text);
  if (checkpoint === null)
    return { code: 'UNREADABLE', entry, message: 'What stands in its place is no checkpoint at all.' };
  const fault = verifySeal(checkpoint, entry, keys);
  if (fault !== null) return fault;
  const { body } = checkpoint;
  if (body.kind !== 'CHECKPOINT' || body.number !== number) {
    return { code: 'MISPLACED', entry, message: 'Something else stands in its place.' };
  }
  if (previous === 'unknown' || body.previousHash === (previous?.hash ?? null)) return checkpoint;
  return { code: 'BROKEN_LINK', entry, message: 'It does not name the hash of the checkpoint before it.' };
}

function parse(text: string): Checkpoint | null {
  try {
    const value = JSON.parse(text) as Partial<Checkpoint> | null;
    if (typeof value !== 'object' || value === null || typeof value.body !== 'object' || value.body === null)
      return null;
    const { body, hash = '', signature = '', keyId = '' } = value;
    return { body, hash, signature, keyId };
  } catch {
    return null;
  }
}
