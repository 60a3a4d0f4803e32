import { InvalidInputError } from './errors.js';
import type { Actor, ApprovalStatus, Timestamp } from './model.js';
import type { PolicyEvaluation, StoredProblem } from './policy.js';
import { modelOf, parseVersionId, quote, type VersionRef, versionId } from './refs.js';

// The ledger says who decided what and why. Per version and incarnation it is a chain of immutable entries: decision 1, its settlement, decision 2, …

/** One version in one incarnation: what a chain is about. */
export interface Subject {
  readonly version: VersionRef;
  readonly incarnation: string;
}

export const APPROVAL_CHANNELS = ['GATEWAY', 'POLICY', 'OUT_OF_BAND', 'IMPORTED'] as const;
export type ApprovalChannel = (typeof APPROVAL_CHANNELS)[number];

export const APPROVAL_STATES = ['INTENDED', 'VOTED', 'WRITTEN', 'FAILED'] as const;
export type ApprovalState = (typeof APPROVAL_STATES)[number];

/** What a decision is when it enters the ledger: INTENDED needs a settlement, the others need none. */
export type InitialState = 'INTENDED' | 'VOTED' | 'WRITTEN';

/** The body of an entry is what its hash covers; all of it is JSON, absent values are null. */
export interface DecisionBody {
  readonly v: 1;
  readonly kind: 'DECISION';
  /** `versionId` of the subject. */
  readonly versionId: string;
  readonly incarnation: string;
  /** From 1, without a gap. */
  readonly sequence: number;
  /** Hashes of decision n-1 and of its settlement; null for the first decision, and where that decision needed no settlement. */
  readonly previousHash: string | null;
  readonly previousSettlementHash: string | null;
  readonly nativeId: string;
  readonly from: ApprovalStatus | null;
  readonly to: ApprovalStatus;
  readonly state: InitialState;
  readonly channel: ApprovalChannel;
  readonly actor: Actor | null;
  readonly comment: string | null;
  readonly decidedAt: Timestamp | null;
  readonly recordedAt: Timestamp;
  /** Until when its write may be started; null where nothing is to be written. */
  readonly deadline: Timestamp | null;
  /** Hash over the artifacts, images and digests that were decided upon. */
  readonly fingerprint: string;
  readonly evaluation: PolicyEvaluation | null;
  /** Id of the request that asked for it, so that a repetition finds it. */
  readonly requestId: string | null;
}

export interface SettlementBody {
  readonly v: 1;
  readonly kind: 'SETTLEMENT';
  readonly versionId: string;
  readonly incarnation: string;
  readonly sequence: number;
  readonly decisionHash: string;
  readonly outcome: 'WRITTEN' | 'FAILED';
  /** Why it failed. */
  readonly problem: StoredProblem | null;
  readonly recordedAt: Timestamp;
}

/** A body with what binds it. */
export interface Sealed<B> {
  readonly body: B;
  /** SHA-256 over the RFC 8785 form of the body, in hexadecimal. */
  readonly hash: string;
  /** Ed25519 over the bytes of `hash`'s text, in base64url, by the key named `keyId`. */
  readonly signature: string;
  readonly keyId: string;
}

export type DecisionEntry = Sealed<DecisionBody>;
export type SettlementEntry = Sealed<SettlementBody>;
export type LedgerEntry = DecisionEntry | SettlementEntry;

/** A decision with its settlement folded in. */
export interface ApprovalRecord {
  readonly decision: DecisionEntry;
  readonly settlement: SettlementEntry | null;
}

export function approvalState({ decision, settlement }: ApprovalRecord): ApprovalState {
  return settlement?.body.outcome ?? decision.body.state;
}

/** Names one decision of the ledger. */
export interface ApprovalRef extends Subject {
  readonly sequence: number;
}

const PREFIX = 'approval:';

/** `approval:<versionId>/<incarnation>/<sequence>`. */
export function approvalId({ version, incarnation, sequence }: ApprovalRef): string {
  return `${PREFIX}${versionId(version)}/${incarnation}/${sequence}`;
}

export function approvalIdOf({ body }: DecisionEntry): string {
  return `${PREFIX}${body.versionId}/${body.incarnation}/${body.sequence}`;
}

/** Where an entry is kept, as it stands there. */
export interface EntryPlace {
  readonly versionId: string;
  readonly incarnation: string;
  readonly sequence: number;
}

/** Why a list cannot be read, with the name of the place: not everybody may learn it. */
export class UnreadableEntry extends Error {
  constructor({ versionId: id, incarnation, sequence }: EntryPlace) {
    super(`${PREFIX}${id}/${incarnation}/${sequence}`);
    this.name = 'UnreadableEntry';
  }
}

export function isApprovalId(id: string): boolean {
  return id.startsWith(PREFIX);
}

/** @throws InvalidInputError unless the id names a decision. */
export function parseApprovalId(id: string): ApprovalRef {
  const [, version, incarnation, sequence] =
    /^approval:([^/]+\/[^/]+\/[^/]+)\/([0-9A-Z]{1,32})\/([1-9][0-9]{0,8})$/.exec(id) ?? [];
  if (version === undefined || incarnation === undefined || sequence === undefined) {
    throw new InvalidInputError(`${quote(id)} is not the id of an approval. Pass an id as the API gave it.`);
  }
  return { version: parseVersionId(version), incarnation, sequence: Number(sequence) };
}

export function subjectOf(body: DecisionBody | SettlementBody): Subject {
  return { version: parseVersionId(body.versionId), incarnation: body.incarnation };
}

/** Who made a decision, in the words by which the ledger is asked for it; null where nobody is known. */
export function actorId(actor: Actor | null): string | null {
  return actor?.nativeId ?? actor?.name ?? null;
}

/** The model of a subject, for access and for indexes. */
export function modelOfSubject(subject: Subject) {
  return modelOf(subject.version);
}
