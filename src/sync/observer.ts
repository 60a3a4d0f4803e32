import { setTimeout as sleep } from 'node:timers/promises';
import { type Change, type ChangeEvidence, isVersionRecord, type StateRecord } from '../domain/changes.js';
import { LedgerUnavailableError, RegistryError } from '../domain/errors.js';
import type { Lease } from '../domain/lease.js';
import { approvalId } from '../domain/ledger.js';
import type { Actor, ModelVersionRecord, Timestamp } from '../domain/model.js';
import { modelOf, parseNodeId } from '../domain/refs.js';
import type { JudgedStatus, StatusJudge } from '../domain/status-judge.js';
import { changeId } from '../journal/change-id.js';
import {
  type EntityWrite,
  EpochChangedError,
  type Journal,
  JournalUnavailableError,
  type Position,
  type StoredEntity,
  timeOf,
} from '../journal/journal.js';
import { type ChangeDraft, diffRecords } from './diff.js';
import type { ReadAgain } from './read-again.js';
import { isSame, toState } from './state-record.js';

/** One look at an entity in its registry. */
export interface Observation {
  readonly registryId: string;
  readonly entity: string;
  /** As the journal had it before the registry was read; undefined: never there. */
  readonly before: Pick<StoredEntity, 'rev' | 'record' | 'lastChanges' | 'position'> | undefined;
  /** Null: it is not there. */
  readonly record: StateRecord | null;
  /** False where it was read from what may lag behind a write. */
  readonly isStrong: boolean;
  readonly evidence: ChangeEvidence;
  /** When an event says it happened, for where the record does not. */
  readonly occurredAt?: Timestamp | undefined;
  readonly actor?: Actor | null;
  /** Its status was just written here, by a decision of the ledger or by registering it: there is nothing to judge. */
  readonly isOwnStatus?: boolean;
}

export interface ObserverOptions {
  readonly journal: Journal;
  /** Of the epoch that this replica has taken in; null before it has. */
  readonly epoch: () => string | null;
  /** Whether a first look at something is news: the registry was walked as a whole before. */
  readonly isKnown: (registryId: string) => boolean;
  readonly readAgain: ReadAgain;
  readonly judge: StatusJudge | null;
  /** Ends with the gateway: what still waits for the ledger then is found again by whoever comes next. */
  readonly signal: AbortSignal;
  /** How long a change waits for a ledger that cannot be asked, before it goes out without its word. */
  readonly ledgerWaitMs: number;
  readonly now: () => number;
  /** Told of a change that was appended, once, by the replica that has appended it. */
  readonly appended: (change: Change, record: StateRecord | null) => void;
}

export interface Observer {
  /**
   * Brings the journal up to what was seen. Resolves once all of it is there; the position is of the last entry that it has put, null where there was
   * nothing to put.
   * @throws JournalUnavailableError, EpochChangedError, FencedError; a RegistryError where something had to be read again and could not be.
   */
  observe(observations: readonly Observation[], lease?: Lease): Promise<Position | null>;
}

/** Each round means that somebody else has written the entity meanwhile. */
const ROUNDS = 8;
const BATCH = 200;
/** A change is confirmed by what is seen within this time of it; later looks say nothing new of it. */
const CONFIRM_WITHIN_MS = 15 * 60_000;
const CONFIRMED_MAX = 50_000;
const LEDGER_RETRY_MS = 1000;

export function createObserver(options: ObserverOptions): Observer {
  const { journal, now, isKnown, judge } = options;
  const confirmed = new Set<string>();

  const observe = async (all: readonly Observation[], lease?: Lease): Promise<Position | null> => {
    let last: Position | null = null;
    for (let start = 0; start < all.length; start += BATCH) {
      last = (await observeBatch(all.slice(start, start + BATCH), lease)) ?? last;
    }
    return last;
  };

  const observeBatch = async (batch: readonly Observation[], lease: Lease | undefined): Promise<Position | null> => {
    let rest = batch;
    let last: Position | null = null;
    for (let round = 1; rest.length > 0; round += 1) {
      if (round > ROUNDS) throw new JournalUnavailableError(new Error('an entity is written by others all the time'));
      const looked = await confirmDoubtful(rest);
      const differing = await confirmSame(looked);
      const { position, stale } = await append(differing, lease);
      last = position ?? last;
      rest = stale.length === 0 ? [] : await readStale(stale);
    }
    return last;
  };

  /** A step back, or an end, that was seen in what may lag is looked at once more, strongly. */
  const confirmDoubtful = async (looked: readonly Observation[]): Promise<readonly Observation[]> => {
    const doubtful = looked.filter(isDoubtful);
    if (doubtful.length === 0) return looked;
    const again = await options.readAgain(doubtful);
    return [...looked.filter((each) => !isDoubtful(each)), ...again];
  };

  /** @returns Those in which something differs. What does not confirms what was told of it last. */
  const confirmSame = async (looked: readonly Observation[]): Promise<readonly Observation[]> => {
    const differing: Observation[] = [];
    const toConfirm = new Map<ChangeEvidence, string[]>();
    for (const observation of looked) {
      const { before, record, evidence } = observation;
      if (!isSame(before?.record ?? null, record === null ? null : toState(record))) {
        differing.push(observation);
        continue;
      }
      for (const id of before === undefined ? [] : unconfirmed(before, evidence)) {
        toConfirm.set(evidence, [...(toConfirm.get(evidence) ?? []), id]);
      }
    }
    for (const [evidence, ids] of toConfirm) {
      await journal.confirm(ids, evidence);
      for (const id of ids) remember(`${evidence} ${id}`);
    }
    return differing;
  };

  const unconfirmed = ({ lastChanges, position }: NonNullable<Observation['before']>, evidence: ChangeEvidence) => {
    const isRecent = now() - Date.parse(timeOf(position)) < CONFIRM_WITHIN_MS;
    return isRecent ? lastChanges.filter((id) => !confirmed.has(`${evidence} ${id}`)) : [];
  };
  const remember = (key: string) => {
    confirmed.add(key);
    const [oldest] = confirmed;
    if (confirmed.size > CONFIRMED_MAX && oldest !== undefined) confirmed.delete(oldest);
  };

  const append = async (differing: readonly Observation[], lease: Lease | undefined) => {
    const epoch = options.epoch();
    if (epoch === null) throw new JournalUnavailableError();
    const writes = await Promise.all(differing.map(toWrite));
    const guard = { epoch, ...(lease === undefined ? {} : { lease }) };
    const outcomes = writes.length === 0 ? [] : await journal.append(writes, guard);
    let position: Position | null = null;
    const stale: Observation[] = [];
    for (const [index, outcome] of outcomes.entries()) {
      const [observation, write] = [differing[index], writes[index]];
      if (observation === undefined || write === undefined) continue;
      if (outcome.kind === 'STALE') {
        stale.push({ ...observation, before: outcome.current ?? undefined });
        continue;
      }
      ({ position } = outcome);
      for (const change of write.changes) {
        remember(`${observation.evidence} ${change.id}`);
        options.appended(change, write.record);
      }
    }
    return { position, stale };
  };

  const readStale = (stale: readonly Observation[]): Promise<readonly Observation[]> => options.readAgain(stale);

  const toWrite = async (observation: Observation): Promise<EntityWrite> => {
    const { registryId, entity, before, evidence } = observation;
    const record = observation.record === null ? null : toState(observation.record);
    const isNews = before !== undefined || isKnown(registryId) || evidence === 'SELF';
    const drafts = isNews ? diffRecords(before?.record ?? null, record) : [];
    const rev = (before?.rev ?? 0) + 1;
    const changes: Change[] = [];
    for (const draft of drafts) changes.push(await toChange(draft, observation, rev));
    return { registryId, entity, expectedRev: before?.rev ?? 0, record, changes };
  };

  const toChange = async (draft: ChangeDraft, observation: Observation, rev: number): Promise<Change> => {
    const { state, occurredAt, ...told } = draft;
    const { registryId, entity, evidence } = observation;
    const node = parseNodeId(entity);
    const common = {
      id: changeId({ type: draft.type, entity, incarnation: draft.incarnation, rev, state }),
      registryId,
      model: node.type === 'registry' ? null : node.type === 'version' ? modelOf(node.ref) : node.ref,
      version: node.type === 'version' ? node.ref.version : null,
      occurredAt: occurredAt ?? observation.occurredAt ?? null,
      observedAt: new Date(now()).toISOString(),
      evidence: [evidence],
      actor: observation.actor ?? actorIn(draft, observation.record),
    };
    if (told.type !== 'VERSION_STATUS') return { ...told, ...common };
    const judged = await judgeStatus(observation, told.previousStatus);
    const { outOfBand = null, approvalId = null } = judged ?? {};
    return { ...told, ...common, actor: judged?.actor ?? common.actor, outOfBand, approvalId };
  };

  const judgeStatus = async (
    { record, evidence, isOwnStatus }: Observation,
    previousStatus: JudgeArgs['previousStatus'],
  ): Promise<JudgedStatus | null> => {
    if (judge === null || record === null || !isVersionRecord(record)) return null;
    if (isOwnStatus === true) return ownWord(record);
    const until = now() + options.ledgerWaitMs;
    for (;;) {
      try {
        return await judge.judge({ version: record, previousStatus });
      } catch (error) {
        if (!(error instanceof LedgerUnavailableError)) {
          // What the registry itself keeps from being judged (it changes all the time, it is gone) is judged with the next look.
          if (error instanceof RegistryError) return null;
          throw error;
        }
        // Whoever writes through the gateway does not wait for what the ledger cannot say.
        if (evidence === 'SELF' || now() >= until) return null;
        await sleep(Math.min(LEDGER_RETRY_MS, options.ledgerWaitMs), undefined, { signal: options.signal }).catch(
          () => {
            throw new JournalUnavailableError(options.signal.reason);
          },
        );
      }
    }
  };

  return { observe };
}

type JudgeArgs = Parameters<StatusJudge['judge']>[0];

function isDoubtful({ isStrong, before, record }: Observation): boolean {
  if (isStrong || before === undefined || before.record === null) return false;
  if (record === null) return true;
  if (isSame(before.record, toState(record))) return false;
  return updatedAt(record) <= updatedAt(before.record);
}

function updatedAt(record: StateRecord): string {
  return ('ref' in record ? record.updatedAt : null) ?? '';
}

/** Who registered it is in the record; who changed it is not, unless a decision left its mark. */
function actorIn({ type }: ChangeDraft, record: StateRecord | null): Actor | null {
  const isFirst = type === 'VERSION_REGISTERED' || type === 'MODEL_CREATED';
  return isFirst && record !== null && 'ref' in record ? record.createdBy : null;
}

/**
 * By the mark that the decision has left. Where that tells of another status, the write came late, and whoever has written it is about to put it right:
 * the ledger must not take it for somebody else's.
 */
function ownWord({ ref, incarnation, approvalStatus, decision }: ModelVersionRecord): JudgedStatus {
  const sequence = decision?.status === approvalStatus ? Number.parseInt(decision.id, 10) : Number.NaN;
  const approval = Number.isInteger(sequence) ? approvalId({ version: ref, incarnation, sequence }) : null;
  return { outOfBand: false, approvalId: approval };
}

/** What ends a pass, and is not the fault of one entity. */
export function isJournalFault(error: unknown): boolean {
  return error instanceof JournalUnavailableError || error instanceof EpochChangedError;
}
