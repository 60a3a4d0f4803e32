import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RegistryEntry } from '../../../src/catalog/entry.js';
import { RequestScope } from '../../../src/catalog/request-scope.js';
import { type RegistryError, TimeoutError } from '../../../src/domain/errors.js';
import type { CallOptions } from '../../../src/domain/registry.js';
import { memoryRegistryOf } from '../../support/gateway.js';

const entry = (id: string): RegistryEntry => ({
  id,
  displayName: id,
  labels: [],
  adapter: memoryRegistryOf(id).adapter,
  health: () => ({ status: 'UP', checkedAt: null, lastSuccessAt: null, latencyMs: null, problem: null }),
});

function open() {
  const reported: RegistryError[] = [];
  const client = new AbortController();
  const scope = new RequestScope(
    { listMs: 3000, lookupMs: 5000, writeMs: 30_000 },
    { adapterCalls: 5 },
    client.signal,
    (failure) => reported.push(failure),
  );
  return { scope, client, reported };
}

/** Answers after so long, or ends when its signal does. */
const answerAfter =
  (ms: number) =>
  (_adapter: unknown, { signal }: CallOptions) =>
    new Promise<string>((resolve, reject) => {
      setTimeout(() => resolve('answer'), ms);
      signal.addEventListener('abort', () => reject(signal.reason));
    });

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('what one operation may ask of a registry', () => {
  it('runs from its first call, so that a slow one does not take its deadline again at every level', async () => {
    const { scope } = open();
    const slow = entry('slow');
    const list = scope.read(slow, 'list', answerAfter(2900));
    await vi.advanceTimersByTimeAsync(2900);
    expect(await list).toBe('answer');
    const lookup = scope.read(slow, 'lookup', answerAfter(2900)).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(2100);
    expect(await lookup).toBeInstanceOf(TimeoutError);
    // Not asked again: no timer has to run for this answer.
    await expect(scope.read(slow, 'lookup', answerAfter(1))).rejects.toBe(await lookup);
  });

  it('does not let one registry answer for another', async () => {
    const { scope } = open();
    const hanging = scope.read(entry('hanging'), 'list', answerAfter(10_000)).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(3000);
    expect(await hanging).toMatchObject({ code: 'UPSTREAM_TIMEOUT', registryId: 'hanging' });
    const other = scope.read(entry('other'), 'list', answerAfter(10));
    await vi.advanceTimersByTimeAsync(10);
    expect(await other).toBe('answer');
  });

  it('ends when the client goes away', async () => {
    const { scope, client } = open();
    const call = scope.read(entry('a'), 'list', answerAfter(1000)).catch((error: unknown) => error);
    client.abort();
    expect(await call).toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
  });

  it('is so many calls in all', async () => {
    const { scope, reported } = open();
    for (let i = 0; i < 5; i += 1) await scope.read(entry('a'), 'lookup', async () => 'answer');
    await expect(scope.read(entry('b'), 'lookup', async () => 'answer')).rejects.toMatchObject({
      code: 'COST_EXCEEDED',
    });
    expect(reported).toEqual([]);
  });

  it('gives a coded error and a report for whatever an adapter throws', async () => {
    const { scope, reported } = open();
    const fault = new TypeError('x is not a function');
    await expect(scope.read(entry('a'), 'lookup', () => Promise.reject(fault))).rejects.toMatchObject({
      code: 'UPSTREAM_INVALID',
      registryId: 'a',
      cause: fault,
    });
    await expect(scope.read(entry('a'), 'lookup', () => Promise.reject(fault))).rejects.toThrow();
    expect(reported).toHaveLength(1);
  });
});
