import { expect, it } from 'vitest';
import { createLimiter } from '../../../adapters/shared/concurrency.js';

const { signal } = new AbortController();

/** A task that ends when it is told to. */
function task(log: string[], name: string) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const run = async () => {
    log.push(name);
    await promise;
    return name;
  };
  return { run, end: resolve };
}

it('runs as many at a time as it may, and the others in order', async () => {
  const log: string[] = [];
  const limiter = createLimiter(2);
  const tasks = ['a', 'b', 'c', 'd'].map((name) => task(log, name));
  const results = Promise.all(tasks.map(({ run }) => limiter.run(run, signal)));
  await Promise.resolve();
  expect(log).toEqual(['a', 'b']);
  tasks[1]?.end();
  await expect.poll(() => log).toEqual(['a', 'b', 'c']);
  for (const { end } of tasks) end();
  expect(await results).toEqual(['a', 'b', 'c', 'd']);
});

it('gives a place back when its task fails', async () => {
  const limiter = createLimiter(1);
  const failing = limiter.run(() => Promise.reject(new Error('no')), signal);
  const next = limiter.run(async () => 'next', signal);
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('next');
});

it('never starts a task whose signal ended while it waited, and lets the next one by', async () => {
  const log: string[] = [];
  const limiter = createLimiter(1);
  const first = task(log, 'first');
  const running = limiter.run(first.run, signal);
  const controller = new AbortController();
  const left = limiter.run(task(log, 'left').run, controller.signal);
  const waiting = limiter.run(async () => log.push('waiting'), signal);
  controller.abort(new Error('over'));
  await expect(left).rejects.toThrow('over');
  first.end();
  await Promise.all([running, waiting]);
  expect(log).toEqual(['first', 'waiting']);
  await expect(limiter.run(async () => log.push('late'), AbortSignal.abort(new Error('over')))).rejects.toThrow('over');
  expect(log).toEqual(['first', 'waiting']);
});
