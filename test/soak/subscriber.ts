import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import type { Random } from './random.js';
import { readEvents } from './read-events.js';
import type { Received } from './verdict.js';

const DOCUMENT = `subscription Changes($after: String) {
  registryChanges(after: $after) {
    __typename
    ... on JournalItem { cursor }
    ... on RegistryChange { id modelVersionId }
    ... on ModelVersionStatusChanged { status }
    ... on JournalGap { reason }
  }
}`;

interface Item {
  readonly __typename: string;
  readonly cursor: string;
  readonly id?: string;
  readonly modelVersionId?: string | null;
  readonly status?: string;
  readonly reason?: string;
}

type Result = { readonly data?: { readonly registryChanges: Item } | null; readonly errors?: readonly unknown[] };

export interface SubscriberOptions {
  readonly name: string;
  readonly transport: 'websocket' | 'sse';
  /** URLs of the gateways, without a path. */
  readonly gateways: readonly string[];
  readonly random: Random;
  /** How long a connection lives on average before it is cut. */
  readonly connectionMs: number;
  /** The cursor to begin after. */
  readonly after: string;
}

/** A client that loses its connection at random, and goes on from its cursor wherever it is let in. */
export interface Subscriber {
  received(): Received;
  readonly reconnects: () => number;
  /** Stops cutting connections. */
  calmDown(): void;
  end(): Promise<void>;
}

export function startSubscriber(options: SubscriberOptions): Subscriber {
  const { random, transport } = options;
  const ids: string[] = [];
  const gaps: string[] = [];
  const statuses = new Map<string, string | null>();
  const stop = new AbortController();
  let cursor = options.after;
  let connections = 0;
  let isCalm = false;

  const take = ({ data, errors }: Result) => {
    if (!data) throw new Error(`${options.name} was told: ${JSON.stringify(errors)}`);
    const item = data.registryChanges;
    if (item.__typename === 'JournalGap') gaps.push(item.reason ?? '');
    if (item.id !== undefined) ids.push(item.id);
    if (item.status !== undefined) statuses.set(item.modelVersionId ?? '', item.status);
    if (item.__typename === 'ModelVersionDeleted') statuses.set(item.modelVersionId ?? '', null);
    // Last: what was not taken in whole comes again.
    cursor = item.cursor;
  };

  const run = async () => {
    while (!stop.signal.aborted) {
      const cut = new AbortController();
      const timer = setTimeout(() => isCalm || cut.abort(), random.around(options.connectionMs));
      connections += 1;
      const gateway = random.pick(options.gateways);
      const signal = AbortSignal.any([stop.signal, cut.signal]);
      const results = transport === 'sse' ? overSse(gateway, cursor, signal) : overWebSocket(gateway, cursor, signal);
      try {
        for await (const result of results) take(result);
      } catch {
        // The gateway is gone, or the connection was cut: it goes on with the next one.
      } finally {
        clearTimeout(timer);
      }
      await sleep(random.around(50), undefined, { signal: stop.signal }).catch(() => {});
    }
  };
  const running = run();

  return {
    received: () => ({ name: options.name, ids, gaps, statuses }),
    reconnects: () => connections - 1,
    calmDown() {
      isCalm = true;
    },
    async end() {
      stop.abort();
      await running;
    },
  };
}

async function* overWebSocket(gateway: string, after: string, signal: AbortSignal): AsyncIterable<Result> {
  const client = createClient({ url: `${gateway.replace('http', 'ws')}/graphql`, retryAttempts: 0, lazy: true });
  const onAbort = () => client.terminate();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const results = client.iterate({ query: DOCUMENT, variables: { after } });
    for await (const result of results) yield result as Result;
  } finally {
    signal.removeEventListener('abort', onAbort);
    await client.dispose();
  }
}

/** With the cursor in `Last-Event-ID`, as browsers send it. */
async function* overSse(gateway: string, after: string, signal: AbortSignal): AsyncIterable<Result> {
  const response = await fetch(`${gateway}/graphql/stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', 'last-event-id': after },
    body: JSON.stringify({ query: DOCUMENT }),
    signal,
  });
  if (!response.ok || response.body === null) throw new Error(`The stream was answered with ${response.status}.`);
  for await (const { event, data } of readEvents(response.body)) {
    if (event === 'next') yield JSON.parse(data) as Result;
    if (event === 'complete') return;
  }
}
