import type { Command } from 'commander';
import { namePart, parseVersionId } from '../domain/refs.js';
import { EXIT, exitCodeOf } from './exit-codes.js';
import { describeFailure, GatewayError } from './graphql-client-errors.js';
import { addGatewayOptions, type GatewayOptions, openClient, parseCount } from './graphql-client-options.js';
import { type PendingQueue, type PendingVersion, readPending } from './pending-queue.js';
import { type Column, printJson, printTable } from './table.js';
import { say, type Terminal } from './terminal.js';

interface PendingOptions extends GatewayOptions {
  readonly registry?: readonly string[];
  readonly model?: string;
  readonly limit: number;
  readonly strict: boolean;
}

const DEFAULT_LIMIT = 100;

/** Adds `registrar pending`. @param ended Told the exit code. */
export function addPendingCommand(program: Command, terminal: Terminal, ended: (exitCode: number) => void): void {
  const command = program
    .command('pending')
    .description('List the versions that wait for a decision, the newest first, as a running gateway sees them.')
    .option('-r, --registry <id...>', 'only in these registries')
    .option('-m, --model <glob>', 'only of models with such a name: * for any text, ? for one character')
    .option('-n, --limit <number>', 'so many at most', parseCount, DEFAULT_LIMIT)
    .option('--strict', 'exit with 5 when anything could not be read, not only when nothing could', false);
  addGatewayOptions(command).action(async (options: PendingOptions) => {
    ended(await pending(options, terminal));
  });
}

async function pending(options: PendingOptions, terminal: Terminal): Promise<number> {
  const client = await openClient(options, terminal);
  try {
    const queue = await readPending(client, {
      registryIds: options.registry,
      modelName: options.model,
      limit: options.limit,
    });
    if (options.json) printJson(terminal, asJson(queue));
    else printTable(terminal, COLUMNS, queue.versions);
    return report(queue, options, terminal);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    say(terminal, describeFailure(error));
    return exitCodeOf(error);
  }
}

/** Says what the list does not show. @returns The exit code. */
function report(queue: PendingQueue, options: PendingOptions, terminal: Terminal): number {
  const { versions, unavailable, gaps, registryIds } = queue;
  for (const { registry, problem } of unavailable) {
    say(terminal, `${registry.id} is missing: ${problem.message} [${problem.code}]`);
  }
  for (const gap of gaps) say(terminal, `Something is not shown: ${describeFailure(gap)}`);
  if (queue.hasMore) say(terminal, `More are waiting than these ${versions.length}: raise --limit, or ask for less.`);

  const asked = options.registry ?? registryIds;
  const down = new Set(unavailable.map(({ registry }) => registry.id));
  const nothingAnswered = versions.length === 0 && asked.length > 0 && asked.every((id) => down.has(id));
  const isPartial = unavailable.length + gaps.length > 0;
  if (versions.length === 0 && !isPartial) say(terminal, 'Nothing is waiting.');
  return nothingAnswered || (options.strict && isPartial) ? EXIT.unavailable : EXIT.done;
}

const COLUMNS: readonly Column<PendingVersion>[] = [
  { title: 'ID', value: ({ id }) => id },
  { title: 'MODEL', value: modelName },
  { title: 'VERSION', value: ({ version }) => version },
  { title: 'CREATED', value: ({ createdAt }) => createdAt?.replace(/\.\d+Z$/, 'Z') ?? '-' },
  { title: 'BY', value: ({ createdBy }) => createdBy?.name ?? createdBy?.nativeId ?? '-' },
  { title: 'POLICY', value: verdict, colour: verdictColour },
  { title: 'YOU MAY APPROVE', value: permission },
];

/** The id has it, and asking for the model would cost the gateway a call. */
function modelName({ id }: PendingVersion): string {
  return namePart(parseVersionId(id));
}

function verdict({ approvalPreview }: PendingVersion): string {
  if (approvalPreview === null) return '?';
  const { verdict: said, policy, requiredApprovals, approvalsSoFar } = approvalPreview;
  const votes = requiredApprovals > 1 ? `, ${approvalsSoFar} of ${requiredApprovals} votes` : '';
  return policy === null ? said : `${said} (${policy}${votes})`;
}

function verdictColour({ approvalPreview }: PendingVersion): 'green' | 'red' | 'yellow' {
  switch (approvalPreview?.verdict) {
    case 'ALLOW':
    case 'AUTO_APPROVE':
      return 'green';
    case 'DENY':
    case 'AUTO_REJECT':
      return 'red';
    case 'REVIEW':
    case undefined:
      return 'yellow';
  }
}

function permission({ viewerCanDecide }: PendingVersion): string {
  if (viewerCanDecide === null) return '?';
  return viewerCanDecide.approve ? 'yes' : `no: ${viewerCanDecide.reason ?? 'the gateway does not say why'}`;
}

function asJson({ versions, hasMore, unavailable }: PendingQueue): unknown {
  return {
    versions: versions.map((version) => {
      const { id, createdAt, createdBy, registrationStatus, approvalPreview, viewerCanDecide } = version;
      const { registryId } = parseVersionId(id);
      return {
        id,
        registryId,
        model: modelName(version),
        version: version.version,
        registrationStatus,
        createdAt,
        createdBy,
        policy: approvalPreview,
        youMay: viewerCanDecide,
      };
    }),
    hasMore,
    unavailable: unavailable.map(({ registry, problem }) => ({ registryId: registry.id, problem })),
  };
}
