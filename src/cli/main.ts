import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { ConfigError } from '../config/faults.js';
import { RegistryError } from '../domain/errors.js';
import { check } from './check.js';
import { serve } from './serve.js';

/** Runs one command. @returns The exit code: 0 done, 1 failed, 2 called wrongly or with a faulty config. */
export async function main(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = new Command('registrar')
    .description('One live GraphQL graph over every ML model registry a company runs.')
    .exitOverride();

  program
    .command('serve')
    .description('Serve the registries of a config.')
    .option('-c, --config <file>', 'the config', 'registrar.yaml')
    .option('-p, --port <number>', 'listen here instead of where the config says', parsePort)
    .action(async (options: { config: string; port?: number }) => {
      exitCode = await serve(options);
    });

  program
    .command('check')
    .description('Say whether a config is right, and its registries reachable and permitted.')
    .option('-c, --config <file>', 'the config', 'registrar.yaml')
    .option('--json', 'print JSON instead of text', false)
    .action(async (options: { config: string; json: boolean }) => {
      exitCode = await check(options);
    });

  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof ConfigError || error instanceof RegistryError) {
      process.stderr.write(`${error.message}\n`);
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
