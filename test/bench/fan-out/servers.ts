import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { useServer } from 'graphql-ws/use/ws';
import pino from 'pino';
import { WebSocketServer } from 'ws';
import { buildGatewaySchema } from '../../../schema/index.js';
import type { GraphQLContext, JournalItem } from '../../../src/context.js';
import type { Journal } from '../../../src/journal/journal.js';
import { createJournalCursors } from '../../../src/journal/journal-cursor.js';
import { createMemoryJournal } from '../../../src/journal/memory-journal.js';
import { put, statusChange } from '../../api/stream-support.js';
import { memoryRegistryOf, startGateway } from '../../support/gateway.js';
import { idAt, MARKER, nowMs } from './clock.js';

/** What is measured: each is asked by as many clients for the same changes. */
export interface FanOutServer {
  readonly port: number;
  /** Puts changes, all at once. */
  publish(count: number): Promise<void>;
}

/** The gateway itself, over a journal in memory. */
export async function openGateway(): Promise<FanOutServer> {
  const journal = createMemoryJournal();
  const { url } = await startGateway([memoryRegistryOf('east').adapter], {
    createJournal: () => journal,
    // Nothing else is sent meanwhile.
    subscriptions: { checkpointSeconds: 60, heartbeatSeconds: 60 },
  });
  return { port: Number(new URL(url).port), publish: publisherTo(journal) };
}

/**
 * How graphql-ws does it by itself, with the same schema and a journal as well: it executes each change anew for each subscriber. Spared is what else
 * that would take: nobody's visibility or filter is looked at, and each cursor is made once.
 */
export async function openNaive(): Promise<FanOutServer> {
  const journal = createMemoryJournal();
  const cursors = createJournalCursors(['a-secret-of-more-than-thirty-two-characters']);
  const queues = new Set<Queue>();
  const { epoch, position } = await journal.head();
  const follow = async () => {
    for await (const batch of journal.follow({ epoch, after: position }, new AbortController().signal)) {
      for (const entry of batch) {
        if (entry.change === null) continue;
        const cursor = cursors.encode({ epoch, position: entry.position });
        for (const queue of queues) queue.push({ kind: 'CHANGE', cursor, change: entry.change });
      }
    }
  };
  void follow();
  const changes = {
    stream: () => {
      const queue = new Queue(() => queues.delete(queue));
      queues.add(queue);
      return queue;
    },
  };
  const context = { changes, log: pino({ level: 'silent' }) } as unknown as GraphQLContext;
  const http = createHttpServer();
  const server = new WebSocketServer({ server: http, path: '/graphql' });
  useServer({ schema: buildGatewaySchema(), context: () => context }, server, 0);
  return { port: await listen(http), publish: publisherTo(journal) };
}

/** Nothing but sockets, to which the bytes are written that the gateway sends: those of all events at once, in one write for each. */
export async function openPlain(event: string): Promise<FanOutServer> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => sockets.delete(socket));
    socket.on('close', () => sockets.delete(socket));
    socket.resume();
  });
  const place = event.indexOf(MARKER) + 1;
  const publish = async (count: number) => {
    const at = nowMs();
    const events = Array.from({ length: count }, (_, number) => {
      const id = idAt(at, number);
      return event.slice(0, place) + id + event.slice(place + id.length);
    });
    const bytes = Buffer.from(events.join(''), 'latin1');
    for (const socket of sockets) socket.write(bytes);
  };
  return { port: await listen(server), publish };
}

/** What waits for one subscriber. */
class Queue implements AsyncIterableIterator<JournalItem> {
  readonly #items: JournalItem[] = [];
  #arrived: ((result: IteratorResult<JournalItem>) => void) | null = null;

  constructor(private readonly left: () => void) {}

  push(item: JournalItem): void {
    const arrived = this.#arrived;
    this.#arrived = null;
    if (arrived === null) this.#items.push(item);
    else arrived({ value: item, done: false });
  }

  next(): Promise<IteratorResult<JournalItem>> {
    const value = this.#items.shift();
    if (value !== undefined) return Promise.resolve({ value, done: false });
    return new Promise((resolve) => {
      this.#arrived = resolve;
    });
  }

  return(): Promise<IteratorResult<JournalItem>> {
    this.left();
    const end = { value: undefined, done: true } as const;
    this.#arrived?.(end);
    return Promise.resolve(end);
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}

function publisherTo(journal: Journal): FanOutServer['publish'] {
  return async (count) => {
    const at = nowMs();
    await put(
      journal,
      ...Array.from({ length: count }, (_, number) => statusChange('churn', { id: idAt(at, number) })),
    );
  };
}

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1', 4096);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
