import { type DecisionInput, decide } from '../approvals/decide.js';
import { InvalidInputError, LedgerUnavailableError, type RegistryError } from '../domain/errors.js';
import { type ApprovalRecord, approvalIdOf, parseApprovalId } from '../domain/ledger.js';
import type { ModelVersionRecord } from '../domain/model.js';
import type { Keyed } from './models.js';
import { adapterFor, authorize, type MutationScope, oncePerKey, rereadVersion, type Written } from './scope.js';

export interface Decided extends Written<ModelVersionRecord> {
  readonly approval: ApprovalRecord;
  readonly replayed: boolean;
}

export type DecisionRequest = Omit<DecisionInput, 'requestId'> & Keyed;

/** Approves, rejects or resets a version. Whoever was first has decided; a decision that could not be written yet is carried out later. */
export async function decideModelVersion(
  scope: MutationScope,
  mutation: string,
  input: DecisionRequest,
): Promise<Decided> {
  authorize(scope, 'DECIDE', input.version);
  const { idempotencyKey: _, ...wanted } = input;
  const { commentMax } = adapterFor(scope, input.version).limits;
  if ((input.comment?.length ?? 0) > commentMax) throw commentTooLong(input, commentMax);
  let fresh: (Written<ModelVersionRecord> & { approval: ApprovalRecord }) | undefined;
  const { result, replayed } = await oncePerKey(scope, mutation, input, async ({ requestId }) => {
    const decider = { channel: 'GATEWAY', caller: scope.caller } as const;
    const outcome = await decide(scope.decisions, scope.catalog, decider, { ...wanted, requestId: requestId ?? null });
    const { approval, version, problem } = outcome;
    if (version === null) scope.catalog.forget(input.version);
    else scope.catalog.refresh(version);
    fresh = { approval, record: version, problem };
    return approvalIdOf(approval.decision);
  });
  return { replayed, ...(fresh ?? (await again(scope, input, result))) };
}

async function again(
  scope: MutationScope,
  input: DecisionRequest,
  approvalId: string,
): Promise<Written<ModelVersionRecord> & { approval: ApprovalRecord }> {
  const { version, incarnation, sequence } = parseApprovalId(approvalId);
  const chain = (await scope.decisions.ledger.read(version)).of(incarnation);
  const approval = chain.records.find(({ decision }) => decision.body.sequence === sequence);
  if (approval === undefined) throw lost(approvalId);
  return { approval, ...(await rereadVersion(scope, input.version)) };
}

function commentTooLong({ comment, version }: DecisionRequest, max: number): InvalidInputError {
  return new InvalidInputError(
    `\`comment\` has ${comment?.length} characters; registry ${version.registryId} keeps ${max} at most. Shorten it.`,
    { registryId: version.registryId, operation: 'decide' },
  );
}

function lost(approvalId: string): RegistryError {
  return new LedgerUnavailableError(
    `The ledger has no ${approvalId} any more, although this request made it. Run \`registrar ledger verify\`.`,
    { retryable: false },
  );
}
