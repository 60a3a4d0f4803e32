import { ConflictError } from '../domain/errors.js';
import { type ApprovalRecord, approvalIdOf } from '../domain/ledger.js';
import type { ModelVersionRecord } from '../domain/model.js';
import type { VersionRef } from '../domain/refs.js';
import { enterFound, expectedStatus, type Watched } from './found-status.js';
import { isOfRequest, pendingIntent } from './history.js';
import type { Chain } from './ledger/ledger.js';
import { adapterOf, ownCall, readNow, versionNotFound } from './registry-access.js';
import { rollForward } from './roll-forward.js';
import { type DecisionWriter, dueAt, isLateWrite, putRight } from './write-decision.js';

export interface Aligned {
  readonly version: ModelVersionRecord;
  /** What was written last is what the registry says, and its head is no intent but that of the very request that asks. */
  readonly chain: Chain;
}

/** Each round means that somebody else was faster. */
const ROUNDS = 6;

/**
 * Reads the chain, then the version, and brings the chain up to what the registry says: an intent that was left behind is rolled forward, a late
 * write is put right, and a status that was not decided here enters as IMPORTED or OUT_OF_BAND. In this order, because then a difference between
 * the two is either the registry's own or makes the next put lose.
 *
 * @param requestId Of the request that asks: its own intent does not stand in its way.
 * @param watched What is known of the version beside the ledger, where somebody watches it. Another one of that name is not aligned.
 * @throws ConflictError with the winner while another decision is on its way; NotFoundError; LedgerUnavailableError, before any call to the
 * registry where the ledger cannot be read.
 */
export async function alignChain(
  writer: DecisionWriter,
  ref: VersionRef,
  requestId: string | null = null,
  watched: Watched | null = null,
): Promise<Aligned> {
  const adapter = adapterOf(writer.registries, ref.registryId);
  for (let round = 1; round <= ROUNDS; round += 1) {
    const chains = await writer.ledger.read(ref);
    const version = await readNow(adapter, ref, ownCall(writer.writeMs));
    if (watched !== null && watched.incarnation !== version.incarnation) throw versionNotFound(ref);
    const chain = chains.of(version.incarnation);
    const intent = pendingIntent(chain.records);
    if (intent !== null) {
      const isDue = writer.now() >= dueAt(writer, intent);
      if (isDue && (await rollForward(writer, intent.decision))) continue;
      if (isOfRequest(intent, requestId)) return { version, chain };
      throw lostTo(intent, version);
    }
    if (version.approvalStatus === expectedStatus(chain, watched)) return { version, chain };
    if (isLateWrite(chain.records, version)) {
      await putRight(writer, { version: ref, incarnation: version.incarnation });
    } else {
      await enterFound(writer, chain, version, watched);
    }
  }
  throw new ConflictError('The version is being decided upon by others. Read it again, then decide.', {
    registryId: ref.registryId,
    retryable: true,
  });
}

/**
 * Right before a version is deleted: nobody has decided it since it was looked at. The ledger last, for who decides here is there first.
 * @throws ConflictError where somebody has; NotFoundError where another version has its name by now.
 */
export async function refuseDecidedSince(writer: DecisionWriter, { version, chain }: Aligned): Promise<void> {
  const { ref, incarnation } = version;
  const found = await readNow(adapterOf(writer.registries, ref.registryId), ref, ownCall(writer.writeMs));
  if (found.incarnation !== incarnation) throw versionNotFound(ref);
  const { head } = (await writer.ledger.read(ref)).of(incarnation);
  const isDecided = head?.decision.hash !== chain.head?.decision.hash;
  if (!isDecided && found.approvalStatus === version.approvalStatus) return;
  throw new ConflictError(
    'Somebody has decided this version meanwhile. Read it again, then delete it if it is still to go.',
    {
      registryId: ref.registryId,
      operation: 'deleteVersion',
      currentStatus: found.approvalStatus,
      ...(isDecided && head !== null ? { winningApprovalId: approvalIdOf(head.decision) } : {}),
    },
  );
}

/**
 * Before a version is changed otherwise: what was decided about it before anybody looked enters the ledger. Whoever is faster has done it.
 * @returns The version as it is now.
 */
export async function importDecided(writer: DecisionWriter, ref: VersionRef): Promise<ModelVersionRecord> {
  const chains = await writer.ledger.read(ref);
  const version = await readNow(adapterOf(writer.registries, ref.registryId), ref, ownCall(writer.writeMs));
  const chain = chains.of(version.incarnation);
  if (chain.records.length === 0 && version.approvalStatus !== 'PENDING') {
    await enterFound(writer, chain, version);
  }
  return version;
}

/** What a decision that came too late is told: who was first, and what the status is now. */
export function lostTo(
  winner: Pick<ApprovalRecord, 'decision'>,
  version: Pick<ModelVersionRecord, 'approvalStatus' | 'ref'>,
): ConflictError {
  const { body } = winner.decision;
  const who = body.actor?.name ?? 'Somebody else';
  return new ConflictError(
    `${who} has decided this version first (${body.to}). Read it again, then decide on what it is now.`,
    {
      registryId: version.ref.registryId,
      operation: 'decide',
      // The winner's status may be still on its way, and will be the current one.
      currentStatus: body.state === 'VOTED' ? version.approvalStatus : body.to,
      winningApprovalId: approvalIdOf(winner.decision),
    },
  );
}
