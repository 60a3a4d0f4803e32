import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type AccessConfig, accessSchema } from '../../../src/config/access-config.js';
import { configReference } from '../../../src/config/config-reference.js';
import { ConfigError } from '../../../src/config/faults.js';
import { configJsonSchema, loadConfig } from '../../../src/config/load-config.js';

const HASH = `sha256:${'0'.repeat(64)}`;
const ISSUER = 'https://login.example.com/';
const JWT = { issuer: ISSUER, audience: 'registrar', jwksUrl: 'https://login.example.com/jwks' };
const EVERYONE = [{ role: 'viewer', to: { everyone: true } }];
const plain = { optionsSchema: z.strictObject({}) };
const kinds = { SAGEMAKER: plain, MLFLOW: plain, DYNAMODB: plain, MEMORY: plain };

function load(access: unknown): AccessConfig {
  const registries = ['a', 'b'].map((id) => ({ id, kind: 'memory' }));
  const text = JSON.stringify({ access, registries });
  return loadConfig({ text, file: '/etc/registrar/registrar.yaml', environment: {} }, kinds, () => []).access;
}

function faultsIn(access: unknown): Record<string, string> {
  try {
    load(access);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return Object.fromEntries(error.faults.map(({ path, message }) => [path, message]));
  }
  throw new Error('The config has no faults.');
}

describe('who may come in', () => {
  it('is told in full by little', () => {
    expect(load({ jwt: [JWT], apiKeys: [{ id: 'ci', hash: HASH }], grants: EVERYONE })).toEqual({
      jwt: [
        {
          ...JWT,
          clockSkewSeconds: 60,
          algorithms: expect.arrayContaining(['RS256', 'ES256', 'EdDSA']),
          claims: { groups: 'groups' },
          groupPrefix: '',
        },
      ],
      apiKeys: [{ id: 'ci', hash: HASH, groups: [] }],
      grants: [{ role: 'VIEWER', to: { everyone: true } }],
    });
    expect(load({ jwt: [JWT], grants: EVERYONE }).jwt[0]?.algorithms.some((name) => /^HS|none/i.test(name))).toBe(
      false,
    );
  });

  it('must be said, and the fault shows how', () => {
    const { access } = faultsIn(undefined);
    expect(access).toContain('Say who may use the gateway');
    // What it shows is right as it stands, but for the hash.
    const examples = [...(access ?? '').matchAll(/`access: (\{.*?\})`/g)].map(([, example = '']) => example);
    expect(examples).toHaveLength(2);
    const filled = examples.map((example) => example.replace('sha256:…', HASH).replaceAll(/(\w+):(?= )/g, '"$1":'));
    for (const example of filled) load(JSON.parse(example.replaceAll(/(?<=: )(ci|viewer|admin)|(?<=\[)ci/g, '"$&"')));
  });

  it.each([
    [{}, '', 'There is no way in'],
    [{ anonymous: {} }, 'anonymous.role', 'one of: viewer, contributor, approver, admin'],
    [{ anonymous: { role: 'ADMIN' } }, 'anonymous.role', 'one of: viewer'],
    [{ jwt: [JWT] }, 'grants', 'would see nothing'],
    [{ jwt: [{ ...JWT, audience: undefined }], grants: EVERYONE }, 'jwt[0].audience', ''],
    [{ jwt: [{ ...JWT, audience: [] }], grants: EVERYONE }, 'jwt[0].audience', ''],
    [{ jwt: [{ ...JWT, jwksUrl: 'http://login.example.com/jwks' }], grants: EVERYONE }, 'jwt[0].jwksUrl', 'Use https'],
    [{ jwt: [{ ...JWT, jwksUrl: 'http://127.0.0.1.example.com/' }], grants: EVERYONE }, 'jwt[0].jwksUrl', 'Use https'],
    [{ jwt: [{ ...JWT, jwksUrl: 'http://localhost.example.com/' }], grants: EVERYONE }, 'jwt[0].jwksUrl', 'Use https'],
    [{ jwt: [{ ...JWT, jwksUrl: 'file:///etc/keys' }], grants: EVERYONE }, 'jwt[0].jwksUrl', 'http or https'],
    [{ jwt: [{ ...JWT, jwksUrl: 'nonsense' }], grants: EVERYONE }, 'jwt[0].jwksUrl', 'http or https'],
    [{ jwt: [{ ...JWT, issuer: 'a#b' }], grants: EVERYONE }, 'jwt[0].issuer', 'no #'],
    [{ jwt: [{ ...JWT, algorithms: ['HS256'] }], grants: EVERYONE }, 'jwt[0].algorithms[0]', 'RS256'],
    [{ jwt: [{ ...JWT, algorithms: ['none'] }], grants: EVERYONE }, 'jwt[0].algorithms[0]', 'RS256'],
    [{ jwt: [JWT, JWT], grants: EVERYONE }, 'jwt[1].issuer', 'access.jwt[0] has the same'],
    [{ apiKeys: [{ id: 'ci', hash: 'rgk_secret' }], grants: EVERYONE }, 'apiKeys[0].hash', 'not the key'],
    [{ anonymous: { role: 'admin' }, grants: [{ role: 'viewer', to: {} }] }, 'grants[0].to', 'Say to whom'],
    [{ anonymous: { role: 'admin' }, grants: [{ role: 'viewer', to: { claims: {} } }] }, 'grants[0].to', 'Say to whom'],
    [
      { anonymous: { role: 'admin' }, grants: [{ role: 'viewer', to: { apiKeys: ['ci'] } }] },
      'grants[0].to.apiKeys[0]',
      'There are: none',
    ],
    [{ jwt: [JWT], grants: [{ role: 'viewer', to: { subjects: ['ana'] } }] }, 'grants[0].to.subjects[0]', '<issuer>#'],
    [
      { jwt: [JWT], grants: [{ ...EVERYONE[0], registries: ['a', 'c'] }] },
      'grants[0].registries[1]',
      'There are: a, b',
    ],
    [{ jwt: [JWT], grants: [{ ...EVERYONE[0], registries: [] }] }, 'grants[0].registries', 'Name at least one'],
    [{ jwt: [JWT], grants: [{ ...EVERYONE[0], models: [] }] }, 'grants[0].models', 'Name at least one'],
    [{ jwt: [JWT], grants: EVERYONE, nope: 1 }, 'nope', 'no such option'],
  ])('is faulty as %j', (access, path, message) => {
    const at = path === '' ? 'access' : `access.${path}`;
    expect(faultsIn(access)).toEqual({ [at]: expect.stringContaining(message) });
  });

  it.each(['http://127.0.0.1:8080/jwks', 'http://localhost/jwks', 'http://[::1]/jwks'])(
    'may be asked at %s',
    (jwksUrl) => {
      load({ jwt: [{ ...JWT, jwksUrl }], grants: EVERYONE });
    },
  );

  it('has ids and hashes that differ', () => {
    const apiKeys = [
      { id: 'ci', hash: HASH },
      { id: 'ci', hash: HASH },
    ];
    expect(Object.keys(faultsIn({ apiKeys, grants: EVERYONE }))).toEqual([
      'access.apiKeys[1].id',
      'access.apiKeys[1].hash',
    ]);
  });

  it('is told about beside the faults of other sections', () => {
    const text = JSON.stringify({
      access: { jwt: [JWT], grants: [{ ...EVERYONE[0], registries: ['c'] }] },
      server: { x: 1 },
      registries: [],
    });
    expect(() => loadConfig({ text, file: '/r.yaml', environment: {} }, kinds, () => [])).toThrow(
      /server\.x[\s\S]*grants\[0\]\.registries\[0\]/,
    );
  });

  it('is in the reference, every option of its lists with a description', () => {
    const reference = configReference(configJsonSchema(kinds));
    for (const option of ['jwt[].issuer', 'jwt[].claims.groups', 'apiKeys[].hash', 'grants[].to.everyone']) {
      expect(reference).toMatch(
        new RegExp(`\\| \`access\\.${option.replaceAll(/[[\]]/g, '\\$&')}\` \\|.*\\| [A-Z\`].* \\|`),
      );
    }
    expect(accessSchema.safeParse(undefined).success).toBe(false);
  });
});
