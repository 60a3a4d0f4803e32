import { createClient } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMemoryJournal } from '../../src/journal/memory-journal.js';
import { postGraphQL, startGateway, type TestGateway } from '../support/gateway.js';
import { Arrivals, CHANGES, eventsOf, type Item, put, readEvents, statusChange } from './stream-support.js';
import { sampleRegistry } from './support.js';

const journal = createMemoryJournal();
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway([await sampleRegistry('east', [{ name: 'churn', statuses: ['APPROVED'] }])], {
    createJournal: () => journal,
    subscriptions: { heartbeatSeconds: 1 },
  });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const stream = (init: RequestInit = {}, search = '') => fetch(`${gateway.url}/graphql/stream${search}`, init);
const EVENTS = { accept: 'text/event-stream' };
const JSON_EVENTS = { ...EVENTS, 'content-type': 'application/json' };

describe('subscriptions by server-sent events', () => {
  it("reach graphql-sse's own client", async () => {
    const client = createClient({ url: `${gateway.url}/graphql/stream`, retryAttempts: 0 });
    const items = new Arrivals<Item>();
    client.subscribe<{ registryChanges: Item }>(
      { query: CHANGES },
      {
        next: ({ data }) => data && items.push(data.registryChanges),
        error: () => {},
        complete: () => {},
      },
    );
    await items.count(1);
    const change = statusChange('churn');
    await put(journal, change);
    const [checkpoint, told] = await items.count(2);
    expect([checkpoint?.__typename, told?.id]).toEqual(['JournalCheckpoint', change.id]);
    client.dispose();
  });

  it('carry the cursor as the id of the event, and resume from it before anything else', async () => {
    using first = await readEvents(gateway.url, { query: CHANGES });
    expect(first.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const isNext = ({ event }: { event: string | undefined }) => event === 'next';
    const [checkpoint] = (await first.events.until((all) => all.some(isNext))).filter(isNext);
    expect(checkpoint?.id).toBe(checkpoint?.data.data.registryChanges.cursor);
    const changes = [statusChange('churn'), statusChange('churn')];
    await put(journal, ...changes);
    const told = (await first.events.until((all) => all.filter(isNext).length === 3)).filter(isNext);

    const search = new URLSearchParams({ query: CHANGES, variables: JSON.stringify({ after: checkpoint?.id }) });
    const gone = new AbortController();
    const response = await stream(
      { headers: { ...EVENTS, 'last-event-id': told[1]?.id ?? '' }, signal: gone.signal },
      `?${search}`,
    );
    const again = eventsOf(response);
    const resumed = (await again.events.until((all) => all.filter(isNext).length === 2)).filter(isNext);
    gone.abort();
    expect(resumed.map(({ data }) => data.data.registryChanges.id)).toEqual([undefined, changes[1]?.id]);
  });

  it('are kept alive by comments', async () => {
    using listening = await readEvents(gateway.url, { query: CHANGES });
    await listening.events.until((all) => all.filter(({ comment }) => comment !== undefined).length >= 2);
  });

  it.each([
    ['a document that is none', 'subscription {'],
    ['a cursor of nobody', 'subscription { registryChanges(after: "abc") { __typename } }'],
    ['a query that is wrong', '{ nothing }'],
  ])('say what is wrong with %s and complete', async (_what, query) => {
    using listening = await readEvents(gateway.url, { query });
    await listening.ended;
    const [, next, complete] = listening.events.all;
    expect(next).toMatchObject({
      event: 'next',
      data: { errors: [{ extensions: { code: 'BAD_USER_INPUT', retryable: false } }] },
    });
    expect(complete).toMatchObject({ event: 'complete', data: null });
  });

  it('answer queries and mutations with one event', async () => {
    using query = await readEvents(gateway.url, { query: '{ model(id: "east/churn") { id } }' });
    await query.ended;
    expect(query.events.all.map(({ event, data }) => [event, data])).toEqual([
      [undefined, null],
      ['next', { data: { model: { id: 'east/churn' } } }],
      ['complete', null],
    ]);
  });
});

describe('/graphql/stream', () => {
  it.each([
    ['PUT', 'PUT', {}, ''],
    ['DELETE', 'DELETE', {}, '?operationId=1'],
    ['the token of a single connection', 'GET', { ...EVENTS, 'x-graphql-event-stream-token': 'abc' }, ''],
    ['that token in the address', 'POST', JSON_EVENTS, '?token=abc'],
  ])('answers %s with 405 and the reason', async (_what, method, headers, search) => {
    const response = await stream({ method, headers }, search);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, POST');
    expect(await response.json()).toMatchObject({
      errors: [
        { message: expect.stringContaining('one stream per operation'), extensions: { code: 'BAD_USER_INPUT' } },
      ],
    });
  });

  it.each<[string, number, RequestInit, string]>([
    ['a client that takes no events', 406, { headers: { accept: 'application/json' } }, '?query={viewer{name}}'],
    ['no operation', 400, { headers: EVENTS }, ''],
    ['variables that are none', 400, { headers: EVENTS }, '?query={viewer{name}}&variables={'],
    [
      'a body that is no JSON',
      400,
      { method: 'POST', headers: { ...EVENTS, 'content-type': 'text/plain' }, body: '{}' },
      '',
    ],
    [
      'a mutation by GET',
      405,
      { headers: EVENTS },
      '?query=mutation{deleteModel(input:{modelId:"east/churn"}){replayed}}',
    ],
    ['bad credentials', 401, { headers: { ...EVENTS, authorization: 'Bearer nonsense' } }, '?query={viewer{name}}'],
  ])('refuses %s', async (_what, status, init, search) => {
    const response = await stream(init, search);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ errors: [{ message: expect.stringMatching(/./) }] });
  });

  it('is named to whoever sends a subscription elsewhere', async () => {
    const { errors } = await postGraphQL(gateway.url, { query: CHANGES });
    expect(errors).toMatchObject([
      { message: expect.stringContaining('/graphql/stream'), extensions: { code: 'UNSUPPORTED', retryable: false } },
    ]);
  });
});
