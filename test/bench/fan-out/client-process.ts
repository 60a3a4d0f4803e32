import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { serveRemote } from '../remote.js';
import { MARKER, nowMs, TIME_CHARACTERS } from './clock.js';
import { type Greeting, greetingOf, type Wire } from './greetings.js';

// All clients of one server, in a process of their own. They read no more of what they get than when it was put: what is measured is the server.

export interface ClientRemote {
  open(port: number, wire: Wire, count: number): Promise<void>;
  /** Since the last time of `expect`: the least that any client has got, and what all have got. */
  received(): Promise<{ readonly least: number; readonly all: number }>;
  /** From now on so many are expected, by all clients together. */
  expect(total: number): Promise<void>;
  /** Waits until they have come. */
  arrived(): Promise<Arrived>;
  /** The bytes of one event as they came, in latin1. */
  sample(): Promise<string>;
}

export interface Arrived {
  /** From the first that was put to the last that came, in ms. */
  readonly lastMs: number;
  /** From when each was put to when it came, in ms. */
  readonly medianMs: number;
  readonly p99Ms: number;
}

const MARK = Buffer.from(MARKER);
const AT_ONCE = 100;
const WAIT_MS = 60_000;

const clients: Client[] = [];
let delays: Float64Array = new Float64Array(0);
let count = 0;
let [firstPut, lastCame] = [Number.POSITIVE_INFINITY, 0];
let done = Promise.withResolvers<void>();
/** What the first client has got, as far as the second event. */
let sampled = '';

class Client {
  received = 0;
  #rest: Buffer = Buffer.alloc(0);
  #said = 0;
  #heard = '';

  constructor(
    private readonly socket: Socket,
    private readonly greeting: Greeting,
  ) {
    this.#greet('');
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('close', () => done.reject(new Error('A client has lost its connection.')));
  }

  #take(chunk: Buffer): void {
    if (this.#said < this.greeting.length) this.#greet(chunk.toString('latin1'));
    if (this === clients[0] && eventIn(sampled) === null) sampled += chunk.toString('latin1');
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const now = nowMs();
    let from = 0;
    for (;;) {
      const mark = bytes.indexOf(MARK, from);
      if (mark === -1) break;
      const time = mark + MARK.length;
      if (time + TIME_CHARACTERS > bytes.length) {
        this.#rest = bytes.subarray(mark);
        return;
      }
      from = time + TIME_CHARACTERS;
      this.received += 1;
      came(Number(bytes.toString('latin1', time, from)), now);
    }
    this.#rest = bytes.subarray(Math.max(from, bytes.length - MARK.length + 1));
  }

  #greet(text: string): void {
    this.#heard += text;
    const next = this.greeting[this.#said];
    if (next === undefined || !this.#heard.includes(next.heard)) return;
    this.#said += 1;
    this.socket.write(next.say);
  }
}

function came(putAt: number, now: number): void {
  firstPut = Math.min(firstPut, putAt);
  lastCame = now;
  delays[count] = now - putAt;
  count += 1;
  if (count === delays.length) done.resolve();
}

/** From the beginning of one event to that of the next. */
function eventIn(text: string): string | null {
  const first = text.indexOf(MARKER);
  const second = text.indexOf(MARKER, first + 1);
  return first === -1 || second === -1 ? null : text.slice(first, second);
}

serveRemote({
  async open(port, wire, wanted) {
    while (clients.length < wanted) {
      const some = Array.from({ length: Math.min(AT_ONCE, wanted - clients.length) }, async () => {
        const socket = connect({ port, host: '127.0.0.1', noDelay: true });
        await once(socket, 'connect');
        return new Client(socket, greetingOf(wire));
      });
      clients.push(...(await Promise.all(some)));
    }
  },
  async received() {
    return { least: Math.min(...clients.map(({ received }) => received)), all: count };
  },
  async expect(total) {
    delays = new Float64Array(total);
    count = 0;
    [firstPut, lastCame] = [Number.POSITIVE_INFINITY, 0];
    for (const client of clients) client.received = 0;
    done = Promise.withResolvers();
    done.promise.catch(() => {});
  },
  async arrived() {
    const late = setTimeout(
      () => done.reject(new Error(`Of ${delays.length} events ${count} have come in ${WAIT_MS / 1000} s.`)),
      WAIT_MS,
    );
    await done.promise;
    clearTimeout(late);
    const sorted = delays.toSorted();
    const at = (part: number) => sorted[Math.floor(part * (sorted.length - 1))] ?? Number.NaN;
    return { lastMs: lastCame - firstPut, medianMs: at(0.5), p99Ms: at(0.99) };
  },
  async sample() {
    const event = eventIn(sampled);
    if (event === null) throw new Error('Less than two events have come.');
    return event;
  },
} satisfies ClientRemote);
