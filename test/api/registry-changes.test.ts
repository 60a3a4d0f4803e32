import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/domain/changes.js';
import { createJournalCursors } from '../../src/journal/journal-cursor.js';
import { createMemoryJournal } from '../../src/journal/memory-journal.js';
import { createChaosJournal } from '../support/chaos-journal.js';
import { type GatewayOptions, startGateway, type TestGateway } from '../support/gateway.js';
import { ITEM, idsOf, put, statusChange } from './stream-support.js';
import { sampleRegistry } from './support.js';

const QUERY = `query ($first: Int, $after: String, $last: Int, $before: String, $since: DateTime, $filter: ChangeFilter) {
  registryChanges(first: $first, after: $after, last: $last, before: $before, since: $since, filter: $filter) {
    edges { cursor } nodes { ${ITEM} } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    completeThrough { registryId completeThrough }
  }
}`;

async function open(options: GatewayOptions = {}) {
  const journal = createMemoryJournal();
  const gateway = await startGateway([await sampleRegistry('east', [{ name: 'churn', statuses: ['APPROVED'] }])], {
    createJournal: () => journal,
    ...options,
  });
  return { journal, gateway, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
}

/** What this replica has heard of is what it tells: a moment after it was put. */
async function heard(gateway: TestGateway, change: Change): Promise<void> {
  for (;;) {
    const { data } = await gateway.query(QUERY, { last: 1 });
    if (data.registryChanges.nodes[0]?.id === change.id) return;
  }
}

const page = async (gateway: TestGateway, variables: Record<string, unknown>) => {
  const { data, errors } = await gateway.query(QUERY, variables);
  expect(errors).toEqual([]);
  return data.registryChanges;
};
const changesOf = (count: number, name = 'churn') => Array.from({ length: count }, () => statusChange(name));
const ids = (changes: readonly Change[]) => changes.map(({ id }) => id);

describe('the journal by pages', () => {
  it('is read forward to its end, and on from there', async () => {
    await using desk = await open();
    const changes = changesOf(5) as [Change, Change, Change, Change, Change];
    await put(desk.journal, ...changes);
    await heard(desk.gateway, changes[4]);
    const first = await page(desk.gateway, { first: 3 });
    expect(idsOf(first.nodes)).toEqual(ids(changes.slice(0, 3)));
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    expect(first.pageInfo.endCursor).toBe(first.nodes[2].cursor);
    expect(first.edges.map(({ cursor }: { cursor: string }) => cursor)).toEqual(
      first.nodes.map((node: { cursor: string }) => node.cursor),
    );
    expect(first.completeThrough).toEqual([{ registryId: 'east', completeThrough: null }]);
    const second = await page(desk.gateway, { first: 3, after: first.pageInfo.endCursor });
    expect(idsOf(second.nodes)).toEqual(ids(changes.slice(3)));
    expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    const empty = await page(desk.gateway, { after: second.pageInfo.endCursor });
    expect(empty.nodes).toEqual([]);
    expect(empty.pageInfo).toMatchObject({ hasNextPage: false, endCursor: second.pageInfo.endCursor });
    const next = statusChange('churn');
    await put(desk.journal, next);
    await heard(desk.gateway, next);
    expect(idsOf((await page(desk.gateway, { after: empty.pageInfo.endCursor })).nodes)).toEqual([next.id]);
  });

  it('is read backward from now', async () => {
    await using desk = await open();
    const changes = changesOf(5) as [Change, Change, Change, Change, Change];
    await put(desk.journal, ...changes);
    await heard(desk.gateway, changes[4]);
    const newest = await page(desk.gateway, { last: 2 });
    expect(idsOf(newest.nodes)).toEqual(ids(changes.slice(3)));
    expect(newest.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    const older = await page(desk.gateway, { last: 10, before: newest.pageInfo.startCursor });
    expect(idsOf(older.nodes)).toEqual(ids(changes.slice(0, 3)));
    expect(older.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    // What happened up to the newest page is told; what comes after it is what is next.
    expect((await page(desk.gateway, { after: newest.pageInfo.endCursor })).nodes).toEqual([]);
  });

  it('begins at a time, or at a cursor that is later', async () => {
    await using desk = await open();
    const [early, late] = [changesOf(2), changesOf(3)];
    await put(desk.journal, ...early);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const since = new Date().toISOString();
    await put(desk.journal, ...late);
    await heard(desk.gateway, late[2] as Change);
    const found = await page(desk.gateway, { since });
    expect(idsOf(found.nodes)).toEqual(ids(late));
    expect(idsOf((await page(desk.gateway, { since, last: 100 })).nodes)).toEqual(ids(late));
    const all = await page(desk.gateway, {});
    expect(idsOf((await page(desk.gateway, { since, after: all.nodes[0].cursor })).nodes)).toEqual(ids(late));
    expect(idsOf((await page(desk.gateway, { since, after: found.nodes[0].cursor })).nodes)).toEqual(
      ids(late.slice(1)),
    );
    const toCome = new Date(Date.now() + 60_000).toISOString();
    const nothing = await page(desk.gateway, { since: toCome });
    expect(nothing.nodes).toEqual([]);
    expect(nothing.pageInfo).toMatchObject({ hasNextPage: false, endCursor: expect.stringMatching(/./) });
  });

  it('is never read whole for a filter that matches little', async () => {
    const chaos = createChaosJournal();
    await using desk = await open({ createJournal: () => chaos.journal });
    const [rare, last] = [statusChange('rare'), statusChange('last')];
    await put(chaos.journal, ...changesOf(4500), rare, last);
    await heard(desk.gateway, last);
    const filter = { modelIds: ['east/rare'] };
    const reads = chaos.reads();
    const first = await page(desk.gateway, { filter });
    expect(chaos.reads() - reads).toBe(20);
    expect(first.nodes).toEqual([]);
    expect(first.pageInfo.hasNextPage).toBe(true);
    const second = await page(desk.gateway, { filter, after: first.pageInfo.endCursor });
    expect(idsOf(second.nodes)).toEqual([rare.id]);
    expect(second.pageInfo.hasNextPage).toBe(false);
    const back = await page(desk.gateway, { filter: { modelIds: ['east/none'] }, last: 5 });
    expect(back.pageInfo).toMatchObject({ hasPreviousPage: true, startCursor: expect.stringMatching(/./) });
    const further = await page(desk.gateway, {
      filter: { modelIds: ['east/none'] },
      last: 5,
      before: back.pageInfo.startCursor,
    });
    expect(further.pageInfo.hasPreviousPage).toBe(false);
  });

  it('says where it has a gap', async () => {
    const secret = 'a secret of thirty-two characters';
    const cursors = createJournalCursors([secret]);
    await using desk = await open({
      server: { cursorSecrets: ['${SECRET}'] },
      environment: { SECRET: secret },
    });
    await put(desk.journal, ...changesOf(3));
    const early = new Date().toISOString();
    const head = await desk.journal.head();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const kept = changesOf(2);
    await put(desk.journal, ...changesOf(2));
    await new Promise((resolve) => setTimeout(resolve, 5));
    await put(desk.journal, ...kept);
    await desk.journal.trim({ maxAgeMs: 1_000_000, maxEntries: 2 });
    await heard(desk.gateway, kept[1] as Change);
    const asked = [
      { after: cursors.encode(head) },
      { since: early },
      { after: cursors.encode({ ...head, epoch: 'another' }) },
    ];
    for (const variables of asked) {
      const gap = await page(desk.gateway, variables);
      expect(gap.nodes).toMatchObject([{ __typename: 'JournalGap', cursor: gap.pageInfo.endCursor }]);
      expect(gap.pageInfo.hasNextPage).toBe(true);
      expect(idsOf((await page(desk.gateway, { ...variables, after: gap.pageInfo.endCursor })).nodes)).toEqual(
        ids(kept),
      );
    }
    const beyond = cursors.encode({ ...head, position: '9999999999999-0' });
    const foreign = createJournalCursors(['another secret of thirty-two chars']).encode(head);
    for (const variables of [
      { after: beyond },
      { after: foreign },
      { last: 5, before: beyond },
      { last: 5, before: foreign },
    ]) {
      const gap = await page(desk.gateway, variables);
      expect(gap.nodes).toMatchObject([{ __typename: 'JournalGap' }]);
      expect((await page(desk.gateway, { after: gap.pageInfo.endCursor })).nodes).toEqual([]);
    }
    // Whoever says nothing of where to begin misses nothing.
    expect(idsOf((await page(desk.gateway, {})).nodes)).toEqual(ids(kept));
  });

  it.each([
    [{ first: 0 }, /`first` is 0/],
    [{ first: 201 }, /must be from 1 to 200/],
    [{ first: 1, last: 1 }, /not both/],
    [{ after: 'abc' }, /not a cursor of changes/],
    [{ filter: { registryIds: ['west'] } }, /no registry "west"/],
    [{ filter: { modelIds: ['east'] } }, /not the id of a model/],
  ])('refuses %o', async (variables, message) => {
    await using desk = await open();
    const { errors } = await desk.gateway.query(QUERY, variables);
    expect(errors).toMatchObject([{ message: expect.stringMatching(message), extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});

describe('a change', () => {
  it('tells what happened by its fields, and what is now by its objects', async () => {
    await using desk = await open();
    const about = { actor: { name: 'ana', kind: 'USER', nativeId: 'arn:ana' } } as const;
    const changes = [
      statusChange('churn', { ...about, incarnation: '1' } as Partial<Change>),
      statusChange('churn', {
        type: 'VERSION_UPDATED',
        fields: [{ path: 'tags.team', before: null, after: 'risk' }],
      } as Partial<Change>),
      statusChange('churn', {
        type: 'ALIAS',
        version: null,
        alias: 'prod',
        previousVersion: null,
        currentVersion: '1',
      } as Partial<Change>),
      statusChange('churn', {
        type: 'STAGE',
        previousStage: null,
        stage: { name: 'Staging', status: null, description: null },
      } as Partial<Change>),
      statusChange('churn', { type: 'MODEL_CREATED', version: null }),
      statusChange('gone', {
        type: 'MODEL_UPDATED',
        version: null,
        fields: [{ path: 'description', before: 'a', after: 'b' }],
      } as Partial<Change>),
      statusChange('churn', { type: 'APPROVAL_RECORDED', approvalId: 'approval:east/churn/1/1/1' } as Partial<Change>),
      statusChange('churn', {
        type: 'POLICY_VIOLATED',
        approvalId: 'approval:east/churn/1/1/1',
        reverted: true,
      } as Partial<Change>),
      statusChange('churn', { type: 'VERSION_DELETED' }),
    ];
    await put(desk.journal, ...changes);
    await heard(desk.gateway, changes.at(-1) as Change);
    const { data, errors } = await desk.gateway.query(`{ registryChanges { nodes {
      __typename
      ... on RegistryChange { registry { id displayName } modelVersionId evidence actor { name kind nativeId } }
      ... on ModelVersionStatusChanged { modelVersion { id } approval { id } outOfBand }
      ... on ModelVersionUpdated { modelVersion { id } fields { path before after } }
      ... on ModelAliasChanged { model { id } alias previousVersion currentVersion }
      ... on ModelVersionStageChanged { previousStage { name } stage { name } }
      ... on ModelCreated { model { id } }
      ... on ModelUpdated { model { id } fields { path before after } }
      ... on ApprovalRecorded { approvalId approval { id } }
      ... on PolicyViolated { reverted evaluation { verdict } modelVersion { id } }
    } } }`);
    expect(errors).toEqual([]);
    const registry = { id: 'east', displayName: 'east' };
    const base = { registry, modelVersionId: 'east/churn/1', evidence: ['POLL'], actor: null };
    const ofModel = { ...base, modelVersionId: null };
    expect(data.registryChanges.nodes).toEqual([
      // Another incarnation is there by now.
      {
        __typename: 'ModelVersionStatusChanged',
        ...base,
        ...about,
        modelVersion: null,
        approval: null,
        outOfBand: null,
      },
      {
        __typename: 'ModelVersionUpdated',
        ...base,
        modelVersion: { id: 'east/churn/1' },
        fields: [{ path: 'tags.team', before: null, after: 'risk' }],
      },
      {
        __typename: 'ModelAliasChanged',
        ...ofModel,
        model: { id: 'east/churn' },
        alias: 'prod',
        previousVersion: null,
        currentVersion: '1',
      },
      { __typename: 'ModelVersionStageChanged', ...base, previousStage: null, stage: { name: 'Staging' } },
      { __typename: 'ModelCreated', ...ofModel, model: { id: 'east/churn' } },
      {
        __typename: 'ModelUpdated',
        ...ofModel,
        model: null,
        fields: [{ path: 'description', before: 'a', after: 'b' }],
      },
      { __typename: 'ApprovalRecorded', ...base, approvalId: 'approval:east/churn/1/1/1', approval: null },
      { __typename: 'PolicyViolated', ...base, reverted: true, evaluation: null, modelVersion: { id: 'east/churn/1' } },
      { __typename: 'ModelVersionDeleted', ...base },
    ]);
  });
});
