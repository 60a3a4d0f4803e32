import { openStore, readConfig } from '../app.js';
import type { Delivery, DeliveryState, DeliveryStore } from '../domain/deliveries.js';
import { InvalidInputError, RegistryError } from '../domain/errors.js';
import { exitCodeOf } from './exit-codes.js';
import { readConfigFile } from './read-config-file.js';
import { say, type Terminal } from './terminal.js';
import type { WebhooksOptions } from './webhooks.js';

export interface ConfiguredWebhook {
  readonly id: string;
  readonly url: string;
}

const PAGE = 200;

/** Opens the store of a config for one command. What fails is said, and gives the exit code. */
export async function withDeliveries(
  { config, webhook }: WebhooksOptions,
  terminal: Terminal,
  work: (store: DeliveryStore, webhooks: readonly ConfiguredWebhook[]) => Promise<number>,
): Promise<number> {
  const read = readConfig(await readConfigFile(config));
  try {
    if (webhook !== undefined && !read.webhooks.some(({ id }) => id === webhook)) throw unknown(webhook, read.webhooks);
    await using store = openStore(read);
    return await work(store.deliveries, read.webhooks);
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    say(terminal, `${error.message} [${error.code}]`);
    return exitCodeOf(error);
  }
}

export async function* deliveriesIn(
  store: DeliveryStore,
  state: DeliveryState,
  endpointId: string | undefined,
): AsyncGenerator<Delivery> {
  for (let after: Delivery | undefined; ; ) {
    const page: readonly Delivery[] = await store.list(state, {
      ...(endpointId === undefined ? {} : { endpointId }),
      ...(after === undefined ? {} : { after }),
      limit: PAGE,
    });
    yield* page;
    after = page.at(-1);
    if (after === undefined) return;
  }
}

function unknown(id: string, webhooks: readonly ConfiguredWebhook[]): InvalidInputError {
  const known = webhooks.length === 0 ? 'none' : webhooks.map((each) => each.id).join(', ');
  return new InvalidInputError(`The config has no webhook ${JSON.stringify(id)}. There are: ${known}.`);
}
