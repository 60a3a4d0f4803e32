import type { ServerResponse } from 'node:http';
import type { FormattedExecutionResult } from 'graphql';
import type { Logger } from 'pino';
import type { StreamSink } from '../../changes/outbox.js';
import type { Caller } from '../../domain/access.js';
import type { Connections, Credentials, StreamConnection } from './connections.js';
import type { OpenStream } from './open-stream.js';
import type { Rendered } from './rendered.js';
import { createRoom } from './room.js';
import { endText } from './stream-end.js';

/** One answer by server-sent events. */
export interface EventStream {
  /** Ends when the client goes away. */
  readonly gone: AbortSignal;
  readonly sink: StreamSink<Rendered>;
  /** The only answer there is. */
  complete(result: FormattedExecutionResult): void;
  /** It goes on for as long as the client, its credentials and the gateway do. */
  stay(stream: OpenStream, credentials: Credentials, caller: Caller): void;
}

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache, no-transform',
  // Some proxies would keep events until there are many.
  'X-Accel-Buffering': 'no',
};

/** How long a client that was too slow may take to read what it has not read. */
const LINGER_MS = 10_000;
const COMPLETE = 'event: complete\ndata: \n\n';

export function createEventStream(response: ServerResponse, connections: Connections, log: Logger): EventStream {
  const gone = new AbortController();
  const room = createRoom(response);
  let connection: StreamConnection | null = null;
  let isStuck = false;

  response.once('close', () => gone.abort());
  // Some clients wait for a first byte.
  response.writeHead(200, HEADERS).write(':\n\n');

  const write = (bytes: Buffer | string) => {
    if (!response.writableEnded) response.write(bytes);
  };
  const finish = (last: string) => {
    if (response.writableEnded) return;
    response.end(last);
    const cut = setTimeout(() => response.destroy(), LINGER_MS);
    response.once('close', () => clearTimeout(cut));
  };

  return {
    gone: gone.signal,
    sink: {
      send: (rendered) => write(rendered.event),
      room,
      tooSlow() {
        log.info('a client is too slow and is cut');
        void connection?.end('TOO_SLOW');
      },
    },
    complete: (result) => finish(`event: next\ndata: ${JSON.stringify(result)}\n\n${COMPLETE}`),

    stay(stream, credentials, caller) {
      let isOver = false;
      const made: StreamConnection = {
        credentials,
        async admit(admitted) {
          const errors = await stream.admit(admitted);
          if (errors !== null) finish(`event: next\ndata: ${JSON.stringify({ errors })}\n\n${COMPLETE}`);
        },
        beat() {
          // Nothing has left since the last time.
          if (isStuck && response.writableNeedDrain) return void made.end('TOO_SLOW');
          isStuck = response.writableNeedDrain;
          write(':\n\n');
        },
        async end(reason) {
          if (isOver) return;
          isOver = true;
          if (reason === 'GOING_AWAY' || reason === 'EXPIRED') await stream.endWithCursor();
          stream.end();
          finish(`: ${endText(reason, stream.cursor)}\n\n`);
        },
      };
      connection = made;
      connections.add(made);
      connections.watch(made, caller);
      const leave = () => {
        isOver = true;
        stream.end();
        connections.remove(made);
      };
      if (gone.signal.aborted) leave();
      else gone.signal.addEventListener('abort', leave);
    },
  };
}
