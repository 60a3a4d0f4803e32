import { ConflictError, type RegistryError, UnexpectedUpstreamError } from '../domain/errors.js';
import { type ApprovalRecord, approvalState, type DecisionEntry, type Subject, subjectOf } from '../domain/ledger.js';
import type { DecisionMark, ModelVersionRecord } from '../domain/model.js';
import type { CallPriority } from '../domain/registry.js';
import { latestWritten, markedDecision, markId } from './history.js';
import type { Chain, Ledger } from './ledger/ledger.js';
import { isRefusal } from './problem.js';
import { adapterOf, ownCall, type Registries, readNow } from './registry-access.js';

export interface DecisionWriter {
  readonly registries: Registries;
  readonly ledger: Ledger;
  /** How long a write to a registry may take. */
  readonly writeMs: number;
  /** How long after the last look at the ledger a write may still be started: a process that was held up must look again. */
  readonly startWithinMs: number;
  readonly now: () => number;
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
    const chain = await readChain();
    const lookedAt = writer.now();
    if (!isStillHead(chain, decision)) return { kind: 'OVERTAKEN', chain };
    let version: ModelVersionRecord;
    try {
      const startBefore = Math.min(options.startBefore, lookedAt + writer.startWithinMs);
      if (writer.now() > startBefore) return { kind: 'UNKNOWN', error: tooLate(ref.registryId) };
      version = await adapter.decide(
        { version: ref, mark: markOf(decision) },
        {
          ...ownCall(writer.writeMs, options.priority),
          ...(options.caller === null ? {} : { caller: { name: options.caller } }),
        },
      );
    } catch (error) {
      return isRefusal(error) ? { kind: 'REFUSED', error, version: null } : { kind: 'UNKNOWN', error };
    }
    if (isOvertaken(await readChain(), decision)) {
      await putRight(writer, { version: ref, incarnation });
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
 */
export async function putRight(writer: DecisionWriter, { version: ref, incarnation }: Subject): Promise<void> {
  const { records } = (await writer.ledger.read(ref)).of(incarnation);
  const head = records.at(-1);
  const valid = head !== undefined && approvalState(head) === 'INTENDED' ? head : latestWritten(records);
  if (valid === null) return;
  const adapter = adapterOf(writer.registries, ref.registryId);
  const found = await readNow(adapter, ref, ownCall(writer.writeMs, 'background'));
  if (found.incarnation !== incarnation || !isLateWrite(records, found, valid)) return;
  await adapter.decide({ version: ref, mark: markOf(valid.decision) }, ownCall(writer.writeMs, 'background'));
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

function isStillHead(chain: Chain, { hash }: DecisionEntry): boolean {
  const head = chain.records.at(-1);
  return head !== undefined && head.decision.hash === hash && head.settlement === null;
}

function isOvertaken(chain: Chain, { body }: DecisionEntry): boolean {
  return (chain.records.at(-1)?.decision.body.sequence ?? 0) > body.sequence;
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
