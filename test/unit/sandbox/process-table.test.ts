import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { recordOf, workerOf } from '../../../sandbox/process-table.mjs';

const started: ReturnType<typeof spawn>[] = [];
afterEach(async () => {
  for (const child of started.splice(0)) {
    const ended = once(child, 'exit');
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    await ended;
  }
});

async function start(script: string): Promise<number> {
  const child = spawn('sh', ['-c', script], { detached: true, stdio: 'ignore' });
  started.push(child);
  await once(child, 'spawn');
  return child.pid ?? 0;
}

it('finds the process that a launcher waits for', async () => {
  const launcher = await start('sleep 60 & wait');
  await expect.poll(() => workerOf(recordOf('mlflow', launcher)).pid).not.toBe(launcher);
  const worker = workerOf(recordOf('mlflow', launcher));
  expect(worker.name).toBe('mlflow');
});

it('takes a process that launches nothing for the worker itself', async () => {
  const pid = await start('exec sleep 60');
  expect(workerOf(recordOf('aws', pid)).pid).toBe(pid);
});
