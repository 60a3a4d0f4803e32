import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { UnavailableError } from '../../src/domain/errors.js';
import { type ChaosRegistry, createChaosRegistry } from '../support/chaos-registry.js';
import { bearer, type GraphQLAnswer, startGateway, type TestGateway } from '../support/gateway.js';
import { sampleRegistry } from './support.js';

const CALLERS = ['all', 'churn', 'two', 'vault'] as const;
type CallerName = (typeof CALLERS)[number];

const keyOf = (name: CallerName) => `rgk_${createHash('sha256').update(name).digest('hex')}`;
const apiKeys = CALLERS.map((id) => ({ id, hash: `sha256:${createHash('sha256').update(keyOf(id)).digest('hex')}` }));
const grants = [
  { role: 'admin', to: { apiKeys: ['all'] } },
  // One pattern, which the registry applies; several, which it cannot.
  { role: 'viewer', to: { apiKeys: ['churn'] }, registries: ['east'], models: ['CHURN*'] },
  { role: 'viewer', to: { apiKeys: ['two'] }, registries: ['east'], models: ['churn*', 'risk'] },
  { role: 'approver', to: { apiKeys: ['vault'] }, registries: ['vault'] },
];

let east: ChaosRegistry;
let vault: ChaosRegistry;
let gateway: TestGateway;

beforeAll(async () => {
  const statuses = ['APPROVED', 'PENDING'] as const;
  const model = (name: string) => ({ name, statuses, aliases: { champion: 1 } });
  const secrets = Array.from({ length: 30 }, (_, n) => model(`secret-${n}`));
  east = createChaosRegistry(
    await sampleRegistry('east', [model('churn'), model('churn-uplift'), model('pricing'), model('risk'), ...secrets]),
  );
  vault = createChaosRegistry(await sampleRegistry('vault', [model('churn'), model('safe')]));
  gateway = await startGateway([east.adapter, vault.adapter], { access: { apiKeys, grants } });
});
afterAll(() => gateway[Symbol.asyncDispose]());
beforeEach(() => {
  for (const registry of [east, vault]) {
    registry.recover();
    registry.forgetCalls();
  }
});

const as = (name: CallerName, document: string, variables: Record<string, unknown> = {}): Promise<GraphQLAnswer> =>
  gateway.query(document, variables, bearer(keyOf(name)));

/** Everything of an answer, for whoever looks for traces in it. */
const text = ({ data, errors }: GraphQLAnswer) => JSON.stringify([data, errors]);

describe('a registry that is invisible', () => {
  it('is in no list, and null by its id', async () => {
    const answer = await as(
      'churn',
      `{ registries { id } registry(id: "vault") { id } node(id: "vault") { id } nodes(ids: ["vault", "vault/churn", "vault/churn/1", "east"]) { id }
         model(id: "vault/churn") { id } modelVersion(id: "vault/churn/1") { id } explainAccess(id: "vault/churn") { canView } }`,
    );
    expect(answer.errors).toEqual([]);
    expect(answer.data).toEqual({
      registries: [{ id: 'east' }],
      registry: null,
      node: null,
      nodes: [null, null, null, { id: 'east' }],
      model: null,
      modelVersion: null,
      explainAccess: null,
    });
    expect(vault.totalCalls()).toBe(0);
  });

  it.each([
    '{ models(filter: {registryIds: ["$"]}) { totalCount } }',
    '{ modelVersions(filter: {registryIds: ["$"]}) { totalCount } }',
    '{ modelVersions(filter: {modelIds: ["$/churn"]}) { totalCount } }',
    '{ modelByName(registryId: "$", name: "churn") { id } }',
    '{ modelVersionByName(registryId: "$", modelName: "churn", version: "1") { id } }',
    '{ modelVersionByNativeId(registryId: "$", nativeId: "x") { id } }',
  ])('is the same as one that is not configured: %s', async (document) => {
    const [invisible, unknown] = [
      await as('churn', document.replace('$', 'vault')),
      await as('churn', document.replace('$', 'nowhere')),
    ];
    expect(text(invisible)).toBe(text(unknown).replaceAll('nowhere', 'vault'));
    expect(invisible.errors).toMatchObject([
      { message: expect.stringContaining('The registries are: east.'), extensions: { code: 'BAD_USER_INPUT' } },
    ]);
    expect(vault.totalCalls()).toBe(0);
  });

  it('is not asked, and not named among those that could not answer', async () => {
    vault.cause({
      kind: 'fail',
      error: new UnavailableError('Registry vault cannot be reached.', { registryId: 'vault' }),
    });
    const list = '{ models { totalCount totalCountIsExact unavailable { registry { id } } } }';
    expect((await as('churn', list)).data.models).toEqual({ totalCount: 2, totalCountIsExact: true, unavailable: [] });
    expect(vault.totalCalls()).toBe(0);
    expect((await as('all', list)).data.models.unavailable).toEqual([{ registry: { id: 'vault' } }]);
  });
});

describe('a model that is invisible', () => {
  it.each(['churn', 'two'] as const)('is in no list and in no count for %s', async (name) => {
    const answer = await as(
      name,
      `{ models { nodes { id latestVersion { id } latestApprovedVersion { id } aliases { version } } totalCount totalCountIsExact }
         modelVersions { nodes { id model { id } } totalCount totalCountIsExact }
         registry(id: "east") { models { nodes { name } totalCount totalCountIsExact } }
         search: models(filter: {search: "secret"}) { nodes { id } totalCount }
         named: models(filter: {name: {contains: "r"}}) { nodes { name } totalCount }
         listed: models(filter: {names: ["secret-1", "churn"]}) { nodes { name } totalCount } }`,
    );
    expect(answer.errors).toEqual([]);
    const visible = name === 'churn' ? ['churn', 'churn-uplift'] : ['churn', 'churn-uplift', 'risk'];
    const { models, modelVersions, registry, search, named, listed } = answer.data;
    expect(models).toEqual({
      nodes: visible.map((model) => ({
        id: `east/${model}`,
        latestVersion: { id: `east/${model}/2` },
        latestApprovedVersion: { id: `east/${model}/1` },
        aliases: [{ version: '1' }],
      })),
      totalCount: visible.length,
      totalCountIsExact: true,
    });
    expect(modelVersions.nodes.map(({ id }: { id: string }) => id).toSorted()).toEqual(
      visible.flatMap((model) => [`east/${model}/1`, `east/${model}/2`]).toSorted(),
    );
    expect(modelVersions).toMatchObject({ totalCount: 2 * visible.length, totalCountIsExact: true });
    expect(registry.models).toEqual({
      nodes: visible.map((model) => ({ name: model })),
      totalCount: visible.length,
      totalCountIsExact: true,
    });
    expect(search).toEqual({ nodes: [], totalCount: 0 });
    expect(named.nodes).toEqual(visible.map((model) => ({ name: model })));
    expect(listed.nodes).toEqual([{ name: 'churn' }]);
    expect(text(answer)).not.toMatch(/secret|pricing|vault/);
  });

  it('is null by every name that it has, and nobody is asked for it', async () => {
    const answer = await as(
      'two',
      `{ model(id: "east/secret-1") { id } modelByName(registryId: "east", name: "secret-1") { id }
         modelVersion(id: "east/secret-1/1") { id } modelVersionByName(registryId: "east", modelName: "secret-1", version: "1") { id }
         node(id: "east/secret-1") { id } nodes(ids: ["east/secret-1/1", "east/pricing"]) { id }
         explainAccess(id: "east/secret-1/1") { canView }
         modelVersions(filter: {modelIds: ["east/secret-1"]}) { nodes { id } totalCount totalCountIsExact pageInfo { hasNextPage endCursor } } }`,
    );
    expect(answer.errors).toEqual([]);
    expect(answer.data).toEqual({
      model: null,
      modelByName: null,
      modelVersion: null,
      modelVersionByName: null,
      node: null,
      nodes: [null, null],
      explainAccess: null,
      modelVersions: {
        nodes: [],
        totalCount: 0,
        totalCountIsExact: true,
        pageInfo: { hasNextPage: false, endCursor: null },
      },
    });
    expect(east.totalCalls()).toBe(0);
  });

  it('is not found by its native id either, with and without the registry, nor in a list of them', async () => {
    const nativeIdOf = async (id: string) =>
      (await as('all', `{ modelVersion(id: "${id}") { nativeId } }`)).data.modelVersion.nativeId;
    const [hidden, seen] = [await nativeIdOf('east/secret-1/1'), await nativeIdOf('east/churn/1')];
    const document = `query ($hidden: String!, $seen: String!) {
      hidden: modelVersionByNativeId(nativeId: $hidden) { id }
      there: modelVersionByNativeId(nativeId: $hidden, registryId: "east") { id }
      seen: modelVersionByNativeId(nativeId: $seen) { id }
      modelVersions(filter: {nativeIds: [$hidden, $seen]}) { nodes { id } }
    }`;
    expect((await as('two', document, { hidden, seen })).data).toEqual({
      hidden: null,
      there: null,
      seen: { id: 'east/churn/1' },
      modelVersions: { nodes: [{ id: 'east/churn/1' }] },
    });
  });
});

describe('a write to what is invisible', () => {
  it.each([
    'createModel(input: {registryId: "$REGISTRY", name: "x"})',
    'updateModel(input: {modelId: "$MODEL", description: "x"})',
    'deleteModel(input: {modelId: "$MODEL", cascade: true, includeApproved: true})',
    'registerModelVersion(input: {modelId: "$MODEL", artifacts: [{uri: "s3://x"}]})',
    'updateModelVersion(input: {modelVersionId: "$MODEL/1", description: "x"})',
    'deleteModelVersion(input: {modelVersionId: "$MODEL/1", includeApproved: true})',
    'deleteModelVersions(input: {filter: {modelIds: ["$MODEL"]}})',
    'approveModelVersion(input: {modelVersionId: "$MODEL/2", expectedStatus: PENDING})',
    'setModelAlias(input: {modelVersionId: "$MODEL/1", alias: "champion"})',
    'deleteModelAlias(input: {modelId: "$MODEL", alias: "champion"})',
    'setModelVersionStage(input: {modelVersionId: "$MODEL/1", stage: "x"})',
  ])('is one to what is not there, letter for letter: %s', async (field) => {
    const attempt = async (registry: string, model: string) => {
      const call = field.replace('$REGISTRY', registry).replace('$MODEL', `${registry}/${model}`);
      const answer = await as('two', `mutation { it: ${call} { replayed } }`);
      return text(answer).replaceAll(registry, 'REGISTRY').replaceAll(model, 'MODEL');
    };
    const atAnUnknown = await attempt('nowhere', 'churn');
    expect(atAnUnknown).toMatch(/NOT_FOUND|BAD_USER_INPUT/);
    expect(atAnUnknown).not.toContain('Cannot query');
    expect(await attempt('vault', 'churn')).toBe(atAnUnknown);
    if (!field.includes('$REGISTRY')) expect(await attempt('east', 'secret-7')).toBe(await attempt('east', 'no-such'));
    expect([vault.totalCalls(), east.calls.get('updateModel')]).toEqual([0, undefined]);
  });
});

describe('what was decided about a model that is invisible', () => {
  it('is in no list, not behind any cursor, and null by its id', async () => {
    const approve = (id: string) =>
      as(
        'all',
        'mutation ($id: ID!) { approveModelVersion(input: {modelVersionId: $id, expectedStatus: PENDING, comment: "top secret"}) { approval { id } } }',
        { id },
      );
    const hidden = await approve('east/secret-1/2');
    const [seen] = [await approve('east/risk/2'), await approve('vault/safe/2')];
    const [hiddenId, seenId] = [hidden, seen].map(({ data }) => data.approveModelVersion.approval.id);
    const document = `query ($hidden: ID!, $seen: ID!) {
      modelApprovals { nodes { id } pageInfo { hasNextPage endCursor } }
      ofModel: modelApprovals(filter: {modelIds: ["east/secret-1"]}) { nodes { id } }
      ofVersion: modelApprovals(filter: {modelVersionIds: ["east/secret-1/2"]}) { nodes { id } }
      ofActor: modelApprovals(filter: {actorIds: ["api-key:all"]}) { nodes { id } }
      hidden: node(id: $hidden) { id }
      seen: node(id: $seen) { id }
    }`;
    const answer = await as('two', document, { hidden: hiddenId, seen: seenId });
    expect(answer.errors).toEqual([]);
    const { modelApprovals, ofActor } = answer.data;
    expect([modelApprovals.nodes, ofActor.nodes]).toEqual([[{ id: seenId }], [{ id: seenId }]]);
    expect(modelApprovals.pageInfo.hasNextPage).toBe(false);
    expect(answer.data).toMatchObject({
      ofModel: { nodes: [] },
      ofVersion: { nodes: [] },
      hidden: null,
      seen: { id: seenId },
    });
    expect(text(answer)).not.toMatch(/secret|safe/);
    expect((await as('vault', '{ modelApprovals { nodes { modelVersionId } } }')).data.modelApprovals.nodes).toEqual([
      { modelVersionId: 'vault/safe/2' },
    ]);
  });
});

describe('a walk', () => {
  const PAGE = `query ($after: String) { models(first: 1, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } }`;

  it.each([
    ['churn', ['east/churn', 'east/churn-uplift']],
    ['two', ['east/churn', 'east/churn-uplift', 'east/risk']],
  ] as const)('of %s meets what is visible, and its cursors tell nothing of the rest', async (name, expected) => {
    const met: string[] = [];
    let after: string | null = null;
    for (let pages = 0; pages < 20; pages += 1) {
      const { data } = await as(name, PAGE, { after });
      met.push(...data.models.nodes.map(({ id }: { id: string }) => id));
      after = data.models.pageInfo.endCursor;
      expect(Buffer.from(after ?? '', 'base64url').toString('latin1')).not.toMatch(/secret|pricing|churn/);
      if (!data.models.pageInfo.hasNextPage) break;
    }
    expect(met).toEqual(expected);
  });

  it('cannot be taken over by somebody who sees something else', async () => {
    const { data } = await as(
      'all',
      '{ models(first: 1, filter: {registryIds: ["east"]}) { pageInfo { endCursor } } }',
    );
    const { errors } = await as(
      'two',
      'query ($after: String) { models(first: 1, after: $after, filter: {registryIds: ["east"]}) { nodes { id } } }',
      { after: data.models.pageInfo.endCursor },
    );
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});

describe('callers at the same time', () => {
  it('each see their own', async () => {
    const names = Array.from({ length: 20 }, (_, n) => CALLERS[n % CALLERS.length] ?? 'all');
    const answers = await Promise.all(names.map((name) => as(name, '{ models(first: 200) { nodes { id } } }')));
    const counts = { all: 36, churn: 2, two: 3, vault: 2 };
    expect(answers.map(({ data }) => data.models.nodes.length)).toEqual(names.map((name) => counts[name]));
  });
});
