import type { ChangeArchive } from '../domain/change-archive.js';
import type { DeliveryStore } from '../domain/deliveries.js';
import type { LeaseStore } from '../domain/lease.js';
import type { ApprovalRecord, DecisionEntry, SettlementEntry, Subject } from '../domain/ledger.js';
import type { Timestamp } from '../domain/model.js';
import type { Direction } from '../domain/page.js';
import type { VersionRef } from '../domain/refs.js';
import type { CheckResult } from '../domain/registry.js';

/**
 * Where decisions, settlements, idempotency records and leases live: the one thing to back up. It keeps and finds; what an entry means, how it is
 * hashed and signed, and who may write what is not its business. Writes are single conditional puts, so that any engine with those will do.
 *
 * Every method throws `LedgerUnavailableError` when the engine cannot be reached or refuses, and nothing else; whether a write took effect is not
 * known then, and repeating it is safe.
 */
export interface GovernanceStore extends AsyncDisposable {
  readonly ledger: LedgerStore;
  readonly openIntents: OpenIntents;
  readonly checkpoints: CheckpointStore;
  readonly requests: RequestStore;
  readonly leases: LeaseStore;
  /** What webhooks have still to be told, and what they could not be told. */
  readonly deliveries: DeliveryStore;
  /** What the journal does not keep for ever. */
  readonly archive: ChangeArchive;
  /** What `registrar check` prints. Never throws. */
  check(): Promise<readonly CheckResult[]>;
}

/** Append-only: an entry that is there is never changed, and nothing deletes one. */
export interface LedgerStore {
  /** Puts it unless one of the same subject and sequence is there. @returns The one that is there now: `entry`, or the one that was first. */
  putDecision(entry: DecisionEntry): Promise<DecisionEntry>;
  /** As `putDecision`. */
  putSettlement(entry: SettlementEntry): Promise<SettlementEntry>;
  /**
   * All of a version in every incarnation, as they stand, consistently: one chain per incarnation. A settlement without its decision is there too, and a head that a checkpoint has of a chain that is gone. What is put while it is
   * read may be there in part. The incarnation of a version is known only once the registry has been asked; whoever decides reads the chains
   * before that, so that what the registry says is newer than what the ledger says.
   */
  chains(version: VersionRef): Promise<readonly StoredChain[]>;
  /** By an index, never by a scan. Order: `orderKey`. An index may lag a moment behind. */
  list(query: LedgerQuery): Promise<LedgerPage>;
  /** Which versions the index of all decisions names, in its order, once per decision. The entries themselves are not read. */
  walk(query: LedgerWalk): Promise<WalkPage>;
}

export interface LedgerWalk {
  /** Exclusive. */
  readonly recordedAfter?: Timestamp;
  /** `next` of the page before. */
  readonly after?: string;
  readonly limit: number;
}

export interface WalkPage {
  readonly versionIds: readonly string[];
  /** Null at the end. */
  readonly next: string | null;
}

export interface StoredChain {
  readonly subject: Subject;
  /** Both by place, ascending. */
  readonly decisions: readonly Placed<DecisionEntry>[];
  readonly settlements: readonly Placed<SettlementEntry>[];
  /** The newest head that a checkpoint has of it; null without one. */
  readonly checkpointed: (CheckpointedHead & { readonly checkpoint: number }) | null;
}

/** What stands in one place of a chain. Whether it belongs there is for the ledger to say. */
export interface Placed<E> {
  readonly sequence: number;
  /** Null where it cannot be read as an entry at all. */
  readonly entry: E | null;
  /** Of a decision that an index shows under something else than what it says; only stores look at that. */
  readonly isMisfiled?: true;
}

export type LedgerIndex =
  | { readonly by: 'all' }
  | { readonly by: 'registry'; readonly registryId: string }
  | { readonly by: 'model'; readonly modelId: string }
  /** In every incarnation. */
  | { readonly by: 'version'; readonly versionId: string }
  /** `actorId` of the decision's actor. */
  | { readonly by: 'actor'; readonly actorId: string };

export interface LedgerPosition {
  readonly recordedAt: Timestamp;
  readonly approvalId: string;
}

export interface LedgerQuery {
  readonly index: LedgerIndex;
  readonly direction: Direction;
  /** Exclusive. */
  readonly after?: LedgerPosition;
  /** Exclusive, both. */
  readonly recordedAfter?: Timestamp;
  readonly recordedBefore?: Timestamp;
  /** 1 to 200. */
  readonly limit: number;
}

export interface LedgerPage {
  readonly items: readonly ApprovalRecord[];
  readonly hasMore: boolean;
}

/** The work list of the sweeper: not part of the ledger. Noted before the decision is put, removed after its settlement. */
export interface OpenIntents {
  note(intent: OpenIntent): Promise<void>;
  remove(intent: OpenIntent): Promise<void>;
  /** Those with `dueAt` at or before `now`, the earliest first. */
  due(now: Timestamp, limit: number): Promise<readonly OpenIntent[]>;
}

export interface OpenIntent {
  readonly subject: Subject;
  readonly sequence: number;
  readonly dueAt: Timestamp;
}

/** Signed lists of heads, so that a tail that was cut off is missed. Bodies are sealed by the ledger; a store keeps text. */
export interface CheckpointStore {
  /**
   * Puts it unless that number is taken, then notes its heads with the chains. Putting the same one again completes what a process that died
   * between the two has left. @returns Whether it is this one that is there now.
   */
  put(checkpoint: StoredCheckpoint): Promise<boolean>;
  latest(): Promise<KeptCheckpoint | null>;
  /** By number, ascending, after `after`. */
  list(after: number, limit: number): Promise<readonly KeptCheckpoint[]>;
}

/** What is read back: the heads are in the text, which alone is signed. */
export type KeptCheckpoint = Pick<StoredCheckpoint, 'number' | 'text'>;

export interface StoredCheckpoint {
  /** From 1. */
  readonly number: number;
  /** JSON of the sealed body. */
  readonly text: string;
  readonly heads: readonly CheckpointedHead[];
}

export interface CheckpointedHead {
  readonly subject: Subject;
  readonly sequence: number;
  readonly decisionHash: string;
  readonly settlementHash: string | null;
}

/** What has become of mutations that carry an idempotency key. */
export interface RequestStore {
  /** Puts it unless one of that key is there and not past its `expiresAt`. @returns The one that is there now. */
  begin(record: RequestRecord): Promise<RequestRecord>;
  /** Null without one, and past its `expiresAt`. */
  find(key: string): Promise<RequestRecord | null>;
  /** Replaces the record of that key if `holder` still has it. @returns Whether it did. */
  replace(record: RequestRecord, holder: string): Promise<boolean>;
  /** Removes it if `holder` still has it. */
  remove(key: string, holder: string): Promise<void>;
}

export interface RequestRecord {
  /** Hash of caller, mutation and idempotency key. */
  readonly key: string;
  readonly inputHash: string;
  /** Which attempt has it: random. */
  readonly holder: string;
  /** Passed on to the registry, at most 36 characters; the same in every attempt. */
  readonly requestId: string;
  /** Until when the attempt may still be running. */
  readonly runningUntil: Timestamp;
  /** JSON of the result; null while it runs. */
  readonly result: string | null;
  /** When it is forgotten. */
  readonly expiresAt: Timestamp;
}
