import type { Caller } from '../../domain/access.js';
import type { StreamEnd } from './stream-end.js';

/** What a client has shown. */
export interface Credentials {
  readonly authorization?: string | undefined;
  readonly host?: string | undefined;
}

/** A client that stays, on whichever transport. */
export interface StreamConnection {
  /** Null until it has said who it is. */
  readonly credentials: Credentials | null;
  /** It is somebody else now, or sees something else. */
  admit(caller: Caller): Promise<void>;
  /** Lets the other side know that somebody is there, and finds out whether it is. */
  beat(): void;
  /** Says where each stream stands, and hangs up. Resolves when everything was said. */
  end(reason: StreamEnd): Promise<void>;
}

/** All clients that stay. */
export interface Connections extends AsyncDisposable {
  /** Whether another one may come in. */
  readonly hasRoom: boolean;
  add(connection: StreamConnection): void;
  remove(connection: StreamConnection): void;
  /** Ends the connection when what its caller has shown is no longer good. */
  watch(connection: StreamConnection, caller: Caller): void;
  /** Asks of everybody again who they are: what is no longer theirs to see they get no more of. */
  reauthorize(): Promise<void>;
}

export interface ConnectionsOptions {
  readonly authenticate: (credentials: Credentials) => Promise<Caller>;
  readonly maxConnections: number;
  readonly heartbeatMs: number;
}

/** The longest that a timer can be set to. */
const TIMER_MAX_MS = 2 ** 31 - 1;

export function createConnections({ authenticate, maxConnections, heartbeatMs }: ConnectionsOptions): Connections {
  const timers = new Map<StreamConnection, NodeJS.Timeout | null>();
  let isClosing = false;

  const heart = setInterval(() => {
    for (const connection of timers.keys()) connection.beat();
  }, heartbeatMs);
  heart.unref();

  const watch: Connections['watch'] = (connection, { expiresAt }) => {
    clearTimeout(timers.get(connection) ?? undefined);
    if (expiresAt === undefined || !timers.has(connection)) return;
    const leftMs = Math.max(0, Date.parse(expiresAt) - Date.now());
    timers.set(
      connection,
      setTimeout(() => void connection.end('EXPIRED'), Math.min(leftMs, TIMER_MAX_MS)),
    );
  };

  const askAgain = async (connection: StreamConnection): Promise<void> => {
    if (connection.credentials === null) return;
    const caller = await authenticate(connection.credentials).catch(() => null);
    if (caller === null) return connection.end('REFUSED');
    watch(connection, caller);
    return connection.admit(caller);
  };

  return {
    get hasRoom() {
      return !isClosing && timers.size < maxConnections;
    },
    add: (connection) => void timers.set(connection, null),
    remove(connection) {
      clearTimeout(timers.get(connection) ?? undefined);
      timers.delete(connection);
    },
    watch,
    async reauthorize() {
      await Promise.all([...timers.keys()].map(askAgain));
    },
    async [Symbol.asyncDispose]() {
      isClosing = true;
      clearInterval(heart);
      await Promise.all([...timers.keys()].map((connection) => connection.end('GOING_AWAY')));
    },
  };
}
