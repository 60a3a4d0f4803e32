import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PermissionDeniedError } from '../../src/domain/errors.js';
import { type Desk, openDesk, type Person } from './support.js';

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk({
    models: [
      { name: 'churn', statuses: ['PENDING', 'REJECTED', 'REJECTED', 'APPROVED'] },
      { name: 'risk', statuses: ['REJECTED'] },
    ],
  });
});
afterEach(() => desk[Symbol.asyncDispose]());

const serve = (model: string, number: number, ...names: string[]) =>
  desk.store.serving.set(desk.store.model(model)?.versions.get(number)?.incarnation ?? '', names);
const left = (model: string) => [...(desk.store.model(model)?.versions.keys() ?? [])];
const remove = (n: number, more: object = {}, person: Person = 'root') =>
  desk.mutate(person, 'deleteModelVersion', { modelVersionId: `east/churn/${n}`, ...more });
const REFUSED = 'refused { modelVersionId problem { code message retryable } }';
const served = (n: number, ...names: string[]) => ({
  modelVersionId: `east/churn/${n}`,
  problem: { code: 'CONFLICT', retryable: false, message: expect.stringContaining(`served, by ${names.join(', ')}.`) },
});

describe('a version that something serves', () => {
  it('is not deleted, whatever its status and whoever asks, until nothing serves it', async () => {
    for (const n of [1, 2, 4]) {
      serve('churn', n, 'churn-live', 'churn-shadow');
      expect((await remove(n, { includeApproved: true })).error).toMatchObject({
        message: expect.stringContaining('churn-live, churn-shadow'),
        extensions: { code: 'CONFLICT', registryId: 'east' },
      });
    }
    expect(left('churn')).toEqual([1, 2, 3, 4]);
    serve('churn', 1);
    expect((await remove(1)).error).toBeUndefined();
    expect(left('churn')).toEqual([2, 3, 4]);
  });

  it('keeps its model from being deleted, with all versions of it', async () => {
    serve('churn', 2, 'churn-live');
    const input = { modelId: 'east/churn', cascade: true, includeApproved: true };
    const { payload, error } = await desk.mutate('root', 'deleteModel', input, `deletedModelId ${REFUSED}`);
    expect(error).toBeUndefined();
    expect(payload).toEqual({ deletedModelId: null, refused: [served(2, 'churn-live')] });
    expect(left('churn')).toEqual([1, 2, 3, 4]);
    expect(desk.registry.calls.get('getServing')).toBe(1);
  });

  it('is left out of a clean-up, in the dry run and in the real one', async () => {
    serve('churn', 2, 'churn-live');
    const clean = (more: object = {}) =>
      desk.mutate(
        'carl',
        'deleteModelVersions',
        { filter: { approvalStatuses: ['REJECTED'] }, ...more },
        `confirmationToken deletedIds ${REFUSED}`,
      );
    const dry = await clean();
    expect(dry.payload.refused).toEqual([served(2, 'churn-live')]);
    expect(dry.payload.deletedIds.toSorted()).toEqual(['east/churn/3', 'east/risk/1']);
    // Somebody has put it to use since.
    serve('churn', 3, 'churn-new');
    desk.registry.forgetCalls();
    const real = await clean({ dryRun: false, confirmationToken: dry.payload.confirmationToken });
    expect(real.payload).toMatchObject({ deletedIds: ['east/risk/1'], refused: [served(3, 'churn-new')] });
    expect([left('churn'), left('risk')]).toEqual([[1, 2, 3, 4], []]);
    // Asked for once, however many versions go.
    expect(desk.registry.calls.get('getServing')).toBe(1);
  });
});

describe('where it cannot be read what serves', () => {
  beforeEach(() => {
    const error = new PermissionDeniedError("The gateway's role lacks the IAM action sagemaker:ListEndpoints.", {
      registryId: 'east',
      operation: 'getServing',
    });
    desk.registry.cause({ kind: 'fail', error }, { operations: ['getServing'] });
  });

  it('nothing is deleted, and the reason is told', async () => {
    expect((await remove(1)).error).toMatchObject({
      message: expect.stringContaining('ListEndpoints'),
      extensions: { code: 'FORBIDDEN', registryId: 'east' },
    });
    const filter = { modelIds: ['east/churn'], approvalStatuses: ['REJECTED'] };
    const { payload } = await desk.mutate('carl', 'deleteModelVersions', { filter }, `deletedIds ${REFUSED}`);
    const problem = { code: 'FORBIDDEN', retryable: false, message: expect.stringContaining('ListEndpoints') };
    expect(payload).toEqual({
      deletedIds: [],
      refused: expect.arrayContaining([2, 3].map((n) => ({ modelVersionId: `east/churn/${n}`, problem }))),
    });
    expect(left('churn')).toEqual([1, 2, 3, 4]);
  });

  it('an approved version is refused for that first, as before', async () => {
    expect((await remove(4)).error?.extensions.code).toBe('CONFLICT');
    expect(desk.registry.calls.get('getServing')).toBeUndefined();
  });
});
