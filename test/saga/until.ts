import { setTimeout as sleep } from 'node:timers/promises';

const TIMEOUT_MS = 40_000;
const POLL_MS = 50;

/** Waits until there is something. */
export async function until<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + TIMEOUT_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`Still waiting after ${TIMEOUT_MS / 1000} s until ${what}.`);
    await sleep(POLL_MS);
  }
}
