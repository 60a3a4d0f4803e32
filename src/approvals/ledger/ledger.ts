import { ConflictError, LedgerUnavailableError } from '../../domain/errors.js';
import {
  type ApprovalRecord,
  approvalIdOf,
  approvalState,
  type DecisionBody,
  type DecisionEntry,
  type SettlementBody,
  type SettlementEntry,
  type Subject,
  subjectOf,
} from '../../domain/ledger.js';
import type { StoredProblem } from '../../domain/policy.js';
import { type VersionRef, versionId } from '../../domain/refs.js';
import type { CheckpointStore, LedgerStore, Placed, StoredChain } from '../../governance/store.js';
import { type CheckpointRound, createCheckpointer } from './checkpoint.js';
import type { LedgerKeys } from './keys.js';
import { type LedgerList, type LedgerListQuery, listEntries } from './list-entries.js';
import { readVerified, refuse } from './read-chains.js';
import { seal } from './seal.js';
import { verifyChain, verifyRecord, verifySettlement } from './verify-chain.js';

/** The decisions of one subject, verified. */
export interface Chain {
  readonly subject: Subject;
  /** By sequence, ascending: the first is 1, and none is missing. */
  readonly records: readonly ApprovalRecord[];
  /** The last of them; null for a chain that has not begun. */
  readonly head: ApprovalRecord | null;
}

export interface VersionChains {
  /** That of one incarnation; an empty one where nothing was decided. @throws LedgerUnavailableError, not retryable, where it was tampered with. */
  of(incarnation: string): Chain;
}

/** All of a decision that the chain does not give it. */
export type DecisionDraft = Omit<DecisionBody, 'v' | 'kind' | 'sequence' | 'previousHash' | 'previousSettlementHash'>;

export interface PutDecision {
  /** The one that is there now. */
  readonly record: DecisionEntry;
  /** Whether it is the draft's. */
  readonly won: boolean;
}

/** Every method throws `LedgerUnavailableError` where the store does not answer. */
export interface Ledger {
  /** All that was decided about a version, in all its incarnations. */
  read(version: VersionRef): Promise<VersionChains>;
  /**
   * Puts a decision after the head of a chain as it was read; whoever puts first has won.
   * @throws ConflictError, retryable, while the head is an intent that is not settled; InvalidInputError for a decision that is too large.
   */
  decide(chain: Chain, draft: DecisionDraft): Promise<PutDecision>;
  /** Settles an intent. @returns The settlement that is there now, whoever wrote it. */
  settle(
    decision: DecisionEntry,
    outcome: SettlementBody['outcome'],
    problem?: StoredProblem | null,
  ): Promise<SettlementEntry>;
  /**
   * Entries of several indexes of one kind as one list, each verified by itself: what is missing between them only their chains tell.
   * @throws LedgerUnavailableError, not retryable, where one of them was tampered with.
   */
  list(query: LedgerListQuery): Promise<LedgerList>;
  /** Signs the heads that have changed since the last time, so that a tail that is cut off is missed. */
  checkpoint(): Promise<CheckpointRound>;
  /** Told of each entry that this process puts, once it is there: of a decision without its settlement, then with it. Must not throw. */
  subscribe(listener: (record: ApprovalRecord) => void): Disposable;
}

export interface LedgerOptions {
  readonly store: { readonly ledger: LedgerStore; readonly checkpoints: CheckpointStore };
  readonly keys: LedgerKeys;
  readonly now: () => number;
}

export function createLedger({ store, keys, now }: LedgerOptions): Ledger {
  const { signing, verification } = keys;
  const listeners = new Set<(record: ApprovalRecord) => void>();
  const tell = (record: ApprovalRecord) => {
    for (const listener of listeners) listener(record);
  };

  const decide = async (chain: Chain, draft: DecisionDraft): Promise<PutDecision> => {
    const body = bodyOf(chain, draft);
    const own = seal(body, signing);
    const record = await putTwice(() => store.ledger.putDecision(own));
    if (record.hash === own.hash) {
      tell({ decision: record, settlement: null });
      return { record, won: true };
    }
    const finding = verifyChain(extended(chain, { sequence: body.sequence, entry: record }), null, verification);
    if (finding !== null) throw refuse(finding, chain.subject);
    return { record, won: false };
  };

  const settle: Ledger['settle'] = async (decision, outcome, problem = null) => {
    const { versionId: id, incarnation, sequence, state } = decision.body;
    if (state !== 'INTENDED') throw new TypeError(`${approvalIdOf(decision)} is ${state}: there is nothing to settle.`);
    const body: SettlementBody = {
      v: 1,
      kind: 'SETTLEMENT',
      versionId: id,
      incarnation,
      sequence,
      decisionHash: decision.hash,
      outcome,
      problem,
      recordedAt: new Date(now()).toISOString(),
    };
    const own = seal(body, signing);
    const settlement = await putTwice(() => store.ledger.putSettlement(own));
    if (settlement.hash === own.hash) {
      tell({ decision, settlement });
      return settlement;
    }
    const subject = subjectOf(decision.body);
    const finding = verifySettlement({ sequence, entry: settlement }, decision, subject, verification);
    if (finding !== null) throw refuse(finding, subject);
    return settlement;
  };

  return {
    read: (version) => readVerified(store.ledger, verification, version),
    decide,
    settle,
    async list(query) {
      const found = await listEntries(store.ledger, query);
      for (const record of found.items) {
        const finding = verifyRecord(record, verification);
        if (finding !== null) throw refuse(finding, subjectOf(record.decision.body));
      }
      return found;
    },
    checkpoint: createCheckpointer({ store, keys, now }),
    subscribe(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
  };
}

function bodyOf({ subject, head }: Chain, draft: DecisionDraft): DecisionBody {
  if (draft.versionId !== versionId(subject.version) || draft.incarnation !== subject.incarnation) {
    throw new TypeError('The draft is about another subject than the chain.');
  }
  if (head !== null && approvalState(head) === 'INTENDED') {
    throw new ConflictError('Another decision about this version is being carried out. Read it again, then decide.', {
      registryId: subject.version.registryId,
      retryable: true,
      winningApprovalId: approvalIdOf(head.decision),
    });
  }
  return {
    ...draft,
    v: 1,
    kind: 'DECISION',
    sequence: (head?.decision.body.sequence ?? 0) + 1,
    previousHash: head?.decision.hash ?? null,
    previousSettlementHash: head?.settlement?.hash ?? null,
  };
}

/** The chain as it is stored once somebody else's decision stands after its head. */
function extended({ subject, records }: Chain, next: Placed<DecisionEntry>): Omit<StoredChain, 'checkpointed'> {
  const placed = records.map(({ decision }, index) => ({ sequence: index + 1, entry: decision }));
  const settlements = records.flatMap(({ settlement }, index) =>
    settlement === null ? [] : [{ sequence: index + 1, entry: settlement }],
  );
  return { subject, decisions: [...placed, next], settlements };
}

/**
 * A put that failed may have taken effect, and what it was for must not be reported as undone then. Putting the same again tells: it changes
 * nothing where it is there.
 */
async function putTwice<E>(put: () => Promise<E>): Promise<E> {
  try {
    return await put();
  } catch (error) {
    if (!(error instanceof LedgerUnavailableError && error.retryable)) throw error;
    return await put();
  }
}
