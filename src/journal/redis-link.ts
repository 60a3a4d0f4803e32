import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis, type RedisOptions } from 'ioredis';
import { JournalUnavailableError } from './journal.js';
import { type JournalSettingsError, settingsFault } from './redis-settings.js';

export interface RedisLinkOptions {
  /** `redis://` or, with TLS, `rediss://`, with user, password and number of the database where they are needed. */
  readonly url: string;
  /** What a call may take; a Redis that has not answered by then is tried again over a new connection. */
  readonly timeoutMs: number;
}

/** The connections of one journal. */
export interface RedisLink extends AsyncDisposable {
  /** @throws JournalUnavailableError for whatever Redis or the network has against it: the caller can do nothing about any of it. */
  run<R>(command: (redis: Redis) => Promise<R>): Promise<R>;
  script(script: RedisScript, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>;
  openBell(): Bell;
}

/** A connection of its own for one who waits. Once it is broken it stays so: what came meanwhile is not known. */
export interface Bell extends Disposable {
  /** Resolves when the stream has an entry after the position, and now and then without. @throws JournalUnavailableError */
  rung(stream: string, after: string): Promise<void>;
}

export interface RedisScript {
  readonly text: string;
  readonly sha: string;
}

export function redisScript(text: string): RedisScript {
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}

/** How long a bell waits at once. Whoever listens looks that often whether the journal is still the same. */
const BLOCK_MS = 2000;
const RETRY_MAX_MS = 1000;
/** What ioredis says where it has no connection; what kept it from having one is told before, as an event. */
const NO_CONNECTION = /Stream isn't writeable|Connection is closed|max retries per request/i;

/**
 * Resolves as soon as Redis has answered, or after `timeoutMs` without it: then it goes on trying, and every call is refused until it is there.
 * @throws JournalSettingsError where the Redis is there and is not one for a journal.
 */
export async function openRedisLink({ url, timeoutMs }: RedisLinkOptions): Promise<RedisLink> {
  const options = {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    // A call fails at once where there is no connection, and when it is lost: nobody knows then whether a write has taken effect, and who
    // asked can look. Waiting for another connection is the caller's to decide.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    maxLoadingRetryTime: RETRY_MAX_MS,
    // A Redis that has become a replica: its name may lead to the new primary by now.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    disableClientInfo: true,
  } satisfies RedisOptions;
  const redis = new Redis(url, { ...options, retryStrategy: (times) => Math.min(50 * 2 ** times, RETRY_MAX_MS) });
  const bells = new Set<Redis>();
  let lastError: Error | null = null;
  let fault: JournalSettingsError | null = null;
  let checked: Promise<JournalSettingsError | null> = Promise.resolve(null);
  let isHangingUp = false;
  let isDisposed = false;

  const check = async () => {
    // Another Redis may be behind the name each time.
    fault = settingsFault(await redis.info(), new URL(url).host);
    return fault;
  };
  redis.on('error', (error: Error) => {
    lastError = error;
  });
  redis.on('ready', () => {
    lastError = null;
    // Should the connection break over it, the next one is asked again.
    checked = check().catch(() => null);
  });

  const unavailable = (error: unknown): JournalUnavailableError => {
    const { message } = error instanceof Error ? error : new Error(String(error));
    const told = NO_CONNECTION.test(message) && lastError !== null ? lastError.message : message;
    // Its message alone: what comes with it holds arguments, e.g. the password, or records of megabytes.
    return new JournalUnavailableError(new Error(isDisposed ? 'The journal has been closed.' : told));
  };
  const connectAnew = () => {
    if (redis.status !== 'ready' || isHangingUp) return;
    isHangingUp = true;
    redis.once('close', () => {
      isHangingUp = false;
    });
    redis.disconnect(true);
  };
  const run = async <R>(command: (redis: Redis) => Promise<R>): Promise<R> => {
    if (fault !== null) throw new JournalUnavailableError(fault);
    try {
      return await command(redis);
    } catch (error) {
      // Nobody may be at the other end any more.
      if (isTimeout(error)) connectAnew();
      throw unavailable(error);
    }
  };
  const close = () => {
    isDisposed = true;
    for (const connection of [redis, ...bells]) connection.disconnect();
  };

  await Promise.race([redis.connect().catch(() => undefined), sleep(timeoutMs, undefined, { ref: false })]);
  const refusal = await checked;
  if (refusal !== null) {
    close();
    throw refusal;
  }

  return {
    run,
    script: ({ text, sha }, keys, args) =>
      run(async () => {
        try {
          return await redis.evalsha(sha, keys.length, ...keys, ...args);
        } catch (error) {
          if (!isNoScript(error)) throw error;
          return await redis.eval(text, keys.length, ...keys, ...args);
        }
      }),
    openBell() {
      const connection = new Redis(url, {
        ...options,
        commandTimeout: BLOCK_MS + timeoutMs,
        retryStrategy: () => null,
        // The first wait may come before it is ready; once it is broken, it is at its end and refuses.
        enableOfflineQueue: true,
      });
      // What goes wrong is told to who waits.
      connection.on('error', () => undefined);
      bells.add(connection);
      connection.once('end', () => bells.delete(connection));
      if (isDisposed) connection.disconnect();
      return {
        async rung(stream, after) {
          try {
            await connection.xread('COUNT', 1, 'BLOCK', BLOCK_MS, 'STREAMS', stream, after);
          } catch (error) {
            throw unavailable(error);
          }
        },
        [Symbol.dispose]: () => connection.disconnect(),
      };
    },
    async [Symbol.asyncDispose]() {
      close();
    },
  };
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === 'Command timed out';
}

function isNoScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}
