import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ChaosRegistry, createChaosRegistry } from '../support/chaos-registry.js';
import { memoryRegistryOf, startGateway, type TestGateway } from '../support/gateway.js';
import { addModel } from '../sync/world.js';

/** A busy machine takes its time. */
const SOON = { timeout: 20_000 };

const QUEUE = `{
  modelVersions(first: 50, filter: { approvalStatuses: [PENDING] }) {
    nodes { id model { name latestVersion { version } } latestApproval { id } }
    totalCount totalCountIsExact freshness { source } changesCursor
  }
}`;

describe('a gateway that follows its registries', () => {
  let gateway: TestGateway;
  let registries: readonly ChaosRegistry[];
  const stores = ['east', 'west'].map(memoryRegistryOf);
  const calls = () => registries.reduce((sum, registry) => sum + registry.totalCalls(), 0);

  beforeAll(async () => {
    for (const [index, { store }] of stores.entries()) addModel(store, `model-${index}`, 30);
    registries = stores.map(({ adapter }) => createChaosRegistry(adapter));
    // One poll after the first walk, and no other while these tests run.
    gateway = await startGateway(
      registries.map(({ adapter }) => adapter),
      { sync: { pollMs: 3_600_000 } },
    );
    await vi.waitFor(() => expect(registries.map(({ calls: of }) => of.get('walkVersions'))).toEqual([2, 2]), SOON);
    await vi.waitFor(async () => {
      const { data } = await gateway.query('{ registries { completeThrough } }');
      expect(data.registries.every(({ completeThrough }: { completeThrough: unknown }) => completeThrough)).toBe(true);
    }, SOON);
  });
  afterAll(() => gateway[Symbol.asyncDispose]());
  beforeEach(() => {
    for (const registry of registries) registry.forgetCalls();
  });

  it('answers the review queue over all registries without asking any of them', async () => {
    const { data, errors } = await gateway.query(QUEUE);
    expect(errors).toEqual([]);
    expect(data.modelVersions).toMatchObject({
      totalCount: 60,
      totalCountIsExact: true,
      freshness: { source: 'SNAPSHOT' },
      changesCursor: expect.any(String),
    });
    expect(data.modelVersions.nodes).toHaveLength(50);
    expect(data.modelVersions.nodes[0].model.latestVersion).toEqual({ version: '30' });
    expect(calls()).toBe(0);
  });

  it('counts without asking', async () => {
    const { data } = await gateway.query(
      '{ registrySummary { totals { models versions byApprovalStatus { approvalStatus count } } totalsAreExact } }',
    );
    expect(data.registrySummary).toMatchObject({ totals: { models: 2, versions: 60 }, totalsAreExact: true });
    expect(calls()).toBe(0);
  });

  it('asks the registries for what must be live', async () => {
    const { data } = await gateway.query(
      '{ modelVersions(first: 5, freshness: { maxAgeSeconds: 0 }) { nodes { id } freshness { source } } }',
    );
    expect(data.modelVersions.freshness).toEqual({ source: 'LIVE' });
    expect(calls()).toBe(2);
  });

  it('shows a write to whoever goes on from its cursor, and tells of it once', async () => {
    const { data: before } = await gateway.query('{ changesCursor }');
    const { data: done, errors } = await gateway.query(
      `mutation {
        approveModelVersion(input: { modelVersionId: "east/model-0/7", expectedStatus: PENDING }) {
          changesCursor approval { id }
        }
      }`,
    );
    expect(errors).toEqual([]);
    const { changesCursor, approval } = done.approveModelVersion;
    for (const registry of registries) registry.forgetCalls();
    const { data } = await gateway.query(
      `query After($after: String) {
        modelVersion(id: "east/model-0/7", freshness: { after: $after }) { approvalStatus freshness { source } }
        modelVersions(first: 1, filter: { approvalStatuses: [APPROVED] }, freshness: { after: $after }) { nodes { id } totalCount }
      }`,
      { after: changesCursor },
    );
    expect(data.modelVersion).toEqual({ approvalStatus: 'APPROVED', freshness: { source: 'SNAPSHOT' } });
    expect(data.modelVersions).toEqual({ nodes: [{ id: 'east/model-0/7' }], totalCount: 1 });
    expect(calls()).toBe(0);

    const { data: told } = await gateway.query(
      `query Since($after: String) {
        registryChanges(after: $after, filter: { types: [VERSION_STATUS, APPROVAL_RECORDED] }) {
          nodes {
            __typename
            ... on RegistryChange { modelVersionId evidence actor { name } }
            ... on ModelVersionStatusChanged { previousStatus status outOfBand approval { id } modelVersion { approvalStatus } }
            ... on ApprovalRecorded { approvalId }
          }
        }
      }`,
      { after: before.changesCursor },
    );
    expect(told.registryChanges.nodes.toSorted(byType)).toEqual([
      {
        __typename: 'ApprovalRecorded',
        modelVersionId: 'east/model-0/7',
        evidence: ['SELF'],
        actor: { name: 'anonymous' },
        approvalId: approval.id,
      },
      {
        __typename: 'ModelVersionStatusChanged',
        modelVersionId: 'east/model-0/7',
        evidence: ['SELF'],
        actor: { name: 'anonymous' },
        previousStatus: 'PENDING',
        status: 'APPROVED',
        outOfBand: false,
        approval: { id: approval.id },
        modelVersion: { approvalStatus: 'APPROVED' },
      },
    ]);
  });

  it('goes on answering when a registry is down, and says how old the answer is', async () => {
    const [east] = registries;
    east?.cause({ kind: 'hang' });
    const { data, errors } = await gateway.query(QUEUE);
    expect(errors).toEqual([]);
    expect(data.modelVersions).toMatchObject({ totalCount: 59, freshness: { source: 'SNAPSHOT' } });
    east?.recover();
  });
});

function byType(a: { readonly __typename: string }, b: { readonly __typename: string }): number {
  return a.__typename < b.__typename ? -1 : 1;
}
