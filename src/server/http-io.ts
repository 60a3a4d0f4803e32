import type { IncomingMessage, ServerResponse } from 'node:http';

export class BodyTooLargeError extends Error {}
export class NotJsonError extends Error {}

/** @throws BodyTooLargeError, NotJsonError with a message for the client. */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/(graphql\+)?json\b/i.test(type)) {
    throw new NotJsonError(
      'Send the operation as JSON: `Content-Type: application/json` and a body of the form {"query": "…"}.',
    );
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes)
      throw new BodyTooLargeError(`The body is larger than ${maxBytes} bytes. Send a smaller operation.`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new NotJsonError('The body is not JSON. Send {"query": "…", "variables": {…}}.');
  }
}

export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}
