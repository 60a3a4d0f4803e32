import { Pool } from 'undici';

export interface Measured {
  readonly perSecond: number;
  /** Median, in ms. */
  readonly latency: number;
}

/** Sends one request; undefined when there is nothing left to send. */
export type Next = () => { readonly path: string; readonly body: string } | undefined;

/** Clients with a connection each. */
export interface Clients extends AsyncDisposable {
  /** Each sends the next request when it has its answer; for about this long. */
  run(next: Next, clients: number, seconds: number): Promise<Measured>;
  /** The body of one answer. */
  ask(request: NonNullable<ReturnType<Next>>): Promise<string>;
}

const HEADERS = { 'content-type': 'application/json' };

/** @param isGood Of an answer's body: a fast refusal is no decision. */
export function createClients(origin: string, connections: number, isGood: (body: string) => boolean): Clients {
  const pool = new Pool(origin, { connections, pipelining: 1 });
  const ask: Clients['ask'] = async (request) => {
    const { statusCode, body } = await pool.request({ ...request, method: 'POST', headers: HEADERS });
    const text = await body.text();
    if (statusCode !== 200 || !isGood(text)) throw new Error(`${origin}${request.path} answers ${statusCode}: ${text}`);
    return text;
  };
  return {
    ask,
    async run(next, clients, seconds) {
      const latencies: number[] = [];
      const started = performance.now();
      const client = async () => {
        while (performance.now() - started < seconds * 1000) {
          const request = next();
          if (request === undefined) return;
          const sent = performance.now();
          await ask(request);
          latencies.push(performance.now() - sent);
        }
      };
      await Promise.all(Array.from({ length: clients }, client));
      const elapsed = (performance.now() - started) / 1000;
      return { perSecond: latencies.length / elapsed, latency: median(latencies) };
    },
    [Symbol.asyncDispose]: () => pool.close(),
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = low] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}
