import { describe, expect, it } from 'vitest';
import { modelKeys, versionKeys } from '../../../adapters/dynamodb/keys.js';
import { toModel, toVersion } from '../../../adapters/dynamodb/map.js';
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
