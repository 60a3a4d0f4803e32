import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { VersionRef } from '../../src/domain/refs.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';
import { engines } from '../support/engines.js';
import { type Fault, type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import type { GraphQLAnswer } from '../support/gateway.js';
import { type Around, type GatewaySetup, openGateway } from './open-gateway.js';
import { hasEngines, openRegistries, type SagaRegistry, versionIn } from './registries.js';
import { report } from './rounds.js';
import {
  decide,
  expectAgreement,
  type GovernanceKind,
  governanceKinds,
  newVersion,
  openWorld,
  untilSettled,
  type World,
} from './world.js';

// Processes that start, and engines that others use as well, on a small machine.
vi.setConfig({ testTimeout: 120_000 });

// The governance store or a registry is away, refuses, or does something else than it says.

const TIMES = { startWithinMs: 1_500, writeMs: 2_000, sweepMs: 100 };
const FAILED = ['GATEWAY APPROVED FAILED'];
const WRITTEN = ['GATEWAY APPROVED WRITTEN'];

let registries: readonly SagaRegistry[];
let finished = 0;

beforeAll(async () => {
  registries = await openRegistries();
});
afterAll(async () => {
  report('outages and refusals around a decision', finished);
  for (const registry of registries ?? []) await registry[Symbol.asyncDispose]();
});

/** A case on each registry, side by side, each with a governance store and a gateway of its own. */
async function onEach(governance: GovernanceKind, run: (world: World, registry: SagaRegistry) => Promise<void>) {
  await Promise.all(
    registries.map(async (registry) => {
      await using world = await openWorld([registry], { governance, times: TIMES });
      await run(world, registry);
      finished += 1;
    }),
  );
}

describe.skipIf(!hasEngines)('the governance store is away', () => {
  it.concurrent.each(governanceKinds)('before the intent, %s: no call to the registry', (governance) =>
    onEach(governance, async (world, registry) => {
      const ref = await newVersion(registry);
      await using upstream = await startFaultProxy(registry.origin);
      const away = await awayFromTheStart(world, governance);
      const setup = { ...world.setup, governance: away, registries: [registry.through(upstream.origin)] };
      await using gateway = await openGateway(setup);
      const { errors } = await decide(gateway.url, ref, { to: 'APPROVED', idempotencyKey: 'k'.repeat(16) });
      expect(errors).toMatchObject([{ extensions: { code: 'LEDGER_UNAVAILABLE', retryable: true } }]);
      const unkeyed = await decide(gateway.url, ref, { to: 'APPROVED' });
      expect(unkeyed.errors).toMatchObject([{ extensions: { code: 'LEDGER_UNAVAILABLE', retryable: true } }]);
      expect(upstream.requests).toEqual([]);
      await expectAgreement(world, registry, ref, { status: 'PENDING', entries: [] });
    }),
  );

  it.concurrent.each(governanceKinds)('after the write, %s: settled when it is back', (governance) =>
    onEach(governance, async (world, registry) => {
      const ref = await newVersion(registry);
      await using store = await switchable(world, governance);
      const adapter = afterDecide(async () => store.goAway());
      await using gateway = await openGateway({ ...world.setup, governance: store.governance }, { adapter });
      const answer = await decide(gateway.url, ref, { to: 'APPROVED' });
      expectIntended(answer, 'LEDGER_UNAVAILABLE');
      expect((await versionIn(registry.adapter, ref)).approvalStatus).toBe('APPROVED');
      store.comeBack();
      await untilSettled(world);
      await expectAgreement(world, registry, ref, { status: 'APPROVED', entries: WRITTEN });
    }),
  );
});

describe.skipIf(!hasEngines)('the registry', () => {
  const LATE: Fault = { kind: 'delay', ms: TIMES.writeMs + 500 };

  it.concurrent.each([
    { name: 'is away', fault: { kind: 'reset' }, code: 'UPSTREAM_UNAVAILABLE' },
    { name: 'does not answer', fault: { kind: 'hang' }, code: 'UPSTREAM_TIMEOUT' },
    { name: 'takes the write late', fault: LATE, code: 'UPSTREAM_TIMEOUT' },
    { name: 'answers with a web page', fault: { kind: 'html' }, code: 'UPSTREAM_INVALID' },
  ] as const)('$name at the write: carried out when it is back', ({ fault, code }) =>
    onEach('sqlite', async (world, registry) => {
      await behindProxy(world, registry, async (gateway, upstream, ref) => {
        upstream.inject(fault, { match: registry.wire.decide });
        expectIntended(await decide(gateway, ref, { to: 'APPROVED' }), code);
        upstream.reset();
        await untilSettled(world);
        await expectAgreement(world, registry, ref, { status: 'APPROVED', entries: WRITTEN });
      });
    }),
  );

  it('refuses the write: FAILED, and it can be decided again', () =>
    onEach('sqlite', async (world, registry) => {
      await behindProxy(world, registry, async (gateway, upstream, ref) => {
        const json = { __type: 'AccessDeniedException', error_code: 'PERMISSION_DENIED', message: 'no' };
        upstream.inject({ kind: 'status', status: 403, json }, { match: registry.wire.decide });
        const { errors } = await decide(gateway, ref, { to: 'APPROVED' });
        expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', registryId: registry.id } }]);
        await expectAgreement(world, registry, ref, { status: 'PENDING', entries: FAILED });
        upstream.reset();
        expect((await decide(gateway, ref, { to: 'APPROVED' })).errors).toEqual([]);
        await expectAgreement(world, registry, ref, { status: 'APPROVED', entries: [...FAILED, ...WRITTEN] });
        await untilSettled(world);
      });
    }));

  it.each([
    { reads: 'what was there before', status: 'PENDING', code: 'UPSTREAM_INVALID', found: [] },
    { reads: 'a third thing', status: 'REJECTED', code: 'CONFLICT', found: ['OUT_OF_BAND REJECTED WRITTEN'] },
  ] as const)('takes the write and reads back $reads: FAILED', ({ status, code, found }) =>
    onEach('sqlite', async (world, registry) => {
      const ref = await newVersion(registry);
      const adapter = afterDecide(() => registry.setStatus(ref, status));
      await using gateway = await openGateway(world.setup, { adapter });
      const { errors } = await decide(gateway.url, ref, { to: 'APPROVED' });
      expect(errors).toMatchObject([{ extensions: { code, registryId: registry.id } }]);
      await expectAgreement(world, registry, ref, { status, entries: [...FAILED, ...found] });
      await untilSettled(world);
      expect((await decide(gateway.url, ref, { to: 'APPROVED', expectedStatus: status })).errors).toEqual([]);
      await expectAgreement(world, registry, ref, { status: 'APPROVED', entries: [...FAILED, ...found, ...WRITTEN] });
    }),
  );
});

/** What it reads back is read once more after `act`. */
function afterDecide(act: () => Promise<void>): NonNullable<Around['adapter']> {
  let isFirst = true;
  return (inner) =>
    new Proxy<RegistryAdapter>(inner, {
      get: (target, key) => {
        if (key !== 'decide') return Reflect.get(target, key);
        const decideAndAct: RegistryAdapter['decide'] = async (write, options) => {
          await target.decide(write, options);
          if (isFirst) {
            isFirst = false;
            await act();
          }
          return versionIn(target, write.version);
        };
        return decideAndAct;
      },
    });
}

async function behindProxy(
  world: World,
  registry: SagaRegistry,
  run: (gateway: string, upstream: FaultProxy, ref: VersionRef) => Promise<void>,
): Promise<void> {
  const ref = await newVersion(registry);
  await using upstream = await startFaultProxy(registry.origin);
  await using gateway = await openGateway({ ...world.setup, registries: [registry.through(upstream.origin)] });
  await run(gateway.url, upstream, ref);
}

function expectIntended({ data, errors }: GraphQLAnswer, code: string): void {
  expect(errors).toEqual([]);
  const { approval, problem } = data.decided;
  expect({ state: approval.state, problem }).toMatchObject({ state: 'INTENDED', problem: { code } });
}

/** A folder is no SQLite file; and nobody listens at port 1. */
async function awayFromTheStart({ setup }: World, kind: GovernanceKind): Promise<GatewaySetup['governance']> {
  const { store } = setup.governance;
  const broken =
    kind === 'sqlite' ? { kind, file: setup.directory } : { ...Object(store), endpoint: 'http://127.0.0.1:1' };
  return { ...setup.governance, store: broken, timeoutMs: 500 };
}

interface Switchable extends AsyncDisposable {
  readonly governance: GatewaySetup['governance'];
  goAway(): void;
  comeBack(): void;
}

/** SQLite: somebody else has the file locked. */
async function switchable({ setup }: World, kind: GovernanceKind): Promise<Switchable> {
  const { governance, directory } = setup;
  const { dynamodb } = engines();
  if (kind === 'sqlite' || dynamodb === null) {
    const file = new DatabaseSync(join(directory, '.registrar/governance.sqlite'));
    return {
      governance: { ...governance, timeoutMs: 500 },
      goAway: () => file.exec('begin immediate'),
      comeBack: () => file.exec('commit'),
      [Symbol.asyncDispose]: async () => file.close(),
    };
  }
  const proxy = await startFaultProxy(dynamodb.endpoint);
  return {
    governance: { ...governance, store: { ...Object(governance['store']), endpoint: proxy.origin } },
    goAway: () => proxy.inject({ kind: 'reset' }),
    comeBack: () => proxy.reset(),
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  };
}
