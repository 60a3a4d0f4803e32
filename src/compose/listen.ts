import { once } from 'node:events';
import type { Server } from 'node:http';

/** How long open requests may take to end when the gateway stops. */
const DRAIN_MS = 10_000;
const DRAIN_POLL_MS = 50;

/** Listens until `opening` is disposed of; then no request comes in any more, and those that are open may end. */
export async function listen(
  opening: AsyncDisposableStack,
  http: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  http.listen(port, host);
  await once(http, 'listening');
  opening.defer(async () => {
    const closed = once(http, 'close');
    http.close();
    // A connection that has had its last answer meanwhile would be kept open for the next request.
    const hangUp = setInterval(() => http.closeIdleConnections(), DRAIN_POLL_MS);
    const cut = setTimeout(() => http.closeAllConnections(), DRAIN_MS);
    await closed;
    clearInterval(hangUp);
    clearTimeout(cut);
  });
}
