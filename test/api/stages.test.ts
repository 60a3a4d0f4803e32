import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Desk, openDesk } from './support.js';

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk({ models: [{ name: 'churn', statuses: ['PENDING', 'PENDING'] }] });
});
afterEach(() => desk[Symbol.asyncDispose]());

const set = (input: object, n = 1) =>
  desk.mutate(
    'carl',
    'setModelVersionStage',
    { modelVersionId: `east/churn/${n}`, ...input },
    'modelVersionId problem { code } modelVersion { stage { name status description } }',
  );
const stage = (name: string, status: string | null = null, description: string | null = null) => ({
  name,
  status,
  description,
});
const stored = (n = 1) => desk.store.model('churn')?.versions.get(n)?.stage;

describe('a stage', () => {
  it('is set with all that belongs to it, and cleared', async () => {
    const { payload } = await set({ stage: 'Live', status: 'Testing', description: 'since today' });
    expect(payload).toEqual({
      modelVersionId: 'east/churn/1',
      problem: null,
      modelVersion: { stage: stage('Live', 'Testing', 'since today') },
    });
    expect((await set({ stage: null })).payload.modelVersion.stage).toBeNull();
    expect(stored()).toBeNull();
  });

  it('stays where it is not named, and so does what belongs to it', async () => {
    await set({ stage: 'Live', status: 'Testing', description: 'since today' });
    expect((await set({ status: 'Done' })).payload.modelVersion.stage).toEqual(stage('Live', 'Done', 'since today'));
    expect((await set({ stage: 'Live', description: null })).payload.modelVersion.stage).toEqual(stage('Live', 'Done'));
    expect((await set({})).payload.modelVersion.stage).toEqual(stage('Live', 'Done'));
    // What belonged to another stage does not belong to this one.
    expect((await set({ stage: 'Old' })).payload.modelVersion.stage).toEqual(stage('Old'));
  });

  it('must be named where there is none', async () => {
    const { error } = await set({ status: 'Done' });
    expect(error).toMatchObject({
      message: expect.stringContaining('`stage`'),
      extensions: { code: 'BAD_USER_INPUT' },
    });
    expect(stored()).toBeNull();
  });

  it('is changed only from what is expected', async () => {
    expect((await set({ stage: 'Live', expectedStage: 'Old' })).error?.extensions.code).toBe('CONFLICT');
    expect((await set({ stage: 'Live', expectedStage: null })).error).toBeUndefined();
    expect((await set({ stage: 'Old', expectedStage: null })).error?.extensions.code).toBe('CONFLICT');
    expect((await set({ stage: 'Old', expectedStage: 'Live' })).error).toBeUndefined();
    expect((await set({ stage: 'Live' })).error).toBeUndefined();
  });

  it('is entered by one of many who expect the same', async () => {
    const attempts = await Promise.all(
      Array.from({ length: 6 }, (_, n) => set({ stage: `S${n}`, expectedStage: null })),
    );
    expect(attempts.filter(({ error }) => error === undefined)).toHaveLength(1);
  });

  it.each([
    ['a stage without a name', { stage: '' }, 'BAD_USER_INPUT', undefined],
    ['a status of no stage', { stage: null, status: 'Done' }, 'BAD_USER_INPUT', undefined],
    ['others to archive', { stage: 'Live', archiveOthers: true }, 'UNSUPPORTED', 'STAGES'],
  ])('is not changed by %s', async (_, input, code, capability) => {
    const { error } = await set(input);
    expect(error?.extensions).toMatchObject({ code, ...(capability === undefined ? {} : { capability }) });
    expect(stored()).toBeNull();
  });

  it.each([
    ['STAGES', { stage: 'Live' }],
    ['CLEAR_STAGE', { stage: null }],
  ] as const)('needs %s of the registry', async (capability, input) => {
    await using lesser = await openDesk({
      models: [{ name: 'churn', statuses: ['PENDING'] }],
      without: { capabilities: [capability] },
    });
    const { error } = await lesser.mutate('carl', 'setModelVersionStage', { modelVersionId: 'east/churn/1', ...input });
    expect(error?.extensions).toMatchObject({ code: 'UNSUPPORTED', capability, registryId: 'east' });
  });

  it('is for contributors, on versions that are there', async () => {
    expect(
      (await desk.mutate('ana', 'setModelVersionStage', { modelVersionId: 'east/churn/1', stage: 'x' })).error
        ?.extensions.code,
    ).toBe('FORBIDDEN');
    expect((await set({ stage: 'Live' }, 9)).error?.extensions.code).toBe('NOT_FOUND');
  });
});
