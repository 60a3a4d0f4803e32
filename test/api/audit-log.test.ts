import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSqliteStore } from '../../src/governance/sqlite/index.js';
import type { LedgerIndex } from '../../src/governance/store.js';
import { type Desk, openDesk, type Person, temporaryFolder } from './support.js';

const MODELS = ['churn', 'churn-uplift', 'risk', 'secret'];
const ENTRIES = 24;

interface Entry {
  readonly id: string;
  readonly recordedAt: string;
  readonly sequence: number;
  readonly modelVersionId: string;
  readonly to: string;
  readonly channel: string;
  readonly state: string;
  readonly actor: { readonly nativeId: string | null } | null;
}

let desk: Desk;
let everything: readonly Entry[];

const FIELDS = 'id recordedAt sequence modelVersionId to channel state actor { nativeId }';
const list = async (person: Person, args: string, variables: Record<string, unknown> = {}) => {
  const declared = Object.keys(variables).length === 0 ? '' : '($filter: ModelApprovalFilter)';
  const { data, errors } = await desk.ask(
    person,
    `query ${declared} { modelApprovals${args} { nodes { ${FIELDS} } edges { cursor node { id } } totalCount totalCountIsExact pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
    variables,
  );
  return { page: data?.modelApprovals, errors };
};
const filtered = async (filter: Record<string, unknown>, person: Person = 'vera'): Promise<readonly Entry[]> => {
  const { page, errors } = await list(person, '(first: 200, filter: $filter)', { filter });
  expect(errors).toEqual([]);
  return page.nodes;
};

/** Many entries, many of them of one millisecond. */
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  desk = await openDesk({
    models: MODELS.map((name) => ({ name, statuses: ['PENDING', 'APPROVED', 'PENDING'] as const })),
    policies: [{ id: 'named', models: ['risk'] }],
  });
  const started = Date.now();
  for (const name of MODELS) {
    const decide = (person: Person, field: string, n: number, expectedStatus: string) =>
      desk.mutate(person, field, { modelVersionId: `east/${name}/${n}`, expectedStatus });
    // Version 1 has three entries, version 2 an imported one and another, version 3 one.
    await decide('ana', 'rejectModelVersion', 1, 'PENDING');
    await decide('bo', 'resetModelVersionApproval', 1, 'REJECTED');
    vi.setSystemTime(started + 1000 * (1 + MODELS.indexOf(name)));
    await decide('ana', 'approveModelVersion', 1, 'PENDING');
    await decide('bo', 'rejectModelVersion', 2, 'APPROVED');
    await decide('ana', 'approveModelVersion', 3, 'PENDING');
  }
  everything = await filtered({});
});
afterAll(async () => {
  vi.useRealTimers();
  await desk[Symbol.asyncDispose]();
});

describe('the audit log', () => {
  it('has everything, the newest first, unless asked otherwise', async () => {
    expect(everything).toHaveLength(ENTRIES);
    const times = everything.map(({ recordedAt }) => recordedAt);
    expect(times).toEqual(times.toSorted().toReversed());
    expect(new Set(times).size).toBeLessThan(ENTRIES / 2);
    const { page } = await list('vera', '(first: 200, direction: ASC)');
    expect(page.nodes).toEqual(everything.toReversed());
    // Of one version, a later decision never comes before an earlier one.
    const own = page.nodes.filter(({ modelVersionId }: Entry) => modelVersionId === 'east/churn/1');
    expect(own.map(({ sequence }: Entry) => sequence)).toEqual([1, 2, 3]);
  });

  it.each([1, 5, 7, 24, 200])('is walked whole in both directions and from both ends, %i at a time', async (size) => {
    for (const direction of ['DESC', 'ASC']) {
      const expected = (direction === 'DESC' ? everything : everything.toReversed()).map(({ id }) => id);
      const met: string[] = [];
      for (let after = ''; ; ) {
        const { page } = await list('vera', `(first: ${size}, direction: ${direction}${after})`);
        met.push(...page.nodes.map(({ id }: Entry) => id));
        expect(page.edges.map(({ node }: { node: Entry }) => node.id)).toEqual(page.nodes.map(({ id }: Entry) => id));
        expect(page.pageInfo.hasPreviousPage).toBe(after !== '');
        expect(page.pageInfo.hasNextPage).toBe(met.length < ENTRIES);
        if (!page.pageInfo.hasNextPage) break;
        expect(page.pageInfo.endCursor).toBe(page.edges.at(-1).cursor);
        after = `, after: "${page.pageInfo.endCursor}"`;
      }
      expect(met).toEqual(expected);
      const back: string[] = [];
      for (let before = ''; ; ) {
        const { page } = await list('vera', `(last: ${size}, direction: ${direction}${before})`);
        back.unshift(...page.nodes.map(({ id }: Entry) => id));
        expect(page.pageInfo.hasNextPage).toBe(before !== '');
        expect(page.pageInfo.hasPreviousPage).toBe(back.length < ENTRIES);
        if (!page.pageInfo.hasPreviousPage) break;
        before = `, before: "${page.pageInfo.startCursor}"`;
      }
      expect(back).toEqual(expected);
    }
  });

  it('goes on from any cursor of a page, either way', async () => {
    const { page } = await list('vera', '(first: 10)');
    const { cursor } = page.edges[4];
    const after = await list('vera', `(first: 3, after: "${cursor}")`);
    expect(after.page.nodes).toEqual(everything.slice(5, 8));
    const before = await list('vera', `(last: 3, before: "${cursor}")`);
    expect(before.page.nodes).toEqual(everything.slice(1, 4));
  });

  it.each([
    ['(first: 0)'],
    ['(first: 201)'],
    ['(last: 0)'],
    ['(first: 1, last: 1)'],
    ['(after: "nonsense")'],
    ['(filter: {registryIds: ["nowhere"]})'],
    ['(filter: {modelIds: ["nowhere/churn"]})'],
    ['(filter: {modelVersionIds: ["nowhere/churn/1"]})'],
    ['(filter: {modelVersionIds: ["east/churn"]})'],
    ['(filter: {modelIds: ["east"]})'],
  ])('refuses %s', async (args) => {
    const { errors } = await list('vera', args);
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it('has 50 on a page where nothing is said', async () => {
    const { page } = await list('vera', '');
    expect(page.nodes).toHaveLength(ENTRIES);
    expect(page).toMatchObject({ totalCount: null, totalCountIsExact: false });
  });
});

describe('a filter', () => {
  const ids = (entries: readonly Entry[]) => entries.map(({ id }) => id);

  it.each<[string, () => Record<string, unknown>, (entry: Entry) => boolean]>([
    ['registryIds', () => ({ registryIds: ['east'] }), () => true],
    [
      'modelIds',
      () => ({ modelIds: ['east/churn', 'east/risk'] }),
      ({ modelVersionId }) => /churn\/|risk/.test(modelVersionId),
    ],
    [
      'modelVersionIds',
      () => ({ modelVersionIds: ['east/churn/1', 'east/risk/2'] }),
      ({ modelVersionId }) => ['east/churn/1', 'east/risk/2'].includes(modelVersionId),
    ],
    ['actorIds', () => ({ actorIds: [desk.nativeId('bo')] }), ({ actor }) => actor?.nativeId === desk.nativeId('bo')],
    ['channels', () => ({ channels: ['IMPORTED'] }), ({ channel }) => channel === 'IMPORTED'],
    ['states', () => ({ states: ['WRITTEN'] }), ({ state }) => state === 'WRITTEN'],
    ['to', () => ({ to: ['REJECTED', 'PENDING'] }), ({ to }) => to !== 'APPROVED'],
    [
      'policies',
      () => ({ policies: ['named'] }),
      ({ modelVersionId, channel }) => modelVersionId.startsWith('east/risk') && channel === 'GATEWAY',
    ],
    [
      'recordedAfter',
      () => ({ recordedAfter: everything[12]?.recordedAt }),
      ({ recordedAt }) => recordedAt > (everything[12]?.recordedAt ?? ''),
    ],
    [
      'recordedBefore',
      () => ({ recordedBefore: everything[12]?.recordedAt }),
      ({ recordedAt }) => recordedAt < (everything[12]?.recordedAt ?? ''),
    ],
    [
      'all of it at once',
      () => ({ modelIds: ['east/churn'], actorIds: [desk.nativeId('ana')], to: ['APPROVED'], channels: ['GATEWAY'] }),
      ({ modelVersionId, actor, to }) =>
        modelVersionId.startsWith('east/churn/') && actor?.nativeId === desk.nativeId('ana') && to === 'APPROVED',
    ],
  ])('by %s', async (_, filter, matches) => {
    const expected = everything.filter(matches);
    expect(expected.length).toBeGreaterThan(0);
    expect(ids(await filtered(filter()))).toEqual(ids(expected));
    // The same by pages, backward.
    const met: string[] = [];
    for (let before = ''; ; ) {
      const { page } = await list('vera', `(last: 2, filter: $filter${before})`, { filter: filter() });
      met.unshift(...ids(page.nodes));
      if (!page.pageInfo.hasPreviousPage) break;
      before = `, before: "${page.pageInfo.startCursor}"`;
    }
    expect(met).toEqual(ids(expected));
  });

  it('that is null or absent does not restrict, and an empty list matches nothing', async () => {
    const fields = ['registryIds', 'modelIds', 'modelVersionIds', 'actorIds', 'channels', 'states', 'to', 'policies'];
    expect(await filtered(Object.fromEntries(fields.map((field) => [field, null])))).toHaveLength(ENTRIES);
    for (const field of fields) {
      const { page } = await list('vera', '(filter: $filter)', { filter: { [field]: [] } });
      expect(page).toMatchObject({ nodes: [], pageInfo: { hasNextPage: false, endCursor: null } });
    }
  });

  it('has cursors of its own', async () => {
    const { page } = await list('vera', '(first: 1)');
    const after = `after: "${page.pageInfo.endCursor}"`;
    for (const other of ['direction: ASC', 'filter: {to: [APPROVED]}']) {
      const { errors } = await list('vera', `(first: 1, ${other}, ${after})`);
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    }
  });
});

describe('what a reader may not see', () => {
  it('is in no page and behind no cursor of its walk', async () => {
    const visible = everything.filter(({ modelVersionId }) => modelVersionId.startsWith('east/churn'));
    const met: string[] = [];
    for (let after = ''; ; ) {
      const { page } = await list('churner', `(first: 5${after})`);
      met.push(...page.nodes.map(({ id }: Entry) => id));
      if (!page.pageInfo.hasNextPage) break;
      after = `, after: "${page.pageInfo.endCursor}"`;
    }
    expect(met).toEqual(visible.map(({ id }) => id));
    expect(await filtered({ modelIds: ['east/secret'] }, 'churner')).toEqual([]);
    expect(await filtered({ modelVersionIds: ['east/secret/1'] }, 'churner')).toEqual([]);
  });

  it('is not looked up where it is named, so that neither time nor an early end tells of it', async () => {
    await using folder = await temporaryFolder();
    const looked: LedgerIndex[] = [];
    await using own = await openDesk({
      createStore: () => {
        const store = createSqliteStore({ file: path.join(folder.path, 'governance.sqlite') });
        const listed: typeof store.ledger.list = (query) => {
          looked.push(query.index);
          return store.ledger.list(query);
        };
        return { ...store, ledger: { ...store.ledger, list: listed } };
      },
    });
    const ask = (filter: string) =>
      own.ask('churner', `{ modelApprovals(filter: {${filter}}) { nodes { id } pageInfo { hasNextPage } } }`);
    for (const filter of [
      'modelIds: ["east/secret", "east/churn"]',
      'modelVersionIds: ["east/secret/1", "east/churn/1"]',
    ]) {
      expect((await ask(filter)).data.modelApprovals).toEqual({ nodes: [], pageInfo: { hasNextPage: false } });
    }
    expect(looked).toEqual([
      { by: 'model', modelId: 'east/churn' },
      { by: 'version', versionId: 'east/churn/1' },
    ]);
  });

  it('is not reached by the cursor of who sees more, and who sees the same may go on', async () => {
    const { page } = await list('vera', '(first: 1)');
    const after = `(first: 1, after: "${page.pageInfo.endCursor}")`;
    expect((await list('churner', after)).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    // A role more is not a sight more.
    expect((await list('ana', after)).page.nodes).toEqual(everything.slice(1, 2));
  });
});

describe('what was decided', () => {
  it('stays when its version and its model have gone', async () => {
    const of = (name: string) => everything.filter(({ modelVersionId }) => modelVersionId.startsWith(`east/${name}/`));
    const { error } = await desk.mutate('root', 'deleteModel', {
      modelId: 'east/secret',
      cascade: true,
      includeApproved: true,
    });
    expect(error).toBeUndefined();
    const { data } = await desk.ask(
      'vera',
      '{ modelApprovals(filter: {modelIds: ["east/secret"]}) { nodes { id modelVersionId modelVersion { id } } } }',
    );
    expect(data.modelApprovals.nodes).toEqual(
      of('secret').map(({ id, modelVersionId }) => ({ id, modelVersionId, modelVersion: null })),
    );
  });

  it('is shown with the versions as they are, in one call for a page', async () => {
    desk.registry.forgetCalls();
    const { data } = await desk.ask(
      'vera',
      '{ modelApprovals(first: 200) { nodes { modelVersion { approvalStatus } } } }',
    );
    expect(data.modelApprovals.nodes).toHaveLength(ENTRIES);
    expect(Object.fromEntries(desk.registry.calls)).toEqual({ getVersions: 1 });
  });
});
