import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../sandbox/paths.js';
import { tail } from '../../sandbox/run-logged.mjs';
import { until } from '../saga/until.js';

export interface GatewayOptions {
  readonly name: string;
  readonly configFile: string;
  readonly port: number;
  readonly directory: string;
  /** Secrets that the config names. */
  readonly environment: Readonly<Record<string, string>>;
}

/** One replica, as `registrar serve` runs it. */
export interface Gateway extends AsyncDisposable {
  readonly url: string;
  start(): Promise<void>;
  kill(): Promise<void>;
}

export function createGateway({ name, configFile, port, directory, environment }: GatewayOptions): Gateway {
  const url = `http://127.0.0.1:${port}`;
  const logFile = join(directory, `${name}.log`);
  let running: ChildProcess | null = null;
  const isLive = async () => {
    if (running === null || running.exitCode !== null) throw new Error(`${name} has ended:\n${tail(logFile, 10)}`);
    const answer = await fetch(`${url}/health/live`).catch(() => null);
    return answer?.ok === true ? true : undefined;
  };
  const gateway: Gateway = {
    url,
    async start() {
      const log = createWriteStream(logFile, { flags: 'a' });
      await once(log, 'open');
      running = spawn(process.execPath, [join(projectRoot, 'dist/src/cli/bin.js'), 'serve', '--config', configFile], {
        stdio: ['ignore', log, log],
        env: { ...process.env, ...environment },
      });
      await until(`${name} listens`, isLive);
    },
    async kill() {
      const killed = running;
      running = null;
      if (killed === null || killed.exitCode !== null) return;
      const exited = once(killed, 'exit');
      killed.kill('SIGKILL');
      await exited;
    },
    [Symbol.asyncDispose]: () => gateway.kill(),
  };
  return gateway;
}
