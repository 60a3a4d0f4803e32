/** The bytes of one item, the same for all who get it: each wire's are made when the first needs them. */
export class Rendered {
  #message: Buffer | undefined;
  #event: Buffer | undefined;

  /** @param json The result of the execution. */
  constructor(
    readonly cursor: string,
    private readonly json: string,
  ) {}

  get bytes(): number {
    return this.json.length;
  }

  /** The end of a WebSocket message: what follows the id of the operation. */
  get message(): Buffer {
    this.#message ??= Buffer.from(`,"type":"next","payload":${this.json}}`);
    return this.#message;
  }

  /** A whole server-sent event. */
  get event(): Buffer {
    this.#event ??= Buffer.from(`id: ${this.cursor}\nevent: next\ndata: ${this.json}\n\n`);
    return this.#event;
  }
}
