import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { ConfigError } from '../config/faults.js';
import { RegistryError } from '../domain/errors.js';
import type { ConnectOptions } from './connect.js';
import { addDecideCommands } from './decide.js';
import { addPendingCommand } from './pending.js';
import { addTailCommand } from './tail.js';
import type { Terminal } from './terminal.js';
import { addWebhooksCommands } from './webhooks.js';

/**
 * Runs one command. Those that need the gateway's own code load it themselves: a question to a gateway elsewhere must not wait for that.
 * @returns The exit code: 0 done, 1 failed, 2 called wrongly or with a faulty config; commands against a gateway have more, see their `--help`.
 */
export async function main(args: readonly string[], terminal: Terminal = process): Promise<number> {
  let exitCode = 0;
  const program = new Command('registrar')
    .description('One live GraphQL graph over every ML model registry a company runs.')
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
    })
    .exitOverride();

  program
    .command('serve')
    .description('Serve the registries of a config.')
    .option('-c, --config <file>', 'the config', 'registrar.yaml')
    .option('-p, --port <number>', 'listen here instead of where the config says', parsePort)
    .action(async (options: { config: string; port?: number }) => {
      const { serve } = await import('./serve.js');
      exitCode = await serve(options);
    });

  program
    .command('check')
    .description('Say whether a config is right, and its registries reachable and permitted.')
    .option('-c, --config <file>', 'the config', 'registrar.yaml')
    .option('--json', 'print JSON instead of text', false)
    .action(async (options: { config: string; json: boolean }) => {
      const { check } = await import('./check.js');
      exitCode = await check(options);
    });

  program
    .command('connect')
    .description(
      'Print what has to be set up for registries to tell of their changes at once, and which permissions it takes.',
    )
    .argument('<kind>', 'sagemaker or mlflow')
    .option('-c, --config <file>', 'the config', 'registrar.yaml')
    .option('-r, --registry <id...>', 'only for these registries')
    .option('-f, --format <format>', 'only in this format; of sagemaker: terraform, cloudformation, iam')
    .option('-o, --output <folder>', 'write files instead of printing')
    .option('--apply', 'do it instead, where the gateway itself can', false)
    .action(async (kind: string, options: ConnectOptions) => {
      const { connect } = await import('./connect.js');
      exitCode = await connect(kind, options, terminal);
    });

  const ledger = program.command('ledger').description('Look after the record of who decided what.');
  ledger
    .command('verify')
    .description(
      'Say whether the ledger is whole: every hash, link, signature and checkpoint. Exit code 1 where it is not.',
    )
    .option('-c, --config <file>', 'the config', 'registrar.yaml')
    .option('--json', 'print JSON instead of text', false)
    .option('--export <file>', 'verify an export instead, with the keys given and nothing else')
    .option('--key <file...>', 'public keys in PEM, for --export: <file>, or <keyId>=<file>')
    .action(async (options: { config: string; json: boolean; export?: string; key?: string[] }) => {
      const { ledgerVerify } = await import('./ledger-verify.js');
      exitCode = await ledgerVerify(options);
    });
  ledger
    .command('export')
    .description('Write the whole ledger as JSON Lines, which verify with the public key alone.')
    .option('-c, --config <file>', 'the config', 'registrar.yaml')
    .option('-o, --output <file>', 'write to this file instead of the standard output')
    .action(async (options: { config: string; output?: string }) => {
      const { ledgerExport } = await import('./ledger-export.js');
      exitCode = await ledgerExport(options);
    });

  const ended = (code: number) => {
    exitCode = code;
  };
  addPendingCommand(program, terminal, ended);
  addDecideCommands(program, terminal, ended);
  addTailCommand(program, terminal, ended);
  addWebhooksCommands(program, terminal, ended);

  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof ConfigError || error instanceof RegistryError) {
      terminal.stderr.write(`${error.message}\n`);
      return 2;
    }
    throw error;
  }
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a number from 0 to 65535.');
}
