import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { CloseCode, type Message, MessageType, parseMessage, stringifyMessage } from 'graphql-ws';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import type { Caller } from '../../domain/access.js';
import { RegistryError, UnauthenticatedError } from '../../domain/errors.js';
import type { Connections, Credentials, StreamConnection } from './connections.js';
import { isForeignPage } from './origin.js';
import type { Rendered } from './rendered.js';
import { createRoom } from './room.js';
import { createSocketOperations, type SocketOperationOptions } from './socket-operations.js';
import { endText, STREAM_ENDS } from './stream-end.js';

export interface SocketOptions extends SocketOperationOptions {
  readonly authenticate: (credentials: Credentials) => Promise<Caller>;
  readonly connections: Connections;
  readonly log: Logger;
}

/** How long a client may take to say who it is. */
const INIT_MS = 10_000;
const TRY_AGAIN_LATER = 1013;
/** It is sent with every item, and has to fit into the reason of a close frame. */
const ID_MAX = 64;

/** Speaks graphql-transport-ws with one client. */
export function openSocket(
  client: WebSocket,
  { request, socket, requestId }: { request: IncomingMessage; socket: Duplex; requestId: string },
  options: SocketOptions,
): void {
  const { connections } = options;
  const log = options.log.child({ requestId });
  const room = createRoom(socket);
  let caller: Caller | null = null;
  let credentials: Credentials | null = null;
  let isAlive = true;
  let isOver = false;

  const send = (message: string | Buffer) => {
    if (client.readyState === client.OPEN) client.send(message, { binary: false });
  };
  const tell = (message: Message) => send(stringifyMessage(message));

  const operations = createSocketOperations(
    {
      result: (id, payload) => tell({ id, type: MessageType.Next, payload }),
      complete: (id) => tell({ id, type: MessageType.Complete }),
      refuse: (id, payload) => tell({ id, type: MessageType.Error, payload }),
      sink(id) {
        const start = Buffer.from(`{"id":${JSON.stringify(id)}`);
        return {
          send: (rendered: Rendered) => send(Buffer.concat([start, rendered.message])),
          room,
          tooSlow() {
            log.info('a client is too slow and is cut');
            void connection.end('TOO_SLOW');
          },
        };
      },
    },
    { requestId, log },
    options,
  );

  const close = (code: number, reason: string) => {
    isOver = true;
    operations.stopAll();
    client.close(code, reason);
  };

  const connection: StreamConnection = {
    get credentials() {
      return caller === null ? null : credentials;
    },
    async admit(admitted) {
      caller = admitted;
      await operations.admit(admitted);
    },
    beat() {
      if (!isAlive) return client.terminate();
      isAlive = false;
      client.ping();
    },
    async end(reason) {
      if (isOver) return;
      isOver = true;
      const { cursor } = operations;
      // Whoever takes nothing would not take this either, and whoever may not see is told nothing more.
      if (reason === 'GOING_AWAY' || reason === 'EXPIRED') await operations.endWithCursors();
      close(STREAM_ENDS[reason].code, endText(reason, cursor));
    },
  };

  const initialise = async (payload: Record<string, unknown> | undefined) => {
    if (credentials !== null) return close(CloseCode.TooManyInitialisationRequests, 'Too many initialisation requests');
    const authorization = authorizationIn(payload) ?? request.headers.authorization;
    credentials = { authorization, host: request.headers.host };
    if (authorization === undefined && isForeignPage(request.headers)) {
      log.info({ origin: request.headers.origin }, 'a page of another origin was refused');
      return close(CloseCode.Forbidden, 'Forbidden');
    }
    try {
      const admitted = await options.authenticate(credentials);
      if (isOver) return;
      caller = admitted;
      connections.watch(connection, admitted);
      tell({ type: MessageType.ConnectionAck });
    } catch (error) {
      turnAway(error);
    }
  };

  /** Why is for the log alone: whoever tries keys and tokens must not learn from the answers. */
  const turnAway = (error: unknown) => {
    if (error instanceof UnauthenticatedError) {
      const reason = error.cause instanceof Error ? error.cause.message : undefined;
      log.info({ reason }, 'a connection without valid credentials was refused');
      return close(CloseCode.Forbidden, 'Forbidden');
    }
    if (!(error instanceof RegistryError)) throw error;
    log.warn({ code: error.code, err: error }, 'a caller could not be told');
    return close(TRY_AGAIN_LATER, 'Try again later');
  };

  const receive = async (text: string) => {
    let message: Message;
    try {
      message = parseMessage(text);
    } catch {
      return close(CloseCode.BadRequest, 'Invalid message received');
    }
    switch (message.type) {
      case MessageType.ConnectionInit:
        return initialise(message.payload);
      case MessageType.Ping:
        return tell({ type: MessageType.Pong, ...(message.payload ? { payload: message.payload } : {}) });
      case MessageType.Pong:
        return undefined;
      case MessageType.Subscribe: {
        if (caller === null) return close(CloseCode.Unauthorized, 'Unauthorized');
        const { id, payload } = message;
        if (id.length > ID_MAX)
          return close(CloseCode.BadRequest, `The id of an operation has ${ID_MAX} characters at most`);
        if (operations.has(id)) return close(CloseCode.SubscriberAlreadyExists, `Subscriber for ${id} already exists`);
        return operations.start(id, payload, caller);
      }
      case MessageType.Complete:
        return operations.stop(message.id);
      default:
        return close(CloseCode.BadRequest, 'Invalid message received');
    }
  };

  const initTimer = setTimeout(() => {
    if (credentials === null) close(CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout');
  }, INIT_MS);
  client.on('message', (data) => {
    isAlive = true;
    if (isOver) return;
    receive(String(data)).catch((error: unknown) => {
      log.error({ err: error }, 'a message could not be dealt with');
      close(CloseCode.InternalServerError, 'Internal server error');
    });
  });
  client.on('pong', () => {
    isAlive = true;
  });
  client.on('error', (error) => log.debug({ err: error }, 'a connection failed'));
  client.on('close', () => {
    isOver = true;
    clearTimeout(initTimer);
    connections.remove(connection);
    operations.stopAll();
  });
  connections.add(connection);
  if (client.protocol === '') close(CloseCode.SubprotocolNotAcceptable, 'Subprotocol not acceptable');
}

function authorizationIn(payload: Record<string, unknown> | undefined): string | undefined {
  const [, value] = Object.entries(payload ?? {}).find(([name]) => name.toLowerCase() === 'authorization') ?? [];
  return typeof value === 'string' ? value : undefined;
}
