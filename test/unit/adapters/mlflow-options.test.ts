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
      pollSeconds: 15,
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

  it('take a webhook with a secret that both sides read alike, and a URL where the gateway is to make it', () => {
    const secret = 'a-secret-of-enough-length';
    expect(faults({ url, webhook: { secret } })).toEqual([]);
    expect(faults({ url, webhook: { secret, manage: true } })).toEqual(['webhook.url']);
    expect(faults({ url, webhook: { secret: 'short' } })).toEqual(['webhook.secret']);
    expect(faults({ url, webhook: { secret: 'sécret-with-an-accent' } })).toEqual(['webhook.secret']);
    expect(faults({ url, webhook: { secret, url: 'https://user:pass@registrar.example.com' } })).toEqual([
      'webhook.url',
    ]);
    expect(mlflowOptions.parse({ url, webhook: { secret, url: 'https://registrar.example.com/' } }).webhook).toEqual({
      secret,
      formerSecrets: [],
      url: 'https://registrar.example.com',
      manage: false,
      toleranceSeconds: 300,
    });
  });

  it('refuse keys that they do not know', () => {
    expect(mlflowOptions.safeParse({ url, token: 't' }).success).toBe(false);
  });
});
