import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RateLimitedError, UnavailableError } from '../../src/domain/errors.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';
import { type AdapterOperation, wrapCalls } from '../../src/wrappers/around.js';
import { type Desk, type DeskOptions, openDesk } from './support.js';

const KEY = 'b1f6a2de-0000-4000-8000-000000000001';
const models: DeskOptions['models'] = [
  { name: 'churn', statuses: ['PENDING', 'PENDING'], aliases: { champion: 1 } },
  { name: 'empty', statuses: [] },
];
const MODEL = 'modelId replayed problem { code } model { name description }';
const VERSION = 'modelVersionId replayed problem { code } modelVersion { description }';

/** Each mutation with the one call that it writes by. */
const MUTATIONS: readonly [
  field: string,
  operation: AdapterOperation,
  input: Record<string, unknown>,
  selection: string,
][] = [
  ['createModel', 'createModel', { registryId: 'east', name: 'fresh' }, MODEL],
  ['updateModel', 'updateModel', { modelId: 'east/churn', description: 'x' }, MODEL],
  [
    'deleteModel',
    'deleteModel',
    { modelId: 'east/churn', cascade: true },
    'replayed deletedModelId deletedVersionIds refused { modelVersionId }',
  ],
  [
    'registerModelVersion',
    'registerVersion',
    { modelId: 'east/churn', artifacts: [{ uri: 's3://x' }] },
    `${VERSION} evaluation { verdict evaluatedAt }`,
  ],
  ['updateModelVersion', 'updateVersion', { modelVersionId: 'east/churn/1', description: 'x' }, VERSION],
  ['deleteModelVersion', 'deleteVersion', { modelVersionId: 'east/churn/1' }, 'replayed deletedModelVersionId'],
  [
    'setModelAlias',
    'setAlias',
    { modelVersionId: 'east/churn/2', alias: 'champion', expected: { version: '1' } },
    `${MODEL} previousVersion`,
  ],
  ['deleteModelAlias', 'deleteAlias', { modelId: 'east/churn', alias: 'champion', expected: { version: '1' } }, MODEL],
  ['setModelVersionStage', 'setStage', { modelVersionId: 'east/churn/1', stage: 'Live', expectedStage: null }, VERSION],
  [
    'approveModelVersion',
    'decide',
    { modelVersionId: 'east/churn/1', expectedStatus: 'PENDING' },
    `${VERSION} approval { id state }`,
  ],
];

describe('a request with a key', () => {
  let desk: Desk;
  beforeEach(async () => {
    desk = await openDesk({ models });
  });
  afterEach(() => desk[Symbol.asyncDispose]());

  it.each(MUTATIONS)('%s gives its first result again, and writes once', async (field, operation, input, selection) => {
    const first = await desk.mutate('root', field, { ...input, idempotencyKey: KEY }, selection);
    expect(first).toMatchObject({ error: undefined, payload: { replayed: false } });
    const again = await desk.mutate('root', field, { ...input, idempotencyKey: KEY }, selection);
    expect(again.error).toBeUndefined();
    expect(again.payload).toEqual({ ...first.payload, replayed: true });
    expect(desk.registry.calls.get(operation)).toBe(1);
    // Without the key it is a new intent.
    await desk.mutate('root', field, input, selection);
    expect(desk.registry.calls.get(operation) ?? 0).toBeGreaterThanOrEqual(
      operation.startsWith('delete') || operation === 'decide' ? 1 : 2,
    );
  });

  it('shows what is there now, not what was then', async () => {
    const input = { modelId: 'east/churn', description: 'first', idempotencyKey: KEY };
    await desk.mutate('root', 'updateModel', input);
    desk.store.updateModel('churn', { description: 'later' });
    expect((await desk.mutate('root', 'updateModel', input, MODEL)).payload).toMatchObject({
      replayed: true,
      model: { description: 'later' },
    });
    desk.store.deleteModel('churn');
    expect((await desk.mutate('root', 'updateModel', input, MODEL)).payload).toEqual({
      modelId: 'east/churn',
      replayed: true,
      model: null,
      problem: { code: 'NOT_FOUND' },
    });
  });

  it('shows what could not be read again as a problem', async () => {
    const input = { modelId: 'east/churn', description: 'first', idempotencyKey: KEY };
    await desk.mutate('root', 'updateModel', input);
    desk.registry.cause({
      kind: 'fail',
      error: new UnavailableError('Registry east is down.', { registryId: 'east' }),
    });
    expect((await desk.mutate('root', 'updateModel', input, MODEL)).payload).toMatchObject({
      replayed: true,
      model: null,
      problem: { code: 'UPSTREAM_UNAVAILABLE' },
    });
  });

  it('is refused with another input, and null is as good as absent', async () => {
    const input = { registryId: 'east', name: 'fresh', idempotencyKey: KEY };
    await desk.mutate('root', 'createModel', { ...input, description: null });
    expect((await desk.mutate('root', 'createModel', input)).payload).toEqual({ replayed: true });
    const { error } = await desk.mutate('root', 'createModel', { ...input, description: 'other' });
    expect(error?.extensions).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED', retryable: false });
    // In a change null is not absent: it clears.
    const change = { modelId: 'east/churn', idempotencyKey: KEY };
    await desk.mutate('root', 'updateModel', change);
    expect((await desk.mutate('root', 'updateModel', { ...change, description: null })).error?.extensions.code).toBe(
      'IDEMPOTENCY_KEY_REUSED',
    );
  });

  it('is refused with text that is none, as it is without a key', async () => {
    for (const key of [{}, { idempotencyKey: KEY }]) {
      const { error } = await desk.mutate('root', 'updateModel', {
        modelId: 'east/churn',
        description: 'half of \ud83d',
        ...key,
      });
      expect(error?.extensions.code).toBe('BAD_USER_INPUT');
    }
  });

  it('is told to wait while the first one runs', async () => {
    desk.registry.cause({ kind: 'slow', ms: 400 }, { operations: ['createModel'] });
    const input = { registryId: 'east', name: 'fresh', idempotencyKey: KEY };
    const first = desk.mutate('root', 'createModel', input);
    await vi.waitUntil(() => desk.registry.calls.get('createModel') === 1);
    const second = await desk.mutate('root', 'createModel', input);
    expect(second.error?.extensions).toMatchObject({ code: 'CONFLICT', retryable: true });
    expect((await desk.mutate('root', 'createModel', { ...input, description: 'x' })).error?.extensions.code).toBe(
      'IDEMPOTENCY_KEY_REUSED',
    );
    expect((await first).payload).toEqual({ replayed: false });
    expect((await desk.mutate('root', 'createModel', input)).payload).toEqual({ replayed: true });
    expect(desk.registry.calls.get('createModel')).toBe(1);
  });

  it('sent many times at once has one effect', async () => {
    const input = { modelId: 'east/churn', artifacts: [{ uri: 's3://x' }], idempotencyKey: KEY };
    const attempts = await Promise.all(
      Array.from({ length: 8 }, () => desk.mutate('root', 'registerModelVersion', input)),
    );
    const outcomes = attempts.map(({ payload, error }) => error?.extensions.code ?? payload.replayed);
    expect(outcomes.filter((outcome) => outcome === false)).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'CONFLICT' || outcome === true)).toHaveLength(7);
    expect(desk.store.model('churn')?.versions.size).toBe(3);
  });

  it.each([
    [0, false],
    [15, false],
    [16, true],
    [128, true],
    [129, false],
  ])('of %i characters is taken: %s', async (length, isTaken) => {
    const input = { modelId: 'east/churn', description: 'x', idempotencyKey: 'k'.repeat(length) };
    const { error } = await desk.mutate('root', 'updateModel', input);
    expect(error?.extensions.code).toBe(isTaken ? undefined : 'BAD_USER_INPUT');
    expect(desk.registry.calls.get('updateModel')).toBe(isTaken ? 1 : undefined);
  });

  it('is its own in each mutation and for each caller', async () => {
    const approve = { modelVersionId: 'east/churn/1', expectedStatus: 'PENDING', idempotencyKey: KEY };
    await desk.mutate('root', 'updateModel', { modelId: 'east/churn', description: 'x', idempotencyKey: KEY });
    expect((await desk.mutate('root', 'approveModelVersion', approve)).payload).toEqual({ replayed: false });
    expect(
      (await desk.mutate('root', 'rejectModelVersion', { ...approve, expectedStatus: 'APPROVED' })).payload,
    ).toEqual({ replayed: false });
    // Somebody else with the same key is told nothing of the first.
    expect(
      (await desk.mutate('carl', 'updateModel', { modelId: 'east/churn', description: 'y', idempotencyKey: KEY }))
        .payload,
    ).toEqual({ replayed: false });
  });

  it('that changed nothing leaves the key free for a better input', async () => {
    const input = { registryId: 'east', idempotencyKey: KEY };
    expect((await desk.mutate('root', 'createModel', { ...input, name: 'churn' })).error?.extensions.code).toBe(
      'CONFLICT',
    );
    expect((await desk.mutate('root', 'createModel', { ...input, name: 'fresh' })).payload).toEqual({
      replayed: false,
    });
  });

  it('is not answered to who may do it no more', async () => {
    const input = { modelId: 'east/churn', description: 'x', idempotencyKey: KEY };
    const ask = async (groups: readonly string[]) =>
      desk.gateway.query(
        'mutation ($input: UpdateModelInput!) { updateModel(input: $input) { replayed } }',
        { input },
        { Authorization: `Bearer ${await desk.token('carl', groups)}` },
      );
    expect((await ask(['contributors'])).errors).toEqual([]);
    expect((await ask(['viewers'])).errors[0]?.extensions.code).toBe('FORBIDDEN');
    expect((await ask(['churn-team'])).data.updateModel.replayed).toBe(true);
  });
});

describe('a key', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is kept for 24 hours', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    await using desk = await openDesk({ models });
    const input = { modelId: 'east/churn', description: 'x', idempotencyKey: KEY };
    const hours = (count: number) => vi.setSystemTime(Date.now() + count * 3_600_000);
    await desk.mutate('root', 'updateModel', input);
    hours(23.9);
    expect((await desk.mutate('root', 'updateModel', input)).payload).toEqual({ replayed: true });
    hours(0.2);
    expect((await desk.mutate('root', 'updateModel', { ...input, description: 'y' })).payload).toEqual({
      replayed: false,
    });
  });
});

/** The first call of that operation takes effect and its answer is lost. */
function losing(operation: AdapterOperation, error: Error) {
  return (adapter: RegistryAdapter): RegistryAdapter => {
    let isLost = false;
    return wrapCalls(adapter, async (called, options, run) => {
      const result = await run(options);
      if (called !== operation || isLost) return result;
      isLost = true;
      throw error;
    });
  };
}

describe('a request whose answer was lost', () => {
  const withoutDecision = MUTATIONS.filter(([, operation]) => operation !== 'decide');
  const faults = [
    new UnavailableError('Registry east hung up.', { registryId: 'east' }),
    // Of the second of several calls, perhaps.
    new RateLimitedError('Registry east asks for fewer calls.', { registryId: 'east' }),
  ];

  it.each(withoutDecision.flatMap((each) => faults.map((fault) => [...each, fault] as const)))(
    '%s is found when it is sent again',
    async (field, operation, input, selection, fault) => {
      await using desk = await openDesk({ models, around: losing(operation, fault) });
      const keyed = { ...input, idempotencyKey: KEY };
      expect((await desk.mutate('root', field, keyed)).error?.extensions.code).toBe(fault.code);
      const before = JSON.stringify(
        [...desk.store.models()].map(({ versions, ...model }) => [model.name, [...versions.keys()]]),
      );
      const again = await desk.mutate('root', field, keyed, selection);
      expect(again.error).toBeUndefined();
      expect(again.payload).toMatchObject({ replayed: false });
      const after = JSON.stringify(
        [...desk.store.models()].map(({ versions, ...model }) => [model.name, [...versions.keys()]]),
      );
      expect(after).toBe(before);
    },
  );
});
