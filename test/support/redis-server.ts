import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startEngine } from '../../sandbox/engines/engine.js';
import { redisEngine } from '../../sandbox/engines/redis.js';
import { toolsDirectory } from '../../sandbox/paths.js';
import { anyFreePort } from '../../sandbox/ports.js';
import { type ManagedProcess, Supervisor } from '../../sandbox/supervisor.js';
import { engines } from './engines.js';

/** A Redis of a test's own, to be stopped, starved and filled. */
export interface RedisServer extends AsyncDisposable {
  readonly url: string;
  /** What it has on disk. */
  readonly data: string;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** Starts it again at the same port, over what it has on disk. */
  start(settings?: readonly string[]): Promise<void>;
  /** It keeps its connections and answers nobody. */
  pause(): void;
  goOn(): void;
}

/** Each write is on its disk before it is answered. */
export async function startRedis(): Promise<RedisServer> {
  const directory = mkdtempSync(join(toolsDirectory, 'redis-'));
  const supervisor = await Supervisor.open(directory, 'test');
  const port = await anyFreePort();
  const { installation } = engines().redis;
  const data = join(directory, 'data');
  let running: ManagedProcess | null = null;
  const signal = (name: NodeJS.Signals) => {
    if (running !== null) process.kill(running.record.pid, name);
  };
  const server: RedisServer = {
    url: `redis://127.0.0.1:${port}`,
    data,
    async start(settings = []) {
      const engine = redisEngine({ ...installation, port, directory: data, isDurable: true, settings });
      running = await startEngine(supervisor, engine);
    },
    async kill() {
      const killed = running;
      signal('SIGKILL');
      running = null;
      await killed?.ended;
    },
    pause: () => signal('SIGSTOP'),
    goOn: () => signal('SIGCONT'),
    async [Symbol.asyncDispose]() {
      await server.kill();
      await supervisor.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}
