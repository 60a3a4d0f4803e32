import { type Command, InvalidArgumentError, Option } from 'commander';
import { CHANGE_TYPES, type ChangeType } from '../domain/changes.js';
import { APPROVAL_STATUSES, type ApprovalStatus } from '../domain/model.js';
import { addGatewayOptions, type GatewayOptions, parseCount } from './graphql-client-options.js';
import type { Terminal } from './terminal.js';

export interface TailOptions extends GatewayOptions {
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
    const { runTail } = await import('./run-tail.js');
    ended(await runTail(options, terminal));
  });
}

function parseTime(text: string): string {
  const at = Date.parse(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(at)) return new Date(at).toISOString();
  throw new InvalidArgumentError('Give a time like 2026-11-20T08:00:00Z.');
}
