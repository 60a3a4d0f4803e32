import { randomUUID } from 'node:crypto';
import type { Caller } from '../domain/access.js';
import {
  ConflictError,
  LedgerUnavailableError,
  PolicyDeniedError,
  RegistryError,
  UnsupportedError,
} from '../domain/errors.js';
import {
  type ApprovalRecord,
  actorId,
  approvalState,
  type DecisionEntry,
  type SettlementEntry,
  subjectOf,
} from '../domain/ledger.js';
import type { Actor, ApprovalStatus, ModelVersionRecord } from '../domain/model.js';
import type { PolicyEvaluation, PolicyVerdict } from '../domain/policy.js';
import { modelOf, type VersionRef, versionId } from '../domain/refs.js';
import { alignChain, lostTo } from './align-chain.js';
import { subjectFingerprint } from './fingerprint.js';
import type { FactReads } from './gather-facts.js';
import { isOfRequest, latestWritten, openVotes, wasReverted } from './history.js';
import { type Judging, judge } from './judge.js';
import { mayDecide, selectPolicy } from './policy/index.js';
import { adapterOf } from './registry-access.js';
import { settleFailed } from './settle-failed.js';
import { type DecisionWriter, dueAt, type WriteOutcome, writeDecision } from './write-decision.js';

export interface DecisionInput {
  readonly version: VersionRef;
  readonly to: ApprovalStatus;
  /** What the decider saw. */
  readonly expectedStatus: ApprovalStatus;
  readonly comment: string | null;
  /** The same in every repetition of one request, so that it decides once. */
  readonly requestId: string | null;
}

/** Who decides: a caller, or a policy, at registration or because of an approval that it would not have allowed. */
export type Decider =
  | { readonly channel: 'GATEWAY'; readonly caller: Caller }
  | { readonly channel: 'POLICY'; readonly policyId: string; readonly reverts?: DecisionEntry };

export interface DecisionOutcome {
  readonly approval: ApprovalRecord;
  /** As it was read back; null where it could not be. */
  readonly version: ModelVersionRecord | null;
  /** Why it is not written yet. */
  readonly problem: RegistryError | null;
}

export type DecisionService = DecisionWriter & Judging;

/** A vote that was put before ours asks us to look again; more voters at once than this do not come about. */
const ROUNDS = 12;

/**
 * Takes one decision: checks, then the intent in the ledger, then the registry, then the settlement. Whoever puts the intent has decided; who comes
 * later is told so.
 *
 * @throws NotFoundError, UnsupportedError, InvalidInputError, PolicyDeniedError, LedgerUnavailableError before anything is written; ConflictError
 * where the status is not the expected one or somebody else was first; what the registry says where it refuses the write.
 */
export async function decide(
  service: DecisionService,
  reads: FactReads,
  decider: Decider,
  input: DecisionInput,
): Promise<DecisionOutcome> {
  const adapter = adapterOf(service.registries, input.version.registryId);
  if (!adapter.capabilities.DECIDE) throw cannotDecide(adapter.id);
  for (let round = 1; round <= ROUNDS; round += 1) {
    const { version, chain } = await alignChain(service, input.version, input.requestId);
    const earlier = chain.records.find((record) => isOfRequest(record, input.requestId));
    if (earlier !== undefined) return { approval: earlier, version, problem: onItsWay(earlier, version) };
    refuseUnlessDecidable(version, input.to);
    if (version.approvalStatus !== input.expectedStatus) throw statusChanged(version, input, chain.records);

    const fingerprint = subjectFingerprint(version);
    const votes = openVotes(chain.records, input.to, fingerprint);
    const evaluation = await judge(service, reads, version, votes.length);
    if (decider.channel === 'POLICY')
      refuseUnlessItsTurn(service, decider, version, input.to, evaluation, chain.records);
    else refuseUnlessAllowed(service, decider.caller, version, input.to, evaluation, votes);

    const isEnough = input.to !== 'APPROVED' || votes.length + 1 >= evaluation.requiredApprovals;
    const draft = draftOf(service, decider, input, version, { fingerprint, evaluation, isEnough });
    adapter.refuseDecision(version, { version: version.ref, mark: provisionalMark(draft, chain.records.length + 1) });
    if (isEnough) {
      await service.openIntents.note(openIntent(service, draft, chain.records.length + 1, version));
      // Held up for so long, the note may be found to point at nothing and be gone before there is an intent: it is noted anew.
      if (isPast(service, draft)) continue;
    }

    const { record, won } = await service.ledger.decide(chain, draft);
    if (!won) {
      // A vote decides nothing yet: another is counted after it, and a rejection still comes first.
      if (record.body.state === 'VOTED') continue;
      throw lostTo({ decision: record }, version);
    }
    if (!isEnough) return { approval: { decision: record, settlement: null }, version, problem: null };
    return carryOut(service, record, decider);
  }
  throw new ConflictError('Too many others are voting on this version. Read it again, then decide.', {
    registryId: input.version.registryId,
    retryable: true,
  });
}

/** Writes the intent, and settles it by what comes of that. */
async function carryOut(service: DecisionService, decision: DecisionEntry, decider: Decider): Promise<DecisionOutcome> {
  const startBefore = Date.parse(decision.body.deadline ?? decision.body.recordedAt);
  const caller = decider.channel === 'GATEWAY' ? decider.caller.actor.name : null;
  const outcome = await writeDecision(service, decision, { startBefore, priority: 'interactive', caller }).catch(
    (error: unknown): WriteOutcome => ({ kind: 'UNKNOWN', error }),
  );
  switch (outcome.kind) {
    case 'WRITTEN':
      return settled(service, decision, outcome.version);
    case 'REFUSED':
      return refused(service, decision, outcome);
    case 'OVERTAKEN':
      return overtaken(decision, outcome);
    case 'UNKNOWN':
      return leftToSweeper(service, decision, outcome.error);
  }
}

async function settled(
  service: DecisionService,
  decision: DecisionEntry,
  version: ModelVersionRecord,
): Promise<DecisionOutcome> {
  try {
    const settlement = await service.ledger.settle(decision, 'WRITTEN');
    await service.openIntents.remove(intentOf(service, decision)).catch(service.report);
    if (settlement.body.outcome === 'FAILED') throw givenUp(decision);
    return { approval: { decision, settlement }, version, problem: null };
  } catch (error) {
    if (!(error instanceof LedgerUnavailableError)) throw error;
    service.report(error);
    return { approval: { decision, settlement: null }, version, problem: error };
  }
}

/** The registry said no, which is final once the ledger has it; until then the sweeper may still be told otherwise. */
async function refused(
  service: DecisionService,
  decision: DecisionEntry,
  { error, version }: Extract<WriteOutcome, { kind: 'REFUSED' }>,
): Promise<DecisionOutcome> {
  let settlement: SettlementEntry;
  try {
    settlement = await settleFailed(service, decision, error, version);
  } catch (failure) {
    service.report(failure);
    return leftToSweeper(service, decision, error);
  }
  await service.openIntents.remove(intentOf(service, decision)).catch(service.report);
  if (settlement.body.outcome === 'FAILED') throw error;
  return { approval: { decision, settlement }, version, problem: null };
}

/** Somebody settled it while this process was held up. */
function overtaken(decision: DecisionEntry, { chain }: Extract<WriteOutcome, { kind: 'OVERTAKEN' }>): DecisionOutcome {
  const approval = chain.records.find((record) => record.decision.hash === decision.hash);
  if (approval !== undefined && approvalState(approval) === 'FAILED') throw givenUp(decision);
  return { approval: approval ?? { decision, settlement: null }, version: null, problem: null };
}

async function leftToSweeper(
  service: DecisionService,
  decision: DecisionEntry,
  error: unknown,
): Promise<DecisionOutcome> {
  service.report(error);
  // Noted once more: should this process have been held up for long, the note made before may be gone already.
  await service.openIntents.note(intentOf(service, decision)).catch(service.report);
  if (!(error instanceof RegistryError)) throw error;
  return { approval: { decision, settlement: null }, version: null, problem: error };
}

function draftOf(
  service: DecisionService,
  decider: Decider,
  input: DecisionInput,
  version: ModelVersionRecord,
  { fingerprint, evaluation, isEnough }: { fingerprint: string; evaluation: PolicyEvaluation; isEnough: boolean },
) {
  const now = service.now();
  const at = new Date(now).toISOString();
  return {
    versionId: versionId(version.ref),
    incarnation: version.incarnation,
    nativeId: version.nativeId,
    from: version.approvalStatus,
    to: input.to,
    state: isEnough ? 'INTENDED' : 'VOTED',
    channel: decider.channel,
    actor: actorOf(decider),
    comment: input.comment,
    decidedAt: at,
    recordedAt: at,
    deadline: isEnough ? new Date(now + service.startWithinMs).toISOString() : null,
    fingerprint,
    evaluation,
    // Never two the same: the hash of an entry tells whose it is.
    requestId: input.requestId ?? randomUUID(),
  } as const;
}

type Draft = ReturnType<typeof draftOf>;

function isPast(service: DecisionService, { deadline }: Draft): boolean {
  return deadline !== null && service.now() > Date.parse(deadline);
}

function actorOf(decider: Decider): Actor {
  if (decider.channel === 'GATEWAY') return decider.caller.actor;
  return { name: decider.policyId, kind: 'POLICY', nativeId: `policy:${decider.policyId}` };
}

function openIntent(service: DecisionService, draft: Draft, sequence: number, version: ModelVersionRecord) {
  const due = Date.parse(draft.deadline ?? draft.recordedAt) + service.writeMs;
  return {
    subject: { version: version.ref, incarnation: version.incarnation },
    sequence,
    dueAt: new Date(due).toISOString(),
  };
}

function intentOf(service: DecisionService, decision: DecisionEntry) {
  const { body } = decision;
  return {
    subject: subjectOf(body),
    sequence: body.sequence,
    dueAt: new Date(dueAt(service, { decision })).toISOString(),
  };
}

/** What the adapter is shown before the decision has its hash; as long as the real one. */
function provisionalMark(draft: Draft, sequence: number) {
  return {
    id: `${sequence}.${'0'.repeat(64)}`,
    status: draft.to,
    actor: draft.actor.name,
    at: draft.decidedAt,
    comment: draft.comment,
  };
}

/** What an earlier attempt at the same request is told of its decision. */
function onItsWay(approval: ApprovalRecord, { ref }: ModelVersionRecord): RegistryError | null {
  if (approvalState(approval) !== 'INTENDED') return null;
  return new ConflictError('The decision is taken and not written yet. It is being carried out.', {
    registryId: ref.registryId,
    retryable: true,
  });
}

/** The decision was held up for so long that others had to settle it, and could not write it. */
function givenUp({ body }: DecisionEntry): ConflictError {
  const { registryId } = subjectOf(body).version;
  return new ConflictError(
    'The decision was held up and could not be carried out any more: its approval says why. Read the version again, then decide.',
    { registryId, operation: 'decide' },
  );
}

function refuseUnlessDecidable({ registrationStatus, ref }: ModelVersionRecord, to: ApprovalStatus): void {
  const isUsable = registrationStatus === 'READY' || (registrationStatus === 'PENDING' && to !== 'APPROVED');
  if (isUsable) return;
  const isComing = registrationStatus === 'PENDING';
  const why = {
    PENDING: 'it is still being registered; approve it when it is READY',
    FAILED: 'its registration failed; register a new version',
    DELETING: 'it is being deleted',
    READY: '',
  }[registrationStatus];
  throw new ConflictError(`This version cannot be decided upon: ${why}.`, {
    registryId: ref.registryId,
    operation: 'decide',
    retryable: isComing,
  });
}

/** By which a policy decides for a status by itself. */
const VERDICTS: Readonly<Partial<Record<ApprovalStatus, PolicyVerdict>>> = {
  APPROVED: 'AUTO_APPROVE',
  REJECTED: 'AUTO_REJECT',
};

function refuseUnlessItsTurn(
  { now }: DecisionService,
  { reverts }: Extract<Decider, { channel: 'POLICY' }>,
  { ref }: ModelVersionRecord,
  to: ApprovalStatus,
  evaluation: PolicyEvaluation,
  records: readonly ApprovalRecord[],
): void {
  const latest = latestWritten(records);
  if (reverts !== undefined) {
    if (latest?.decision.hash !== reverts.hash) throw judgedOtherwise(ref.registryId);
    if (wasReverted(records, now())) throw revertedAlready(ref.registryId);
    return;
  }
  // The version was read anew, and so was its evidence: what a policy decides is what is stored with the decision.
  if (latest !== null || evaluation.verdict !== VERDICTS[to]) throw judgedOtherwise(ref.registryId);
}

function refuseUnlessAllowed(
  service: DecisionService,
  caller: Caller,
  version: ModelVersionRecord,
  to: ApprovalStatus,
  evaluation: PolicyEvaluation,
  votes: readonly ApprovalRecord[],
): void {
  const { registryId } = version.ref;
  const policy = selectPolicy(service.policies, service.policyRegistry(registryId), version.ref);
  const permission = mayDecide(policy, caller, {
    model: modelOf(version.ref),
    createdBy: version.createdBy,
  });
  const isPermitted = { APPROVED: permission.approve, REJECTED: permission.reject, PENDING: permission.reset }[to];
  if (!isPermitted)
    throw new PolicyDeniedError(permission.reason ?? 'The policy does not let you decide.', { registryId });
  if (to !== 'APPROVED') return;
  const failure = deniedBecause(evaluation);
  if (failure !== null) throw new PolicyDeniedError(failure, { registryId, operation: 'decide' });
  const voted = votedAlready(caller, votes);
  if (voted !== null) throw new ConflictError(voted, { registryId, operation: 'decide' });
}

/** Why somebody does not count once more; null for who has not voted yet. */
export function votedAlready({ actor }: Caller, votes: readonly ApprovalRecord[]): string | null {
  const own = actorId(actor);
  const hasVoted = votes.some(({ decision }) => actorId(decision.body.actor) === own);
  return hasVoted ? 'You have voted for this already. The policy asks for others as well.' : null;
}

/** Why the policy keeps a version from being approved; null where it does not. */
export function deniedBecause({ verdict, policy, checks }: PolicyEvaluation): string | null {
  if (verdict !== 'DENY' && verdict !== 'AUTO_REJECT') return null;
  const failed = checks
    .filter((check) => !check.passed)
    .map(
      ({ name, expected, actual, problem }) =>
        `${name}: ${problem?.message ?? `${expected}, found ${actual ?? 'nothing'}`}`,
    );
  return `The policy ${policy ?? ''} does not let this version be approved. ${failed.join('; ')}.`;
}

function cannotDecide(registryId: string): UnsupportedError {
  return new UnsupportedError(`Registry ${registryId} does not take decisions: it lacks the capability DECIDE.`, {
    capability: 'DECIDE',
    registryId,
    operation: 'decide',
  });
}

function judgedOtherwise(registryId: string): ConflictError {
  return new ConflictError('The version has changed since the policies judged it. People decide now.', {
    registryId,
    operation: 'decide',
  });
}

function revertedAlready(registryId: string): ConflictError {
  return new ConflictError('A policy has set this version back within the last hour. People decide now.', {
    registryId,
    operation: 'decide',
  });
}

function statusChanged(
  version: ModelVersionRecord,
  { expectedStatus }: DecisionInput,
  records: readonly ApprovalRecord[],
): ConflictError {
  // Votes and refused decisions may have come after it; what was written last is what is there.
  const winner = latestWritten(records);
  if (winner !== null) return lostTo(winner, version);
  return new ConflictError(
    `The version is ${version.approvalStatus}, not ${expectedStatus}. Read it again, then decide on what it is now.`,
    { registryId: version.ref.registryId, operation: 'decide', currentStatus: version.approvalStatus },
  );
}
