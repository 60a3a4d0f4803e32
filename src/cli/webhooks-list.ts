import type { DeliveryStore } from '../domain/deliveries.js';
import { EXIT } from './exit-codes.js';
import { type Column, printJson, printTable } from './table.js';
import type { Terminal } from './terminal.js';
import type { WebhooksOptions } from './webhooks.js';
import { type ConfiguredWebhook, deliveriesIn, withDeliveries } from './webhooks-store.js';

interface Listed {
  readonly id: string;
  /** Without the path, which may hold a secret. */
  readonly origin: string;
  readonly waiting: number;
  /** Wanted after all, and not taken up by a gateway yet. */
  readonly requested: number;
  readonly dead: number;
  readonly disabledAt: string | null;
  /** Null: it was never served. */
  readonly toldUntil: string | null;
  /** Of what waits, the last. */
  readonly lastFailure: string | null;
}

/** Lists the webhooks of a config with the state of their deliveries. */
export function webhooksList(options: WebhooksOptions, terminal: Terminal): Promise<number> {
  return withDeliveries(options, terminal, async (store, webhooks) => {
    const listed: Listed[] = [];
    for (const webhook of webhooks) listed.push(await stateOf(store, webhook));
    if (options.json) printJson(terminal, { webhooks: listed });
    else printTable(terminal, COLUMNS, listed);
    return EXIT.done;
  });
}

async function stateOf(store: DeliveryStore, { id, url }: ConfiguredWebhook): Promise<Listed> {
  const state = await store.endpoint(id);
  let waiting = 0;
  let lastFailure: string | null = null;
  for await (const { failure } of deliveriesIn(store, 'PENDING', id)) {
    waiting += 1;
    lastFailure = failure?.message ?? lastFailure;
  }
  const count = async (which: 'DEAD' | 'REQUESTED') => {
    let found = 0;
    for await (const _ of deliveriesIn(store, which, id)) found += 1;
    return found;
  };
  return {
    id,
    origin: new URL(url).origin,
    waiting,
    requested: await count('REQUESTED'),
    dead: await count('DEAD'),
    disabledAt: state?.disabledAt ?? null,
    toldUntil: state?.toldUntil ?? null,
    lastFailure,
  };
}

const COLUMNS: readonly Column<Listed>[] = [
  { title: 'ID', value: ({ id }) => id },
  { title: 'TO', value: ({ origin }) => origin },
  { title: 'WAITING', value: ({ waiting, requested }) => String(waiting + requested) },
  { title: 'DEAD', value: ({ dead }) => String(dead) },
  { title: 'STATE', value: stateText, colour: ({ disabledAt }) => (disabledAt === null ? 'green' : 'red') },
  { title: 'LAST FAILURE', value: ({ lastFailure }) => lastFailure ?? '-' },
];

function stateText({ disabledAt, toldUntil }: Listed): string {
  if (disabledAt !== null) return `gone since ${disabledAt}`;
  return toldUntil === null ? 'not served yet' : 'served';
}
