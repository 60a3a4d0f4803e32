import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.js';
import { sampleRegistry } from './support.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway([
    await sampleRegistry('east', [
      { name: 'churn', statuses: ['APPROVED', 'REJECTED', 'PENDING'], aliases: { champion: 1 }, owner: 'growth' },
      { name: 'credit risk/π', statuses: ['PENDING'] },
      { name: 'empty', statuses: [] },
    ]),
    await sampleRegistry('west', [{ name: 'churn', statuses: ['APPROVED', 'APPROVED'] }]),
  ]);
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe('models', () => {
  it('are listed over all registries by name, then by registry', async () => {
    const { data, errors } = await gateway.query(
      '{ models { nodes { id name owner registry { id kind } } totalCount totalCountIsExact unavailable { registry { id } } freshness { source asOf } } }',
    );
    expect(errors).toEqual([]);
    expect(data.models.nodes.map((node: { id: string }) => node.id)).toEqual([
      'east/churn',
      'west/churn',
      'east/credit%20risk%2F%CF%80',
      'east/empty',
    ]);
    expect(data.models).toMatchObject({
      totalCount: 4,
      totalCountIsExact: true,
      unavailable: [],
      freshness: { source: 'LIVE', asOf: expect.stringMatching(/^\d{4}-.*Z$/) },
    });
    expect(data.models.nodes[0]).toMatchObject({ owner: 'growth', registry: { id: 'east', kind: 'MEMORY' } });
  });

  it('are paged forward and backward', async () => {
    const page = (args: string) =>
      gateway.query(
        `{ models(${args}) { edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
      );
    const ids = (answer: Awaited<ReturnType<typeof page>>) =>
      answer.data.models.edges.map((edge: { node: { id: string } }) => edge.node.id);
    const first = await page('first: 2');
    const { endCursor } = first.data.models.pageInfo;
    const second = await page(`first: 2, after: "${endCursor}"`);
    expect([ids(first), ids(second)]).toEqual([
      ['east/churn', 'west/churn'],
      ['east/credit%20risk%2F%CF%80', 'east/empty'],
    ]);
    expect(first.data.models.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    expect(second.data.models.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    const back = await page(`last: 2, before: "${second.data.models.pageInfo.startCursor}"`);
    expect(ids(back)).toEqual(ids(first));
    expect(ids(await page('last: 1'))).toEqual(['east/empty']);
  });

  it.each([
    ['{registryIds: ["west"]}', ['west/churn']],
    ['{registryIds: []}', []],
    ['{registryLabels: [{key: "team", values: ["east"]}], hasOwner: true}', ['east/churn']],
    ['{kinds: [MLFLOW]}', []],
    ['{nativeIds: []}', []],
    ['{tags: []}', []],
    ['{registryLabels: []}', []],
    ['{name: {equals: "churn"}}', ['east/churn', 'west/churn']],
    ['{names: ["churn"]}', ['east/churn', 'west/churn']],
    ['{name: {matches: "C*/?"}}', ['east/credit%20risk%2F%CF%80']],
    ['{tags: [{key: "tier", values: ["2"]}]}', []],
    ['{owner: {contains: "GROW"}, search: "churn growth"}', ['east/churn']],
    ['{createdAfter: "2999-01-01T00:00:00Z"}', []],
    ['null', ['east/churn', 'west/churn', 'east/credit%20risk%2F%CF%80', 'east/empty']],
  ])('are filtered by %s', async (filter, expected) => {
    const { data, errors } = await gateway.query(`{ models(filter: ${filter}) { nodes { id } } }`);
    expect(errors).toEqual([]);
    expect(data.models.nodes.map((node: { id: string }) => node.id)).toEqual(expected);
  });

  it('have their versions, the latest, the latest approved and what an alias names', async () => {
    const { data } = await gateway.query(`{
      model(id: "east/churn") {
        tags(keys: ["tier"]) { key value }
        versions { nodes { version approvalStatus aliasNames } }
        latestVersion { version } latestApprovedVersion { version }
        aliases { name version modelVersion { id } }
        versionByAlias(alias: "champion") { version } none: versionByAlias(alias: "nobody") { version }
        versionByName(version: "2") { approvalStatus } missing: versionByName(version: "9") { id }
      }
    }`);
    expect(data.model).toEqual({
      tags: [{ key: 'tier', value: '1' }],
      versions: {
        nodes: [
          { version: '3', approvalStatus: 'PENDING', aliasNames: [] },
          { version: '2', approvalStatus: 'REJECTED', aliasNames: [] },
          { version: '1', approvalStatus: 'APPROVED', aliasNames: ['champion'] },
        ],
      },
      latestVersion: { version: '3' },
      latestApprovedVersion: { version: '1' },
      aliases: [{ name: 'champion', version: '1', modelVersion: { id: 'east/churn/1' } }],
      versionByAlias: { version: '1' },
      none: null,
      versionByName: { approvalStatus: 'REJECTED' },
      missing: null,
    });
  });
});

describe('versions', () => {
  it('make the review queue, over all registries, the newest first', async () => {
    const { data } = await gateway.query(
      '{ modelVersions(filter: {approvalStatuses: [PENDING]}) { nodes { id createdAt model { name registry { id } } } } }',
    );
    const { nodes } = data.modelVersions;
    expect(nodes.map((node: { id: string }) => node.id).toSorted()).toEqual([
      'east/churn/3',
      'east/credit%20risk%2F%CF%80/1',
    ]);
    const times: string[] = nodes.map((node: { createdAt: string }) => node.createdAt);
    expect(times).toEqual(times.toSorted().toReversed());
    expect(nodes[0].model).toMatchObject({ registry: { id: 'east' } });
  });

  it('of one model are ordered by number when that is asked for', async () => {
    const { data } = await gateway.query(
      '{ modelVersions(filter: {modelIds: ["east/churn"]}, orderBy: {field: NUMBER, direction: ASC}) { nodes { number } } }',
    );
    expect(data.modelVersions.nodes).toEqual([{ number: 1 }, { number: 2 }, { number: 3 }]);
  });
});

describe('single things', () => {
  it('are found by id, by name and by native id', async () => {
    const { data } = await gateway.query('{ modelVersion(id: "east/churn/1") { nativeId } }');
    const { nativeId } = data.modelVersion;
    const found = await gateway.query(
      `query ($nativeId: String!) {
        registry(id: "east") { id displayName models { nodes { id } } }
        modelByName(registryId: "east", name: "credit risk/π") { id }
        modelVersionByName(registryId: "east", modelName: "churn", version: "2") { id }
        modelVersionByNativeId(nativeId: $nativeId) { id }
        node(id: "west/churn") { __typename id ... on Model { name } }
        nodes(ids: ["east", "east/churn/2", "east/nothing", "north/x"]) { __typename id }
      }`,
      { nativeId },
    );
    expect(found.errors).toEqual([]);
    expect(found.data).toEqual({
      registry: {
        id: 'east',
        displayName: 'east',
        models: { nodes: [{ id: 'east/churn' }, { id: 'east/credit%20risk%2F%CF%80' }, { id: 'east/empty' }] },
      },
      modelByName: { id: 'east/credit%20risk%2F%CF%80' },
      modelVersionByName: { id: 'east/churn/2' },
      modelVersionByNativeId: { id: 'east/churn/1' },
      node: { __typename: 'Model', id: 'west/churn', name: 'churn' },
      nodes: [{ __typename: 'Registry', id: 'east' }, { __typename: 'ModelVersion', id: 'east/churn/2' }, null, null],
    });
  });

  it('that are missing are null without an error', async () => {
    const { data, errors } = await gateway.query(
      '{ registry(id: "north") { id } model(id: "east/nope") { id } modelVersion(id: "north/x/1") { id } modelByName(registryId: "east", name: "nope") { id } modelVersionByNativeId(nativeId: "arn:aws:x") { id } }',
    );
    expect(errors).toEqual([]);
    expect(Object.values(data)).toEqual([null, null, null, null, null]);
  });
});
