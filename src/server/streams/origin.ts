import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a page of another origin opens the connection: a browser lets any page open a WebSocket to anywhere, and read what comes. Who shows
 * credentials of its own may come from wherever it likes; the anonymous caller is whoever sits at this machine, and that page is not.
 */
export function isForeignPage({ origin, host }: IncomingHttpHeaders): boolean {
  return origin !== undefined && URL.parse(origin)?.host !== host?.toLowerCase();
}
