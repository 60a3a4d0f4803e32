import { expect, it } from 'vitest';
import { createSageMakerAdapter, sageMakerOptions } from '../../../adapters/sagemaker/index.js';

const role = 'arn:aws:iam::123456789012:role/registrar';
const environment = { siblings: [], baseDirectory: '/' };

function faults(options: object): string[] {
  return sageMakerOptions.safeParse(options).error?.issues.map(({ path }) => path.join('.')) ?? [];
}

it('a region is enough, and the rest has defaults', () => {
  expect(sageMakerOptions.parse({ region: 'eu-west-1' })).toEqual({
    region: 'eu-west-1',
    sessionName: 'registrar',
    sharedGroups: false,
    ownerTag: 'owner',
    concurrency: 4,
    singleLookups: 20,
    passCaller: false,
    pollSeconds: 10,
    indexLagSeconds: 30,
    reports: { buckets: [], maxBytes: 1_048_576, concurrency: 4 },
  });
});

it('faults are told with their paths', () => {
  expect(faults({})).toEqual(['region']);
  expect(
    faults({ region: 'Frankfurt', accountId: '42', roleArn: 'registrar', endpoint: 'localhost' }).toSorted(),
  ).toEqual(['accountId', 'endpoint', 'region', 'roleArn']);
  expect(faults({ region: 'eu-west-1', accountId: '210987654321', roleArn: role })).toEqual(['accountId']);
  expect(faults({ region: 'eu-west-1', secretAccessKey: 'x' })).toHaveLength(1);
});

it('reports come from named buckets, within bounds', () => {
  const reports = (options: object) => faults({ region: 'eu-west-1', reports: options });
  expect(
    reports({ buckets: ['models.example', 'a-b-3'], maxBytes: 16_777_216, endpoint: 'https://s3.example.com' }),
  ).toEqual([]);
  expect(reports({ buckets: ['s3://models', '*', 'Models', ''] })).toHaveLength(4);
  expect(reports({ buckets: ['models/churn/', 'models/{model}/', 'models/a.b/x/', 'models/v-{model}/x/'] })).toEqual(
    [],
  );
  const wrong = [
    'models/',
    'models/churn',
    'models//churn/',
    'models/../other/',
    'models/./',
    'models/{name}/',
    'models/%2e/',
  ];
  expect(reports({ buckets: wrong })).toHaveLength(wrong.length);
  expect(reports({ maxBytes: 16_777_217 })).toEqual(['reports.maxBytes']);
  expect(reports({ endpoint: 'https://user:secret@s3.example.com' })).toEqual(['reports.endpoint']);
});

it('a caller needs a role to act in', () => {
  expect(faults({ region: 'eu-west-1', passCaller: true })).toEqual(['passCaller']);
  expect(faults({ region: 'eu-west-1', passCaller: true, roleArn: role })).toEqual([]);
});

it.each(['endpoint', 'stsEndpoint'])('%s holds nothing that may not be shown', (option) => {
  const wrong = ['https://user:secret@vpce.example.com', 'https://user@vpce.example.com', 'https://x.example.com/?a=b'];
  for (const url of [...wrong, 'https://x.example.com/#a', 'ftp://x.example.com']) {
    expect(faults({ region: 'eu-west-1', [option]: url })).toEqual([option]);
  }
  expect(faults({ region: 'eu-west-1', [option]: 'https://vpce.example.com:8443' })).toEqual([]);
});

it('the location has the account as far as the config tells it, and no secrets', () => {
  const at = (options: object) =>
    createSageMakerAdapter('prod', sageMakerOptions.parse({ region: 'eu-west-1', ...options }), environment).location;
  expect(at({})).toEqual({ account: null, region: 'eu-west-1', location: null });
  expect(at({ roleArn: role, externalId: 'hush' })).toEqual({
    account: '123456789012',
    region: 'eu-west-1',
    location: null,
  });
  expect(at({ accountId: '123456789012', endpoint: 'http://127.0.0.1:5000' })).toMatchObject({
    account: '123456789012',
  });
});
