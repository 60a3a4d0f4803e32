import type { Delivery, DeliveryPlace, DeliveryState, DeliveryStore, EndpointState } from '../../domain/deliveries.js';
import { deliveryOf, forgetAt } from '../delivery-text.js';
import type { ItemKey } from './keys.js';
import { TTL_ATTRIBUTE } from './layout.js';
import { type Condition, type Item, type Requests, type Table, textOf } from './table.js';

const PUT_AT_ONCE = 8;
const IS_MISSING: Condition = { expression: 'attribute_not_exists(pk)' };

/** One partition per state, so that all of it is read by Query; what moves from one to another is put before it is removed. */
export function createDeliveryStore(table: Table, now: () => number): DeliveryStore {
  const toItem = (state: DeliveryState, delivery: Delivery) => {
    const end = forgetAt(state, now());
    return {
      ...deliveryKey(state, delivery),
      attempts: delivery.attempts,
      delivery: JSON.stringify(delivery),
      ...(end === null ? {} : { [TTL_ATTRIBUTE]: Math.ceil(Date.parse(end) / 1000) }),
    };
  };

  return {
    async add(state, deliveries) {
      const left = deliveries.toReversed();
      // Each with a time limit of its own: there may be hundreds.
      const work = async () => {
        for (let next = left.pop(); next !== undefined; next = left.pop()) {
          const item = toItem(state, next);
          await table.run('deliveries.add', (requests) => requests.put(item, IS_MISSING));
        }
      };
      await Promise.all(Array.from({ length: PUT_AT_ONCE }, work));
    },
    replace: (delivery, attempts) =>
      table.run('deliveries.replace', (requests) =>
        requests.put(toItem('PENDING', delivery), {
          expression: 'attempts = :attempts',
          values: { ':attempts': attempts },
        }),
      ),
    move: (delivery, from, to) =>
      table.run('deliveries.move', async (requests) => {
        if ((await requests.get(deliveryKey(from, delivery))) === undefined) return false;
        await requests.put(toItem(to, delivery));
        await requests.remove(deliveryKey(from, delivery));
        return true;
      }),
    remove: (state, place) =>
      table.run('deliveries.remove', async (requests) => {
        await requests.remove(deliveryKey(state, place));
      }),
    get: (state, place) =>
      table.run('deliveries.get', async (requests) => {
        const item = await requests.get(deliveryKey(state, place));
        return item === undefined ? null : toDelivery(item);
      }),
    list: (state, query) => table.run('deliveries.list', (requests) => list(requests, state, query)),
    endpoint: (endpointId) =>
      table.run('deliveries.endpoint', async (requests) => {
        const item = await requests.get(endpointKey(endpointId));
        return item === undefined ? null : toEndpoint(item);
      }),
    putEndpoint: ({ endpointId, toldUntil, disabledAt }) =>
      table.run('deliveries.putEndpoint', async (requests) => {
        const ended = disabledAt === null ? {} : { disabledAt };
        await requests.put({ ...endpointKey(endpointId), endpointId, toldUntil, ...ended });
      }),
  };
}

async function list(
  requests: Requests,
  state: DeliveryState,
  { endpointId, after, limit }: Parameters<DeliveryStore['list']>[1],
): Promise<readonly Delivery[]> {
  const { pk, sk } = deliveryKey(state, after ?? { endpointId: endpointId ?? '', sequence: '' });
  // `0` is right after `/`, which ends the id of an endpoint and comes before every other one.
  const end = endpointId === undefined ? '~' : `${endpointId}0`;
  const items = await requests.query(
    {
      // Both ends of BETWEEN are inclusive: the place itself is left out below.
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :after AND :end',
      ExpressionAttributeValues: { ':pk': pk, ':after': sk, ':end': end },
      ConsistentRead: true,
    },
    limit + 1,
  );
  return items
    .filter((item) => item['sk'] !== sk)
    .slice(0, limit)
    .map(toDelivery);
}

function deliveryKey(state: DeliveryState, { endpointId, sequence }: DeliveryPlace): ItemKey {
  return { pk: `deliveries#${state}`, sk: `${endpointId}/${sequence}` };
}

function endpointKey(endpointId: string): ItemKey {
  return { pk: 'webhookEndpoints', sk: endpointId };
}

function toDelivery(item: Item): Delivery {
  return deliveryOf(textOf(item, 'delivery'));
}

function toEndpoint(item: Item): EndpointState {
  return {
    endpointId: textOf(item, 'endpointId'),
    toldUntil: textOf(item, 'toldUntil'),
    disabledAt: item['disabledAt'] === undefined ? null : textOf(item, 'disabledAt'),
  };
}
