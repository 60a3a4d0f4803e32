import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

export class BodyTooLargeError extends Error {}
export class NotJsonError extends Error {}
/** The client left before its request was whole. */
export class ClientGoneError extends Error {}

/** How long a client may go on sending what nobody reads. Shorter than the time that open requests have when the gateway stops. */
const LINGER_MS = 5000;

/** @throws BodyTooLargeError, NotJsonError with a message for the client; ClientGoneError when there is none any more. */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/(graphql\+)?json\b/i.test(type)) {
    throw new NotJsonError(
      'Send the operation as JSON: `Content-Type: application/json` and a body of the form {"query": "…"}.',
    );
  }
  const body = await readBody(request, maxBytes);
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new NotJsonError('The body is not JSON. Send {"query": "…", "variables": {…}}.');
  }
}

/** @throws BodyTooLargeError with a message for whoever sent an operation; ClientGoneError. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const tooLarge = () => new BodyTooLargeError(`The body is larger than ${maxBytes} bytes. Send a smaller operation.`);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // Leaving the loop must not destroy the request: the answer goes out over the same socket.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    if (request.errored !== null) throw new ClientGoneError('The client left mid-body.', { cause: error });
    throw error;
  }
  return Buffer.concat(chunks);
}

/** Answers, also where the body of the request was not read: then the connection ends with the answer. */
export function answerJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: OutgoingHttpHeaders = {},
): void {
  const text = JSON.stringify(body);
  const all = {
    ...headers,
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  };
  if (isSending(response.req)) lingeringEnd(response.writeHead(status, { ...all, Connection: 'close' }), text);
  else response.writeHead(status, all).end(text);
}

function isSending({ complete, headers }: IncomingMessage): boolean {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return hasBody && !complete;
}

/**
 * Sends the whole answer, and closes when the client has stopped sending. To close at once would reset the connection under a client that is
 * still writing, and most throw the answer away with it.
 */
function lingeringEnd(response: ServerResponse, text: string): void {
  const request = response.req;
  const end = () => {
    clearTimeout(cut);
    response.end();
  };
  const cut = setTimeout(end, LINGER_MS);
  request.once('end', end).once('close', end).resume();
  response.write(text);
}
