import { type Command, InvalidArgumentError } from 'commander';
import { InvalidInputError } from '../domain/errors.js';
import { APPROVAL_STATUSES, type ApprovalStatus } from '../domain/model.js';
import { parseVersionId } from '../domain/refs.js';
import { type DecidedOutcome, failedOutcome, type Outcome, printOutcomes, reportOutcome } from './decide-outcome.js';
import { type PlannedDecision, planDecisions, question, type Verb } from './decide-plan.js';
import { type Decided, type DecisionToSend, sendDecision, waitUntilSettled } from './decide-send.js';
import { EXIT } from './exit-codes.js';
import type { GraphQLClient } from './graphql-client.js';
import { describeFailure } from './graphql-client-errors.js';
import { addGatewayOptions, type GatewayOptions, openClient, parseSeconds } from './graphql-client-options.js';
import { confirm, isInteractive, say, type Terminal } from './terminal.js';

interface DecideOptions extends GatewayOptions {
  readonly comment?: string;
  readonly expect?: ApprovalStatus;
  readonly yes: boolean;
  readonly wait: boolean;
  readonly waitSeconds: number;
}

const VERBS: readonly Verb[] = [
  {
    name: 'approve',
    mutation: 'approveModelVersion',
    to: 'APPROVED',
    description: 'Approve versions, or vote for them where a policy asks for several votes.',
  },
  { name: 'reject', mutation: 'rejectModelVersion', to: 'REJECTED', description: 'Reject versions.' },
  { name: 'reset', mutation: 'resetModelVersionApproval', to: 'PENDING', description: 'Set versions back to PENDING.' },
];

const DEFAULT_WAIT_SECONDS = 60;

const DECIDE_HELP = `
A version is named by its id, <registryId>/<model>/<version>, as \`registrar pending\` prints it.
A decision that is taken but not yet written into its registry is done: the gateway carries it out. With --wait the
command waits for that, and exits with 1 when it failed, with 5 when the time was up.`;

/** Adds `registrar approve`, `reject` and `reset`. @param ended Told the exit code. */
export function addDecideCommands(program: Command, terminal: Terminal, ended: (exitCode: number) => void): void {
  for (const verb of VERBS) {
    const command = program
      .command(`${verb.name} <versionId...>`)
      .description(verb.description)
      .option('-m, --comment <text>', 'why; kept in the ledger and, where it can, in the registry')
      .option(
        '-e, --expect <status>',
        'refuse unless the status is this (default: what is read and shown)',
        parseStatus,
      )
      .option('-y, --yes', 'do not ask; needed where nobody can be asked', false)
      .option('-w, --wait', 'wait until the registry has it', false)
      .option('--wait-seconds <seconds>', 'for how long, per version', parseSeconds, DEFAULT_WAIT_SECONDS)
      .addHelpText('after', DECIDE_HELP);
    addGatewayOptions(command).action(async (ids: readonly string[], options: DecideOptions) => {
      ended(await decide(verb, [...new Set(ids)], options, terminal));
    });
  }
}

async function decide(verb: Verb, ids: readonly string[], options: DecideOptions, terminal: Terminal): Promise<number> {
  for (const id of ids) parseVersionId(id);
  if (!options.yes && !isInteractive(terminal)) {
    throw new InvalidInputError(`Nobody can be asked here. Say --yes to ${verb.name} without a question.`);
  }
  const client = await openClient(options, terminal);
  const plans = await planDecisions(client, verb, ids, options.expect, terminal);
  const isOpen = plans.some((plan) => plan.kind === 'SEND');
  if (isOpen && !options.yes && !(await confirm(terminal, question(verb, plans)))) {
    say(terminal, 'Nothing was decided.');
    return EXIT.failed;
  }
  const outcomes: Outcome[] = [];
  // One after the other: what was decided stands in the order of the arguments.
  for (const plan of plans) {
    outcomes.push(plan.kind === 'SEND' ? await carryOut(client, verb, plan, options, terminal) : plan);
  }
  printOutcomes(terminal, outcomes, options.json);
  return Math.max(...outcomes.map(({ exitCode }) => exitCode));
}

async function carryOut(
  client: GraphQLClient,
  { mutation }: Verb,
  { id, expectedStatus }: PlannedDecision,
  { comment, wait, waitSeconds }: DecideOptions,
  terminal: Terminal,
): Promise<Outcome> {
  const outcome = await send(client, { mutation, modelVersionId: id, expectedStatus, comment }, terminal);
  const settled = outcome.kind === 'DECIDED' && wait ? await waited(client, outcome, waitSeconds * 1000) : outcome;
  reportOutcome(terminal, settled);
  return settled;
}

async function send(client: GraphQLClient, decision: DecisionToSend, terminal: Terminal): Promise<Outcome> {
  const id = decision.modelVersionId;
  let isUnknown = false;
  try {
    const decided = await sendDecision(client, decision, (failure, waitMs) => {
      isUnknown ||= failure.mayHaveArrived;
      say(terminal, `${id}: ${describeFailure(failure)} Trying again in ${waitMs / 1000} s.`);
    });
    return { kind: 'DECIDED', id, ...decided, exitCode: exitCodeOfState(decided) };
  } catch (error) {
    const outcome = failedOutcome(id, error);
    return { ...outcome, isUnknown: isUnknown || outcome.failure.mayHaveArrived };
  }
}

/** The decision is taken, whatever becomes of looking after it. */
async function waited(client: GraphQLClient, decided: DecidedOutcome, waitMs: number): Promise<Outcome> {
  try {
    const approval = await waitUntilSettled(client, decided.approval, waitMs);
    if (approval.state === 'INTENDED') return { ...decided, exitCode: EXIT.unavailable };
    const problem = approval.state === decided.approval.state ? decided.problem : null;
    return { ...decided, approval, problem, exitCode: exitCodeOfState({ approval }) };
  } catch (error) {
    const { failure, exitCode } = failedOutcome(decided.id, error);
    return { ...decided, problem: failure, exitCode };
  }
}

function exitCodeOfState({ approval }: Pick<Decided, 'approval'>): number {
  return approval.state === 'FAILED' ? EXIT.failed : EXIT.done;
}

function parseStatus(text: string): ApprovalStatus {
  const status = APPROVAL_STATUSES.find((known) => known === text.toUpperCase());
  if (status !== undefined) return status;
  throw new InvalidArgumentError(`Give one of ${APPROVAL_STATUSES.join(', ')}.`);
}
