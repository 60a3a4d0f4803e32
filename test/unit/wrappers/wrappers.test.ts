import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { GatedCall } from '../../../adapters/shared/unsupported.js';
import {
  InvalidInputError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitedError,
  type RegistryError,
  TimeoutError,
  UnavailableError,
} from '../../../src/domain/errors.js';
import type { CallOptions, RegistryAdapter } from '../../../src/domain/registry.js';
import { withBreaker } from '../../../src/wrappers/with-breaker.js';
import { withBudget } from '../../../src/wrappers/with-budget.js';
import { withHealth } from '../../../src/wrappers/with-health.js';
import { withRetry } from '../../../src/wrappers/with-retry.js';
import { withTimeout } from '../../../src/wrappers/with-timeout.js';
import { createChaosRegistry } from '../../support/chaos-registry.js';
import { memoryRegistryOf } from '../../support/gateway.js';

const REF = { registryId: 'a', name: 'm' };
const MODEL = expect.objectContaining({ ref: REF });
const call = (signal: AbortSignal = new AbortController().signal): CallOptions => ({ signal, priority: 'interactive' });
const down = () => new UnavailableError('down', { registryId: 'a' });

const VERSION = { ...REF, version: '1' };
const MARK = { id: '1.00', status: 'APPROVED', actor: null, at: '2026-11-20T08:15:30.250Z', comment: null } as const;

/** One call of each operation that is no read. */
const WRITES = {
  createModel: (adapter) => adapter.createModel({ name: 'm' }, call()),
  registerVersion: (adapter) => adapter.registerVersion({ model: REF, artifacts: [{ uri: 's3://b/1' }] }, call()),
  updateModel: (adapter) => adapter.updateModel({ model: REF }, call()),
  deleteModel: (adapter) => adapter.deleteModel(REF, call()),
  updateVersion: (adapter) => adapter.updateVersion({ version: VERSION }, call()),
  deleteVersion: (adapter) => adapter.deleteVersion(VERSION, call()),
  decide: (adapter) => adapter.decide({ version: VERSION, incarnation: '0', mark: MARK }, call()),
  setAlias: (adapter) => adapter.setAlias({ version: VERSION, alias: 'champion' }, call()),
  deleteAlias: (adapter) => adapter.deleteAlias({ model: REF, alias: 'champion' }, call()),
  setStage: (adapter) => adapter.setStage({ version: VERSION, stage: 'Production' }, call()),
} as const satisfies Record<GatedCall, (adapter: RegistryAdapter) => Promise<unknown>>;

/** A memory registry whose look-ups do as the script says, then answer. */
function scripted(...script: (RegistryError | 'hang' | 'answer')[]): { adapter: RegistryAdapter; calls: () => number } {
  const { adapter, store } = memoryRegistryOf('a');
  store.createModel({ name: 'm', description: null, tags: [], createdBy: null });
  let calls = 0;
  const step = async (): Promise<void> => {
    const next = script[calls] ?? 'answer';
    calls += 1;
    if (next === 'hang') await new Promise(() => {});
    else if (next !== 'answer') throw next;
  };
  return {
    adapter: {
      ...adapter,
      getModels: async (refs, options) => {
        await step();
        return adapter.getModels(refs, options);
      },
      createModel: async (input, options) => {
        await step();
        return adapter.createModel(input, options);
      },
    },
    calls: () => calls,
  };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('timeout', () => {
  it('ends a call that does not answer, with a coded error', async () => {
    const adapter = withTimeout(scripted('hang').adapter, { list: 10, walk: 20, lookup: 20, write: 30 });
    const answer = expect(adapter.getModels([REF], call())).rejects.toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
      registryId: 'a',
      operation: 'getModels',
      message: 'Registry a did not answer within 20 ms.',
    });
    await vi.advanceTimersByTimeAsync(20);
    await answer;
  });

  it('settles when the caller gives up, though the registry does not listen', async () => {
    const adapter = withTimeout(scripted('hang').adapter, { list: 10, walk: 1000, lookup: 1000, write: 30 });
    const controller = new AbortController();
    const answer = expect(adapter.getModels([REF], call(controller.signal))).rejects.toBeInstanceOf(TimeoutError);
    controller.abort();
    await answer;
  });

  it('does not begin a call that was given up before', async () => {
    const { adapter, calls } = scripted();
    const reason = new TimeoutError('the deadline', { registryId: 'a' });
    const answer = withTimeout(adapter, { list: 1, walk: 1, lookup: 1, write: 1 }).getModels(
      [REF],
      call(AbortSignal.abort(reason)),
    );
    await expect(answer).rejects.toBe(reason);
    expect(calls()).toBe(0);
  });
});

describe('retry', () => {
  const settle = async <T>(promise: Promise<T>) => {
    const settled = promise.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    await vi.runAllTimersAsync();
    return settled;
  };

  it('tries a read again after passing faults, three times in all', async () => {
    const two = scripted(down(), down());
    expect(await settle(withRetry(two.adapter).getModels([REF], call()))).toEqual({ value: [MODEL] });
    const three = scripted(down(), down(), down());
    expect(await settle(withRetry(three.adapter).getModels([REF], call()))).toMatchObject({
      error: { code: 'UPSTREAM_UNAVAILABLE' },
    });
    expect([two.calls(), three.calls()]).toEqual([3, 3]);
  });

  it.each([
    ['a timeout', new TimeoutError('late'), 1],
    ['what will not change', new NotFoundError('gone'), 1],
    ['a pause too long to wait out', new RateLimitedError('slow down', { retryAfterMs: 60_000 }), 1],
    ['a short pause that was asked for', new RateLimitedError('slow down', { retryAfterMs: 500 }), 2],
  ])('after %s', async (_what, error, calls) => {
    const upstream = scripted(error);
    await settle(withRetry(upstream.adapter).getModels([REF], call()));
    expect(upstream.calls()).toBe(calls);
  });

  it.each(Object.keys(WRITES) as (keyof typeof WRITES)[])('never repeats a write: %s', async (operation) => {
    const chaos = createChaosRegistry(memoryRegistryOf('a').adapter);
    chaos.cause({ kind: 'fail', error: down() });
    expect(await settle<unknown>(WRITES[operation](withRetry(chaos.adapter)))).toMatchObject({
      error: { retryable: true },
    });
    expect([...chaos.calls]).toEqual([[operation, 1]]);
  });
});

describe('budget', () => {
  it('lets so many in at once, interactive calls first, and refuses what cannot wait', async () => {
    const upstream = scripted('hang', 'hang');
    const adapter = withBudget(upstream.adapter, { concurrency: 2, maxWaiting: 2 });
    void adapter.getModels([REF], call());
    void adapter.getModels([REF], call());
    const background = new AbortController();
    const waits = [
      expect(adapter.getModels([REF], { ...call(background.signal), priority: 'background' })).rejects.toMatchObject({
        code: 'UPSTREAM_TIMEOUT',
      }),
    ];
    void adapter.getModels([REF], call());
    await expect(adapter.getModels([REF], call())).rejects.toMatchObject({ code: 'RATE_LIMITED', retryable: true });
    background.abort();
    await Promise.all(waits);
    expect(upstream.calls()).toBe(2);
  });

  it('gives a place back when a call ends, however it ends', async () => {
    const adapter = withBudget(scripted(down()).adapter, { concurrency: 1, maxWaiting: 0 });
    await expect(adapter.getModels([REF], call())).rejects.toThrow('down');
    await expect(adapter.getModels([REF], call())).resolves.toEqual([MODEL]);
  });
});

describe('breaker', () => {
  it('stops asking after failures in a row, then lets one call find out', async () => {
    let now = 0;
    const upstream = scripted(down(), down(), down(), 'answer');
    const adapter = withBreaker(upstream.adapter, { failures: 2, openMs: 1000, now: () => now });
    const ask = () => adapter.getModels([REF], call());
    await expect(ask()).rejects.toThrow('down');
    await expect(ask()).rejects.toThrow('down');
    await expect(ask()).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryAfterMs: 1000 });
    expect(upstream.calls()).toBe(2);
    now = 1000;
    await expect(ask()).rejects.toThrow('down');
    await expect(ask()).rejects.toThrow(/not asked again/);
    now = 2000;
    await expect(ask()).resolves.toEqual([MODEL]);
    await expect(ask()).resolves.toEqual([MODEL]);
  });

  it('takes a refusal for an answer, and a caller who left for nothing', async () => {
    const controller = new AbortController();
    const upstream = scripted(down(), new InvalidInputError('no'), down(), new TimeoutError('left'), 'answer');
    const adapter = withBreaker(upstream.adapter, { failures: 2, openMs: 1000 });
    for (let i = 0; i < 3; i += 1) await expect(adapter.getModels([REF], call())).rejects.toThrow();
    controller.abort();
    await expect(adapter.getModels([REF], call(controller.signal))).rejects.toThrow('left');
    await expect(adapter.getModels([REF], call())).resolves.toEqual([MODEL]);
  });
});

describe('a failure', () => {
  it('of every slot of a look-up is the failure of the call', async () => {
    const { adapter } = memoryRegistryOf('a');
    const inSlots: RegistryAdapter = { ...adapter, getModels: async (refs) => refs.map(() => down()) };
    const { adapter: watched, health } = withHealth(withBreaker(withRetry(inSlots, { attempts: 1 }), { failures: 2 }));
    for (let i = 0; i < 3; i += 1) await watched.getModels([REF, REF], call()).catch(() => {});
    await expect(watched.getModels([REF], call())).rejects.toThrow(/not asked again/);
    expect(health()).toMatchObject({ status: 'STARTING', problem: { message: 'down' } });
  });

  it('of one slot leaves the others', async () => {
    const { adapter } = memoryRegistryOf('a');
    const failure = down();
    const inOne: RegistryAdapter = { ...adapter, getModels: async () => [failure, null] };
    expect(await withRetry(inOne).getModels([REF, REF], call())).toEqual([failure, null]);
  });

  it('while others are answered is a call that waited too long, not an outage', async () => {
    const upstream = scripted('answer');
    const slow: RegistryAdapter = {
      ...upstream.adapter,
      getVersions: (_refs, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
    };
    const { adapter, health } = withHealth(withBreaker(slow, { failures: 1 }));
    const late = new AbortController();
    const waiting = adapter.getVersions([{ ...REF, version: '1' }], call(late.signal)).catch((error: unknown) => error);
    await adapter.getModels([REF], call());
    late.abort(new TimeoutError('too late', { registryId: 'a' }));
    expect(await waiting).toBeInstanceOf(TimeoutError);
    await expect(adapter.getModels([REF], call())).resolves.toEqual([MODEL]);
    expect(health().status).toBe('UP');
  });
});

describe('a wrapped registry', () => {
  it('tells the account that it learns later', () => {
    const { adapter } = memoryRegistryOf('a');
    let account: string | null = null;
    const learning: RegistryAdapter = {
      ...adapter,
      get location() {
        return { account, region: null, location: null };
      },
    };
    const wrapped = withBreaker(learning);
    account = '123456789012';
    expect(wrapped.location.account).toBe('123456789012');
  });
});

describe('health', () => {
  it('is STARTING until the first answer, then says what the last calls said', async () => {
    const upstream = scripted(down(), 'answer', down(), down(), down(), 'answer');
    const { adapter, health } = withHealth(upstream.adapter, { downAfter: 3 });
    const seen = [health().status];
    for (let i = 0; i < 6; i += 1) {
      await adapter.getModels([REF], call()).catch(() => {});
      seen.push(health().status);
    }
    expect(seen).toEqual(['STARTING', 'STARTING', 'UP', 'DEGRADED', 'DEGRADED', 'DOWN', 'UP']);
    expect(health()).toMatchObject({ problem: null, lastSuccessAt: expect.any(String), latencyMs: expect.any(Number) });
  });

  it('is DOWN when it never answered for long', async () => {
    let now = 0;
    const never = withHealth(scripted(down(), down()).adapter, { startingMs: 1000, now: () => now });
    await never.adapter.getModels([REF], call()).catch(() => {});
    expect(never.health()).toMatchObject({ status: 'STARTING', problem: { message: 'down' } });
    now = 1000;
    expect(never.health().status).toBe('DOWN');
  });

  it('takes a refusal of the gateway for DOWN, and a wish for fewer calls for DEGRADED', async () => {
    const refused = withHealth(scripted(new PermissionDeniedError('no')).adapter);
    await refused.adapter.getModels([REF], call()).catch(() => {});
    expect(refused.health()).toMatchObject({ status: 'DOWN', problem: { code: 'FORBIDDEN' } });
    const slow = () => new RateLimitedError('slow down');
    const throttled = withHealth(scripted('answer', slow(), slow(), slow(), slow()).adapter);
    for (let i = 0; i < 5; i += 1) await throttled.adapter.getModels([REF], call()).catch(() => {});
    expect(throttled.health().status).toBe('DEGRADED');
  });

  it('is not mended by what was answered without asking', async () => {
    const upstream = scripted('answer', down(), down(), down());
    const { adapter, health } = withHealth(upstream.adapter);
    for (let i = 0; i < 4; i += 1) await adapter.getModels([REF], call()).catch(() => {});
    await adapter.findVersion('arn:of:elsewhere', call());
    await adapter.getModels([{ ...REF, name: 'no such model' }], call());
    await adapter.listModels(
      { order: { field: 'NAME', direction: 'ASC' }, filter: { names: ['x'] }, limit: 1 },
      call(),
    );
    expect(health().status).toBe('DOWN');
    await adapter.listModels({ order: { field: 'NAME', direction: 'ASC' }, filter: {}, limit: 1 }, call());
    expect(health().status).toBe('UP');
  });

  it('keeps its own reason while the breaker is open', async () => {
    const { adapter, health } = withHealth(withBreaker(scripted(down(), down()).adapter, { failures: 2 }));
    for (let i = 0; i < 4; i += 1) await adapter.getModels([REF], call()).catch(() => {});
    expect(health().problem?.message).toBe('down');
  });

  it("does not hold a caller's mistake against the registry", async () => {
    const { adapter, health } = withHealth(scripted(new InvalidInputError('no')).adapter);
    await adapter.getModels([REF], call()).catch(() => {});
    expect(health().status).toBe('STARTING');
  });
});
