import { describe, expect, it } from 'vitest';
import { mlflowOptions } from '../../../adapters/mlflow/index.js';

const url = 'https://mlflow.example.com/team-a/';

function faults(options: unknown): readonly string[] {
  const { error } = mlflowOptions.safeParse(options);
  return (error?.issues ?? []).map((issue) => issue.path.join('.'));
}

describe('the options of an MLflow registry', () => {
  it('need a URL alone', () => {
    expect(mlflowOptions.parse({ url })).toEqual({
      url: 'https://mlflow.example.com/team-a',
      auth: { type: 'none' },
      approval: {
        tag: 'validation_status',
        values: { PENDING: ['pending'], APPROVED: ['approved'], REJECTED: ['rejected'] },
        absent: 'PENDING',
        unknown: 'PENDING',
      },
      ownerTag: 'owner',
      concurrency: 8,
      pageSize: 1000,
    });
  });

  it.each([
    ['ftp://mlflow.example.com'],
    ['https://user:secret@mlflow.example.com'],
    ['https://mlflow.example.com/?a=b'],
    ['mlflow.example.com'],
  ])('refuse the URL %s', (wrong) => {
    expect(faults({ url: wrong })).toEqual(['url']);
  });

  it('take one way to sign in', () => {
    expect(faults({ url, auth: { type: 'bearer', token: 't' } })).toEqual([]);
    expect(faults({ url, auth: { type: 'basic', username: 'u', password: 'p' } })).toEqual([]);
    expect(faults({ url, auth: { type: 'bearer', token: '' } })).toEqual(['auth.token']);
    expect(faults({ url, auth: { type: 'basic', username: 'a:b', password: 'p' } })).toEqual(['auth.username']);
    expect(faults({ url, auth: { type: 'kerberos' } })).toEqual(['auth.type']);
  });

  it('refuse an approval value that stands for two statuses, whatever its case', () => {
    const values = { PENDING: ['open'], APPROVED: ['ok'], REJECTED: ['no', 'OK'] };
    expect(faults({ url, approval: { values } })).toEqual(['approval.values']);
  });

  it('refuse tags that are kept for something else, or that MLflow cannot hold', () => {
    expect(faults({ url, approval: { tag: 'registrar.decision' } })).toEqual(['approval.tag']);
    expect(faults({ url, ownerTag: 'back`tick' })).toEqual(['ownerTag']);
  });

  it('refuse keys that they do not know', () => {
    expect(mlflowOptions.safeParse({ url, token: 't' }).success).toBe(false);
  });
});
