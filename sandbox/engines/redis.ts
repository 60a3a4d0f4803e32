import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import type { RedisInstallation } from '../redis.js';
import type { Engine } from './engine.js';

export interface RedisEngineOptions extends RedisInstallation {
  readonly port: number;
  /** Where it keeps what it keeps. */
  readonly directory: string;
  /** True: each write is on disk before it is answered, and there again after a restart. Default: false, in memory alone. */
  readonly isDurable?: boolean;
  /** Further settings, e.g. `--maxmemory-policy`. */
  readonly settings?: readonly string[];
}

const ANSWER_MS = 5000;

/** Redis, for the journal. */
export function redisEngine({
  command,
  env,
  port,
  directory,
  isDurable = false,
  settings = [],
}: RedisEngineOptions): Engine {
  mkdirSync(directory, { recursive: true });
  const durability = isDurable ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no'];
  return {
    name: 'redis',
    command,
    args: [
      ...['--bind', '127.0.0.1', '--port', String(port), '--dir', directory],
      // A journal is refused by a Redis that throws keys away.
      ...['--save', '', '--maxmemory-policy', 'noeviction', ...durability, ...settings],
    ],
    env,
    url: `redis://127.0.0.1:${port}`,
    answers: () => answersPing(port),
    readyText: 'Ready to accept connections',
  };
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.setTimeout(ANSWER_MS, () => socket.destroy());
    socket.once('error', () => undefined);
    socket.once('close', () => resolve(false));
    socket.once('data', (answer) => {
      resolve(answer.toString().startsWith('+PONG'));
      socket.destroy();
    });
  });
}
