import type { SharedItem } from './shared-items.js';

/** Who gets the items of one stream. */
export interface StreamSink<R> {
  /** Called in the order of the journal. It may end the stream. */
  send(rendered: R, cursor: string): void;
  /** Null where more can be sent; what resolves once it can, or once it does not matter any more. */
  room(): Promise<void> | null;
  /** More waits than may, and it has not been taken within a moment. */
  tooSlow(): void;
}

/** How long a client may take for what is more than may wait: many things can happen at once without it being slow. */
const SLOW_MS = 2000;

/** What waits for one client, in order, until it is made and taken: what waits is the same for all, what was sent is each one's own. */
export class Outbox<R> {
  readonly #queue: SharedItem<R>[] = [];
  #emptied = Promise.withResolvers<void>();
  /** Of what is ready and not sent. */
  #waitingBytes = 0;
  #isFull = false;
  #slow: NodeJS.Timeout | null = null;

  constructor(
    private readonly sink: StreamSink<R>,
    private readonly maxWaitingBytes: number,
    private readonly sent: (item: SharedItem<R>) => void,
  ) {}

  get length(): number {
    return this.#queue.length;
  }

  get last(): SharedItem<R> | undefined {
    return this.#queue.at(-1);
  }

  put(item: SharedItem<R>): void {
    this.#queue.push(item);
    if (item.isReady) this.ready(item);
    else item.waiting.add(this);
  }

  /** Resolves when nothing waits. */
  async empty(): Promise<void> {
    while (this.#queue.length > 0) {
      this.#emptied = Promise.withResolvers();
      await this.#emptied.promise;
    }
  }

  /** One of those that wait is made. */
  ready(item: SharedItem<R>): void {
    this.#waitingBytes += item.bytes;
    this.#flush();
    if (this.#waitingBytes > this.maxWaitingBytes) this.worry();
  }

  /** Unless everything is taken soon, the client is too slow, if it is the client that is waited for. */
  worry(): void {
    if (this.#isFull) this.#slow ??= setTimeout(() => this.sink.tooSlow(), SLOW_MS);
  }

  close(): void {
    for (const item of this.#queue.splice(0)) item.waiting.delete(this);
    this.#calm();
    this.#emptied.resolve();
  }

  #flush(): void {
    while (this.#queue[0]?.isReady === true && this.#hasRoom()) {
      const item = this.#queue.shift();
      if (item === undefined) return;
      this.#waitingBytes -= item.bytes;
      if (item.rendered === null) continue;
      this.sent(item);
      this.sink.send(item.rendered, item.cursor);
    }
    if (this.#queue.length > 0) return;
    this.#emptied.resolve();
    this.#calm();
  }

  #hasRoom(): boolean {
    if (this.#isFull) return false;
    const room = this.sink.room();
    if (room === null) return true;
    this.#isFull = true;
    void room.then(() => {
      this.#isFull = false;
      this.#flush();
    });
    return false;
  }

  #calm(): void {
    if (this.#slow !== null) clearTimeout(this.#slow);
    this.#slow = null;
  }
}
