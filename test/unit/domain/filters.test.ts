import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ModelFilter,
  matchesModel,
  matchesTags,
  matchesText,
  matchesVersion,
  type VersionFilter,
} from '../../../src/domain/filters.js';
import type { ModelRecord, ModelVersionRecord } from '../../../src/domain/model.js';

const MODEL: ModelRecord = {
  ref: { registryId: 'eu', name: 'Fraud-Detector' },
  nativeId: 'arn:fraud',
  description: 'Scores card payments',
  owner: 'team-risk',
  tags: [
    { key: 'owner', value: 'team-risk' },
    { key: 'tier', value: 'Gold' },
  ],
  createdAt: '2026-11-20T08:00:00.000Z',
  createdBy: null,
  updatedAt: null,
  aliases: [],
  consoleUrl: null,
};

const VERSION: ModelVersionRecord = {
  ref: { registryId: 'eu', name: 'Fraud-Detector', version: '3' },
  number: 3,
  incarnation: '1763712000000',
  nativeId: 'arn:fraud/3',
  description: 'Trained on October',
  registrationStatus: 'READY',
  registrationMessage: null,
  approvalStatus: 'APPROVED',
  approvalStatusExplicit: true,
  approvalStatusSince: null,
  approvalComment: null,
  decision: null,
  stage: { name: 'Production', status: null, description: null },
  tags: [{ key: 'season', value: 'autumn' }],
  metadata: [{ key: 'accuracy', value: '0.91' }],
  createdAt: '2026-11-20T08:00:00.000Z',
  createdBy: { name: 'ana@example.com', kind: 'USER', nativeId: null },
  updatedAt: '2026-11-21T08:00:00.000Z',
  artifacts: [
    {
      uri: 's3://b/model',
      role: null,
      image: null,
      imageDigest: null,
      framework: null,
      frameworkVersion: null,
      digest: null,
    },
  ],
  lineage: null,
  inference: null,
  consoleUrl: null,
};

type Cases<F> = { readonly [K in keyof F]-?: { readonly hits: readonly F[K][]; readonly misses: readonly F[K][] } };

const MODEL_CASES: Cases<ModelFilter> = {
  name: { hits: [{ equals: 'Fraud-Detector' }, { contains: 'DETECT' }], misses: [{ equals: 'fraud-detector' }] },
  names: { hits: [['x', 'Fraud-Detector']], misses: [['fraud-detector'], []] },
  nativeIds: { hits: [['arn:fraud']], misses: [['arn'], []] },
  search: { hits: ['', '  ', 'CARD fraud', 'gold payments', 'tier'], misses: ['gold missing', 'arn:fraud'] },
  owner: { hits: [{ contains: 'RISK' }], misses: [{ equals: 'team' }] },
  hasOwner: { hits: [true], misses: [false] },
  tags: {
    hits: [[{ key: 'tier' }], []],
    misses: [[{ key: 'tier', values: ['gold'] }], [{ key: 'tier' }, { key: 'x' }]],
  },
  createdAfter: { hits: ['2026-11-20T07:59:59.999Z'], misses: ['2026-11-20T08:00:00.000Z'] },
  createdBefore: { hits: ['2026-11-20T08:00:00.001Z'], misses: ['2026-11-20T08:00:00.000Z'] },
  updatedAfter: { hits: [], misses: ['2001-01-01T00:00:00.000Z'] },
  updatedBefore: { hits: [], misses: ['2101-01-01T00:00:00.000Z'] },
};

const VERSION_CASES: Cases<VersionFilter> = {
  modelName: { hits: [{ matches: 'fraud*' }], misses: [{ matches: 'fraud' }] },
  nativeIds: { hits: [['arn:fraud/3']], misses: [[]] },
  search: { hits: ['october 0.91 SEASON'], misses: ['october winter'] },
  approvalStatuses: { hits: [['PENDING', 'APPROVED']], misses: [['PENDING'], []] },
  approvalStatusExplicit: { hits: [true], misses: [false] },
  registrationStatuses: { hits: [['READY']], misses: [['FAILED'], []] },
  stages: { hits: [['Production']], misses: [['production'], []] },
  tags: {
    hits: [[{ key: 'season' }, { key: 'accuracy', values: ['0.91'] }]],
    misses: [[{ key: 'season', absent: true }]],
  },
  artifactUris: { hits: [['s3://b/model']], misses: [['s3://b'], []] },
  createdBy: { hits: [{ contains: 'ANA@' }], misses: [{ equals: 'ana' }] },
  createdAfter: { hits: ['2026-11-19T08:00:00.000Z'], misses: ['2026-11-20T08:00:00.000Z'] },
  createdBefore: { hits: ['2026-11-21T08:00:00.000Z'], misses: ['2026-11-20T08:00:00.000Z'] },
  updatedAfter: { hits: ['2026-11-20T08:00:00.000Z'], misses: ['2026-11-21T08:00:00.000Z'] },
  updatedBefore: { hits: ['2026-11-22T08:00:00.000Z'], misses: ['2026-11-21T08:00:00.000Z'] },
};

describe('filters', () => {
  it.each(Object.keys(MODEL_CASES) as (keyof ModelFilter)[])('of models: %s', (key) => {
    for (const value of MODEL_CASES[key].hits)
      expect(matchesModel({ [key]: value }, MODEL), JSON.stringify(value)).toBe(true);
    for (const value of MODEL_CASES[key].misses)
      expect(matchesModel({ [key]: value }, MODEL), JSON.stringify(value)).toBe(false);
  });

  it.each(Object.keys(VERSION_CASES) as (keyof VersionFilter)[])('of versions: %s', (key) => {
    for (const value of VERSION_CASES[key].hits) expect(matchesVersion({ [key]: value }, VERSION)).toBe(true);
    for (const value of VERSION_CASES[key].misses) expect(matchesVersion({ [key]: value }, VERSION)).toBe(false);
  });

  it('do not restrict where they say nothing, and combine with AND', () => {
    expect(matchesModel({}, MODEL)).toBe(true);
    expect(matchesVersion({}, VERSION)).toBe(true);
    expect(matchesModel({ hasOwner: true, names: ['x'] }, MODEL)).toBe(false);
  });

  it('match nothing that is not known', () => {
    expect(matchesText({ contains: '' }, null)).toBe(false);
    expect(matchesText(undefined, null)).toBe(true);
    expect(matchesModel({ hasOwner: false }, { ...MODEL, owner: null })).toBe(true);
    expect(matchesVersion({ createdBy: { contains: 'a' } }, { ...VERSION, createdBy: null })).toBe(false);
    expect(matchesVersion({ stages: ['Production'] }, { ...VERSION, stage: null })).toBe(false);
  });

  it('see a tag only by its whole key and value', () => {
    const tags = [{ key: 'tier', value: 'gold' }];
    expect(matchesTags([{ key: 'tie' }], tags)).toBe(false);
    expect(matchesTags([{ key: 'tier', values: [] }], tags)).toBe(false);
    expect(matchesTags([{ key: 'tie', absent: true }], tags)).toBe(true);
  });
});

describe('globs', () => {
  const matches = (glob: string, text: string) => matchesText({ matches: glob }, text);

  it.each([
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
    ['?', '', false],
    ['?', '😀', true],
    ['a*b*c', 'aXXbYYc', true],
    ['a*b*c', 'aXXbYY', false],
    ['*a', 'ba', true],
    ['**a**', 'bab', true],
    ['FRAUD-*', 'fraud-detector', true],
    ['a.c', 'abc', false],
    ['[ab]', 'a', false],
    ['a+', 'aa', false],
    ['*.tar', 'x.tar.gz', false],
    ['e\u0301', '\u00e9', true],
  ])('%j on %j: %s', (glob, text, expected) => {
    expect(matches(glob, text)).toBe(expected);
  });

  it('agree with a regular expression', () => {
    const letters = fc.array(fc.constantFrom('a', 'b', '*', '?'), { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(letters, letters, (glob, raw) => {
        const text = raw.replaceAll('*', 'a').replaceAll('?', 'b');
        const expression = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'su');
        expect(matches(glob, text)).toBe(expression.test(text));
      }),
      { numRuns: 3000 },
    );
  });

  it('come to an end on a pattern that a regular expression would not', () => {
    expect(matches(`${'*a'.repeat(60)}b`, 'a'.repeat(5000))).toBe(false);
  });
});
