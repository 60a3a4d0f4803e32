import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApprovalState } from '../domain/ledger.js';
import type { ApprovalStatus } from '../domain/model.js';
import type { PolicyEvaluation, StoredProblem } from '../domain/policy.js';
import type { GraphQLClient } from './graphql-client.js';
import { GatewayError } from './graphql-client-errors.js';

/** The decision in the ledger. */
export interface Approval {
  readonly id: string;
  readonly from: ApprovalStatus | null;
  readonly to: ApprovalStatus;
  readonly state: ApprovalState;
  readonly evaluation: Pick<PolicyEvaluation, 'requiredApprovals' | 'approvalsSoFar'> | null;
  /** Why it FAILED. */
  readonly problem: StoredProblem | null;
}

export interface Decided {
  readonly approval: Approval;
  /** Why it is not written yet, or could not be read back. */
  readonly problem: StoredProblem | null;
}

export interface DecisionToSend {
  readonly mutation: 'approveModelVersion' | 'rejectModelVersion' | 'resetModelVersionApproval';
  readonly modelVersionId: string;
  readonly expectedStatus: ApprovalStatus;
  readonly comment: string | undefined;
}

const ATTEMPTS = 4;
const FIRST_WAIT_MS = 500;
/** Whoever asks for a longer wait is not waited for. */
const LONGEST_WAIT_MS = 15_000;

const POLL_FIRST_MS = 200;
const POLL_MOST_MS = 2_000;

const APPROVAL_FIELDS = 'id from to state evaluation { requiredApprovals approvalsSoFar } problem { code message }';

export function decisionDocument(mutation: DecisionToSend['mutation']): string {
  return `mutation Decide($input: DecideModelVersionInput!) {
  decided: ${mutation}(input: $input) { problem { code message } approval { ${APPROVAL_FIELDS} } }
}`;
}

export const APPROVAL_QUERY = `query Approval($id: ID!) { node(id: $id) { ... on ModelApproval { ${APPROVAL_FIELDS} } } }`;

/**
 * Sends one decision. What may succeed later is sent again under the same key, so that it decides once whatever became of the earlier attempts.
 * @param retrying Told of each failure after which it is tried again.
 * @throws GatewayError with the last failure.
 */
export async function sendDecision(
  client: GraphQLClient,
  { mutation, ...wanted }: DecisionToSend,
  retrying: (failure: GatewayError, waitMs: number) => void,
): Promise<Decided> {
  const input = { ...wanted, idempotencyKey: randomUUID() };
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { data } = await client.ask<{ decided: Decided }>(decisionDocument(mutation), { input });
      return data.decided;
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      const waitMs = Math.max(FIRST_WAIT_MS * 2 ** (attempt - 1), error.retryAfterMs ?? 0);
      if (!error.retryable || attempt >= ATTEMPTS || waitMs > LONGEST_WAIT_MS) throw error;
      retrying(error, waitMs);
      await sleep(waitMs);
    }
  }
}

/**
 * Waits until a decision that was taken is written, or is known not to be.
 * @returns As it is when the time is up, at the latest.
 * @throws GatewayError where it cannot be read and will not be.
 */
export async function waitUntilSettled(client: GraphQLClient, approval: Approval, waitMs: number): Promise<Approval> {
  const until = Date.now() + waitMs;
  let known = approval;
  for (let pause = POLL_FIRST_MS; known.state === 'INTENDED'; pause = Math.min(2 * pause, POLL_MOST_MS)) {
    const left = until - Date.now();
    if (left <= 0) break;
    await sleep(Math.min(pause, left));
    known = (await readApproval(client, approval.id)) ?? known;
  }
  return known;
}

/** Null where asking again may tell. */
async function readApproval(client: GraphQLClient, id: string): Promise<Approval | null> {
  try {
    const { data, errors } = await client.ask<{ node: Approval | null }>(APPROVAL_QUERY, { id });
    if (data.node === null)
      throw errors[0] ?? new GatewayError('NOT_FOUND', `The ledger does not show ${id} any more.`);
    return data.node;
  } catch (error) {
    if (error instanceof GatewayError && error.retryable) return null;
    throw error;
  }
}
