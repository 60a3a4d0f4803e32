import { InvalidInputError } from '../../domain/errors.js';
import {
  type ApprovalRecord,
  type ApprovalRef,
  approvalId,
  approvalIdOf,
  type DecisionBody,
  type DecisionEntry,
  type Sealed,
  type SettlementBody,
  type SettlementEntry,
  type Subject,
  subjectOf,
} from '../../domain/ledger.js';
import { parseVersionId, quote, type VersionRef, versionId } from '../../domain/refs.js';
import type { Placed, StoredChain } from '../../governance/store.js';
import { signatureFault, type VerificationKeys } from './keys.js';
import { hashOf } from './seal.js';

export const FINDING_CODES = [
  /** The hash is not that of the body: something in it was changed. */
  'CHANGED',
  'UNSIGNED',
  'UNKNOWN_KEY',
  'BAD_SIGNATURE',
  /** An entry stands where another belongs. */
  'MISPLACED',
  /** An entry is not there, although what comes after it is. */
  'MISSING',
  /** It does not name the entry before it. */
  'BROKEN_LINK',
  /** A settlement of a decision that is not there, or that needs none. */
  'STRAY_SETTLEMENT',
  /** A signed checkpoint has seen more than is there. */
  'MISSING_TAIL',
  'CHAIN_GONE',
  /** Neither a list nor an export would show it. */
  'NOT_INDEXED',
  /** What stands there is no entry at all. */
  'UNREADABLE',
] as const;

export type FindingCode = (typeof FINDING_CODES)[number];

export interface Finding {
  readonly code: FindingCode;
  /** `approval:…`, with ` (settlement)` after it where it is that; `checkpoint:<number>`; `line <number>` of an export; `version "…"`. */
  readonly entry: string;
  /** What is wrong, as a sentence. */
  readonly message: string;
}

/** The newest head of a chain that a signed checkpoint names. */
export type CheckpointedChain = Pick<
  NonNullable<StoredChain['checkpointed']>,
  'checkpoint' | 'sequence' | 'decisionHash' | 'settlementHash'
>;

/**
 * The first thing that is wrong with a chain, from its beginning; null where nothing is.
 * @param checkpointed What a checkpoint has of it.
 */
export function verifyChain(
  chain: Omit<StoredChain, 'checkpointed'>,
  checkpointed: CheckpointedChain | null,
  keys: VerificationKeys,
): Finding | null {
  const { subject, decisions } = chain;
  const settlements = new Map(chain.settlements.map((placed) => [placed.sequence, placed]));
  const records: ApprovalRecord[] = [];
  for (const [index, placed] of decisions.entries()) {
    const place = { ...subject, sequence: index + 1 };
    if (placed.sequence !== place.sequence) {
      const message = `It is missing: the next one that is there is ${placed.sequence}.`;
      return { code: 'MISSING', entry: approvalId(place), message };
    }
    const settlement = settlements.get(placed.sequence) ?? null;
    const finding =
      verifyDecision(placed, records.at(-1) ?? null, place, keys) ??
      (settlement === null ? null : verifySettlement(settlement, placed.entry, subject, keys));
    if (finding !== null) return finding;
    if (placed.entry !== null) records.push({ decision: placed.entry, settlement: settlement?.entry ?? null });
  }
  const stray = chain.settlements.find(({ sequence }) => sequence > decisions.length);
  // A head that is gone is what the settlement of it, too, was left behind by.
  const head = verifyHead(records, subject, checkpointed);
  return head ?? (stray === undefined ? null : verifySettlement(stray, null, subject, keys));
}

/** What is wrong with a decision and its settlement by themselves, read apart from their chain. */
export function verifyRecord({ decision, settlement }: ApprovalRecord, keys: VerificationKeys): Finding | null {
  const fault = verifySeal(decision, approvalIdOf(decision), keys);
  if (fault !== null || settlement === null) return fault;
  const { sequence } = decision.body;
  return verifySettlement({ sequence, entry: settlement }, decision, subjectOf(decision.body), keys);
}

/** The version that a store keeps entries under; or that this is none. */
export function versionNamed(id: string): VersionRef | Finding {
  try {
    return parseVersionId(id);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    const message = 'Entries are kept under it, and it is not the id of a version.';
    return { code: 'UNREADABLE', entry: `version ${quote(id)}`, message };
  }
}

/** Decisions with their settlements. For a chain in which nothing is wrong. */
export function recordsOf({
  decisions,
  settlements,
}: Pick<StoredChain, 'decisions' | 'settlements'>): ApprovalRecord[] {
  const bySequence = new Map(settlements.map(({ sequence, entry }) => [sequence, entry]));
  return decisions.flatMap(({ sequence, entry }) =>
    entry === null ? [] : [{ decision: entry, settlement: bySequence.get(sequence) ?? null }],
  );
}

function verifyDecision(
  { entry: decision }: Placed<DecisionEntry>,
  previous: ApprovalRecord | null,
  place: ApprovalRef,
  keys: VerificationKeys,
): Finding | null {
  const entry = approvalId(place);
  if (decision === null) return unreadable(entry);
  const fault = verifySeal(decision, entry, keys);
  if (fault !== null) return fault;
  const { body } = decision;
  if (body.kind !== 'DECISION' || !belongsTo(body, place)) return misplaced(entry);
  if (previous !== null && previous.decision.body.state === 'INTENDED' && previous.settlement === null) {
    const missing = settlementName(approvalId({ ...place, sequence: place.sequence - 1 }));
    return { code: 'MISSING', entry: missing, message: 'It is missing, although the next decision builds on it.' };
  }
  if (body.previousHash !== (previous?.decision.hash ?? null)) {
    return { code: 'BROKEN_LINK', entry, message: 'It does not name the hash of the decision before it.' };
  }
  if (body.previousSettlementHash !== (previous?.settlement?.hash ?? null)) {
    const message = 'It does not name the hash of the settlement of the decision before it.';
    return { code: 'BROKEN_LINK', entry, message };
  }
  return null;
}

/** @param decision What stands where its decision belongs. */
export function verifySettlement(
  { sequence, entry: settlement }: Placed<SettlementEntry>,
  decision: DecisionEntry | null,
  subject: Subject,
  keys: VerificationKeys,
): Finding | null {
  const place = { ...subject, sequence };
  const entry = settlementName(approvalId(place));
  if (settlement === null) return unreadable(entry);
  const fault = verifySeal(settlement, entry, keys);
  if (fault !== null) return fault;
  const { body } = settlement;
  if (body.kind !== 'SETTLEMENT' || !belongsTo(body, place)) return misplaced(entry);
  if (decision === null) {
    return { code: 'STRAY_SETTLEMENT', entry, message: 'The decision that it settles is not there.' };
  }
  if (decision.body.state !== 'INTENDED') {
    return {
      code: 'STRAY_SETTLEMENT',
      entry,
      message: `It settles a decision that was ${decision.body.state} at once.`,
    };
  }
  if (body.decisionHash === decision.hash) return null;
  return { code: 'BROKEN_LINK', entry, message: 'It does not name the hash of the decision that it settles.' };
}

function verifyHead(
  records: readonly ApprovalRecord[],
  subject: Subject,
  head: CheckpointedChain | null,
): Finding | null {
  if (head === null) return null;
  const entry = approvalId({ ...subject, sequence: head.sequence });
  const record = records[head.sequence - 1];
  const seen = `Checkpoint ${head.checkpoint} has seen it`;
  if (records.length === 0) return { code: 'CHAIN_GONE', entry, message: `${seen}, and the whole chain is gone.` };
  if (record === undefined) return { code: 'MISSING_TAIL', entry, message: `${seen}, and it is missing.` };
  if (record.decision.hash !== head.decisionHash) {
    return { code: 'CHANGED', entry, message: `${seen} with another hash.` };
  }
  if (head.settlementHash === null) return null;
  if (record.settlement === null) {
    return { code: 'MISSING_TAIL', entry: settlementName(entry), message: `${seen}, and it is missing.` };
  }
  if (record.settlement.hash === head.settlementHash) return null;
  return { code: 'CHANGED', entry: settlementName(entry), message: `${seen} with another hash.` };
}

/** What is wrong with an entry by itself. */
export function verifySeal(sealed: Sealed<unknown>, entry: string, keys: VerificationKeys): Finding | null {
  if (hashOf(sealed.body) !== sealed.hash) {
    return { code: 'CHANGED', entry, message: 'It was changed: its hash is not that of its content.' };
  }
  const fault = signatureFault(sealed, keys);
  if (fault === null) return null;
  const messages = {
    UNSIGNED: 'It has no signature.',
    UNKNOWN_KEY: `It is signed with the key ${JSON.stringify(sealed.keyId)}, which is not among those that the config names.`,
    BAD_SIGNATURE: `Its signature was not made with the key ${JSON.stringify(sealed.keyId)}.`,
  };
  return { code: fault, entry, message: messages[fault] };
}

function belongsTo(body: DecisionBody | SettlementBody, { version, incarnation, sequence }: ApprovalRef): boolean {
  return body.versionId === versionId(version) && body.incarnation === incarnation && body.sequence === sequence;
}

function misplaced(entry: string): Finding {
  return { code: 'MISPLACED', entry, message: 'Another entry stands in its place.' };
}

function unreadable(entry: string): Finding {
  return { code: 'UNREADABLE', entry, message: 'What stands in its place is no entry at all.' };
}

function settlementName(entry: string): string {
  return `${entry} (settlement)`;
}
