import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Desk, openDesk, type Person } from './support.js';

const RULE = { name: 'first tier', check: "model.tags['tier'] == '1'", onFail: 'deny' };

/** The gateway with its snapshot, which is not renewed while these tests run. */
describe('policies over the snapshot', () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await openDesk({
      models: [
        { name: 'churn', statuses: ['APPROVED', 'PENDING', 'APPROVED', 'PENDING'], aliases: { champion: 1 } },
        { name: 'fraud', statuses: ['PENDING'] },
        { name: 'risk', statuses: ['APPROVED', 'PENDING'] },
      ],
      policies: [
        { id: 'team', models: ['churn'], deciders: { groups: ['churn-team'] }, production: { alias: 'champion' } },
        { id: 'tier', models: ['fraud', 'risk'], rules: [RULE] },
      ],
      sync: { pollMs: 3_600_000 },
    });
    await vi.waitFor(async () => {
      const { data } = await desk.ask('root', '{ registries { completeThrough } }');
      expect(data.registries).toEqual([{ completeThrough: expect.any(String) }]);
    });
    // The first walk, and the poll that follows it.
    await vi.waitFor(() => expect(desk.registry.calls.get('walkVersions')).toBe(2));
    desk.registry.forgetCalls();
  });
  afterAll(() => desk[Symbol.asyncDispose]());

  const idsOf = async (person: Person, filter: string) => {
    const { data, errors } = await desk.ask(
      person,
      `{ modelVersions(filter: {${filter}}, orderBy: {field: MODEL_NAME, direction: ASC}) { nodes { id viewerCanDecide { approve reject reset } } freshness { source } } }`,
    );
    expect(errors).toEqual([]);
    expect(data.modelVersions.freshness.source).toBe('SNAPSHOT');
    return data.modelVersions.nodes as { id: string; viewerCanDecide: Record<string, boolean> }[];
  };
  const all = ['churn/1', 'churn/2', 'churn/3', 'churn/4', 'fraud/1', 'risk/1', 'risk/2'].map((id) => `east/${id}`);

  it.each([
    ['ana', all.slice(4)],
    ['churner', all.slice(0, 4)],
    ['root', all.slice(4)],
    ['vera', []],
  ] as const)('let %s find what they may decide', async (person, mine) => {
    const found = await idsOf(person, 'viewerCanDecide: true');
    expect(found.map(({ id }) => id)).toEqual(mine);
    for (const { viewerCanDecide } of found) expect(Object.values(viewerCanDecide)).toContain(true);
    for (const { viewerCanDecide } of await idsOf(person, 'viewerCanDecide: false')) {
      expect(viewerCanDecide).toEqual({ approve: false, reject: false, reset: false });
    }
    expect(desk.registry.totalCalls()).toBe(0);
  });

  it('say which versions and models are in production', async () => {
    expect((await idsOf('root', 'inProduction: true')).map(({ id }) => id)).toEqual(['east/churn/1', 'east/risk/1']);
    const { data } = await desk.ask('root', '{ models(filter: {hasProductionVersion: false}) { nodes { id } } }');
    expect(data.models.nodes).toEqual([{ id: 'east/fraud' }]);
    expect(desk.registry.totalCalls()).toBe(0);
  });

  it('decide by what the registry says now, whatever the snapshot shows', async () => {
    desk.store.updateModel('risk', { tags: [{ key: 'tier', value: '2' }] });
    const { data } = await desk.ask('ana', '{ modelVersion(id: "east/risk/2") { approvalPreview { verdict } } }');
    expect(data.modelVersion.approvalPreview.verdict).toBe('ALLOW');
    const input = { modelVersionId: 'east/risk/2', expectedStatus: 'PENDING' };
    const { error } = await desk.mutate('ana', 'approveModelVersion', input);
    expect(error?.extensions.code).toBe('POLICY_DENIED');
    const { data: live } = await desk.ask(
      'ana',
      '{ modelVersion(id: "east/risk/2", freshness: {maxAgeSeconds: 0}) { approvalPreview { verdict } } }',
    );
    expect(live.modelVersion.approvalPreview.verdict).toBe('DENY');
  });

  it('find what is to be cleaned up in the registry itself, by filters of the snapshot too', async () => {
    desk.store.updateVersion('fraud', 1, { approvalStatus: 'REJECTED' });
    const cleanUp = (filter: object) =>
      desk.mutate('root', 'deleteModelVersions', { filter }, 'deletedIds refused { modelVersionId }');
    const { payload } = await cleanUp({ approvalStatuses: ['REJECTED'] });
    expect(payload.deletedIds).toEqual(['east/fraud/1']);
    expect((await cleanUp({ aliases: ['champion'] })).payload.refused).toEqual([{ modelVersionId: 'east/churn/1' }]);
  });

  it('show in the payload of a write what was written', async () => {
    const { payload, error } = await desk.mutate(
      'churner',
      'approveModelVersion',
      { modelVersionId: 'east/churn/4', expectedStatus: 'PENDING' },
      'modelVersion { approvalStatus freshness { source } model { latestApprovedVersion { version } versions(filter: {approvalStatuses: [APPROVED]}) { totalCount } } }',
    );
    expect(error).toBeUndefined();
    expect(payload.modelVersion).toEqual({
      approvalStatus: 'APPROVED',
      freshness: { source: 'LIVE' },
      model: { latestApprovedVersion: { version: '4' }, versions: { totalCount: 3 } },
    });
  });
});
