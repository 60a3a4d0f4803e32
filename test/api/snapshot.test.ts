import { type ExecutionResult, graphql } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildGatewaySchema } from '../../schema/index.js';
import { UnavailableError } from '../../src/domain/errors.js';
import type { CallOptions } from '../../src/domain/registry.js';
import { ADMIN, callerWith, openSnapshotCatalog, type SnapshotCatalog } from '../support/snapshot-catalog.js';

const call: CallOptions = { signal: new AbortController().signal, priority: 'interactive' };
const schema = buildGatewaySchema();
let world: SnapshotCatalog;

// biome-ignore lint/suspicious/noExplicitAny: a test reads answers of any shape; what it reads is checked by its expectations.
type Answer = ExecutionResult<any>;

/** The schema over the catalog alone: what these documents select needs no more. */
const ask = async (source: string, caller = ADMIN): Promise<Answer> =>
  graphql({ schema, source, contextValue: { caller, catalog: world.open(caller) } });

beforeAll(async () => {
  world = openSnapshotCatalog(['east', 'north', 'west']);
  for (const [id, { adapter, store }] of world.registries) {
    for (const name of ['churn', 'risk']) {
      await adapter.createModel({ name, owner: 'growth', tags: [{ key: 'tier', value: '1' }] }, call);
      for (const uri of ['s3://m/1', 's3://m/2', 's3://m/3']) {
        await adapter.registerVersion({ model: { registryId: id, name }, artifacts: [{ uri }] }, call);
      }
      store.updateVersion(name, 1, { approvalStatus: 'APPROVED' });
      store.setAlias(name, 'champion', 1);
      store.setAlias(name, 'next', 3);
    }
  }
  await world.crawl();
});

describe('a dashboard over the snapshot', () => {
  it('has the review queue of all registries, with models, aliases and counts, at no upstream call', async () => {
    const { data, errors } = await ask(`{
      modelVersions(first: 5, filter: {approvalStatuses: [PENDING]}) {
        totalCount totalCountIsExact
        nodes {
          id aliasNames freshness { source }
          model { id owner tags { key value } latestVersion { version } latestApprovedVersion { version freshness { source } }
                  versionByAlias(alias: "champion") { id } aliases { modelVersion { version } } versionByName(version: "2") { version }
                  versions(first: 1) { totalCount freshness { source } } registry { id } }
        }
        pageInfo { hasNextPage hasPreviousPage endCursor }
        unavailable { registry { id } }
        freshness { source asOf }
        changesCursor
      }
    }`);
    expect(errors).toBeUndefined();
    const { nodes, ...rest } = data.modelVersions;
    expect(nodes.length).toBe(5);
    for (const node of nodes) {
      expect(node).toMatchObject({
        aliasNames: node.id.endsWith('/3') ? ['next'] : [],
        freshness: { source: 'SNAPSHOT' },
        model: {
          owner: 'growth',
          latestVersion: { version: '3' },
          latestApprovedVersion: { version: '1', freshness: { source: 'SNAPSHOT' } },
          versionByAlias: { id: expect.stringMatching(/\/1$/) },
          aliases: [{ modelVersion: { version: '1' } }, { modelVersion: { version: '3' } }],
          versionByName: { version: '2' },
          versions: { totalCount: 3, freshness: { source: 'SNAPSHOT' } },
        },
      });
    }
    expect(rest).toMatchObject({
      totalCount: 12,
      totalCountIsExact: true,
      pageInfo: { hasNextPage: true, hasPreviousPage: false },
      unavailable: [],
      freshness: { source: 'SNAPSHOT' },
      changesCursor: null,
    });
    expect(world.totalCalls()).toBe(0);
  });

  it('has models by what their versions are like, in every order', async () => {
    const { data, errors } = await ask(`{
      pending: models(filter: {hasVersionWithStatuses: [REJECTED]}) { totalCount }
      serving: models(filter: {hasProductionVersion: true, updatedAfter: "2020-01-01T00:00:00Z"}, orderBy: {field: UPDATED_AT, direction: DESC}) { totalCount }
      none: models(filter: {hasProductionVersion: false}) { totalCount }
      newest: models(last: 1, orderBy: {field: CREATED_AT}) { nodes { id } pageInfo { hasPreviousPage } }
    }`);
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({
      pending: { totalCount: 0 },
      serving: { totalCount: 6 },
      none: { totalCount: 0 },
      newest: { nodes: [{ id: 'west/risk' }], pageInfo: { hasPreviousPage: true } },
    });
    expect(world.totalCalls()).toBe(0);
  });

  it.each([
    ['aliases: ["next"]', 6],
    ['aliases: ["next", "champion"], registryIds: ["east"]', 4],
    ['modelTags: [{key: "tier", values: ["1"]}]', 18],
    ['modelTags: [{key: "tier", values: ["2"]}]', 0],
    ['inProduction: true', 6],
    ['inProduction: false', 12],
    ['viewerCanDecide: true', 18],
    ['viewerCanDecide: false', 0],
    ['approvalStatusSinceBefore: "2999-01-01T00:00:00Z"', 18],
    ['approvalStatusSinceBefore: "2001-01-01T00:00:00Z"', 0],
    ['search: "chur", approvalStatuses: [APPROVED]', 3],
  ])('has versions by %s', async (filter, totalCount) => {
    const orders = ['UPDATED_AT', 'MODEL_NAME', 'APPROVAL_STATUS_SINCE', 'CREATED_AT'];
    for (const field of orders) {
      const { data, errors } = await ask(
        `{ modelVersions(filter: {${filter}}, orderBy: {field: ${field}}) { totalCount nodes { id } } }`,
      );
      expect(errors).toBeUndefined();
      expect([data.modelVersions.totalCount, data.modelVersions.nodes.length]).toEqual([totalCount, totalCount]);
    }
    expect(world.totalCalls()).toBe(0);
  });

  it('has the registries at a glance, as far as they are visible', async () => {
    const document = `{
      registrySummary { registries { id completeThrough counts { models versions byApprovalStatus { approvalStatus count } asOf } }
                        totals { models versions } totalsAreExact changesCursor }
    }`;
    const all = await ask(document);
    expect(all.errors).toBeUndefined();
    expect(all.data.registrySummary).toMatchObject({
      totals: { models: 6, versions: 18 },
      totalsAreExact: true,
      changesCursor: null,
    });
    const [east] = all.data.registrySummary.registries;
    expect(east).toMatchObject({
      id: 'east',
      completeThrough: east.counts.asOf,
      counts: {
        models: 2,
        versions: 6,
        byApprovalStatus: [
          { approvalStatus: 'PENDING', count: 4 },
          { approvalStatus: 'APPROVED', count: 2 },
          { approvalStatus: 'REJECTED', count: 0 },
        ],
      },
    });
    const some = await ask(document, callerWith({ role: 'VIEWER', registryIds: ['west'], modelName: 'r*' }));
    expect(some.data.registrySummary).toMatchObject({
      registries: [{ id: 'west', counts: { models: 1, versions: 3 } }],
      totals: { models: 1, versions: 3 },
    });
    expect(world.totalCalls()).toBe(0);
  });

  it('is live where the caller wants it so, and says so of everything', async () => {
    const { data } = await ask(`{
      models(first: 1, freshness: {maxAgeSeconds: 0}) { freshness { source } nodes { freshness { source } versions(first: 1) { freshness { source } } } }
      model(id: "east/churn", freshness: {maxAgeSeconds: 0}) { freshness { source } }
    }`);
    expect(data.models).toEqual({
      freshness: { source: 'LIVE' },
      nodes: [{ freshness: { source: 'LIVE' }, versions: { freshness: { source: 'LIVE' } } }],
    });
    expect(data.model.freshness.source).toBe('LIVE');
    for (const each of world.registries.values()) each.forgetCalls();
  });

  it('tells whose part is older in an outage', async () => {
    await world.crawl(['north'], 600);
    const error = new UnavailableError('Registry north is away.', { registryId: 'north' });
    world.registry('north').cause({ kind: 'fail', error });
    const { data, errors } = await ask(
      '{ models { nodes { id freshness { source } } freshness { source asOf } unavailable { registry { id } problem { code } servedStaleFrom } } }',
    );
    expect(errors).toBeUndefined();
    expect(data.models.nodes.length).toBe(6);
    expect(data.models.nodes.map(({ freshness }: { freshness: { source: string } }) => freshness.source)).toEqual([
      'LIVE',
      'STALE_ON_ERROR',
      'LIVE',
      'LIVE',
      'STALE_ON_ERROR',
      'LIVE',
    ]);
    const { unavailable, freshness } = data.models;
    expect(unavailable).toEqual([
      {
        registry: { id: 'north' },
        problem: { code: 'UPSTREAM_UNAVAILABLE' },
        servedStaleFrom: freshness.asOf,
      },
    ]);
    expect(freshness.source).toBe('STALE_ON_ERROR');
  });
});
