import { describe, expect, it } from 'vitest';
import type { ModelRecord, ModelVersionRecord } from '../../../src/domain/model.js';
import { diffRecords } from '../../../src/sync/diff.js';

const VERSION: ModelVersionRecord = {
  ref: { registryId: 'a', name: 'm', version: '1' },
  number: 1,
  incarnation: '1',
  nativeId: 'a:m:1',
  description: null,
  registrationStatus: 'READY',
  registrationMessage: null,
  approvalStatus: 'PENDING',
  approvalStatusExplicit: true,
  approvalStatusSince: '2026-11-20T08:00:00.000Z',
  approvalComment: null,
  decision: null,
  stage: null,
  tags: [],
  metadata: [],
  createdAt: '2026-11-20T08:00:00.000Z',
  createdBy: null,
  updatedAt: '2026-11-20T08:00:00.000Z',
  artifacts: [],
  lineage: null,
  inference: null,
  consoleUrl: null,
};

const MODEL: ModelRecord = {
  ref: { registryId: 'a', name: 'm' },
  nativeId: 'a:m',
  description: null,
  owner: null,
  tags: [],
  createdAt: '2026-11-20T08:00:00.000Z',
  createdBy: null,
  updatedAt: null,
  aliases: [],
  consoleUrl: null,
};

describe('what has become of a version', () => {
  const types = (before: ModelVersionRecord | null, after: ModelVersionRecord | null) =>
    diffRecords(before, after).map(({ type }) => type);

  it('tells of a new one with its status and its stage', () => {
    const staged = { ...VERSION, stage: { name: 'Staging', status: null, description: null } };
    expect(diffRecords(null, staged)).toMatchObject([
      { type: 'VERSION_REGISTERED', incarnation: '1', occurredAt: VERSION.createdAt },
      { type: 'VERSION_STATUS', previousStatus: null, status: 'PENDING' },
      { type: 'STAGE', previousStage: null, stage: { name: 'Staging' } },
    ]);
    expect(types(null, VERSION)).toEqual(['VERSION_REGISTERED', 'VERSION_STATUS']);
  });

  it('tells of a status with the words of the decision, and of the words alone where the status stays', () => {
    const at = '2026-11-21T08:00:00.000Z';
    const approved = {
      ...VERSION,
      approvalStatus: 'APPROVED',
      approvalStatusSince: at,
      approvalComment: 'Good',
    } as const;
    expect(diffRecords(VERSION, approved)).toMatchObject([
      { type: 'VERSION_STATUS', previousStatus: 'PENDING', status: 'APPROVED', occurredAt: at },
    ]);
    expect(diffRecords(approved, { ...approved, approvalComment: 'Better' })).toMatchObject([
      { type: 'VERSION_UPDATED', fields: [{ path: 'approvalComment', before: 'Good', after: 'Better' }] },
    ]);
  });

  it('names the fields that have changed, tags and metadata by key', () => {
    const after = {
      ...VERSION,
      description: 'Better',
      tags: [{ key: 'team', value: 'risk' }],
      metadata: [{ key: 'auc', value: '0.9' }],
    };
    expect(diffRecords(VERSION, after)).toMatchObject([
      {
        type: 'VERSION_UPDATED',
        fields: [
          { path: 'description', before: null, after: 'Better' },
          { path: 'metadata.auc', before: null, after: '0.9' },
          { path: 'tags.team', before: null, after: 'risk' },
        ],
      },
    ]);
  });

  it('says nothing of times, marks and links', () => {
    const mark = { id: '1.x', status: 'PENDING', actor: null, at: '2026-11-20T09:00:00.000Z', comment: null } as const;
    const after = { ...VERSION, updatedAt: '2026-11-20T09:00:00.000Z', decision: mark, consoleUrl: 'https://x' };
    expect(types(VERSION, after)).toEqual([]);
  });

  it('tells of one that was made anew under the same name as of two', () => {
    const drafts = diffRecords({ ...VERSION, approvalStatus: 'APPROVED' }, { ...VERSION, incarnation: '2' });
    expect(drafts.map(({ type, incarnation }) => [type, incarnation])).toEqual([
      ['VERSION_DELETED', '1'],
      ['VERSION_REGISTERED', '2'],
      ['VERSION_STATUS', '2'],
    ]);
    expect(drafts[2]).toMatchObject({ previousStatus: null });
  });

  it('tells of its end once', () => {
    expect(types(VERSION, null)).toEqual(['VERSION_DELETED']);
    expect(types(null, null)).toEqual([]);
  });
});

describe('what has become of a model', () => {
  it('tells of each alias that came, moved or went', () => {
    const alias = (name: string, version: string) => ({ name, version });
    const before = { ...MODEL, aliases: [alias('champion', '1'), alias('gone', '1'), alias('kept', '2')] };
    const after = { ...MODEL, aliases: [alias('champion', '2'), alias('kept', '2'), alias('new', '3')] };
    expect(diffRecords(before, after)).toMatchObject([
      { type: 'ALIAS', alias: 'champion', previousVersion: '1', currentVersion: '2' },
      { type: 'ALIAS', alias: 'gone', previousVersion: '1', currentVersion: null },
      { type: 'ALIAS', alias: 'new', previousVersion: null, currentVersion: '3' },
    ]);
  });

  it('tells of its beginning, its fields and its end', () => {
    const owned = { ...MODEL, owner: 'risk', tags: [{ key: 'owner', value: 'risk' }] };
    expect(diffRecords(null, owned).map(({ type }) => type)).toEqual(['MODEL_CREATED']);
    expect(diffRecords(MODEL, owned)).toMatchObject([
      { type: 'MODEL_UPDATED', fields: [{ path: 'tags.owner', before: null, after: 'risk' }] },
    ]);
    expect(diffRecords(owned, null).map(({ type }) => type)).toEqual(['MODEL_DELETED']);
  });
});
