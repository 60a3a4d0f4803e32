import { once } from 'node:events';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Change } from '../../src/domain/changes.js';
import type { Journal } from '../../src/journal/journal.js';

/** Selects of every item what the tests go by. */
export const ITEM = `
  __typename
  ... on JournalItem { cursor }
  ... on RegistryChange { id type registryId modelId modelName version }
  ... on ModelVersionStatusChanged { previousStatus status }
  ... on JournalGap { missedFrom missedUntil reason }
  ... on JournalCheckpoint { at completeThrough { registryId completeThrough } }`;

export const CHANGES = `subscription Changes($filter: ChangeFilter, $after: String) { registryChanges(filter: $filter, after: $after) { ${ITEM} } }`;

export interface Item {
  readonly __typename: string;
  readonly cursor: string;
  readonly id?: string;
  readonly modelName?: string;
  readonly reason?: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test selects what it likes; what it reads is checked by its expectations.
  readonly [field: string]: any;
}

let made = 0;

/** A status change of a version, as a source would have found it. */
export function statusChange(name: string, fields: Partial<Change> = {}): Change {
  made += 1;
  return {
    id: `change:${made}`,
    type: 'VERSION_STATUS',
    registryId: 'east',
    model: { registryId: 'east', name },
    version: '1',
    incarnation: null,
    occurredAt: null,
    observedAt: new Date().toISOString(),
    evidence: ['POLL'],
    actor: null,
    previousStatus: 'PENDING',
    status: 'APPROVED',
    outOfBand: null,
    approvalId: null,
    ...fields,
  } as Change;
}

export async function put(journal: Journal, ...changes: Change[]): Promise<void> {
  const { epoch } = await journal.head();
  await journal.publish(changes, { epoch });
}

/** What has arrived so far, and a way to wait for more. */
export class Arrivals<T> {
  readonly all: T[] = [];
  #arrived = Promise.withResolvers<void>();

  push(item: T): void {
    this.all.push(item);
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers();
  }

  /** Resolves once `isEnough`; the timeout of the test is what ends a wait in vain. */
  async until(isEnough: (all: readonly T[]) => boolean): Promise<readonly T[]> {
    while (!isEnough(this.all)) await this.#arrived.promise;
    return this.all;
  }

  count(count: number): Promise<readonly T[]> {
    return this.until((all) => all.length >= count);
  }
}

export interface Listening {
  readonly items: Arrivals<Item>;
  /** Results with errors. */
  readonly faults: Arrivals<{ readonly errors: readonly { message: string; extensions: Record<string, unknown> }[] }>;
  /** How it ended. */
  readonly ended: Promise<{ readonly kind: 'COMPLETE' } | { readonly kind: 'ERROR'; readonly error: unknown }>;
  stop(): void;
}

/** graphql-ws's own client: one connection, which is not opened again by itself. */
export function connect(url: string, connectionParams: Record<string, unknown> = {}): Client & Disposable {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams,
    retryAttempts: 0,
    // Only tests that ask for it look at it.
    onNonLazyError: () => {},
  });
  return Object.assign(client, { [Symbol.dispose]: () => void client.dispose() });
}

export function listen(client: Client, query: string = CHANGES, variables: Record<string, unknown> = {}): Listening {
  const items = new Arrivals<Item>();
  const faults: Listening['faults'] = new Arrivals();
  const ended = Promise.withResolvers<Awaited<Listening['ended']>>();
  const stop = client.subscribe<Record<string, Item>>(
    { query, variables },
    {
      next(result) {
        if (result.errors !== undefined) faults.push(result as never);
        const [item] = Object.values(result.data ?? {});
        if (item !== undefined && item !== null) items.push(item);
      },
      error: (error) => ended.resolve({ kind: 'ERROR', error }),
      complete: () => ended.resolve({ kind: 'COMPLETE' }),
    },
  );
  return { items, faults, ended: ended.promise, stop };
}

/** A bare WebSocket that speaks the protocol by hand. */
export interface RawSocket extends Disposable {
  readonly socket: WebSocket;
  // biome-ignore lint/suspicious/noExplicitAny: messages of any shape; what is read is checked by expectations.
  readonly messages: Arrivals<any>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  send(message: unknown): void;
}

export async function openRaw(
  url: string,
  options: { readonly headers?: Record<string, string>; readonly protocol?: string; readonly autoPong?: boolean } = {},
): Promise<RawSocket> {
  const { headers = {}, protocol = 'graphql-transport-ws', autoPong = true } = options;
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, protocol, { headers, autoPong });
  const messages = new Arrivals<unknown>();
  socket.on('message', (data) => messages.push(JSON.parse(String(data))));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }));
  });
  await once(socket, 'open');
  return {
    socket,
    messages,
    closed,
    send: (message) => socket.send(JSON.stringify(message)),
    [Symbol.dispose]: () => socket.terminate(),
  };
}

export interface ServerSentEvent {
  readonly event: string | undefined;
  readonly id: string | undefined;
  readonly comment: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: results of any shape; what is read is checked by expectations.
  readonly data: any;
}

export interface EventReader extends Disposable {
  readonly response: Response;
  readonly events: Arrivals<ServerSentEvent>;
  /** Everything came that there was to come. */
  readonly ended: Promise<void>;
}

/** Reads server-sent events as they stand on the wire. */
export async function readEvents(
  url: string,
  body: { readonly query: string; readonly variables?: Record<string, unknown> },
  headers: Record<string, string> = {},
): Promise<EventReader> {
  const gone = new AbortController();
  const response = await fetch(`${url}/graphql/stream`, {
    method: 'POST',
    headers: { accept: 'text/event-stream', 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal: gone.signal,
  });
  return { ...eventsOf(response), [Symbol.dispose]: () => gone.abort() };
}

export function eventsOf(response: Response): Omit<EventReader, typeof Symbol.dispose> {
  const events = new Arrivals<ServerSentEvent>();
  const read = async () => {
    let text = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) events.push(eventOf(block));
    }
  };
  return { response, events, ended: read().catch(() => {}) };
}

function eventOf(block: string): ServerSentEvent {
  const field = (name: string) =>
    block
      .split('\n')
      .find((line) => line.startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim();
  const data = field('data');
  return {
    event: field('event'),
    id: field('id'),
    comment: field(''),
    data: data === undefined || data === '' ? null : JSON.parse(data),
  };
}

/** The ids of the changes among the items. */
export function idsOf(items: readonly Item[]): readonly string[] {
  return items.flatMap(({ id }) => id ?? []);
}
