import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/domain/access.js';
import { type ChangeFilter, matchesChange, matchesModelTags, seesChange } from '../../../src/domain/change-filter.js';
import type { Change } from '../../../src/domain/changes.js';
import { statusChange } from '../../api/stream-support.js';

const approved = statusChange('churn', {
  previousStatus: 'PENDING',
  status: 'APPROVED',
  outOfBand: true,
} as Partial<Change>);
const firstSeen = statusChange('churn', {
  previousStatus: null,
  status: 'PENDING',
  outOfBand: null,
} as Partial<Change>);
const deleted = statusChange('churn', {
  type: 'MODEL_DELETED',
  version: null,
  actor: { name: 'ana', kind: 'USER', nativeId: 'arn:ana' },
});
const health = statusChange('', { type: 'REGISTRY_HEALTH', model: null, version: null });
const all = [approved, firstSeen, deleted, health];

const labelsOf = (id: string) => (id === 'east' ? [{ key: 'team', value: 'risk' }] : []);
const passing = (filter: ChangeFilter) => all.filter((change) => matchesChange(filter, change, labelsOf));

describe('which changes pass a filter', () => {
  it.each<[ChangeFilter, readonly Change[]]>([
    [{}, all],
    [{ types: [] }, []],
    [{ types: ['MODEL_DELETED', 'REGISTRY_HEALTH'] }, [deleted, health]],
    [{ registryIds: ['west'] }, []],
    [{ registryLabels: [{ key: 'team', values: ['risk'] }] }, all],
    [{ registryLabels: [{ key: 'team', absent: true }] }, []],
    [{ registryLabels: [] }, []],
    [{ modelIds: ['east/churn'] }, [approved, firstSeen, deleted]],
    [{ modelVersionIds: ['east/churn/1'] }, [approved, firstSeen]],
    [{ modelName: { matches: 'CH*' } }, [approved, firstSeen, deleted]],
    [{ from: ['PENDING'] }, [approved]],
    [{ to: ['PENDING'] }, [firstSeen]],
    [{ to: ['APPROVED'], types: ['MODEL_DELETED'] }, []],
    [{ outOfBandOnly: true }, [approved]],
    [{ outOfBandOnly: false }, all],
    [{ actorIds: ['arn:ana'] }, [deleted]],
    [{ actorIds: ['ana'] }, []],
  ])('%o', (filter, expected) => {
    expect(passing(filter)).toEqual(expected);
  });

  it('goes by the tags that a model has now', async () => {
    const filter = { modelTags: [{ key: 'tier', values: ['1'] }] };
    const tags = async () => [{ key: 'tier', value: '1' }];
    const gone = async () => null;
    expect(await matchesModelTags(filter, approved, tags)).toBe(true);
    expect(await matchesModelTags({ modelTags: [{ key: 'tier', values: ['2'] }] }, approved, tags)).toBe(false);
    expect(await matchesModelTags({ modelTags: [{ key: 'tier', absent: true }] }, approved, gone)).toBe(false);
    expect(await matchesModelTags(filter, health, tags)).toBe(false);
    expect(await matchesModelTags({ modelTags: [] }, approved, tags)).toBe(false);
    expect(await matchesModelTags({}, health, gone)).toBe(true);
    await expect(matchesModelTags(filter, approved, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  });
});

it('a change is known to those who see its model, or its registry where it is about that', () => {
  const caller = (grant: Partial<Caller['grants'][number]>): Caller => ({
    actor: { name: 'ana', kind: 'USER', nativeId: 'ana' },
    groups: [],
    grants: [{ role: 'VIEWER', source: 'a test', ...grant }],
  });
  const seen = (grant: Partial<Caller['grants'][number]>) => all.filter((change) => seesChange(caller(grant), change));
  expect(seen({})).toEqual(all);
  expect(seen({ modelName: 'fraud*' })).toEqual([health]);
  expect(seen({ registryIds: ['west'] })).toEqual([]);
});
