import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { App } from '../../src/app.js';
import { NotFoundError, TimeoutError } from '../../src/domain/errors.js';
import { type ModelRef, modelId, modelOf, versionId } from '../../src/domain/refs.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';
import { type GraphQLAnswer, postGraphQL } from '../support/gateway.js';
import { memoryRegistry } from './memory-registry.js';
import { openGateway } from './open-gateway.js';
import { type GatewayProcesses, openProcesses } from './processes.js';
import { call, hasEngines, openRegistries, type SagaRegistry } from './registries.js';
import { isThorough, report } from './rounds.js';
import { pointsOf, quiet } from './steps.js';
import type { Point } from './stop-at.js';
import { until } from './until.js';
import { newVersion, newVersions, openWorld, type World } from './world.js';

// Processes that start, and engines that others use as well, on a small machine.
vi.setConfig({ testTimeout: 120_000 });

// A gateway is killed while it makes or deletes something, and is asked for the very same again once it is back.

// An attempt is given up after four times as long as a write may take.
const TIMES = { startWithinMs: 2_000, writeMs: 2_000, sweepMs: 60_000 };

let registries: readonly SagaRegistry[];
let processes: GatewayProcesses;
let world: World;
let gateway: App;
let finished = 0;
const stack = new AsyncDisposableStack();

beforeAll(async () => {
  if (!hasEngines) return;
  [processes, registries] = await Promise.all([openProcesses(), openRegistries()]);
  for (const registry of registries) stack.use(registry);
  stack.use(processes);
  world = stack.use(await openWorld(registries, { governance: 'sqlite', times: TIMES }));
  gateway = stack.use(await openGateway(world.setup));
});
afterAll(async () => {
  report('SIGKILL or SIGSTOP while something is made or deleted, and the same request again', finished);
  await stack.disposeAsync();
});

interface Request {
  readonly query: string;
  readonly variables: { readonly input: Readonly<Record<string, unknown>> };
}

const REGISTER = `mutation ($input: RegisterModelVersionInput!) {
  made: registerModelVersion(input: $input) { id: modelVersionId replayed problem { code } } }`;
const CREATE = 'mutation ($input: CreateModelInput!) { made: createModel(input: $input) { id: modelId replayed } }';
const CLEAN_UP = `mutation ($input: DeleteModelVersionsInput!) {
  cleaned: deleteModelVersions(input: $input) { confirmationToken deletedIds refused { modelVersionId } } }`;

const MAKING = [
  { name: 'before the request arrives', on: 'wire', when: 'before' },
  { name: 'when it has arrived and is not answered', on: 'wire', when: 'after' },
  { name: 'when it is made and not recorded', on: 'adapter', when: 'after' },
] as const;

function pointOf(wire: string, method: string, { on, when }: (typeof MAKING)[number]): Point {
  return { call: on === 'wire' ? `wire ${wire}` : `adapter.${method}`, when, nth: 1 };
}

describe.skipIf(!hasEngines)('standing still while making', () => {
  it.concurrent.each(isThorough ? MAKING : MAKING.slice(0, 2))(
    'a version, $name, and the same request again meanwhile: there is one',
    async (at) => {
      const taking = registries.filter(({ createsOnce }) => createsOnce || at.when === 'after');
      const models = await newModels(taking);
      const requests = registrations(models);
      const points = pointsOf(taking, ({ wire }) => pointOf(wire.registerVersion, 'registerVersion', at));
      const held = await processes.start(quiet(world.setup), { signal: 'SIGSTOP', points });
      const answers = [...requests.values()].map((request) => ask(held.url, request));
      await held.stopped;
      const made = new Map<SagaRegistry, string>();
      await onEach(async (registry) => void made.set(registry, await repeated(requests.get(registry))), taking);
      held.goOn();
      await Promise.all(answers);
      for (const registry of taking) {
        expect((await versionsOf(registry, models.get(registry))).slice(1)).toEqual([made.get(registry)]);
      }
    },
  );
});

describe.skipIf(!hasEngines)('killed while making', () => {
  it.concurrent.each(MAKING)('a version, $name: there is one', async (at) => {
    const models = await newModels();
    const requests = registrations(models);
    await killed(requests, ({ wire }) => pointOf(wire.registerVersion, 'registerVersion', at));
    await onEach(async (registry) => {
      const id = await repeated(requests.get(registry));
      expect((await versionsOf(registry, models.get(registry))).slice(1)).toEqual([id]);
    });
  });

  it.concurrent.each(isThorough ? MAKING : MAKING.slice(1))(
    'a model, $name: it is there, and it is ours',
    async (at) => {
      const requests = new Map(
        registries.map((registry) => {
          const input = { registryId: registry.id, name: `saga-${randomUUID()}`, idempotencyKey: randomUUID() };
          return [registry, { query: CREATE, variables: { input } }];
        }),
      );
      await killed(requests, ({ wire }) => pointOf(wire.createModel, 'createModel', at));
      await onEach(async (registry) => {
        const request = requests.get(registry);
        expect(await repeated(request)).toBe(`${registry.id}/${request?.variables.input['name']}`);
      });
    },
  );
});

it('makes one version though the second attempt is refused before it can look for what the first has made', async () => {
  const registry = memoryRegistry();
  await using own = await openWorld([registry], { governance: 'sqlite', times: TIMES });
  const { adapter } = registry;
  let attempts = 0;
  const registerVersion: RegistryAdapter['registerVersion'] = async (input, options) => {
    attempts += 1;
    if (attempts === 2) throw new NotFoundError('It is not there for a moment.', { registryId: registry.id });
    const made = await adapter.registerVersion(input, options);
    if (attempts === 1) throw new TimeoutError('The answer is lost.', { registryId: registry.id });
    return made;
  };
  await using unsteady = await openGateway(own.setup, { adapter: () => ({ ...adapter, registerVersion }) });
  const model = modelOf(await newVersion(registry));
  const request = registrations(new Map([[registry, model]])).get(registry);
  const codes: unknown[] = [];
  for (const _ of [1, 2, 3]) codes.push((await ask(unsteady.url, request)).errors[0]?.extensions.code ?? null);
  expect(codes).toEqual(['UPSTREAM_TIMEOUT', 'NOT_FOUND', null]);
  expect(await versionsOf(registry, model)).toHaveLength(2);
  finished += 1;
});

it.skipIf(!hasEngines)('killed half-way through a clean-up: the same again deletes the rest', async () => {
  const requests = new Map<SagaRegistry, Request>();
  const versions = new Map<SagaRegistry, readonly string[]>();
  for (const registry of registries) {
    const refs = await newVersions(registry, 3);
    const ids = refs.map(versionId);
    const [model] = refs.map((ref) => modelId(modelOf(ref)));
    const filter = { modelIds: [model] };
    const { data } = await ask(gateway.url, { query: CLEAN_UP, variables: { input: { filter } } });
    expect(data.cleaned.deletedIds).toEqual(expect.arrayContaining(ids));
    const { confirmationToken } = data.cleaned;
    versions.set(registry, ids);
    requests.set(registry, { query: CLEAN_UP, variables: { input: { filter, dryRun: false, confirmationToken } } });
  }
  await killed(requests, () => ({ call: 'adapter.deleteVersion', when: 'after', nth: 2 }));
  await onEach(async (registry) => {
    const ids = versions.get(registry) ?? [];
    const request = requests.get(registry);
    const model = { registryId: registry.id, name: ids[0]?.split('/')[1] ?? '' };
    expect(await versionsOf(registry, model)).toHaveLength(1);
    const { data, errors } = await ask(gateway.url, request);
    expect(errors).toEqual([]);
    expect(data.cleaned).toMatchObject({ refused: [], deletedIds: expect.arrayContaining([...ids]) });
    expect(await versionsOf(registry, model)).toEqual([]);
  });
});

/** Each with a version that was there before. */
async function newModels(over = registries): Promise<ReadonlyMap<SagaRegistry, ModelRef>> {
  const models = new Map<SagaRegistry, ModelRef>();
  for (const registry of over) models.set(registry, modelOf(await newVersion(registry)));
  return models;
}

function registrations(models: ReadonlyMap<SagaRegistry, ModelRef>): ReadonlyMap<SagaRegistry, Request> {
  return new Map(
    [...models].map(([registry, model]) => {
      const { artifacts } = registry;
      const input = { modelId: modelId(model), artifacts, idempotencyKey: randomUUID() };
      return [registry, { query: REGISTER, variables: { input } }];
    }),
  );
}

async function onEach(run: (registry: SagaRegistry) => Promise<void>, over = registries): Promise<void> {
  await Promise.all(
    over.map(async (registry) => {
      await run(registry);
      finished += 1;
    }),
  );
}

/** Asks a gateway on every registry, which is killed when each has come as far. */
async function killed(
  requests: ReadonlyMap<SagaRegistry, Request>,
  point: (registry: SagaRegistry) => Point,
): Promise<void> {
  const points = pointsOf(registries, point);
  const dying = await processes.start(quiet(world.setup), { signal: 'SIGKILL', points });
  const unanswered = [...requests.values()].map((request) =>
    ask(dying.url, request).then(
      (answer) => Promise.reject(new Error(`It was answered: ${JSON.stringify(answer)}`)),
      () => {},
    ),
  );
  await Promise.all([dying.stopped, ...unanswered]);
}

/** The same request again and again, as a client does that is told to; and once more when it was answered. @returns What it has made. */
async function repeated(request: Request | undefined): Promise<string> {
  const made = await until('the first attempt is given up', async () => {
    const { data, errors } = await ask(gateway.url, request);
    const [error] = errors;
    if (error === undefined) return data.made;
    expect(error.extensions, error.message).toMatchObject({ code: 'CONFLICT', retryable: true });
    return undefined;
  });
  expect(made).toMatchObject({ replayed: false });
  const { data, errors } = await ask(gateway.url, request);
  expect(errors).toEqual([]);
  expect(data.made).toMatchObject({ id: made.id, replayed: true });
  return made.id;
}

async function versionsOf({ adapter }: SagaRegistry, model: ModelRef | undefined): Promise<readonly string[]> {
  if (model === undefined) throw new Error('No model was made.');
  const order = { field: 'NUMBER', direction: 'ASC' } as const;
  const { items } = await adapter.listVersions({ model, order, limit: 50 }, call());
  return items.map(({ ref }) => versionId(ref));
}

function ask(url: string, request: Request | undefined): Promise<GraphQLAnswer> {
  return postGraphQL(url, request);
}
