import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GATED_CALLS } from '../../adapters/shared/unsupported.js';
import type { RegistryCapability } from '../../src/domain/capabilities.js';
import {
  RateLimitedError,
  RegistryError,
  TimeoutError,
  UnavailableError,
  UnexpectedUpstreamError,
  UnsupportedError,
} from '../../src/domain/errors.js';
import type { ModelVersionRecord } from '../../src/domain/model.js';
import { type ModelRef, modelOf, type VersionRef } from '../../src/domain/refs.js';
import type { CallOptions, RegistryAdapter } from '../../src/domain/registry.js';
import { type Fault, type FaultProxy, PROXY_WORDS, startFaultProxy } from '../support/fault-proxy.js';
import type { OpenedRegistry, RegistryHarness } from './harness.js';
import { createModel } from './registry-changes.js';
import { newMark } from './registry-marks.js';
import { newVersion, stageNamed } from './registry-population.js';
import { call, modelListing } from './registry-walk.js';
import { everything } from './registry-writes.js';

type Operation = Exclude<
  {
    [K in keyof RegistryAdapter]: RegistryAdapter[K] extends (...args: never[]) => Promise<unknown> ? K : never;
  }[keyof RegistryAdapter],
  'check' | typeof Symbol.asyncDispose
>;

/** What the calls are about. */
interface Target {
  readonly known: ModelVersionRecord;
  /** To be deleted. */
  readonly doomed: VersionRef;
  readonly doomedModel: ModelRef;
}

const ALIAS = 'through-faults';

/** One call of each method, typed over all of them. */
const CALLS: {
  readonly [K in Operation]: (adapter: RegistryAdapter, target: Target, options: CallOptions) => Promise<unknown>;
} = {
  listModels: (adapter, _, options) =>
    adapter.listModels({ order: { field: 'NAME', direction: 'ASC' }, limit: 5 }, options),
  listVersions: (adapter, _, options) =>
    adapter.listVersions({ order: { field: 'CREATED_AT', direction: 'DESC' }, limit: 5 }, options),
  walkModels: (adapter, _, options) => adapter.walkModels({}, options),
  walkVersions: (adapter, _, options) => adapter.walkVersions({}, options),
  getModels: (adapter, { known }, options) => adapter.getModels([modelOf(known.ref)], options),
  getVersions: (adapter, { known }, options) => adapter.getVersions([known.ref], options),
  getLatestVersions: (adapter, { known }, options) => adapter.getLatestVersions([modelOf(known.ref)], options),
  findVersion: (adapter, { known }, options) => adapter.findVersion(known.nativeId, options),
  getEvidence: (adapter, { known }, options) =>
    adapter.getEvidence([known.ref], { ...options, parts: ['METRICS', 'PARAMETERS', 'REPORTS', 'MODEL_CARD'] }),
  getServing: (adapter, { known }, options) => adapter.getServing([known.ref], options),
  createModel: (adapter, _, options) => adapter.createModel({ name: 'made-through-faults' }, options),
  registerVersion: (adapter, { known }, options) =>
    adapter.registerVersion(newVersion(adapter, modelOf(known.ref), 9), options),
  updateModel: (adapter, { known }, options) => {
    const tags = { setTags: [{ key: 'tier', value: 'gold' }] };
    const change = adapter.capabilities.UPDATE_MODEL_DESCRIPTION ? { description: 'Changed' } : tags;
    return adapter.updateModel({ model: modelOf(known.ref), ...change }, options);
  },
  deleteModel: (adapter, { doomedModel }, options) => adapter.deleteModel(doomedModel, options),
  updateVersion: (adapter, { known }, options) => {
    const metadata = { setMetadata: [{ key: 'tier', value: 'gold' }] };
    const change = adapter.capabilities.UPDATE_VERSION_DESCRIPTION ? { description: 'Changed' } : metadata;
    return adapter.updateVersion({ version: known.ref, ...change }, options);
  },
  deleteVersion: (adapter, { doomed }, options) => adapter.deleteVersion(doomed, options),
  decide: (adapter, { known }, options) =>
    adapter.decide({ version: known.ref, incarnation: known.incarnation, mark: newMark() }, options),
  setAlias: (adapter, { known }, options) => adapter.setAlias({ version: known.ref, alias: ALIAS }, options),
  deleteAlias: (adapter, { known }, options) =>
    adapter.deleteAlias({ model: modelOf(known.ref), alias: ALIAS }, options),
  setStage: (adapter, { known }, options) =>
    adapter.setStage({ version: known.ref, stage: stageNamed(adapter.limits.stages, 'Staging') }, options),
};
const OPERATIONS = Object.keys(CALLS) as Operation[];

/** Their answers hold nothing, so there is nothing to be cut short or of another shape: such an answer may pass. */
const WITHOUT_ANSWER: readonly Operation[] = ['deleteModel', 'deleteVersion'];

type ErrorClass = abstract new (...args: never[]) => RegistryError;

interface FaultCase {
  readonly name: string;
  readonly fault: Fault;
  readonly becomes: readonly ErrorClass[];
  readonly retryAfterMs?: number;
  /** Whether it happens to what the answer holds, and to nothing else. */
  readonly isOfContent?: boolean;
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
    isOfContent: true,
  },
  {
    name: 'a body cut short',
    fault: { kind: 'truncate' },
    becomes: [UnavailableError, UnexpectedUpstreamError],
    isOfContent: true,
  },
  { name: 'a reset connection', fault: { kind: 'reset' }, becomes: [UnavailableError] },
];

/** Cases that need no network: a call that has been ended already. */
export function describeCancelled(harness: RegistryHarness): void {
  describeWithTarget(harness, ({ opened, target }) => {
    it.each(OPERATIONS)('%s', async (operation) => {
      const { adapter } = opened();
      const before = await everything(adapter);
      const error = await faultOf(CALLS[operation](adapter, target(), call({ signal: AbortSignal.abort() })));
      expect(error).toBeInstanceOf(isOn(adapter, operation) ? TimeoutError : UnsupportedError);
      expect(error).toMatchObject({ registryId: adapter.id, operation });
      expect(await everything(adapter), 'writes nothing').toEqual(before);
    });

    it('gives the reason that the signal gives, where that says more', async () => {
      const reason = new UnavailableError('The registry is being removed from the config.');
      for (const operation of OPERATIONS.filter((each) => isOn(opened().adapter, each))) {
        const options = call({ signal: AbortSignal.abort(reason) });
        expect(await faultOf(CALLS[operation](opened().adapter, target(), options)), operation).toBe(reason);
      }
    });
  });
}

/** A proxy between the adapter and its real engine does to its requests what networks and servers do. */
export function describeFaults(harness: RegistryHarness): void {
  describeWithTarget(harness, ({ opened, target, prepare }) => {
    let proxy: FaultProxy;
    let adapter: RegistryAdapter;
    /** Calls that reach the engine: a registry that does not know what serves its versions says so at once. */
    let reaches: (operation: Operation) => boolean;

    beforeAll(async () => {
      proxy = await startFaultProxy(opened().origin ?? '');
      adapter = opened().through(proxy.origin);
      // Credentials and connections are made now, so that the faults meet the calls themselves.
      await CALLS.listModels(adapter, target(), call());
      proxy.reset();
      await CALLS.getServing(adapter, target(), call());
      const asksWhatServes = proxy.requests.length > 0;
      reaches = (operation) => isOn(adapter, operation) && (operation !== 'getServing' || asksWhatServes);
    });
    afterEach(() => proxy.reset());
    afterAll(async () => {
      await adapter[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    });

    describe.each(FAULTS)('$name', ({ fault, becomes, retryAfterMs, isOfContent }) => {
      it.each(OPERATIONS)('%s', async (operation) => {
        if (!reaches(operation)) return;
        const prepared = await prepare(operation);
        proxy.inject(fault);
        const calling = CALLS[operation](adapter, prepared, call());
        if (isOfContent === true && WITHOUT_ANSWER.includes(operation) && (await passes(calling))) return;
        const error = await faultOf(calling);
        expectOneOf(error, becomes);
        expect(error).toMatchObject({ registryId: adapter.id, operation });
        if (retryAfterMs !== undefined) expect(error.retryAfterMs).toBe(retryAfterMs);
        expect(proxy.requests.length, 'no retries: they belong to the wrappers').toBeLessThanOrEqual(MOST_REQUESTS);
      });

      it('a first call, which may have to sign in', async () => {
        await using fresh = opened().through(proxy.origin);
        proxy.inject(fault);
        expectOneOf(await faultOf(CALLS.listModels(fresh, target(), call())), becomes);
        proxy.reset();
        expect(await CALLS.listModels(fresh, target(), call()), 'and recovers').toMatchObject({ hasMore: false });
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
        if (!reaches(operation)) return;
        const prepared = await prepare(operation);
        proxy.inject({ kind: 'hang' });
        const controller = new AbortController();
        const fault = faultOf(CALLS[operation](adapter, prepared, call({ signal: controller.signal })));
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
        const fault = faultOf(CALLS.listModels(fresh, target(), call({ signal: controller.signal })));
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
      if (!reaches(operation)) return;
      await using unreachable = opened().through(await closedOrigin());
      const error = await faultOf(CALLS[operation](unreachable, target(), call()));
      expect(error).toBeInstanceOf(UnavailableError);
      expect(error).toMatchObject({ registryId: adapter.id, operation });
    });

    it('a refused connection: check() says so', async () => {
      await using unreachable = opened().through(await closedOrigin());
      expect((await unreachable.check(call())).some(({ ok }) => !ok)).toBe(true);
    });

    it('a call that was ended already asks for nothing', async () => {
      for (const operation of OPERATIONS) {
        await faultOf(CALLS[operation](adapter, target(), call({ signal: AbortSignal.abort() })));
      }
      expect(proxy.requests).toEqual([]);
    });

    it('a slow engine is waited for', async () => {
      proxy.inject({ kind: 'delay', ms: 200 });
      const { known } = target();
      expect(await adapter.getVersions([known.ref], call())).toMatchObject([{ ref: known.ref }]);
    });

    it('one failed page does not end a walk', async () => {
      const listing = modelListing(adapter, { direction: 'ASC' });
      proxy.inject({ kind: 'status', status: 503 }, { times: 1 });
      await faultOf(listing.page(1));
      expect((await listing.page(1)).items).toHaveLength(1);
    });
  });
}

/** The most requests that one call of the cases above may begin before it hears of its first fault: parallel ones, never a repeat. */
const MOST_REQUESTS = 3;

interface Fixture {
  readonly opened: () => OpenedRegistry;
  readonly target: () => Target;
  /** A target to which the operation can happen: what an earlier call has deleted on its way to a fault is there again. */
  readonly prepare: (operation: Operation) => Promise<Target>;
}

function describeWithTarget(harness: RegistryHarness, define: (fixture: Fixture) => void): void {
  let opened: OpenedRegistry;
  let known: ModelVersionRecord;
  let doomed: VersionRef;
  let doomedModel: ModelRef;
  beforeAll(async () => {
    opened = await harness.open();
    const model = await createModel(opened, 'known');
    known = await opened.adapter.registerVersion(newVersion(opened.adapter, model, 1), call());
    doomed = known.ref;
    doomedModel = await createModel(opened, 'known-and-empty');
  });
  afterAll(() => opened[Symbol.asyncDispose]());

  const target = (): Target => ({ known, doomed, doomedModel });
  define({
    opened: () => opened,
    target,
    prepare: async (operation) => {
      const { adapter } = opened;
      const model = modelOf(known.ref);
      if (operation === 'deleteVersion') {
        doomed = (await adapter.registerVersion(newVersion(adapter, model, 2), call())).ref;
      }
      if (operation === 'deleteModel') {
        const [found] = await adapter.getModels([doomedModel], call({ consistency: 'strong' }));
        if (found === null) doomedModel = await createModel(opened, doomedModel.name);
      }
      if (operation === 'deleteAlias') await opened.setAlias(known.ref, ALIAS);
      return target();
    },
  });
}

/** Whether the adapter makes this call at all; where it does not, it refuses without asking (see the gated calls). */
function isOn({ capabilities }: RegistryAdapter, operation: Operation): boolean {
  if (!(operation in GATED_CALLS)) return true;
  const gates: readonly RegistryCapability[] = GATED_CALLS[operation as keyof typeof GATED_CALLS];
  return gates.some((gate) => capabilities[gate]);
}

function passes(calling: Promise<unknown>): Promise<boolean> {
  return calling.then(
    () => true,
    () => false,
  );
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
