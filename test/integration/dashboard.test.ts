import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SeededGateway, startSeededGateway } from '../support/seeded-gateway.js';

const DASHBOARD = `{
  models(first: 50) {
    nodes {
      id name owner tags { key value }
      latestVersion { version approvalStatus createdAt }
      latestApprovedVersion { version approvalStatus }
    }
    unavailable { registry { id } problem { code message } }
    totalCount totalCountIsExact
  }
}`;

let gateway: SeededGateway;
beforeAll(async () => {
  gateway = await startSeededGateway({ deadlines: { listMs: 20_000, lookupMs: 20_000 } });
}, 120_000);
afterAll(() => gateway[Symbol.asyncDispose]());

interface ModelRow {
  readonly id: string;
  readonly latestVersion: { readonly version: string } | null;
  readonly latestApprovedVersion: { readonly version: string; readonly approvalStatus: string } | null;
}

describe('the dashboard over the seeded registries', () => {
  it('shows every model of every registry once, by name', async () => {
    const { data, errors } = await gateway.query(DASHBOARD);
    expect(errors).toEqual([]);
    expect(data.models.unavailable).toEqual([]);
    const rows: readonly ModelRow[] = data.models.nodes;
    const ids = rows.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const perRegistry = Object.groupBy(ids, (id) => id.split('/')[0] ?? '');
    expect(Object.keys(perRegistry).toSorted()).toEqual(['aws-production', 'aws-research', 'in-house', 'mlflow']);
    expect(
      (perRegistry['aws-production']?.length ?? 0) + (perRegistry['aws-research']?.length ?? 0),
    ).toBeGreaterThanOrEqual(4);
    expect(perRegistry['mlflow']).toHaveLength(5);
    expect(perRegistry['in-house']).toHaveLength(3);
    expect(ids.filter((id) => id.includes('%3A'))).toEqual([]);
    expect(
      rows.some(
        (row) => row.latestApprovedVersion !== null && row.latestApprovedVersion.version !== row.latestVersion?.version,
      ),
    ).toBe(true);
  });

  it('takes at most 12 upstream calls', async () => {
    gateway.forgetRequests();
    const { errors } = await gateway.query(DASHBOARD);
    expect(errors).toEqual([]);
    expect(gateway.upstreamCalls()).toBeGreaterThan(0);
    expect(gateway.upstreamCalls()).toBeLessThanOrEqual(12);
  });

  it('agrees with what each model says of itself', async () => {
    const { data } = await gateway.query(DASHBOARD);
    for (const row of data.models.nodes as readonly ModelRow[]) {
      const { data: one } = await gateway.query(
        'query ($id: ID!) { model(id: $id) { versions(first: 200) { nodes { version number approvalStatus } } } }',
        { id: row.id },
      );
      const versions: { version: string; approvalStatus: string }[] = one.model.versions.nodes;
      expect([row.id, row.latestVersion?.version]).toEqual([row.id, versions[0]?.version]);
      const approved = versions.find(({ approvalStatus }) => approvalStatus === 'APPROVED');
      expect([row.id, row.latestApprovedVersion?.version]).toEqual([row.id, approved?.version]);
    }
  });
});

describe('the review queue over the seeded registries', () => {
  const QUEUE = (args: string) =>
    `{ modelVersions(${args}, filter: {approvalStatuses: [PENDING]}) { nodes { id approvalStatus createdAt model { name registry { id } } } pageInfo { hasNextPage endCursor } unavailable { registry { id } } } }`;

  it('is the same at any page size, the newest first, with every registry in it', async () => {
    const whole = await gateway.query(QUEUE('first: 200'));
    const expected: { id: string; createdAt: string }[] = whole.data.modelVersions.nodes;
    expect(new Set(expected.map(({ id }) => id.split('/')[0]))).toEqual(
      new Set(['aws-production', 'aws-research', 'in-house', 'mlflow']),
    );
    const times = expected.map(({ createdAt }) => createdAt);
    expect(times).toEqual(times.toSorted().toReversed());
    const seen: string[] = [];
    let after = '';
    for (let page = 0; page <= expected.length; page += 1) {
      const { data } = await gateway.query(QUEUE(`first: 1${after}`));
      seen.push(...data.modelVersions.nodes.map(({ id }: { id: string }) => id));
      if (!data.modelVersions.pageInfo.hasNextPage) break;
      after = `, after: "${data.modelVersions.pageInfo.endCursor}"`;
    }
    expect(seen).toEqual(expected.map(({ id }) => id));
  });
});

describe('single things of the seeded registries', () => {
  it('are found by native id from where they are', async () => {
    const { data } = await gateway.query('{ modelVersions(first: 200) { nodes { id nativeId } } }');
    for (const registryId of ['aws-research', 'aws-production', 'mlflow', 'in-house']) {
      const version = data.modelVersions.nodes.find(({ id }: { id: string }) => id.startsWith(`${registryId}/`));
      const found = await gateway.query(
        'query ($n: String!, $r: ID) { modelVersionByNativeId(nativeId: $n, registryId: $r) { id } }',
        {
          n: version.nativeId,
          r: registryId === 'mlflow' ? 'mlflow' : null,
        },
      );
      expect(found.errors).toEqual([]);
      expect(found.data.modelVersionByNativeId).toEqual({ id: version.id });
    }
  });
});
