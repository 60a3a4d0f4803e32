import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DEAD_KEPT_DAYS, type Delivery, deliveryId, parseDeliveryId } from '../../src/domain/deliveries.js';
import { at } from './governance-entries.js';
import type { OpenedGovernance } from './governance-harness.js';

/** What webhooks keep in a governance store. */
export function describeDeliveries(opened: () => OpenedGovernance): void {
  const endpointId = () => `e-${randomUUID()}`;
  const delivery = (endpoint: string, place: number, over: Partial<Delivery> = {}): Delivery => ({
    endpointId: endpoint,
    sequence: `1700000000000-${String(place).padStart(10, '0')}`,
    eventId: `change:${place}`,
    eventType: 'registrar.model_version.status_changed',
    subject: 'lab/模 é/1',
    body: JSON.stringify({ text: 'é 😀 \u0000 "quoted"' }),
    addedAt: at(0),
    attempts: 0,
    dueAt: at(0),
    failure: null,
    ...over,
  });
  const placesOf = (deliveries: readonly Delivery[]) => deliveries.map(({ sequence }) => Number(sequence.slice(-10)));

  it('gives them back as they were, in order, whatever order they came in', async () => {
    const { deliveries } = opened().store;
    const [one, other] = [endpointId(), endpointId()];
    const given = [7, 1, 30, 2].map((place) => delivery(one, place));
    await deliveries.add('PENDING', given);
    await deliveries.add('PENDING', [delivery(other, 1), delivery(`${one}-more`, 1)]);
    await deliveries.add('DEAD', [delivery(one, 9)]);
    const listed = await deliveries.list('PENDING', { endpointId: one, limit: 10 });
    expect(placesOf(listed)).toEqual([1, 2, 7, 30]);
    expect(given).toEqual(expect.arrayContaining([...listed]));
    expect(await deliveries.get('PENDING', delivery(one, 7))).toEqual(given[0]);
    expect(await deliveries.get('DEAD', delivery(one, 7))).toBeNull();
    expect(await deliveries.list('PENDING', { endpointId: endpointId(), limit: 10 })).toEqual([]);

    const [first, second, ...rest] = listed;
    const page = (after: Delivery | undefined) =>
      deliveries.list('PENDING', { endpointId: one, limit: 2, ...(after === undefined ? {} : { after }) });
    expect(await page(undefined)).toEqual([first, second]);
    expect(await page(second)).toEqual(rest);
    expect(await page(rest.at(-1))).toEqual([]);
  });

  it('lists all endpoints one after the other', async () => {
    const { deliveries } = opened().store;
    const endpoints = [endpointId(), endpointId(), endpointId()];
    for (const endpoint of endpoints) await deliveries.add('REQUESTED', [delivery(endpoint, 2), delivery(endpoint, 1)]);
    const all: Delivery[] = [];
    for (let after: Delivery | undefined; ; after = all.at(-1)) {
      const page = await deliveries.list('REQUESTED', { limit: 2, ...(after === undefined ? {} : { after }) });
      if (page.length === 0) break;
      all.push(...page);
    }
    const ours = all.filter((each) => endpoints.includes(each.endpointId));
    expect(new Set(all.map(deliveryId)).size, 'none twice').toBe(all.length);
    expect(placesOf(ours)).toEqual([1, 2, 1, 2, 1, 2]);
    expect(new Set(ours.map((each) => each.endpointId)).size).toBe(3);
  });

  it('keeps what is there when it is added again', async () => {
    const { deliveries } = opened().store;
    const tried = delivery(endpointId(), 1, {
      attempts: 3,
      failure: { at: at(5), status: 500, message: 'It answered 500.' },
    });
    await deliveries.add('PENDING', [tried]);
    await deliveries.add('PENDING', [delivery(tried.endpointId, 1), delivery(tried.endpointId, 2)]);
    expect(await deliveries.list('PENDING', { endpointId: tried.endpointId, limit: 5 })).toEqual([
      tried,
      delivery(tried.endpointId, 2),
    ]);
  });

  it('lets an attempt be noted once, and only of what is still there', async () => {
    const { deliveries } = opened().store;
    const first = delivery(endpointId(), 1);
    await deliveries.add('PENDING', [first]);
    const failed = { ...first, attempts: 1, dueAt: at(9), failure: { at: at(4), status: null, message: 'No.' } };
    const tries = await Promise.all([deliveries.replace(failed, 0), deliveries.replace(failed, 0)]);
    expect(tries.toSorted()).toEqual([false, true]);
    expect(await deliveries.get('PENDING', first)).toEqual(failed);
    await deliveries.remove('PENDING', first);
    await deliveries.remove('PENDING', first);
    expect(await deliveries.replace({ ...failed, attempts: 2 }, 1), 'and makes nothing anew').toBe(false);
    expect(await deliveries.get('PENDING', first)).toBeNull();
  });

  it('moves them from one state to another as they are given', async () => {
    const { deliveries } = opened().store;
    const first = delivery(endpointId(), 1);
    expect(await deliveries.move(first, 'PENDING', 'DEAD'), 'what is not there').toBe(false);
    expect(await deliveries.get('DEAD', first)).toBeNull();
    await deliveries.add('PENDING', [first]);
    const tried = { ...first, attempts: 10 };
    expect(await deliveries.move(tried, 'PENDING', 'DEAD')).toBe(true);
    expect(await deliveries.move(tried, 'PENDING', 'DEAD'), 'twice').toBe(false);
    expect(await deliveries.get('PENDING', first)).toBeNull();
    expect(await deliveries.get('DEAD', first)).toEqual(tried);
    await deliveries.add('REQUESTED', [{ ...first, attempts: 4 }]);
    expect(await deliveries.move(first, 'DEAD', 'REQUESTED'), 'over what is there').toBe(true);
    expect(await deliveries.get('REQUESTED', first)).toEqual(first);
  });

  it('keeps what was given up long enough, and what waits for ever', async () => {
    const endpoint = endpointId();
    await opened().store.deliveries.add('DEAD', [delivery(endpoint, 1)]);
    await opened().store.deliveries.add('PENDING', [delivery(endpoint, 2)]);
    const later = (ms: number) => opened().another({ now: () => Date.now() + ms });
    const early = later((DEAD_KEPT_DAYS - 1) * 86_400_000);
    await early.deliveries.add('DEAD', [delivery(endpoint, 3)]);
    expect(placesOf(await early.deliveries.list('DEAD', { endpointId: endpoint, limit: 5 }))).toEqual([1, 3]);
    await early[Symbol.asyncDispose]();
    const late = later((2 * DEAD_KEPT_DAYS + 1) * 86_400_000);
    await late.deliveries.add('DEAD', [delivery(endpoint, 4)]);
    expect(placesOf(await late.deliveries.list('PENDING', { endpointId: endpoint, limit: 5 }))).toEqual([2]);
    await late[Symbol.asyncDispose]();
  });

  it('remembers what it knows of an endpoint', async () => {
    const { deliveries } = opened().store;
    const endpoint = endpointId();
    expect(await deliveries.endpoint(endpoint)).toBeNull();
    for (const disabledAt of [at(3), null]) {
      const state = { endpointId: endpoint, toldUntil: at(2), disabledAt };
      await deliveries.putEndpoint(state);
      expect(await deliveries.endpoint(endpoint)).toEqual(state);
    }
  });

  describe('ids', () => {
    it('name a place, and nothing else does', () => {
      const place = { endpointId: 'chat-1', sequence: '1700000000000-0000000003' };
      expect(deliveryId(place)).toBe('chat-1/1700000000000-0000000003');
      expect(parseDeliveryId(deliveryId(place))).toEqual(place);
      for (const id of ['', 'chat', 'chat/', 'Chat/1700000000000-0', 'chat/1700000000000-0/1', 'chat/17-0', '../x']) {
        expect(parseDeliveryId(id), id).toBeNull();
      }
    });
  });
}
