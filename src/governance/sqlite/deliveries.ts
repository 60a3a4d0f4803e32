import type { Delivery, DeliveryPlace, DeliveryState, DeliveryStore, EndpointState } from '../../domain/deliveries.js';
import { deliveryOf, forgetAt } from '../delivery-text.js';
import { type Database, type Row, type Transaction, textIn } from './database.js';

/** How many of those that are over go with each one that is given up. */
const CLEARED_MAX = 100;

const AT = 'state = ? and endpoint_id = ? and sequence = ?';

export function createDeliveryStore(database: Database, now: () => number): DeliveryStore {
  const put = (transaction: Transaction, state: DeliveryState, delivery: Delivery) => {
    const end = forgetAt(state, now());
    if (end !== null) clear(transaction, new Date(now()).toISOString());
    transaction.run(
      'insert into deliveries (state, endpoint_id, sequence, attempts, forget_at, delivery) values (?, ?, ?, ?, ?, ?) on conflict do nothing',
      ...at(state, delivery),
      delivery.attempts,
      end,
      JSON.stringify(delivery),
    );
  };

  return {
    add: (state, deliveries) =>
      database.write('deliveries.add', (transaction) => {
        for (const delivery of deliveries) put(transaction, state, delivery);
      }),
    replace: (delivery, attempts) =>
      database.write('deliveries.replace', (transaction) => {
        const changed = transaction.run(
          `update deliveries set attempts = ?, delivery = ? where ${AT} and attempts = ?`,
          delivery.attempts,
          JSON.stringify(delivery),
          ...at('PENDING', delivery),
          attempts,
        );
        return changed > 0;
      }),
    move: (delivery, from, to) =>
      database.write('deliveries.move', (transaction) => {
        if (transaction.run(`delete from deliveries where ${AT}`, ...at(from, delivery)) === 0) return false;
        transaction.run(`delete from deliveries where ${AT}`, ...at(to, delivery));
        put(transaction, to, delivery);
        return true;
      }),
    remove: (state, place) =>
      database.write('deliveries.remove', (transaction) => {
        transaction.run(`delete from deliveries where ${AT}`, ...at(state, place));
      }),
    get: (state, place) =>
      database.read('deliveries.get', (transaction) => {
        const row = transaction.get(`select delivery from deliveries where ${AT}`, ...at(state, place));
        return row === undefined ? null : toDelivery(row);
      }),
    list: (state, { endpointId, after, limit }) =>
      database.read('deliveries.list', (transaction) => {
        const ofOne = endpointId === undefined ? '' : 'and endpoint_id = ?';
        const rows = transaction.all(
          `select delivery from deliveries where state = ? and (endpoint_id, sequence) > (?, ?) ${ofOne}
           order by endpoint_id, sequence limit ?`,
          state,
          after?.endpointId ?? endpointId ?? '',
          after?.sequence ?? '',
          ...(endpointId === undefined ? [] : [endpointId]),
          limit,
        );
        return rows.map(toDelivery);
      }),
    endpoint: (endpointId) =>
      database.read('deliveries.endpoint', (transaction) => {
        const row = transaction.get('select * from webhook_endpoints where endpoint_id = ?', endpointId);
        return row === undefined ? null : toEndpoint(row);
      }),
    putEndpoint: ({ endpointId, toldUntil, disabledAt }) =>
      database.write('deliveries.putEndpoint', (transaction) => {
        transaction.run(
          'insert or replace into webhook_endpoints (endpoint_id, told_until, disabled_at) values (?, ?, ?)',
          endpointId,
          toldUntil,
          disabledAt,
        );
      }),
  };
}

function clear(transaction: Transaction, now: string): void {
  transaction.run(
    `delete from deliveries where (state, endpoint_id, sequence) in
       (select state, endpoint_id, sequence from deliveries where forget_at <= ? limit ?)`,
    now,
    CLEARED_MAX,
  );
}

function at(state: DeliveryState, { endpointId, sequence }: DeliveryPlace) {
  return [state, endpointId, sequence] as const;
}

function toDelivery(row: Row): Delivery {
  return deliveryOf(textIn(row, 'delivery'));
}

function toEndpoint(row: Row): EndpointState {
  return {
    endpointId: textIn(row, 'endpoint_id'),
    toldUntil: textIn(row, 'told_until'),
    disabledAt: row['disabled_at'] === null ? null : textIn(row, 'disabled_at'),
  };
}
