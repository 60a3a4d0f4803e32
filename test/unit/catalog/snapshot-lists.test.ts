import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Catalog, ModelListArgs, VersionListArgs } from '../../../src/catalog/catalog.js';
import type { Connection } from '../../../src/catalog/connection.js';
import type { ListRules } from '../../../src/catalog/list-rules.js';
import type { Caller } from '../../../src/domain/access.js';
import { matchesModel, matchesTags, matchesVersion } from '../../../src/domain/filters.js';
import type {
  ModelListFilter,
  ModelListOrder,
  VersionListFilter,
  VersionListOrder,
} from '../../../src/domain/lists.js';
import {
  APPROVAL_STATUSES,
  type ModelRecord,
  type ModelVersionRecord,
  REGISTRATION_STATUSES,
} from '../../../src/domain/model.js';
import { modelId, modelOf, versionId } from '../../../src/domain/refs.js';
import { ago, callerWith, openSnapshotCatalog } from '../../support/snapshot-catalog.js';
import { modelRecord, versionRecord } from '../../support/snapshot-records.js';

// What the snapshot answers, held against looking at every record there is.

const REGISTRIES = ['a', 'a-b', 'b'];
const NAMES = ['churn', 'Churn', 'risk', 'fraud/x', 'ä', '\uffee', '😀'];
const TIMES = ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z', '2026-01-03T00:00:00.000Z'];

const rules: ListRules = {
  mayDecide: (caller, version) => version.createdBy?.name !== caller.actor.name && version.ref.name !== 'risk',
  productionRule: ({ name }) => {
    if (name === 'churn') return { by: 'ALIAS', name: 'champion' };
    return name === 'risk' ? { by: 'STAGE', name: 'prod' } : { by: 'LATEST_APPROVED' };
  },
};

const oneOf = <T>(values: readonly T[]) => fc.constantFrom(...values);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const time = maybe(oneOf(TIMES));
const tags = fc.subarray([
  { key: 'team', value: 'growth' },
  { key: 'tier', value: '1' },
  { key: 'tier', value: '2' },
]);

interface World {
  readonly models: readonly ModelRecord[];
  readonly versions: readonly ModelVersionRecord[];
}

const someModels = fc
  .uniqueArray(fc.tuple(oneOf(REGISTRIES), oneOf(NAMES)), { selector: String, maxLength: 12 })
  .chain((refs) =>
    fc.tuple(
      ...refs.map(([registryId, name]) =>
        fc
          .record({
            description: maybe(oneOf(['finds CHURN early', 'old'])),
            owner: maybe(oneOf(['growth', 'risk'])),
            tags,
            createdAt: time,
            updatedAt: time,
            aliases: fc.subarray([
              { name: 'champion', version: '1' },
              { name: 'next', version: '2' },
              { name: 'other', version: '1' },
            ]),
          })
          .map((fields) => modelRecord(registryId, name, fields)),
      ),
    ),
  );

const someVersions = fc
  .uniqueArray(fc.tuple(oneOf(REGISTRIES), oneOf(NAMES), oneOf([1, 2, 9, 10])), { selector: String, maxLength: 40 })
  .chain((refs) =>
    fc.tuple(
      ...refs.map(([registryId, name, number]) =>
        fc
          .record({
            description: maybe(oneOf(['better', 'worse'])),
            registrationStatus: oneOf(REGISTRATION_STATUSES),
            approvalStatus: oneOf(APPROVAL_STATUSES),
            approvalStatusExplicit: fc.boolean(),
            approvalStatusSince: time,
            stage: maybe(oneOf(['prod', 'Staging']).map((stage) => ({ name: stage, status: null, description: null }))),
            tags,
            metadata: tags,
            createdAt: time,
            createdBy: maybe(
              oneOf(['ana@example.com', 'bo']).map((who) => ({ name: who, kind: 'USER' as const, nativeId: null })),
            ),
            updatedAt: time,
            artifacts: fc.subarray(['s3://m/1', 's3://m/2']).map((uris) => uris.map(toArtifact)),
          })
          .map((fields) => versionRecord(registryId, name, number, fields)),
      ),
    ),
  );

const world: fc.Arbitrary<World> = fc.record({ models: someModels, versions: someVersions });

const text = fc.oneof(
  oneOf(NAMES).map((equals) => ({ equals })),
  oneOf(['ch', 'R', 'x']).map((contains) => ({ contains })),
  oneOf(['c*', '*K', '?hurn']).map((matches) => ({ matches })),
);
const tagFilters = fc.array(
  fc.oneof(
    fc.record({ key: oneOf(['team', 'tier']) }),
    fc.record({ key: oneOf(['team', 'tier']), values: fc.subarray(['1', '2', 'growth']) }),
    fc.record({ key: oneOf(['team', 'tier']), absent: fc.constant(true) }),
  ),
  { maxLength: 2 },
);
const statuses = fc.subarray([...APPROVAL_STATUSES]);
const times = {
  createdAfter: oneOf(TIMES),
  createdBefore: oneOf(TIMES),
  updatedAfter: oneOf(TIMES),
  updatedBefore: oneOf(TIMES),
};
/** Few at once, so that something passes. */
const few = <T extends Record<string, fc.Arbitrary<unknown>>>(fields: T) =>
  fc
    .subarray(Object.keys(fields), { maxLength: 3 })
    .chain((keys) => fc.record(Object.fromEntries(keys.map((key) => [key, fields[key] ?? fc.constant(undefined)]))));

const modelFilter = few({
  name: text,
  names: fc.subarray(NAMES),
  nativeIds: fc.subarray(['memory:a/churn', 'memory:b/risk']),
  search: oneOf(['churn', 'growth old', '']),
  owner: text,
  hasOwner: fc.boolean(),
  tags: tagFilters,
  hasVersionWithStatuses: statuses,
  hasProductionVersion: fc.boolean(),
  ...times,
}) as fc.Arbitrary<ModelListFilter>;

const versionFilter = few({
  modelName: text,
  modelTags: tagFilters,
  nativeIds: fc.subarray(['memory:a/churn/1', 'memory:b/risk/2', 'memory:a-b/churn/10']),
  search: oneOf(['churn', 'growth better', '']),
  approvalStatuses: statuses,
  approvalStatusExplicit: fc.boolean(),
  approvalStatusSinceBefore: oneOf(TIMES),
  viewerCanDecide: fc.boolean(),
  registrationStatuses: fc.subarray([...REGISTRATION_STATUSES]),
  stages: fc.subarray(['prod', 'Staging']),
  aliases: fc.subarray(['champion', 'next', 'none']),
  tags: tagFilters,
  inProduction: fc.boolean(),
  artifactUris: fc.subarray(['s3://m/1', 's3://m/2']),
  createdBy: text,
  ...times,
}) as fc.Arbitrary<VersionListFilter>;

const direction = oneOf(['ASC', 'DESC'] as const);
const modelOrder = fc.record({ field: oneOf(['NAME', 'CREATED_AT', 'UPDATED_AT'] as const), direction });
const versionOrder = fc.record({
  field: oneOf(['CREATED_AT', 'UPDATED_AT', 'MODEL_NAME', 'APPROVAL_STATUS_SINCE'] as const),
  direction,
});
const registryIds = fc.option(fc.subarray(REGISTRIES), { nil: undefined });
const caller = oneOf([
  callerWith({ role: 'ADMIN' }),
  callerWith({ role: 'VIEWER', modelName: 'c*' }),
  callerWith({ role: 'VIEWER', registryIds: ['a'] }, { role: 'VIEWER', registryIds: ['b'], modelName: '*r*' }),
]);

describe('lists from the snapshot', () => {
  it('of models have what matches, in order, from either end', async () => {
    const asked = fc.record({ world, filter: modelFilter, order: modelOrder, registryIds, caller });
    await fc.assert(
      fc.asyncProperty(asked, async ({ world: w, filter, order, registryIds: of, caller: who }) => {
        const catalog = catalogOf(w, who);
        const selection = of === undefined ? {} : { registryIds: of.filter((id) => catalog.registry(id) !== null) };
        const wanted = w.models
          .filter(({ ref }) => sees(who, ref.registryId, ref.name) && (of?.includes(ref.registryId) ?? true))
          .filter((model) => passesModel(filter, model, w))
          .sort(byModelOrder(order))
          .map(({ ref }) => modelId(ref));
        await expectWalks(
          wanted,
          (page) => catalog.listModels({ selection, filter, order, page }),
          (model) => modelId(model.ref),
        );
      }),
      { numRuns: 150 },
    );
  });

  it('of versions have what matches, in order, from either end', async () => {
    const asked = fc.record({ world, filter: versionFilter, order: versionOrder, registryIds, caller });
    await fc.assert(
      fc.asyncProperty(asked, async ({ world: w, filter, order, registryIds: of, caller: who }) => {
        const catalog = catalogOf(w, who);
        const selection = of === undefined ? {} : { registryIds: of.filter((id) => catalog.registry(id) !== null) };
        const wanted = w.versions
          .filter(({ ref }) => sees(who, ref.registryId, ref.name) && (of?.includes(ref.registryId) ?? true))
          .filter((version) => passesVersion(filter, version, w, who))
          .sort(byVersionOrder(order))
          .map(({ ref }) => versionId(ref));
        await expectWalks(
          wanted,
          (page) => catalog.listVersions({ selection, filter, order, page, models: undefined }),
          (version) => versionId(version.ref),
        );
      }),
      { numRuns: 250 },
    );
  });

  it('of the versions of some models have what matches, by number where it is one', async () => {
    const refs = fc.uniqueArray(fc.record({ registryId: oneOf(REGISTRIES), name: oneOf(NAMES) }), {
      selector: modelId,
      minLength: 1,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(world, versionFilter, refs, direction, async (w, filter, models, way) => {
        const order: VersionListOrder = { field: models.length === 1 ? 'NUMBER' : 'UPDATED_AT', direction: way };
        const who = callerWith({ role: 'ADMIN' });
        const ids = models.map(modelId);
        const wanted = w.versions
          .filter((version) => ids.includes(modelId(modelOf(version.ref))) && passesVersion(filter, version, w, who))
          .sort(byVersionOrder(order))
          .map(({ ref }) => versionId(ref));
        await expectWalks(
          wanted,
          (page) => catalogOf(w, who).listVersions({ selection: {}, filter, order, page, models }),
          (version) => versionId(version.ref),
        );
      }),
      { numRuns: 100 },
    );
  });
});

describe('a walk through the snapshot', () => {
  it.each(['forward', 'backward'] as const)('%s loses and doubles nothing while others come and go', async (way) => {
    const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 5, maxLength: 40 });
    const change = fc.array(fc.tuple(fc.integer({ min: 100, max: 140 }), fc.boolean()), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(numbers, fc.array(change, { maxLength: 12 }), versionOrder, async (staying, changes, order) => {
        const { snapshots, open } = openSnapshotCatalog(REGISTRIES, { rules });
        const put = (number: number) => snapshots.put(spread(number));
        for (const number of staying) put(number);
        for (const id of REGISTRIES) snapshots.setState(id, { completeThrough: ago(1) });
        const met: ModelVersionRecord[] = [];
        let cursor: string | null = null;
        for (let page = 0; page < 60; page += 1) {
          const from: string | null = cursor;
          const args = way === 'forward' ? { first: 3, after: from } : { last: 3, before: from };
          const answer: Connection<ModelVersionRecord> = await open().listVersions({
            page: args,
            selection: {},
            filter: {},
            order,
            models: undefined,
          });
          met.push(...(way === 'forward' ? answer.edges : answer.edges.toReversed()).map(({ node }) => node));
          cursor = way === 'forward' ? answer.endCursor() : answer.startCursor();
          if (!(way === 'forward' ? answer.hasNextPage : answer.hasPreviousPage)) break;
          for (const [number, isThere] of changes[page] ?? []) {
            if (isThere) put(number);
            else snapshots.remove(spread(number).ref.registryId, versionId(spread(number).ref));
          }
        }
        const ids = met.map(({ ref }) => versionId(ref));
        expect(new Set(ids).size).toBe(ids.length);
        const stayed = staying.map((number) => spread(number)).sort(byVersionOrder(order));
        const inOrder = (way === 'forward' ? stayed : stayed.toReversed()).map(({ ref }) => versionId(ref));
        expect(ids.filter((id) => inOrder.includes(id))).toEqual(inOrder);
      }),
      { numRuns: 60 },
    );
  });
});

describe('counts of the snapshot', () => {
  it('are those of what is visible', async () => {
    await fc.assert(
      fc.asyncProperty(world, caller, async (w, who) => {
        const catalog = catalogOf(w, who);
        const seen = <R extends ModelRecord | ModelVersionRecord>(records: readonly R[], id?: string) =>
          records.filter(({ ref }) => sees(who, ref.registryId, ref.name) && (id ?? ref.registryId) === ref.registryId);
        const wanted = (id?: string) => ({
          models: seen(w.models, id).length,
          versions: seen(w.versions, id).length,
          byApprovalStatus: APPROVAL_STATUSES.map((approvalStatus) => ({
            approvalStatus,
            count: seen(w.versions, id).filter((version) => version.approvalStatus === approvalStatus).length,
          })),
        });
        for (const { id } of catalog.registries) expect(catalog.counts(id)).toMatchObject(wanted(id));
        const { totals, totalsAreExact } = await catalog.summary({});
        expect({ totals, totalsAreExact }).toMatchObject({ totals: wanted(), totalsAreExact: true });
      }),
      { numRuns: 100 },
    );
  });

  it('stay right through changes of status, deletions and what comes twice', () => {
    const { snapshots, open } = openSnapshotCatalog(['a']);
    snapshots.put(versionRecord('a', 'm', 1));
    snapshots.put(versionRecord('a', 'm', 1, { approvalStatus: 'APPROVED' }));
    snapshots.put(versionRecord('a', 'm', 2, { approvalStatus: 'REJECTED' }));
    snapshots.put(modelRecord('a', 'm'));
    snapshots.put(modelRecord('a', 'm', { owner: 'x' }));
    snapshots.put(modelRecord('a', 'gone'));
    snapshots.remove('a', 'a/gone');
    snapshots.remove('a', 'a/m/2');
    snapshots.remove('a', 'a/m/3');
    expect(open().counts('a')).toBeNull();
    snapshots.setState('a', { completeThrough: TIMES[0] ?? '' });
    expect(open().counts('a')).toEqual({
      models: 1,
      versions: 1,
      byApprovalStatus: [
        { approvalStatus: 'PENDING', count: 0 },
        { approvalStatus: 'APPROVED', count: 1 },
        { approvalStatus: 'REJECTED', count: 0 },
      ],
      asOf: TIMES[0],
    });
    snapshots.clear('a');
    snapshots.setState('a', { completeThrough: TIMES[0] ?? '' });
    expect(open().counts('a')).toMatchObject({ models: 0, versions: 0 });
  });
});

/** The same version for a number each time. */
function spread(number: number): ModelVersionRecord {
  const at = TIMES[number % 4] ?? null;
  return versionRecord(REGISTRIES[number % 3] ?? 'a', NAMES[number % NAMES.length] ?? 'churn', number, {
    createdAt: at,
    updatedAt: TIMES[number % 3] ?? null,
    approvalStatusSince: at,
    approvalStatus: APPROVAL_STATUSES[number % 2] ?? 'PENDING',
  });
}

function catalogOf({ models, versions }: World, who: Caller): Catalog {
  const { snapshots, open } = openSnapshotCatalog(REGISTRIES, { rules });
  // Either may come before the other.
  for (const version of versions) snapshots.put(version);
  for (const model of models) snapshots.put(model);
  for (const id of REGISTRIES) snapshots.setState(id, { completeThrough: ago(1) });
  return open(who);
}

async function expectWalks<R>(
  wanted: readonly string[],
  read: (page: ModelListArgs['page'] & VersionListArgs['page']) => Promise<Connection<R>>,
  idOf: (record: R) => string,
): Promise<void> {
  const forward: string[] = [];
  const backward: string[] = [];
  let after: string | null = null;
  let before: string | null = null;
  for (let page = 0; page === 0 || page * 7 < wanted.length; page += 1) {
    const next: Connection<R> = await read({ first: 7, after });
    const last: Connection<R> = await read({ last: 7, before });
    forward.push(...next.edges.map(({ node }) => idOf(node)));
    backward.unshift(...last.edges.map(({ node }) => idOf(node)));
    // The registries themselves hold nothing: whatever comes is from the snapshot.
    expect(next).toMatchObject({ unavailable: [], totalCountIsExact: true });
    expect([next.totalCount(), last.totalCount()]).toEqual([wanted.length, wanted.length]);
    const isLast = (page + 1) * 7 >= wanted.length;
    expect([next.hasNextPage, last.hasPreviousPage]).toEqual([!isLast, !isLast]);
    expect([next.hasPreviousPage, last.hasNextPage]).toEqual([page > 0, page > 0]);
    after = next.endCursor();
    before = last.startCursor();
  }
  expect(forward).toEqual(wanted);
  expect(backward).toEqual(wanted);
}

function passesModel(filter: ModelListFilter, model: ModelRecord, { versions }: World): boolean {
  const { hasVersionWithStatuses, hasProductionVersion, ...own } = filter;
  if (asksForNothing(filter)) return false;
  const mine = versions.filter(({ ref }) => modelId(modelOf(ref)) === modelId(model.ref));
  return (
    matchesModel(own, model) &&
    (hasVersionWithStatuses === undefined ||
      mine.some(({ approvalStatus }) => hasVersionWithStatuses.includes(approvalStatus))) &&
    (hasProductionVersion === undefined || (production(model, mine) !== undefined) === hasProductionVersion)
  );
}

function passesVersion(filter: VersionListFilter, version: ModelVersionRecord, w: World, who: Caller): boolean {
  const { modelTags, aliases, approvalStatusSinceBefore, viewerCanDecide, inProduction, ...own } = filter;
  if (asksForNothing(filter)) return false;
  const ref = modelOf(version.ref);
  const model = w.models.find((candidate) => modelId(candidate.ref) === modelId(ref));
  const mine = w.versions.filter((other) => modelId(modelOf(other.ref)) === modelId(ref));
  const names = (model?.aliases ?? []).filter((alias) => alias.version === version.ref.version).map(({ name }) => name);
  const since = version.approvalStatusSince;
  return (
    matchesVersion(own, version) &&
    (modelTags === undefined || (model !== undefined && matchesTags(modelTags, model.tags))) &&
    (aliases === undefined || names.some((name) => aliases.includes(name))) &&
    (approvalStatusSinceBefore === undefined || (since !== null && since < approvalStatusSinceBefore)) &&
    (viewerCanDecide === undefined || rules.mayDecide(who, version) === viewerCanDecide) &&
    (inProduction === undefined || (production(model ?? { ref, aliases: [] }, mine) === version) === inProduction)
  );
}

function asksForNothing(filter: object): boolean {
  return Object.values(filter).some((value) => Array.isArray(value) && value.length === 0);
}

function production(
  { ref, aliases }: Pick<ModelRecord, 'ref' | 'aliases'>,
  versions: readonly ModelVersionRecord[],
): ModelVersionRecord | undefined {
  const rule = rules.productionRule(ref);
  const holder = aliases.find(({ name }) => rule.by === 'ALIAS' && name === rule.name)?.version;
  return versions
    .filter((version) => {
      if (rule.by === 'ALIAS') return version.ref.version === holder;
      return rule.by === 'STAGE' ? version.stage?.name === rule.name : version.approvalStatus === 'APPROVED';
    })
    .sort((a, b) => b.number - a.number)[0];
}

function sees({ grants }: Caller, registryId: string, name: string): boolean {
  return grants.some(
    ({ registryIds: of, modelName }) =>
      (of?.includes(registryId) ?? true) &&
      (modelName === undefined || new RegExp(`^${modelName.replaceAll('*', '.*')}$`, 'isu').test(name)),
  );
}

function byModelOrder({ field, direction: way }: ModelListOrder) {
  const keyOf = ({ ref, createdAt, updatedAt }: ModelRecord) =>
    ({ NAME: ref.name, CREATED_AT: createdAt, UPDATED_AT: updatedAt })[field];
  return (a: ModelRecord, b: ModelRecord) => byKeys(keyOf(a), keyOf(b), way) || bytes(modelId(a.ref), modelId(b.ref));
}

function byVersionOrder({ field, direction: way }: VersionListOrder) {
  const keyOf = ({ ref, number, createdAt, updatedAt, approvalStatusSince }: ModelVersionRecord) =>
    ({
      NUMBER: String(number).padStart(9, '0'),
      CREATED_AT: createdAt,
      UPDATED_AT: updatedAt,
      MODEL_NAME: ref.name,
      APPROVAL_STATUS_SINCE: approvalStatusSince,
    })[field];
  return (a: ModelVersionRecord, b: ModelVersionRecord) =>
    byKeys(keyOf(a), keyOf(b), way) || bytes(modelId(modelOf(a.ref)), modelId(modelOf(b.ref))) || a.number - b.number;
}

function byKeys(a: string | null, b: string | null, way: 'ASC' | 'DESC'): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return way === 'ASC' ? bytes(a, b) : bytes(b, a);
}

function bytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function toArtifact(uri: string): ModelVersionRecord['artifacts'][number] {
  return {
    uri,
    role: null,
    image: null,
    imageDigest: null,
    framework: null,
    frameworkVersion: null,
    digest: null,
  };
}
