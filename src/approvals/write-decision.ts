import { ConflictError, NotFoundError, type RegistryError, UnexpectedUpstreamError } from '../domain/errors.js';
import { type ApprovalRecord, approvalState, type DecisionEntry, type Subject, subjectOf } from '../domain/ledger.js';
import type { DecisionMark, ModelVersionRecord } from '../domain/model.js';
import type { CallPriority } from '../domain/registry.js';
import type { OpenIntents } from '../governance/store.js';
import { latestWritten, markedDecision, markId } from './history.js';
import type { EvaluateFound } from './judge.js';
import type { Chain, Ledger } from './ledger/ledger.js';
import { isRefusal } from './problem.js';
import { adapterOf, ownCall, type Registries, readNow } from './registry-access.js';

export interface DecisionWriter {
  readonly registries: Registries;
  readonly ledger: Ledger;
  readonly openIntents: OpenIntents;
  readonly evaluateFound: EvaluateFound;
  /** How long a write to a registry may take. */
  readonly writeMs: number;
  /** How long after the last look at the ledger a write may still be started: a process that was held up must look again. */
  readonly startWithinMs: number;
  readonly now: () => number;
  /** Told of what the decider is not: what has to wait for the sweeper. */
  readonly report: (error: unknown) => void;
}

/**
 * What became of writing a decision into its registry.
 * WRITTEN: the registry reads it back. REFUSED: it never will. UNKNOWN: not written, or not known to be; it stays an intent and is rolled forward.
 * OVERTAKEN: another has settled it meanwhile, or decided after it.
 */
export type WriteOutcome =
  | { readonly kind: 'WRITTEN'; readonly version: ModelVersionRecord }
  | { readonly kind: 'REFUSED'; readonly error: RegistryError; readonly version: ModelVersionRecord | null }
  | { readonly kind: 'UNKNOWN'; readonly error: unknown }
  | { readonly kind: 'OVERTAKEN'; readonly chain: Chain };

/** A late write can undo ours only as often as there are processes that were held up. */
const REWRITES = 3;

/** Writes the status of an intent and reads it back. The ledger is looked at right before and right after. */
export async function writeDecision(
  writer: DecisionWriter,
  decision: DecisionEntry,
  options: { readonly startBefore: number; readonly priority: CallPriority; readonly caller: string | null },
): Promise<WriteOutcome> {
  const { version: ref, incarnation } = subjectOf(decision.body);
  const adapter = adapterOf(writer.registries, ref.registryId);
  const readChain = async () => (await writer.ledger.read(ref)).of(incarnation);

  for (let attempt = 1; ; attempt += 1) {
    // The time before it, so that being held up right after it counts.
    const lookedAt = writer.now();
    const chain = await readChain();
    if (!isStillHead(chain, decision)) return { kind: 'OVERTAKEN', chain };
    let version: ModelVersionRecord;
    try {
      const startBefore = Math.min(options.startBefore, lookedAt + writer.startWithinMs);
      if (writer.now() > startBefore) return { kind: 'UNKNOWN', error: tooLate(ref.registryId) };
      version = await adapter.decide(
        { version: ref, incarnation, mark: markOf(decision) },
        {
          ...ownCall(writer.writeMs, options.priority),
          ...(options.caller === null ? {} : { caller: { name: options.caller } }),
        },
      );
    } catch (error) {
      if (isRefusal(error)) return { kind: 'REFUSED', error, version: null };
      await lookAgainLater(writer, decision);
      return { kind: 'UNKNOWN', error };
    }
    // It may have been made anew after the adapter looked.
    if (version.incarnation !== incarnation) return { kind: 'REFUSED', error: gone(ref.registryId), version: null };
    if (isOvertaken(await readChain(), decision)) {
      await putRight(writer, { version: ref, incarnation }, decision);
      return { kind: 'OVERTAKEN', chain: await readChain() };
    }
    if (version.approvalStatus === decision.body.to) return { kind: 'WRITTEN', version };
    const late = markedDecision(chain.records, version);
    if (late === null || late.decision.hash === decision.hash || attempt >= REWRITES) {
      return { kind: 'REFUSED', error: readsBackOtherwise(decision, version), version };
    }
  }
}

/**
 * Writes again what the ledger says last, where a write that came late has undone it. What is head and still an intent is written as well: that is
 * what its own writer is about to do.
 *
 * @param late A decision that was overtaken and has been written nevertheless, or may have been. Where the mark and the status are written one after
 * the other, either of them may have come late alone, and there is no mark then to know it by.
 */
export async function putRight(
  writer: DecisionWriter,
  { version: ref, incarnation }: Subject,
  late: DecisionEntry | null = null,
): Promise<void> {
  const adapter = adapterOf(writer.registries, ref.registryId);
  let suspect = late;
  // It looks once more after each write, which may have come late itself.
  for (let attempt = 1; attempt <= REWRITES; attempt += 1) {
    const lookedAt = writer.now();
    const { records } = (await writer.ledger.read(ref)).of(incarnation);
    const head = records.at(-1);
    const valid = head !== undefined && approvalState(head) === 'INTENDED' ? head : latestWritten(records);
    if (valid === null) return;
    const found = await readNow(adapter, ref, ownCall(writer.writeMs, 'background'));
    const isUndone = isLateWrite(records, found, valid) || isLeftBy(suspect, found, valid);
    if (found.incarnation !== incarnation || !isUndone) return;
    if (writer.now() > lookedAt + writer.startWithinMs) continue;
    suspect = valid.decision;
    try {
      await adapter.decide(
        { version: ref, incarnation, mark: markOf(valid.decision) },
        ownCall(writer.writeMs, 'background'),
      );
    } catch (error) {
      if (!isRefusal(error)) await lookAgainLater(writer, valid.decision);
      throw error;
    }
  }
}

/**
 * Whether the registry has what an earlier decision wanted, by that decision's own mark, although a later one has been written there since: its
 * mark would be the one to read. Where people set a status by hand, the mark that is there stays the latest one that was written.
 */
export function isLateWrite(
  records: readonly ApprovalRecord[],
  version: ModelVersionRecord,
  valid: ApprovalRecord | null = latestWritten(records),
): boolean {
  const marked = markedDecision(records, version);
  if (marked === null || valid === null || valid.decision.body.to === version.approvalStatus) return false;
  return records.some(
    (record) =>
      record.decision.body.sequence > marked.decision.body.sequence &&
      record.decision.body.state === 'INTENDED' &&
      approvalState(record) !== 'FAILED',
  );
}

export function markOf(decision: DecisionEntry): DecisionMark {
  const { body } = decision;
  return {
    id: markId(decision),
    status: body.to,
    actor: body.actor?.name ?? null,
    at: body.decidedAt ?? body.recordedAt,
    comment: body.comment,
  };
}

/** Whether the decision has arrived in the registry. */
export function isWritten(version: ModelVersionRecord, decision: DecisionEntry): boolean {
  if (version.approvalStatus !== decision.body.to) return false;
  // A status that is decided anew tells by its mark alone whether this decision has arrived.
  return decision.body.from !== decision.body.to || version.decision?.id === markId(decision);
}

/** Whether the status or the mark that is there came from a decision which another one has overtaken. */
function isLeftBy(late: DecisionEntry | null, found: ModelVersionRecord, { decision: valid }: ApprovalRecord): boolean {
  if (late === null || late.body.sequence >= valid.body.sequence) return false;
  if (found.approvalStatus !== valid.body.to) return found.approvalStatus === late.body.to;
  // What nobody decided here has no mark of its own.
  return valid.body.state === 'INTENDED' && found.decision?.id === markId(late);
}

/** What has left this process and was not answered may still arrive, for about as long as it might have been answered. */
async function lookAgainLater(writer: DecisionWriter, decision: DecisionEntry): Promise<void> {
  const dueMs = Math.max(dueAt(writer, { decision }), writer.now() + writer.writeMs);
  const intent = {
    subject: subjectOf(decision.body),
    sequence: decision.body.sequence,
    dueAt: new Date(dueMs).toISOString(),
  };
  await writer.openIntents.note(intent).catch(writer.report);
}

/** When whoever made an intent can no longer be writing it. */
export function dueAt(writer: Pick<DecisionWriter, 'writeMs'>, { decision }: Pick<ApprovalRecord, 'decision'>): number {
  return Date.parse(decision.body.deadline ?? decision.body.recordedAt) + writer.writeMs;
}

function isStillHead(chain: Chain, { hash }: DecisionEntry): boolean {
  const head = chain.records.at(-1);
  return head !== undefined && head.decision.hash === hash && head.settlement === null;
}

function isOvertaken(chain: Chain, { body }: DecisionEntry): boolean {
  return (chain.records.at(-1)?.decision.body.sequence ?? 0) > body.sequence;
}

export function gone(registryId: string): NotFoundError {
  return new NotFoundError(`The version was deleted from registry ${registryId} before the decision was written.`, {
    registryId,
  });
}

function tooLate(registryId: string): RegistryError {
  return new ConflictError('The decision was held up before it could be written. It is being carried out.', {
    registryId,
    retryable: true,
  });
}

function readsBackOtherwise({ body }: DecisionEntry, version: ModelVersionRecord): RegistryError {
  const { registryId } = version.ref;
  if (version.approvalStatus === body.from) {
    return new UnexpectedUpstreamError(
      `Registry ${registryId} took the write of ${body.to} and still reads back ${version.approvalStatus}. Look at the registry itself.`,
      { registryId, operation: 'decide' },
    );
  }
  return new ConflictError(
    `Somebody set the version to ${version.approvalStatus} in registry ${registryId} itself while it was being decided. Read it again, then decide.`,
    { registryId, operation: 'decide', currentStatus: version.approvalStatus },
  );
}
