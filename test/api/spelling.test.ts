import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ModelRef } from '../../src/domain/refs.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';
import { type Desk, openDesk } from './support.js';

/** Patterns of grants ignore case, but not accents. */
const REAL = 'chürn-secret';
const OTHER = 'churn-secret';

/** A registry that ignores accents in names, as databases may, and answers with the names that it has. */
function ignoringAccents(inner: RegistryAdapter): RegistryAdapter {
  const real = <R extends ModelRef>(ref: R): R => (ref.name === OTHER ? { ...ref, name: REAL } : ref);
  return {
    ...inner,
    getModels: (refs, options) => inner.getModels(refs.map(real), options),
    getVersions: (refs, options) => inner.getVersions(refs.map(real), options),
    listVersions: ({ model, ...query }, options) =>
      inner.listVersions(model === undefined ? query : { ...query, model: real(model) }, options),
    updateVersion: (input, options) => inner.updateVersion({ ...input, version: real(input.version) }, options),
    deleteVersion: (ref, options) => inner.deleteVersion(real(ref), options),
    decide: (input, options) => inner.decide({ ...input, version: real(input.version) }, options),
    setAlias: (input, options) => inner.setAlias({ ...input, version: real(input.version) }, options),
    setStage: (input, options) => inner.setStage({ ...input, version: real(input.version) }, options),
  };
}

describe('a name in another spelling, which a grant covers', () => {
  let desk: Desk;
  beforeEach(async () => {
    desk = await openDesk({
      around: ignoringAccents,
      models: [
        { name: REAL, statuses: ['PENDING', 'REJECTED'] },
        { name: 'churn', statuses: ['PENDING'] },
      ],
    });
  });
  afterEach(() => desk[Symbol.asyncDispose]());

  const id = `east/${OTHER}`;
  const modelVersionId = `${id}/1`;
  it.each<[string, object]>([
    ['approveModelVersion', { modelVersionId, expectedStatus: 'PENDING' }],
    ['rejectModelVersion', { modelVersionId, expectedStatus: 'PENDING' }],
    ['updateModelVersion', { modelVersionId, description: 'x' }],
    ['setModelAlias', { modelVersionId, alias: 'champion' }],
    ['setModelVersionStage', { modelVersionId, stage: 'Production' }],
    ['deleteModelVersion', { modelVersionId }],
    ['deleteModel', { modelId: id, cascade: true }],
  ])('lets nobody at the model that it is not: %s', async (field, input) => {
    const before = structuredClone(desk.store.model(REAL));
    const { payload, error } = await desk.mutate('churner', field, { ...input });
    expect({ payload, code: error?.extensions.code }).toEqual({ payload: null, code: 'NOT_FOUND' });
    expect(error?.message).not.toContain(REAL);
    expect(desk.store.model(REAL)).toEqual(before);
    const { data } = await desk.ask('root', '{ modelApprovals { nodes { id } } }');
    expect(data.modelApprovals.nodes).toEqual([]);
  });

  it('is the model itself to whoever names it', async () => {
    const input = { modelVersionId: `east/${encodeURIComponent(REAL)}/1`, expectedStatus: 'PENDING' };
    expect((await desk.mutate('churner', 'approveModelVersion', input)).error?.extensions.code).toBe('NOT_FOUND');
    expect((await desk.mutate('ana', 'approveModelVersion', input)).error).toBeUndefined();
  });
});
