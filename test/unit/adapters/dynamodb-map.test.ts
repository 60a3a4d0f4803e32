import { describe, expect, it } from 'vitest';
import { toEvidence } from '../../../adapters/dynamodb/evidence-items.js';
import { modelKeys, versionKeys } from '../../../adapters/dynamodb/keys.js';
import { revOf, storedTags, toModel, toVersion } from '../../../adapters/dynamodb/map.js';
import { nativeId, parseNativeId } from '../../../adapters/dynamodb/native-id.js';
import { UnexpectedUpstreamError } from '../../../src/domain/errors.js';

const PLACE = { region: 'eu-west-1', table: 'registry', namespace: 'self-managed' };
const CONTEXT = { ...PLACE, registryId: 'self-managed', ownerTag: 'owner', operation: 'getVersions' };
const AT = '2026-11-20T08:40:00.000Z';

const LEAST_MODEL = { ...modelKeys('self-managed', 'churn'), createdAt: AT, updatedAt: AT, lastVersion: 0, rev: 1 };
const LEAST_VERSION = {
  ...versionKeys('self-managed', { name: 'churn', number: 1, createdAt: AT, status: 'PENDING' }),
  model: 'churn',
  number: 1,
  approvalStatus: 'PENDING',
  createdAt: AT,
  updatedAt: AT,
  rev: 1,
};

describe('items of a self-managed registry', () => {
  it('are read with the required attributes alone, and with ones of their writer', () => {
    expect(toModel({ ...LEAST_MODEL, costCentre: 7 }, CONTEXT)).toMatchObject({
      record: { description: null, owner: null, tags: [], aliases: [], createdBy: null },
      lastVersion: 0,
      latestVersion: undefined,
    });
    const version = toVersion({ ...LEAST_VERSION, reviewer: 'ana' }, CONTEXT);
    expect(version).toMatchObject({ registrationStatus: 'READY', artifacts: [], lineage: null, stage: null });
    expect(version).not.toHaveProperty('aliasNames');
    expect(version).not.toHaveProperty('reviewer');
  });

  it.each([
    ['none', undefined],
    ['one of another form', 'approved by ana'],
    ['one without an id', { status: 'APPROVED', at: AT }],
    ['one of no status', { id: '1.a', status: 'MAYBE', at: AT }],
    ['one of no time', { id: '1.a', status: 'APPROVED', at: 'yesterday' }],
  ])('are read with %s as without a decision', (_, decision) => {
    const version = toVersion({ ...LEAST_VERSION, decision, approvalComment: 'Good' }, CONTEXT);
    expect(version).toMatchObject({ decision: null, approvalComment: 'Good' });
  });

  it('are read with a decision that the status has left behind', () => {
    const decision = { id: '1.a', status: 'APPROVED', at: AT };
    expect(toVersion({ ...LEAST_VERSION, decision }, CONTEXT)).toMatchObject({
      approvalStatus: 'PENDING',
      decision: { ...decision, actor: null, comment: null },
    });
  });

  it('are told apart by their incarnation, or else by their time', () => {
    expect(toVersion(LEAST_VERSION, CONTEXT).incarnation).toBe(String(Date.parse(AT)));
    const incarnation = '01M7W1SKR0E2M7QX4C8VZ1RBNH';
    expect(toVersion({ ...LEAST_VERSION, incarnation }, CONTEXT).incarnation).toBe(incarnation);
    expect(() => toVersion({ ...LEAST_VERSION, incarnation: 'a/b' }, CONTEXT)).toThrow('incarnation');
  });

  it('are read without the keys that the gateway keeps for itself', () => {
    const stored = { 'registrar.decision': 'x', registrar: 'y' };
    const shown = [{ key: 'registrar', value: 'y' }];
    expect(toVersion({ ...LEAST_VERSION, tags: stored, metadata: stored }, CONTEXT)).toMatchObject({
      tags: shown,
      metadata: shown,
    });
    expect(toModel({ ...LEAST_MODEL, tags: stored }, CONTEXT).record.tags).toEqual(shown);
    expect(storedTags({ tags: stored }, 'tags', CONTEXT)).toEqual(stored);
  });

  it('are written only with a whole number of their revision', () => {
    expect(revOf(LEAST_VERSION, CONTEXT)).toBe(1);
    for (const rev of [undefined, '1', 0, 1.5]) {
      expect(() => revOf({ ...LEAST_VERSION, rev }, CONTEXT)).toThrow(UnexpectedUpstreamError);
    }
  });

  it.each([
    ['a time without milliseconds', { createdAt: '2026-11-20T08:40:00Z' }, 'createdAt'],
    ['a time of another zone', { updatedAt: '2026-11-20T08:40:00.000+01:00' }, 'updatedAt'],
    ['an unknown status', { approvalStatus: 'MAYBE' }, 'approvalStatus'],
    ['no status', { approvalStatus: undefined }, 'approvalStatus'],
    ['a number as text', { number: '1' }, 'number'],
    ['a list of tags', { tags: [{ key: 'a', value: 'b' }] }, 'tags'],
    ['an artifact without a URI', { artifacts: [{ role: 'model' }] }, 'artifacts'],
    // The status was changed and the index was not: the review queue would show what no read confirms.
    ['a status that its keys do not have', { approvalStatus: 'APPROVED' }, 'registryStatus'],
    ['a number that its key does not have', { number: 2 }, 'sk'],
    ['another namespace', { registry: 'other' }, 'registry'],
  ])('are reported with %s', (_, change, attribute) => {
    expect(() => toVersion({ ...LEAST_VERSION, ...change }, CONTEXT)).toThrow(UnexpectedUpstreamError);
    expect(() => toVersion({ ...LEAST_VERSION, ...change }, CONTEXT)).toThrow(attribute);
    expect(() => toVersion({ ...LEAST_VERSION, ...change }, CONTEXT)).toThrow('"REG#self-managed#MODEL#churn"');
  });
});

describe('evidence of a version', () => {
  const ALL = ['METRICS', 'PARAMETERS', 'REPORTS', 'MODEL_CARD'] as const;

  it('is nothing where nothing is kept', () => {
    const nothing = { metrics: [], parameters: [], reports: [], modelCard: null, problems: [] };
    expect(toEvidence(LEAST_VERSION, ALL, CONTEXT)).toEqual(nothing);
    const kept = { metrics: [{ name: 'auc', value: 1 }], modelCard: { content: '{}' }, parameters: { eta: '1' } };
    expect(toEvidence({ ...LEAST_VERSION, ...kept }, ['REPORTS'], CONTEXT)).toEqual(nothing);
  });

  it('is in order: metrics by name, then dataset', () => {
    const metrics = [
      { name: 'f1', value: 1 },
      { name: 'auc', value: 2, dataset: 'b' },
      { name: 'auc', value: 3, dataset: 'a' },
      { name: 'auc', value: 4 },
    ];
    const { metrics: read } = toEvidence({ ...LEAST_VERSION, metrics }, ALL, CONTEXT);
    expect(read.map(({ value }) => value)).toEqual([4, 3, 2, 1]);
  });

  it.each([
    ['s3://reports/quality.json', 'quality.json'],
    ['s3://reports/folder/', 'folder'],
    ['/', 'BIAS'],
  ])('names the report %s %j', (uri, name) => {
    const reports = [{ kind: 'BIAS', uri }];
    expect(toEvidence({ ...LEAST_VERSION, reports }, ALL, CONTEXT).reports).toEqual([
      { kind: 'BIAS', uri, name, contentType: null },
    ]);
    const given = [{ kind: 'BIAS', uri, name: 'Bias of October' }];
    const { reports: named } = toEvidence({ ...LEAST_VERSION, reports: given }, ALL, CONTEXT);
    expect(named).toMatchObject([{ name: 'Bias of October' }]);
  });

  it.each([
    ['METRICS', 'a metric without a value', { metrics: [{ name: 'auc' }] }, 'metrics.0.value'],
    ['METRICS', 'a metric that is no number', { metrics: [{ name: 'auc', value: '' }] }, 'metrics.0.value'],
    ['REPORTS', 'a report of an unknown kind', { reports: [{ kind: 'LUCK', uri: 's3://a' }] }, 'reports.0.kind'],
    ['PARAMETERS', 'a parameter that is no text', { parameters: { eta: 1 } }, 'parameters.eta'],
    ['MODEL_CARD', 'a model card that is no text', { modelCard: { content: {} } }, 'modelCard.content'],
    ['MODEL_CARD', 'a model card that is no JSON', { modelCard: { content: 'Draft' } }, 'modelCard.content'],
  ])('tells in %s of %s, and of the rest as it is', (part, _, change, attribute) => {
    const good = { metrics: [{ name: 'auc', value: 1 }], parameters: { eta: '1' } };
    const evidence = toEvidence({ ...LEAST_VERSION, ...good, ...change }, ALL, CONTEXT);
    expect(evidence.problems).toHaveLength(1);
    expect(evidence.problems[0]?.error).toBeInstanceOf(UnexpectedUpstreamError);
    expect(evidence.problems[0]).toMatchObject({
      part,
      error: { message: expect.stringContaining(attribute), registryId: 'self-managed' },
    });
    expect(evidence.metrics.length + evidence.parameters.length).toBe(
      Object.keys(change).some((key) => key in good) ? 1 : 2,
    );
    expect(toVersion({ ...LEAST_VERSION, ...change }, CONTEXT)).toMatchObject({ number: 1 });
  });
});

describe('native ids', () => {
  it.each(['churn', 'sl/ash', 'per%cent', 'Ünïcödé-模型', '😀', '..', '#', "it's (v2)!*"])('read back %j', (name) => {
    for (const named of [{ name }, { name, version: '12' }]) {
      expect(parseNativeId(PLACE, nativeId(PLACE, named))).toEqual(named);
    }
  });

  it.each([
    'dynamodb://eu-west-1/registry/self-managed',
    'dynamodb://eu-west-1/registry/self-managed/',
    'dynamodb://eu-west-1/registry/self-managed/churn/1/2',
    'dynamodb://eu-west-1/registry/other/churn/1',
    'dynamodb://eu-west-1/other/self-managed/churn/1',
    'dynamodb://eu-west-2/registry/self-managed/churn/1',
    'dynamodb://eu-west-1/registry/self-managed/%63hurn/1',
    'dynamodb://eu-west-1/registry/self-managed/%/1',
    'DynamoDB://eu-west-1/registry/self-managed/churn/1',
    'dynamodb:/eu-west-1/registry/self-managed/churn/1',
  ])('do not read %j', (id) => {
    expect(parseNativeId(PLACE, id)).toBeNull();
  });
});
