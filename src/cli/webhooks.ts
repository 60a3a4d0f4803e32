import type { Command } from 'commander';
import type { Terminal } from './terminal.js';

export interface WebhooksOptions {
  readonly config: string;
  readonly json: boolean;
  /** Of one webhook only. */
  readonly webhook?: string;
}

/** Adds `registrar webhooks …`, which works on the governance store of a config, whether a gateway runs or not. */
export function addWebhooksCommands(program: Command, terminal: Terminal, ended: (exitCode: number) => void): void {
  const webhooks = program.command('webhooks').description('Look after what places outside are told of changes.');
  const add = (name: string, description: string) =>
    webhooks
      .command(name)
      .description(description)
      .option('-c, --config <file>', 'the config', 'registrar.yaml')
      .option('--json', 'print JSON instead of text', false);

  add('list', 'List the webhooks of a config: what waits for each, and what was given up.').action(
    async (options: WebhooksOptions) => {
      const { webhooksList } = await import('./webhooks-list.js');
      ended(await webhooksList(options, terminal));
    },
  );
  add('dead', 'List the deliveries that were given up, the oldest first for each webhook.')
    .option('-w, --webhook <id>', 'only of this one')
    .action(async (options: WebhooksOptions) => {
      const { webhooksDead } = await import('./webhooks-dead.js');
      ended(await webhooksDead(options, terminal));
    });
  add('redeliver', 'Have deliveries sent that were given up; a webhook that had said that it is gone is tried again.')
    .argument('[delivery...]', 'ids, as `webhooks dead` lists them')
    .option('--all', 'all that were given up', false)
    .option('-w, --webhook <id>', 'with --all: only of this one')
    .action(async (ids: readonly string[], options: WebhooksOptions & { readonly all: boolean }) => {
      const { webhooksRedeliver } = await import('./webhooks-redeliver.js');
      ended(await webhooksRedeliver(ids, options, terminal));
    });
}
