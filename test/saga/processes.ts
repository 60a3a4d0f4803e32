import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { toolsDirectory } from '../../sandbox/paths.js';
import type { FromProcess, ProcessSetup } from './gateway-process.js';
import type { GatewaySetup } from './open-gateway.js';
import type { StopAt } from './stop-at.js';
import { until } from './until.js';

/** Gateways in processes of their own, which run what is in the working tree now. */
export interface GatewayProcesses extends AsyncDisposable {
  start(gateway: GatewaySetup, stopAt?: StopAt): Promise<GatewayProcess>;
}

export interface GatewayProcess {
  readonly url: string;
  /** When it has come to its point: for SIGKILL it is dead then, for SIGSTOP it stands still. */
  readonly stopped: Promise<void>;
  goOn(): void;
  kill(): Promise<void>;
}

export async function openProcesses(): Promise<GatewayProcesses> {
  // Within the project, so that packages are found.
  const directory = mkdtempSync(join(toolsDirectory, 'saga-'));
  const file = join(directory, 'gateway.mjs');
  await bundle(file);
  const running = new Set<ChildProcess>();
  return {
    async start(gateway, stopAt) {
      const child = fork(file, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] });
      running.add(child);
      const exited = once(child, 'exit').then(() => void running.delete(child));
      const setup: ProcessSetup = { gateway, stopAt: stopAt ?? null };
      child.send(setup);
      const message = (kind: FromProcess['kind']) => told(child, kind);
      const stopped = message('reached').then(() =>
        stopAt?.signal === 'SIGSTOP' ? until('it stands still', () => standsStill(child)) : exited,
      );
      // Whoever does not wait for it must not see an unhandled rejection.
      stopped.catch(() => {});
      const ended = exited.then(() => Promise.reject(new Error('The gateway has ended before it listened.')));
      const listening = await Promise.race([message('listening'), ended]);
      ended.catch(() => {});
      return {
        url: listening.kind === 'listening' ? listening.url : '',
        stopped: stopped.then(() => {}),
        goOn: () => void child.kill('SIGCONT'),
        kill: async () => {
          child.kill('SIGKILL');
          await exited;
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(
        [...running].map(async (child) => {
          child.kill('SIGKILL');
          await once(child, 'exit');
        }),
      );
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** One file: a process is up in half the time, and needs no build of the project. */
async function bundle(file: string): Promise<void> {
  const build = await rolldown({
    input: join(import.meta.dirname, 'gateway-process.ts'),
    platform: 'node',
    tsconfig: join(import.meta.dirname, '../tsconfig.json'),
    // Helpers of the compiler come along; packages are found where they are.
    external: (id) => !/^(?:[./\0]|@oxc-project\/)/.test(id),
  });
  await build.write({ file, format: 'esm', codeSplitting: false });
  await build.close();
}

function told(child: ChildProcess, kind: FromProcess['kind']): Promise<FromProcess> {
  return new Promise((resolve, reject) => {
    child.on('message', (message) => {
      const said = message as FromProcess;
      if (said.kind === 'failed') reject(new Error(said.why));
      else if (said.kind === kind) resolve(said);
    });
  });
}

/** The state comes after the name, which stands in brackets. */
function standsStill({ pid }: ChildProcess): true | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return /^T/.test(stat.slice(stat.lastIndexOf(')') + 2)) || undefined;
}
