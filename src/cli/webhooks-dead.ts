import { type Delivery, deliveryId } from '../domain/deliveries.js';
import { EXIT } from './exit-codes.js';
import { type Column, printJson, printTable } from './table.js';
import { say, type Terminal } from './terminal.js';
import type { WebhooksOptions } from './webhooks.js';
import { deliveriesIn, withDeliveries } from './webhooks-store.js';

/** Lists what was given up. */
export function webhooksDead(options: WebhooksOptions, terminal: Terminal): Promise<number> {
  return withDeliveries(options, terminal, async (store) => {
    const dead: Delivery[] = [];
    for await (const delivery of deliveriesIn(store, 'DEAD', options.webhook)) dead.push(delivery);
    if (options.json) printJson(terminal, { deliveries: dead.map((each) => ({ id: deliveryId(each), ...each })) });
    else printTable(terminal, COLUMNS, dead);
    if (dead.length === 0) say(terminal, 'Nothing was given up.');
    else if (!options.json) say(terminal, 'To have them sent: registrar webhooks redeliver <delivery>… or --all.');
    return EXIT.done;
  });
}

const COLUMNS: readonly Column<Delivery>[] = [
  { title: 'DELIVERY', value: deliveryId },
  { title: 'EVENT', value: ({ eventType }) => eventType },
  { title: 'ABOUT', value: ({ subject }) => subject },
  { title: 'SINCE', value: ({ addedAt }) => addedAt.replace(/\.\d+Z$/, 'Z') },
  { title: 'ATTEMPTS', value: ({ attempts }) => String(attempts) },
  { title: 'WHY', value: ({ failure }) => failure?.message ?? '-' },
];
