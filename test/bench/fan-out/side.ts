import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../load.js';
import { startRemote } from '../remote.js';
import type { Arrived, ClientRemote } from './client-process.js';
import type { Wire } from './greetings.js';
import type { ServerRemote } from './server-process.js';

export interface Turn {
  /** Of a burst: events that have reached everybody, per second. */
  readonly eventsPerSecond: number;
  /** The server's processor time for one event to one subscriber, in µs. */
  readonly cpuMicros: number;
  /** One event at a time: until it has reached half, and 99 of 100 subscribers, in ms; the median of the turn's. */
  readonly medianMs: number;
  readonly p99Ms: number;
}

/** A server and its clients. */
export interface Side extends AsyncDisposable {
  turn(): Promise<Turn>;
  /** The bytes of one event on its wire. */
  sample(): Promise<string>;
}

export interface SideOptions {
  readonly kind: Parameters<ServerRemote['open']>[0];
  readonly wire: Wire;
  readonly subscribers: number;
  /** Events of one burst. */
  readonly burst: number;
  /** What a plain server sends. */
  readonly event?: string;
}

/** How long one turn puts events one at a time, and how many at most. */
const SINGLE_MS = 1500;
const SINGLE_MAX = 8;
const WARM_UP_MS = 1500;
const SETTLE_MS = 500;

export async function openSide({ kind, wire, subscribers, burst, event = '' }: SideOptions): Promise<Side> {
  await using opening = new AsyncDisposableStack();
  const { methods: server } = opening.use(startRemote<ServerRemote>(new URL('server-process.js', import.meta.url)));
  const { methods: clients } = opening.use(startRemote<ClientRemote>(new URL('client-process.js', import.meta.url)));
  await clients.open(await server.open(kind, event), wire, subscribers);
  await untilSubscribed(server, clients);
  const send = async (events: number) => {
    await clients.expect(events * subscribers);
    const cpu = await server.cpuMs();
    await server.publish(events);
    const arrived = await clients.arrived();
    return { ...arrived, cpuMs: (await server.cpuMs()) - cpu };
  };
  const warm = performance.now() + WARM_UP_MS;
  do await send(burst);
  while (performance.now() < warm);
  const opened = opening.move();
  return {
    async turn() {
      const { lastMs, cpuMs } = await send(burst);
      const single: Arrived[] = [];
      const until = performance.now() + SINGLE_MS;
      do single.push(await send(1));
      while (single.length < SINGLE_MAX && performance.now() < until);
      return {
        medianMs: median(single.map((each) => each.medianMs)),
        p99Ms: median(single.map((each) => each.p99Ms)),
        eventsPerSecond: (burst * 1000) / lastMs,
        cpuMicros: (cpuMs * 1000) / (burst * subscribers),
      };
    },
    sample: () => clients.sample(),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Who has got one is subscribed. Nothing is left on its way. */
async function untilSubscribed(server: ServerRemote, clients: ClientRemote): Promise<void> {
  for (let least = 0; least === 0; ) {
    await server.publish(1);
    let before = -1;
    for (let all = 0; all !== before; ) {
      before = all;
      await sleep(SETTLE_MS);
      ({ least, all } = await clients.received());
    }
  }
}
