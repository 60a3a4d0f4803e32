import type { ApprovalStatus } from '../domain/model.js';
import type { PolicyEvaluation } from '../domain/policy.js';
import { type FailedOutcome, failedOutcome, reportOutcome } from './decide-outcome.js';
import type { DecisionToSend } from './decide-send.js';
import type { GraphQLClient } from './graphql-client.js';
import { GatewayError } from './graphql-client-errors.js';
import { say, type Terminal } from './terminal.js';

/** One of the three commands. */
export interface Verb {
  readonly name: 'approve' | 'reject' | 'reset';
  readonly mutation: DecisionToSend['mutation'];
  readonly to: ApprovalStatus;
  readonly description: string;
}

export interface PlannedDecision {
  readonly kind: 'SEND';
  readonly id: string;
  readonly expectedStatus: ApprovalStatus;
}

/** A decision to send, or why there is none. */
export type Plan = PlannedDecision | FailedOutcome;

/** A version as it is before it is decided upon. */
interface VersionNow {
  readonly approvalStatus: ApprovalStatus;
  /** Null where it could not be told, as the two below. */
  readonly approvalPreview: Pick<PolicyEvaluation, 'verdict' | 'policy'> | null;
  readonly viewerCanDecide: {
    readonly approve: boolean;
    readonly reject: boolean;
    readonly reset: boolean;
    readonly reason: string | null;
  } | null;
  readonly changedSinceApproval: boolean | null;
}

export const VERSION_QUERY = `query VersionToDecide($id: ID!) {
  modelVersion(id: $id, freshness: { maxAgeSeconds: 0 }) {
    approvalStatus
    approvalPreview { verdict policy }
    viewerCanDecide { approve reject reset reason }
    changedSinceApproval
  }
}`;

/** Says what is to be decided, and what cannot be. @param expect The status to insist on; undefined: the one that is read. */
export async function planDecisions(
  client: GraphQLClient,
  verb: Verb,
  ids: readonly string[],
  expect: ApprovalStatus | undefined,
  terminal: Terminal,
): Promise<readonly Plan[]> {
  const plans: Plan[] = [];
  for (const id of ids) {
    if (expect === undefined) plans.push(await planFromStatus(client, verb, id, terminal));
    else {
      say(terminal, `${id}: to be ${verb.to}, if it is ${expect}`);
      plans.push({ kind: 'SEND', id, expectedStatus: expect });
    }
  }
  return plans;
}

export function question({ name }: Verb, plans: readonly Plan[]): string {
  const count = plans.filter((plan) => plan.kind === 'SEND').length;
  return `${name.charAt(0).toUpperCase()}${name.slice(1)} ${count === 1 ? 'this version' : `these ${count} versions`}?`;
}

async function planFromStatus(client: GraphQLClient, verb: Verb, id: string, terminal: Terminal): Promise<Plan> {
  try {
    const now = await readVersionNow(client, id);
    say(terminal, `${id}: ${now.approvalStatus} -> ${verb.to}${remarks(verb, now)}`);
    return { kind: 'SEND', id, expectedStatus: now.approvalStatus };
  } catch (error) {
    const outcome = failedOutcome(id, error);
    reportOutcome(terminal, outcome);
    return outcome;
  }
}

/** @throws GatewayError where it is not there, or cannot be read. */
async function readVersionNow(client: GraphQLClient, id: string): Promise<VersionNow> {
  const { data, errors } = await client.ask<{ modelVersion: VersionNow | null }>(VERSION_QUERY, { id });
  if (data.modelVersion !== null) return data.modelVersion;
  throw (
    errors[0] ?? new GatewayError('NOT_FOUND', 'There is no such version that you may see. It may have been deleted.')
  );
}

/** What a person should know before saying yes. */
function remarks({ name }: Verb, { approvalPreview, viewerCanDecide, changedSinceApproval }: VersionNow): string {
  const policy = approvalPreview?.policy ?? null;
  const texts = [
    policy === null ? null : `policy ${policy}: ${approvalPreview?.verdict}`,
    changedSinceApproval === true ? 'changed since it was approved' : null,
    viewerCanDecide?.[name] === false ? `you may not: ${viewerCanDecide.reason ?? 'no reason given'}` : null,
  ].filter((text) => text !== null);
  return texts.length === 0 ? '' : ` (${texts.join('; ')})`;
}
