import type { StoredProblem } from '../domain/policy.js';
import type { Approval } from './decide-send.js';
import { exitCodeOf } from './exit-codes.js';
import { describeFailure, GatewayError } from './graphql-client-errors.js';
import { type Column, printJson, printTable } from './table.js';
import { say, type Terminal } from './terminal.js';

interface OutcomeBase {
  readonly id: string;
  readonly exitCode: number;
}

export interface DecidedOutcome extends OutcomeBase {
  readonly kind: 'DECIDED';
  readonly approval: Approval;
  /** Why it is not written yet, or could not be read back. */
  readonly problem: StoredProblem | null;
}

/** Nothing was decided, as far as can be told. */
export interface FailedOutcome extends OutcomeBase {
  readonly kind: 'FAILURE';
  readonly failure: GatewayError;
  /** True where the gateway may have decided, and its answer is missing. */
  readonly isUnknown: boolean;
}

/** What became of one version. */
export type Outcome = DecidedOutcome | FailedOutcome;

/** @throws `error` itself where the gateway has nothing to do with it. */
export function failedOutcome(id: string, error: unknown): FailedOutcome {
  if (!(error instanceof GatewayError)) throw error;
  return { kind: 'FAILURE', id, failure: error, isUnknown: false, exitCode: exitCodeOf(error) };
}

/** Says at once what the data does not, while others may still be on their way. */
export function reportOutcome(terminal: Terminal, outcome: Outcome): void {
  for (const line of outcome.kind === 'FAILURE' ? failureLines(outcome) : decidedLines(outcome)) {
    say(terminal, `${outcome.id}: ${line}`);
  }
}

/** Prints what was decided; with `json` what was not as well, in the order of the arguments. */
export function printOutcomes(terminal: Terminal, outcomes: readonly Outcome[], json: boolean): void {
  if (json) printJson(terminal, { decisions: outcomes.map(asJson) });
  else
    printTable(
      terminal,
      COLUMNS,
      outcomes.filter((outcome) => outcome.kind === 'DECIDED'),
    );
}

const COLUMNS: readonly Column<DecidedOutcome>[] = [
  { title: 'ID', value: ({ id }) => id },
  { title: 'FROM', value: ({ approval }) => approval.from ?? '-' },
  { title: 'TO', value: ({ approval }) => approval.to },
  { title: 'STATE', value: ({ approval }) => approval.state, colour: stateColour },
  { title: 'APPROVAL', value: ({ approval }) => approval.id },
];

function stateColour({ approval }: DecidedOutcome): 'green' | 'red' | 'yellow' {
  if (approval.state === 'WRITTEN') return 'green';
  return approval.state === 'FAILED' ? 'red' : 'yellow';
}

function failureLines({ failure, isUnknown }: FailedOutcome): readonly string[] {
  const { currentStatus, winningApprovalId } = failure;
  const lines = [describeFailure(failure)];
  if (currentStatus !== undefined) lines.push(`it is ${currentStatus} now`);
  if (winningApprovalId !== undefined) lines.push(`decided by ${winningApprovalId}`);
  if (isUnknown) lines.push('it may have been decided all the same: look at its status before you run this again');
  return lines;
}

function decidedLines({ approval, problem: stillOpen }: DecidedOutcome): readonly string[] {
  const problem = approval.problem ?? stillOpen;
  const why = problem === null ? '' : `: ${problem.message} [${problem.code}]`;
  switch (approval.state) {
    case 'INTENDED':
      return [`decided, and not written into the registry yet; the gateway carries it out${why}`];
    case 'FAILED':
      return [`decided, but the registry does not have it${why}`];
    case 'VOTED': {
      const { requiredApprovals = 0, approvalsSoFar = 0 } = approval.evaluation ?? {};
      return [`your vote is counted: ${approvalsSoFar + 1} of ${requiredApprovals} that it takes`];
    }
    case 'WRITTEN':
      return problem === null ? [] : [`decided and written, but it could not be read back${why}`];
  }
}

function asJson(outcome: Outcome): unknown {
  const { id, exitCode } = outcome;
  if (outcome.kind === 'DECIDED') {
    const { evaluation: _, problem: failedBecause, ...approval } = outcome.approval;
    const stillOpen =
      outcome.problem === null ? null : { code: outcome.problem.code, message: outcome.problem.message };
    return { id, exitCode, approval, problem: failedBecause ?? stillOpen, error: null };
  }
  const { code, message, retryable, currentStatus = null, winningApprovalId = null } = outcome.failure;
  const error = { code, message, retryable, currentStatus, winningApprovalId, isUnknown: outcome.isUnknown };
  return { id, exitCode, approval: null, problem: null, error };
}
