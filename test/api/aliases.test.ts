import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Desk, openDesk } from './support.js';

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk({
    models: [{ name: 'churn', statuses: ['PENDING', 'PENDING', 'APPROVED'], aliases: { champion: 1 } }],
  });
});
afterEach(() => desk[Symbol.asyncDispose]());

const MOVED = 'modelId previousVersion problem { code } model { aliases { name version modelVersion { aliasNames } } }';
const set = (n: number, more: object = {}, alias = 'champion') =>
  desk.mutate('carl', 'setModelAlias', { modelVersionId: `east/churn/${n}`, alias, ...more }, MOVED);
const remove = (more: object = {}, alias = 'champion') =>
  desk.mutate(
    'carl',
    'deleteModelAlias',
    { modelId: 'east/churn', alias, ...more },
    'modelId model { aliases { name } }',
  );
const holder = (alias = 'champion') => desk.store.model('churn')?.aliases.get(alias);

describe('an alias', () => {
  it('is put on a version, and moves from the one that had it', async () => {
    const { payload } = await set(2);
    expect(payload).toEqual({
      modelId: 'east/churn',
      previousVersion: '1',
      problem: null,
      model: { aliases: [{ name: 'champion', version: '2', modelVersion: { aliasNames: ['champion'] } }] },
    });
    expect((await set(1, {}, 'shadow')).payload.previousVersion).toBeNull();
    expect((await set(2)).payload.previousVersion).toBe('2');
  });

  it('is moved only from where it is expected', async () => {
    expect((await set(2, { expected: { version: '3' } })).error?.extensions.code).toBe('CONFLICT');
    expect((await set(2, { expected: { version: null } })).error?.extensions.code).toBe('CONFLICT');
    expect((await set(2, { expected: {} })).error?.extensions.code).toBe('CONFLICT');
    expect(holder()).toBe(1);
    expect((await set(2, { expected: { version: '1' } })).error).toBeUndefined();
    expect((await set(2, { expected: { version: '1' } }, 'shadow')).error?.extensions.code).toBe('CONFLICT');
    expect((await set(2, { expected: { version: null } }, 'shadow')).error).toBeUndefined();
    expect((await set(3, { expected: null })).error).toBeUndefined();
    expect([holder(), holder('shadow')]).toEqual([3, 2]);
  });

  it('is taken away, and only from where it is expected', async () => {
    expect((await remove({ expected: { version: '2' } })).error?.extensions.code).toBe('CONFLICT');
    expect((await remove({ expected: { version: null } })).error?.extensions.code).toBe('CONFLICT');
    expect(holder()).toBe(1);
    expect((await remove({ expected: { version: '1' } })).payload).toEqual({
      modelId: 'east/churn',
      model: { aliases: [] },
    });
    const { error } = await remove();
    expect(error).toMatchObject({ message: expect.stringContaining('alias'), extensions: { code: 'NOT_FOUND' } });
  });

  it('is moved by one of many who expect the same', async () => {
    const attempts = await Promise.all(
      Array.from({ length: 8 }, (_, n) => set(2 + (n % 2), { expected: { version: '1' } })),
    );
    const codes = attempts.map(({ error }) => error?.extensions.code);
    expect(codes.filter((code) => code === undefined)).toHaveLength(1);
    expect(codes.filter((code) => code === 'CONFLICT')).toHaveLength(7);
  });

  it.each(['', 'with space', 'x'.repeat(256)])('named %j is refused', async (alias) => {
    expect((await set(2, {}, alias)).error?.extensions.code).toBe('BAD_USER_INPUT');
    expect(desk.store.model('churn')?.aliases.size).toBe(1);
  });

  it('of a version that is not there, or by somebody without the role, is refused', async () => {
    expect((await set(9)).error?.extensions.code).toBe('NOT_FOUND');
    for (const [field, input] of [
      ['setModelAlias', { modelVersionId: 'east/churn/1', alias: 'x' }],
      ['deleteModelAlias', { modelId: 'east/churn', alias: 'champion' }],
    ] as const) {
      expect((await desk.mutate('ana', field, input)).error?.extensions.code).toBe('FORBIDDEN');
    }
  });

  it('enters what was decided about its version before', async () => {
    await set(3);
    const { data } = await desk.ask('vera', '{ modelVersion(id: "east/churn/3") { latestApproval { channel to } } }');
    expect(data.modelVersion.latestApproval).toEqual({ channel: 'IMPORTED', to: 'APPROVED' });
  });

  it('is unknown to a registry without them', async () => {
    await using lesser = await openDesk({
      models: [{ name: 'churn', statuses: ['PENDING'] }],
      without: { capabilities: ['ALIASES'] },
    });
    for (const [field, input] of [
      ['setModelAlias', { modelVersionId: 'east/churn/1', alias: 'x' }],
      ['deleteModelAlias', { modelId: 'east/churn', alias: 'x' }],
    ] as const) {
      const { error } = await lesser.mutate('carl', field, input);
      expect(error?.extensions).toMatchObject({ code: 'UNSUPPORTED', capability: 'ALIASES', registryId: 'east' });
    }
  });
});
