import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import type { Caller, Grant } from '../../src/domain/access.js';
import { UnauthenticatedError } from '../../src/domain/errors.js';
import { createMemoryJournal } from '../../src/journal/memory-journal.js';
import { bearer, startGateway } from '../support/gateway.js';
import { AUDIENCE, startIdentityProvider } from '../support/identity-provider.js';
import { Arrivals, CHANGES, type Item, idsOf, openRaw, put, readEvents, statusChange } from './stream-support.js';
import { sampleRegistry } from './support.js';

const subscribe = { id: '1', type: 'subscribe', payload: { query: CHANGES } };
const itemsIn = (messages: readonly { payload?: { data?: { registryChanges: Item } } }[]) =>
  messages.flatMap(({ payload }) => payload?.data?.registryChanges ?? []);

describe('a stream that the gateway ends', () => {
  it('ends with its cursor on both transports when the gateway stops, and goes on elsewhere', async () => {
    const journal = createMemoryJournal();
    const gateway = await startGateway([await sampleRegistry('east', [])], { createJournal: () => journal });
    using raw = await openRaw(gateway.url);
    raw.send({ type: 'connection_init' });
    await raw.messages.count(1);
    raw.send(subscribe);
    using events = await readEvents(gateway.url, { query: CHANGES });
    await raw.messages.count(2);
    const change = statusChange('churn');
    await put(journal, change);
    await raw.messages.count(3);
    await events.events.until((all) => all.filter(({ event }) => event === 'next').length === 2);
    await gateway[Symbol.asyncDispose]();

    const { code, reason } = await raw.closed;
    const items = itemsIn(raw.messages.all);
    expect(items.map(({ __typename }) => __typename)).toEqual([
      'JournalCheckpoint',
      'ModelVersionStatusChanged',
      'JournalCheckpoint',
    ]);
    expect(items[2]?.cursor).toBe(items[1]?.cursor);
    expect({ code, reason }).toEqual({ code: 4205, reason: `The gateway goes away. Resume after ${items[1]?.cursor}` });
    // Not complete: a client of either transport comes again by itself.
    expect(raw.messages.all.map(({ type }) => type)).not.toContain('complete');

    await events.ended;
    const sent = events.events.all;
    expect(sent.map(({ event }) => event)).not.toContain('complete');
    expect(sent.at(-2)).toMatchObject({ event: 'next', id: items[1]?.cursor });
    expect(sent.at(-1)?.comment).toBe(reason);
  });

  it('ends when the token of its caller does', async () => {
    await using provider = await startIdentityProvider();
    const jwt = { issuer: provider.issuer, audience: AUDIENCE, jwksUrl: provider.jwksUrl, clockSkewSeconds: 0 };
    await using gateway = await startGateway([await sampleRegistry('east', [])], {
      access: { jwt: [jwt], grants: [{ role: 'viewer', to: { groups: ['all'] } }] },
    });
    const token = await provider.token({ groups: ['all'] }, { expiresIn: 2 });
    using byMessage = await openRaw(gateway.url);
    byMessage.send({ type: 'connection_init', payload: bearer(token) });
    using byHeader = await openRaw(gateway.url, { headers: bearer(token) });
    byHeader.send({ type: 'connection_init' });
    using events = await readEvents(gateway.url, { query: CHANGES }, bearer(token));
    for (const raw of [byMessage, byHeader]) {
      await raw.messages.count(1);
      raw.send(subscribe);
    }
    for (const raw of [byMessage, byHeader]) {
      expect(await raw.closed).toEqual({
        code: 4403,
        reason: expect.stringMatching(/^The credentials have expired\. Resume after/),
      });
      expect(itemsIn(raw.messages.all)).toHaveLength(2);
    }
    await events.ended;
    expect(events.events.all.at(-1)?.comment).toMatch(/have expired/);
  });

  it('ends for who does not take what comes, and not for the others', async () => {
    const journal = createMemoryJournal();
    const logged = new Arrivals<string>();
    await using gateway = await startGateway([await sampleRegistry('east', [])], {
      createJournal: () => journal,
      subscriptions: { maxBufferBytes: 65_536 },
      log: pino({ level: 'info' }, { write: (line: string) => logged.push(line) }),
    });
    using slow = await openRaw(gateway.url);
    using quick = await openRaw(gateway.url);
    for (const raw of [slow, quick]) {
      raw.send({ type: 'connection_init' });
      await raw.messages.count(1);
      raw.send(subscribe);
      await raw.messages.count(2);
    }
    using sse = await slowEvents(gateway.url);
    slow.socket.pause();
    const changes = [];
    // Until the buffers of the system are full as well.
    for (let batch = 0; batch < 12; batch += 1) {
      const some = Array.from({ length: 40 }, () => statusChange(`churn-${'x'.repeat(20_000)}`));
      changes.push(...some);
      await put(journal, ...some);
      await quick.messages.count(2 + changes.length);
    }
    await logged.until((lines) => lines.filter((line) => line.includes('too slow')).length === 2);
    slow.socket.resume();
    const { code, reason } = await slow.closed;
    const last = itemsIn(slow.messages.all).at(-1);
    expect({ code, reason }).toEqual({ code: 4206, reason: `Too slow. Resume after ${last?.cursor}` });
    expect(idsOf(itemsIn(slow.messages.all)).length).toBeLessThan(changes.length);
    expect(idsOf(itemsIn(quick.messages.all))).toEqual(changes.map(({ id }) => id));

    const text = await sse.rest();
    expect(text).toContain(': Too slow. Resume after');
    const ids = [...text.matchAll(/^id: (.+)$/gm)].map(([, id]) => id);
    expect(text).toContain(`Resume after ${ids.at(-1)}`);

    // Where it was cut it goes on, at its own pace.
    using again = await openRaw(gateway.url);
    again.send({ type: 'connection_init' });
    await again.messages.count(1);
    again.send({ id: '1', type: 'subscribe', payload: { query: CHANGES, variables: { after: last?.cursor } } });
    const missed = changes.slice(idsOf(itemsIn(slow.messages.all)).length).map(({ id }) => id);
    await again.messages.until((all) => idsOf(itemsIn(all)).length >= missed.length);
    expect(idsOf(itemsIn(again.messages.all))).toEqual(missed);
    expect(again.socket.readyState).toBe(again.socket.OPEN);
  });
});

describe('a caller whose grants have changed', () => {
  const grant = (models: string): Grant => ({ role: 'VIEWER', modelName: models, source: 'a test' });

  it('hears at once no more than what it may see now, and goes on where it was', async () => {
    const journal = createMemoryJournal();
    let grants: readonly Grant[] | null = [grant('*')];
    const authenticate = async () => {
      if (grants === null) throw new UnauthenticatedError('Sign in again.');
      return { actor: { name: 'ana', kind: 'USER', nativeId: 'ana' }, groups: [], grants } satisfies Caller;
    };
    const registry = await sampleRegistry('east', []);
    await using gateway = await startGateway([registry], { createJournal: () => journal, authenticate });
    using raw = await openRaw(gateway.url);
    raw.send({ type: 'connection_init' });
    await raw.messages.count(1);
    raw.send(subscribe);
    using events = await readEvents(gateway.url, { query: CHANGES });
    const told = () => [
      idsOf(itemsIn(raw.messages.all)),
      idsOf(events.events.all.flatMap(({ data }) => data?.data?.registryChanges ?? [])),
    ];
    const both = async (count: number) => {
      await Promise.all([
        raw.messages.until(() => (told()[0]?.length ?? 0) >= count),
        events.events.until(() => (told()[1]?.length ?? 0) >= count),
      ]);
      return told();
    };
    await raw.messages.count(2);
    await events.events.until((all) => all.some(({ event }) => event === 'next'));
    const [first, second, third] = [statusChange('churn'), statusChange('fraud'), statusChange('churn')];
    await put(journal, first);
    await both(1);

    grants = [grant('churn*')];
    await gateway.reauthorize();
    await put(journal, second, third);
    const seen = [first.id, third.id];
    expect(await both(2)).toEqual([seen, seen]);

    grants = null;
    await gateway.reauthorize();
    expect(await raw.closed).toMatchObject({
      code: 4403,
      reason: expect.stringMatching(/^The credentials are not good/),
    });
    await events.ended;
    expect(events.events.all.at(-1)?.comment).toMatch(/not good/);
    await put(journal, statusChange('churn'));
    expect(told()).toEqual([seen, seen]);
  });
});

/** A client of server-sent events that reads nothing until it is told to. */
async function slowEvents(url: string): Promise<Disposable & { rest(): Promise<string> }> {
  const { hostname, port } = new URL(url);
  const socket = net.connect(Number(port), hostname);
  await once(socket, 'connect');
  const query = encodeURIComponent(CHANGES);
  socket.write(
    `GET /graphql/stream?query=${query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: text/event-stream\r\n\r\n`,
  );
  await once(socket, 'readable');
  await sleep(50);
  return {
    async rest() {
      let text = '';
      for await (const chunk of socket) text += String(chunk);
      return text;
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}
