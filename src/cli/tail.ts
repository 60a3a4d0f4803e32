import { once } from 'node:events';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { CHANGE_TYPES, type ChangeType } from '../domain/changes.js';
import { InvalidInputError } from '../domain/errors.js';
import { APPROVAL_STATUSES, type ApprovalStatus } from '../domain/model.js';
import { changeLine, gapLine } from './change-line.js';
import { changesSince } from './changes-since.js';
import { type CursorFile, openCursorFile } from './cursor-file.js';
import { EXIT, exitCodeOf } from './exit-codes.js';
import { followChanges } from './follow-changes.js';
import { createGraphQLClient } from './graphql-client.js';
import { describeFailure, GatewayError } from './graphql-client-errors.js';
import { addGatewayOptions, type GatewayOptions, parseCount, readConnection } from './graphql-client-options.js';
import { isChange, isGap, type TailItem } from './tail-items.js';
import { printable, say, type Terminal } from './terminal.js';

interface TailOptions extends GatewayOptions {
  readonly registry?: readonly string[];
  readonly model?: string;
  readonly type?: readonly ChangeType[];
  readonly to?: readonly ApprovalStatus[];
  readonly outOfBand: boolean;
  readonly since?: string;
  readonly after?: string;
  readonly cursorFile?: string;
  readonly count?: number;
}

const HELP = `
A line per change, or with --json a JSON object per line. It goes on until it is stopped, over any number of connections;
what it cannot tell of, because the gateway does not keep it any more, it says aloud. With --cursor-file it goes on where
it was when it is started again; a change may be told again then, with the same id.`;

/** Adds `registrar tail`. @param ended Told the exit code. */
export function addTailCommand(program: Command, terminal: Terminal, ended: (exitCode: number) => void): void {
  const command = program
    .command('tail')
    .description('Follow what changes in the registries, as a running gateway sees it.')
    .option('-r, --registry <id...>', 'only in these registries')
    .option('-m, --model <glob>', 'only of models with such a name: * for any text, ? for one character')
    .addOption(new Option('-t, --type <type...>', 'only of these kinds').choices(CHANGE_TYPES))
    .addOption(new Option('--to <status...>', 'only what became this').choices(APPROVAL_STATUSES))
    .option('--out-of-band', 'only what was not decided through the gateway', false)
    .option('--since <time>', 'first what has happened since, e.g. 2026-11-20T08:00:00Z', parseTime)
    .option('--after <cursor>', 'first what has happened after this cursor')
    .option('--cursor-file <file>', 'keep there how far it has come, and go on from there')
    .option('-n, --count <number>', 'end after so many changes', parseCount)
    .addHelpText('after', HELP);
  addGatewayOptions(command).action(async (options: TailOptions) => {
    ended(await tail(options, terminal));
  });
}

async function tail(options: TailOptions, terminal: Terminal): Promise<number> {
  if (options.since !== undefined && options.after !== undefined) {
    throw new InvalidInputError('Give --since or --after, not both.');
  }
  const file = options.cursorFile === undefined ? null : await openCursorFile(options.cursorFile);
  const stop = new AbortController();
  const end = () => stop.abort();
  for (const signal of SIGNALS) process.once(signal, end);
  // Whoever reads has gone, e.g. `head`.
  terminal.stdout.on('error', end);
  try {
    await printAll(items(options, file, terminal, stop.signal), options, file, terminal, stop.signal);
    await file?.flush();
    return EXIT.done;
  } catch (error) {
    if (stop.signal.aborted) return EXIT.done;
    if (!(error instanceof GatewayError)) throw error;
    await file?.flush();
    say(terminal, describeFailure(error));
    return exitCodeOf(error);
  } finally {
    for (const signal of SIGNALS) process.off(signal, end);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** First what was, then what comes. */
async function* items(
  options: TailOptions,
  file: CursorFile | null,
  terminal: Terminal,
  signal: AbortSignal,
): AsyncGenerator<TailItem> {
  const connection = await readConnection(options, terminal);
  const filter = filterOf(options);
  // Where it was counts more than where it began.
  let after = file?.cursor ?? options.after ?? null;
  if (after === null && options.since !== undefined) {
    const reached = (cursor: string) => {
      after = cursor;
    };
    yield* changesSince(createGraphQLClient(connection), options.since, filter, reached);
  }
  const report = (problem: GatewayError | null) => {
    say(terminal, problem === null ? 'Listening.' : `${describeFailure(problem)} Trying again.`);
  };
  yield* followChanges({ ...connection, filter, after, signal, report });
}

async function printAll(
  all: AsyncIterable<TailItem>,
  { json, count = Number.POSITIVE_INFINITY }: TailOptions,
  file: CursorFile | null,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  let printed = 0;
  for await (const item of all) {
    if (isGap(item)) say(terminal, gapLine(item));
    if (isChange(item) || (json && isGap(item))) {
      const line = json ? JSON.stringify(item) : isChange(item) ? printable(changeLine(item)) : '';
      if (!terminal.stdout.write(`${line}\n`)) await once(terminal.stdout, 'drain', { signal });
    }
    file?.keep(item.cursor);
    if (isChange(item)) printed += 1;
    if (printed >= count) return;
  }
}

function filterOf({ registry, model, type, to, outOfBand }: TailOptions): Readonly<Record<string, unknown>> {
  return {
    ...(registry === undefined ? {} : { registryIds: registry }),
    ...(model === undefined ? {} : { modelName: { matches: model } }),
    ...(type === undefined ? {} : { types: type }),
    ...(to === undefined ? {} : { to }),
    ...(outOfBand ? { outOfBandOnly: true } : {}),
  };
}

function parseTime(text: string): string {
  const at = Date.parse(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(at)) return new Date(at).toISOString();
  throw new InvalidArgumentError('Give a time like 2026-11-20T08:00:00Z.');
}
