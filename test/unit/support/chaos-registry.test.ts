import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMemoryAdapter, createMemoryStore } from '../../../adapters/memory/index.js';
import { TimeoutError, UnavailableError } from '../../../src/domain/errors.js';
import type { CallOptions } from '../../../src/domain/registry.js';
import { type ChaosRegistry, createChaosRegistry } from '../../support/chaos-registry.js';

describe('chaos registry', () => {
  let chaos: ChaosRegistry;
  const controller = new AbortController();
  const options: CallOptions = { signal: controller.signal, priority: 'interactive' };
  const down = new UnavailableError('The registry is down.', { registryId: 'memory' });

  const list = (signal = options.signal) =>
    chaos.adapter.listModels({ order: { field: 'NAME', direction: 'ASC' }, limit: 1 }, { ...options, signal });

  beforeEach(() => {
    vi.useFakeTimers();
    const inner = createMemoryAdapter({ id: 'memory', ownerTag: 'owner', store: createMemoryStore() });
    chaos = createChaosRegistry(inner);
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is the registry itself, and counts', async () => {
    expect(chaos.adapter.capabilities.CREATE_MODEL).toBe(true);
    await chaos.adapter.createModel({ name: 'a' }, options);
    expect((await list()).items).toHaveLength(1);
    await list();
    expect(Object.fromEntries(chaos.calls)).toEqual({ createModel: 1, listModels: 2 });
    expect(chaos.totalCalls()).toBe(3);
    chaos.forgetCalls();
    expect(chaos.totalCalls()).toBe(0);
  });

  it('fails where it is told to, as often as it is told to', async () => {
    chaos.cause({ kind: 'fail', error: down }, { operations: ['listModels'], times: 2 });
    await expect(list()).rejects.toBe(down);
    expect(await chaos.adapter.getModels([], options)).toEqual([]);
    await expect(list()).rejects.toBe(down);
    expect((await list()).items).toEqual([]);
  });

  it('is slow', async () => {
    chaos.cause({ kind: 'slow', ms: 5000 });
    const answered = vi.fn();
    const answer = list().then(answered);
    await vi.advanceTimersByTimeAsync(4999);
    expect(answered).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await answer;
    expect(answered).toHaveBeenCalled();
  });

  it.each([{ kind: 'hang' }, { kind: 'slow', ms: 5000 }] as const)('$kind: ends with the signal', async (cause) => {
    chaos.cause(cause);
    const ending = new AbortController();
    const answer = list(ending.signal);
    ending.abort();
    await expect(answer).rejects.toBeInstanceOf(TimeoutError);
    await expect(list(AbortSignal.abort(down))).rejects.toBe(down);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('recovers', async () => {
    chaos.cause({ kind: 'fail', error: down });
    chaos.cause({ kind: 'hang' });
    chaos.recover();
    expect((await list()).items).toEqual([]);
  });
});
