import { type Delivery, type DeliveryStore, deliveryId, parseDeliveryId } from '../domain/deliveries.js';
import { InvalidInputError } from '../domain/errors.js';
import { EXIT } from './exit-codes.js';
import { printJson } from './table.js';
import { say, type Terminal } from './terminal.js';
import type { WebhooksOptions } from './webhooks.js';
import { type ConfiguredWebhook, deliveriesIn, withDeliveries } from './webhooks-store.js';

interface Options extends WebhooksOptions {
  readonly all: boolean;
}

/** Asks the gateway that sends, or the next one to start, for what was given up. @returns 1 where one of them is not there, or is nobody's any more. */
export function webhooksRedeliver(ids: readonly string[], options: Options, terminal: Terminal): Promise<number> {
  return withDeliveries(options, terminal, async (store, webhooks) => {
    if (options.all === ids.length > 0) throw new InvalidInputError('Give the ids of deliveries, or --all.');
    if (!options.all && options.webhook !== undefined) throw new InvalidInputError('--webhook goes with --all.');
    const wanted = options.all ? deliveriesIn(store, 'DEAD', options.webhook) : named(ids, store, terminal);
    const requested: string[] = [];
    let isWhole = true;
    for await (const delivery of wanted) {
      const isRequested = delivery !== null && (await request(store, delivery, webhooks, terminal));
      if (isRequested) requested.push(deliveryId(delivery));
      else isWhole = false;
    }
    if (options.json) printJson(terminal, { requested });
    else say(terminal, `${requested.length} will be sent by the gateway, within seconds where one runs.`);
    return isWhole ? EXIT.done : EXIT.failed;
  });
}

/** Null for each that is not there. */
async function* named(
  ids: readonly string[],
  store: DeliveryStore,
  terminal: Terminal,
): AsyncGenerator<Delivery | null> {
  for (const id of ids) {
    const place = parseDeliveryId(id);
    if (place === null) throw new InvalidInputError(`${JSON.stringify(id)} is no id of a delivery. See webhooks dead.`);
    const delivery = await store.get('DEAD', place);
    if (delivery === null) say(terminal, `${id} is not among what was given up. See webhooks dead.`);
    yield delivery;
  }
}

async function request(
  store: DeliveryStore,
  delivery: Delivery,
  webhooks: readonly ConfiguredWebhook[],
  terminal: Terminal,
): Promise<boolean> {
  if (webhooks.some(({ id }) => id === delivery.endpointId)) return store.move(delivery, 'DEAD', 'REQUESTED');
  say(terminal, `${deliveryId(delivery)} stays: the config has no webhook ${delivery.endpointId} any more.`);
  return false;
}
