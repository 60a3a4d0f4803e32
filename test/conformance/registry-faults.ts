import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  RateLimitedError,
  RegistryError,
  TimeoutError,
  UnavailableError,
  UnexpectedUpstreamError,
} from '../../src/domain/errors.js';
import type { ModelVersionRecord } from '../../src/domain/model.js';
import type { CallOptions, RegistryAdapter } from '../../src/domain/registry.js';
import { type Fault, type FaultProxy, PROXY_WORDS, startFaultProxy } from '../support/fault-proxy.js';
import type { OpenedRegistry, RegistryHarness } from './harness.js';
import { createModel } from './registry-changes.js';
import { newVersion } from './registry-population.js';
import { call, modelListing, readAll } from './registry-walk.js';

type Operation = Exclude<
  {
    [K in keyof RegistryAdapter]: RegistryAdapter[K] extends (...args: never[]) => Promise<unknown> ? K : never;
  }[keyof RegistryAdapter],
  'check' | typeof Symbol.asyncDispose
>;

/** One call of each method, typed over all of them. */
const CALLS: {
  readonly [K in Operation]: (
    adapter: RegistryAdapter,
    known: ModelVersionRecord,
    options: CallOptions,
  ) => Promise<unknown>;
} = {
  listModels: (adapter, _, options) =>
    adapter.listModels({ order: { field: 'NAME', direction: 'ASC' }, limit: 5 }, options),
  listVersions: (adapter, _, options) =>
    adapter.listVersions({ order: { field: 'CREATED_AT', direction: 'DESC' }, limit: 5 }, options),
  getModels: (adapter, { ref }, options) =>
    adapter.getModels([{ registryId: ref.registryId, name: ref.name }], options),
  getVersions: (adapter, { ref }, options) => adapter.getVersions([ref], options),
  getLatestVersions: (adapter, { ref }, options) =>
    adapter.getLatestVersions([{ registryId: ref.registryId, name: ref.name }], options),
  findVersion: (adapter, { nativeId }, options) => adapter.findVersion(nativeId, options),
  createModel: (adapter, _, options) => adapter.createModel({ name: 'made-through-faults' }, options),
  registerVersion: (adapter, { ref }, options) =>
    adapter.registerVersion(newVersion(adapter, { registryId: ref.registryId, name: ref.name }, 9), options),
};
const OPERATIONS = Object.keys(CALLS) as Operation[];

type ErrorClass = abstract new (...args: never[]) => RegistryError;

interface FaultCase {
  readonly name: string;
  readonly fault: Fault;
  readonly becomes: readonly ErrorClass[];
  readonly retryAfterMs?: number;
}

const FAULTS: readonly FaultCase[] = [
  {
    name: '429 with Retry-After',
    fault: { kind: 'status', status: 429, retryAfterSeconds: 2, json: { message: PROXY_WORDS } },
    becomes: [RateLimitedError],
    retryAfterMs: 2000,
  },
  { name: '429 with a web page', fault: { kind: 'status', status: 429 }, becomes: [RateLimitedError] },
  {
    name: '500 with JSON',
    fault: { kind: 'status', status: 500, json: { message: PROXY_WORDS } },
    becomes: [UnavailableError],
  },
  { name: '500 with a web page', fault: { kind: 'status', status: 500 }, becomes: [UnavailableError] },
  { name: '503 with a web page', fault: { kind: 'status', status: 503 }, becomes: [UnavailableError] },
  { name: 'a web page with 200', fault: { kind: 'html' }, becomes: [UnexpectedUpstreamError] },
  {
    name: 'JSON of another shape',
    fault: { kind: 'status', status: 200, json: [PROXY_WORDS] },
    becomes: [UnexpectedUpstreamError],
  },
  { name: 'a body cut short', fault: { kind: 'truncate' }, becomes: [UnavailableError, UnexpectedUpstreamError] },
  { name: 'a reset connection', fault: { kind: 'reset' }, becomes: [UnavailableError] },
];

/** Cases that need no network: a call that has been ended already. */
export function describeCancelled(harness: RegistryHarness): void {
  describeWithVersion(harness, ({ opened, known }) => {
    it.each(OPERATIONS)('%s', async (operation) => {
      const { adapter } = opened();
      const error = await faultOf(CALLS[operation](adapter, known(), call({ signal: AbortSignal.abort() })));
      expect(error).toBeInstanceOf(TimeoutError);
      expect(error).toMatchObject({ registryId: adapter.id, operation });
    });

    it('gives the reason that the signal gives, where that says more', async () => {
      const reason = new UnavailableError('The registry is being removed from the config.');
      for (const operation of OPERATIONS) {
        const options = call({ signal: AbortSignal.abort(reason) });
        expect(await faultOf(CALLS[operation](opened().adapter, known(), options))).toBe(reason);
      }
    });

    it('writes nothing', async () => {
      const models = await readAll(modelListing(opened().adapter, { direction: 'ASC' }));
      expect(models.map((model) => model.ref.name)).toEqual([known().ref.name]);
      expect(await opened().adapter.getLatestVersions([models[0]?.ref ?? known().ref], call())).toMatchObject([
        { number: 1 },
      ]);
    });
  });
}

/** A proxy between the adapter and its real engine does to its requests what networks and servers do. */
export function describeFaults(harness: RegistryHarness): void {
  describeWithVersion(harness, ({ opened, known }) => {
    let proxy: FaultProxy;
    let adapter: RegistryAdapter;

    beforeAll(async () => {
      proxy = await startFaultProxy(opened().origin ?? '');
      adapter = opened().through(proxy.origin);
      // Credentials and connections are made now, so that the faults meet the calls themselves.
      await CALLS.listModels(adapter, known(), call());
    });
    afterEach(() => proxy.reset());
    afterAll(async () => {
      await adapter[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    });

    describe.each(FAULTS)('$name', ({ fault, becomes, retryAfterMs }) => {
      it.each(OPERATIONS)('%s', async (operation) => {
        proxy.inject(fault);
        const error = await faultOf(CALLS[operation](adapter, known(), call()));
        expectOneOf(error, becomes);
        expect(error).toMatchObject({ registryId: adapter.id, operation });
        if (retryAfterMs !== undefined) expect(error.retryAfterMs).toBe(retryAfterMs);
        expect(proxy.requests.length, 'no retries: they belong to the wrappers').toBeLessThanOrEqual(MOST_REQUESTS);
      });

      it('a first call, which may have to sign in', async () => {
        await using fresh = opened().through(proxy.origin);
        proxy.inject(fault);
        expectOneOf(await faultOf(CALLS.listModels(fresh, known(), call())), becomes);
        proxy.reset();
        expect(await CALLS.listModels(fresh, known(), call()), 'and recovers').toMatchObject({ hasMore: false });
      });

      it('check() says so', async () => {
        proxy.inject(fault);
        const results = await adapter.check(call());
        expect(results.some(({ ok }) => !ok)).toBe(true);
        for (const { message } of results) expect(message).not.toContain(PROXY_WORDS);
      });
    });

    describe('a hang', () => {
      it.each(OPERATIONS)('%s ends with its signal', async (operation) => {
        proxy.inject({ kind: 'hang' });
        const controller = new AbortController();
        const fault = faultOf(CALLS[operation](adapter, known(), call({ signal: controller.signal })));
        await expect.poll(() => proxy.requests.length).toBeGreaterThan(0);
        controller.abort();
        const error = await fault;
        expect(error).toBeInstanceOf(TimeoutError);
        expect(error).toMatchObject({ registryId: adapter.id, operation });
      });

      it('of a first call ends with its signal, and gives its reason', async () => {
        await using fresh = opened().through(proxy.origin);
        proxy.inject({ kind: 'hang' });
        const controller = new AbortController();
        const fault = faultOf(CALLS.listModels(fresh, known(), call({ signal: controller.signal })));
        await expect.poll(() => proxy.requests.length).toBeGreaterThan(0);
        const reason = new UnavailableError('The circuit has been opened.');
        controller.abort(reason);
        expect(await fault).toBe(reason);
      });

      it('check() ends with its signal', async () => {
        proxy.inject({ kind: 'hang' });
        const controller = new AbortController();
        const results = adapter.check(call({ signal: controller.signal }));
        await expect.poll(() => proxy.requests.length).toBeGreaterThan(0);
        controller.abort();
        expect((await results).some(({ ok }) => !ok)).toBe(true);
      });
    });

    it.each(OPERATIONS)('a refused connection: %s', async (operation) => {
      await using unreachable = opened().through(await closedOrigin());
      const error = await faultOf(CALLS[operation](unreachable, known(), call()));
      expect(error).toBeInstanceOf(UnavailableError);
      expect(error).toMatchObject({ registryId: adapter.id, operation });
    });

    it('a refused connection: check() says so', async () => {
      await using unreachable = opened().through(await closedOrigin());
      expect((await unreachable.check(call())).some(({ ok }) => !ok)).toBe(true);
    });

    it('a call that was ended already asks for nothing', async () => {
      for (const operation of OPERATIONS) {
        await faultOf(CALLS[operation](adapter, known(), call({ signal: AbortSignal.abort() })));
      }
      expect(proxy.requests).toEqual([]);
    });

    it('a slow engine is waited for', async () => {
      proxy.inject({ kind: 'delay', ms: 200 });
      expect(await CALLS.getVersions(adapter, known(), call())).toMatchObject([{ ref: known().ref }]);
    });

    it('one failed page does not end a walk', async () => {
      const listing = modelListing(adapter, { direction: 'ASC' });
      proxy.inject({ kind: 'status', status: 503 }, { times: 1 });
      await faultOf(listing.page(1));
      expect((await listing.page(1)).items).toMatchObject([{ ref: { name: known().ref.name } }]);
    });
  });
}

/** The most requests that one call of the cases above may begin before it hears of its first fault: parallel ones, never a repeat. */
const MOST_REQUESTS = 3;

function describeWithVersion(
  harness: RegistryHarness,
  define: (fixture: { readonly opened: () => OpenedRegistry; readonly known: () => ModelVersionRecord }) => void,
): void {
  let opened: OpenedRegistry;
  let known: ModelVersionRecord;
  beforeAll(async () => {
    opened = await harness.open();
    const model = await createModel(opened, 'known');
    known = await opened.adapter.registerVersion(newVersion(opened.adapter, model, 1), call());
  });
  afterAll(() => opened[Symbol.asyncDispose]());
  define({ opened: () => opened, known: () => known });
}

/** What a call came to that had to fail: its rejection, or the error in its only slot. Held to the rules that each error must keep. */
async function faultOf(calling: Promise<unknown>): Promise<RegistryError> {
  const outcome = await calling.catch((error: unknown) => error);
  const error = Array.isArray(outcome) && outcome.length === 1 ? (outcome[0] as unknown) : outcome;
  if (!(error instanceof Error)) throw new Error(`A fault was expected; the answer was ${JSON.stringify(outcome)}`);
  // Thrown as it is, so that a foreign error shows itself in the report.
  if (!(error instanceof RegistryError)) throw error;
  expect(error.message).not.toContain(PROXY_WORDS);
  expect(error.message).toMatch(/\S/);
  return error;
}

function expectOneOf(error: RegistryError, classes: readonly ErrorClass[]): void {
  const names = classes.map(({ name }) => name);
  expect(names, `${error.name}: ${error.message}`).toContain(error.name);
}

async function closedOrigin(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A port was expected.');
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${address.port}`;
}
