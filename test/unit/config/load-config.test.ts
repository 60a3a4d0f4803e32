import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ConfigError } from '../../../src/config/faults.js';
import { type GatewayConfig, loadConfig } from '../../../src/config/load-config.js';

const secretive = z.strictObject({
  url: z.url(),
  auth: z
    .union([z.strictObject({ bearer: z.string().meta({ writeOnly: true }) }), z.strictObject({ user: z.string() })])
    .optional(),
});
const plain = z.strictObject({ note: z.string().optional() });
const models = {
  SAGEMAKER: { optionsSchema: plain },
  MLFLOW: { optionsSchema: secretive },
  DYNAMODB: { optionsSchema: plain },
  MEMORY: { optionsSchema: plain },
};

/** What a config must say beside its registries. */
const ACCESS = 'access: { anonymous: { role: viewer } }';

const load = (text: string, environment: Record<string, string> = {}): GatewayConfig =>
  loadConfig({ text, file: '/etc/registrar/registrar.yaml', environment }, models, () => []);

function faultsIn(text: string, environment: Record<string, string> = {}): Record<string, string> {
  try {
    load(text, environment);
  } catch (error) {
    if (error instanceof ConfigError)
      return Object.fromEntries(error.faults.map(({ path, message }) => [path, message]));
    throw error;
  }
  throw new Error('The config has no faults.');
}

describe('a config', () => {
  it('needs no more than registries and who may use them', () => {
    const config = load(`${ACCESS}\nregistries: [{ id: a, kind: memory }]`);
    expect(config).toMatchObject({
      server: { host: '127.0.0.1', port: 4000, explorer: true },
      access: { anonymous: { role: 'VIEWER' }, jwt: [], apiKeys: [], grants: [] },
      freshness: { maxAgeSeconds: 60 },
      deadlines: { listMs: 3000, lookupMs: 5000, writeMs: 30_000 },
      registries: [{ id: 'a', kind: 'MEMORY', displayName: 'a', labels: [], options: {} }],
      baseDirectory: '/etc/registrar',
    });
  });

  it('takes texts from the environment, and leaves an escaped placeholder alone', () => {
    const text = 'registries: [{ id: a, kind: memory, displayName: "at ${PLACE}", options: { note: "$${PLACE}" } }]';
    const [registry] = load(`${ACCESS}\n${text}`, { PLACE: 'home' }).registries;
    expect(registry).toMatchObject({ displayName: 'at home', options: { note: '${PLACE}' } });
  });

  it('may be shared by alias, and cannot be changed once it is read', () => {
    const config = load(`${ACCESS}
registries:
  - { id: a, kind: memory, labels: &labels { team: ml }, options: { note: x } }
  - { id: b, kind: memory, labels: *labels }
`);
    expect(config.registries.map(({ labels }) => labels)).toEqual(Array(2).fill([{ key: 'team', value: 'ml' }]));
    const [registry] = config.registries;
    for (const part of [config, config.server, config.registries, registry, registry?.labels, registry?.labels[0]]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
    expect(Object.isFrozen(registry?.options)).toBe(true);
  });

  it('takes a secret from the environment only', () => {
    const text = (token: string) =>
      `${ACCESS}\nregistries: [{ id: a, kind: mlflow, options: { url: "http://x", auth: { bearer: "${token}" } } }]`;
    expect(load(text('${TOKEN}'), { TOKEN: 's3cret' }).registries[0]?.options).toMatchObject({
      auth: { bearer: 's3cret' },
    });
    expect(faultsIn(text('s3cret'))).toEqual({
      'registries[0].options.auth.bearer': expect.stringContaining('Write ${NAME}'),
    });
    expect(faultsIn(text('prefix-${TOKEN}'), { TOKEN: 'x' })).toHaveProperty(['registries[0].options.auth.bearer']);
  });
});

describe('the faults of a config', () => {
  it('are reported all together, each with its path and what would be right', () => {
    const faults = faultsIn(`
server: { prot: 1, port: 70000 }
access: { grants: [{ role: owner, to: {} }] }
deadlines: { listMs: fast }
registries:
  - { id: Upper, kind: memory }
  - { id: a, kind: vertex }
  - { id: b, kind: mlflow }
  - { id: b, kind: memory, displayName: "\${UNSET}", options: { nope: 1 } }
`);
    expect(Object.keys(faults).toSorted()).toEqual(
      [
        'server.prot',
        'server.port',
        'access.grants[0].role',
        'access.grants[0].to',
        'deadlines.listMs',
        'registries[0].id',
        'registries[1].kind',
        'registries[2].options.url',
        'registries[3].displayName',
        'registries[3].id',
        'registries[3].options.nope',
      ].toSorted(),
    );
    expect(faults['registries[1].kind']).toBe('It must be one of: sagemaker, mlflow, dynamodb, memory.');
    expect(faults['registries[2].options.url']).toBe('It is missing. Give a value of type string.');
    expect(faults['registries[3].displayName']).toContain('UNSET is not set');
  });

  it.each([
    ['', 'registries'],
    ['just text', ''],
    ['[1, 2]', ''],
    ['registries: []', 'registries'],
    ['registries: [null]', 'registries[0]'],
    ['registries: nothing', 'registries'],
  ])('are found in %j', (text, path) => {
    expect(faultsIn(text)).toHaveProperty([path]);
  });

  it('name the line of what is not YAML', () => {
    expect(Object.keys(faultsIn('a: 1\nb: [1, 2\nc: 3'))[0]).toMatch(/^line \d/);
  });

  it.each([
    ['a: *x', '', /Unresolved alias.*: x\. Write the value out/],
    ['registries: &r [*r]', 'registries[0]', /holds itself/],
    ['server: &s { host: { deep: [*s] } }', 'server.host.deep[0]', /holds itself/],
    [billionLaughs(), '', /Excessive alias count.*Write the value out/],
    ['registries: [{ id: a, kind: memory, labels: { __proto__: x } }]', 'registries[0].labels.__proto__', /Choose/],
    ['"__proto__": { registries: [] }', '__proto__', /Choose another/],
  ])('are found in the aliases and keys of %j', (text, path, message) => {
    expect(faultsIn(text)).toEqual({ [path]: expect.stringMatching(message) });
  });

  it.each(['constructor', 'toString', '__proto__'])('hold that %s is no variable of the environment', (name) => {
    expect(faultsIn(`${ACCESS}\nregistries: [{ id: a, kind: memory, displayName: "\${${name}}" }]`)).toEqual({
      'registries[0].displayName': expect.stringContaining(`${name} is not set`),
    });
  });
});

/** Few lines that stand for a thousand million values. */
function billionLaughs(): string {
  const rows = Array.from({ length: 9 }, (_, n) => `l${n + 1}: &l${n + 1} [${Array(10).fill(`*l${n}`).join(', ')}]`);
  return ['l0: &l0 ha', ...rows].join('\n');
}

describe('a policy', () => {
  it('that leaves decisions to a key that is not there is a fault, since nobody could decide', () => {
    const faults = faultsIn(`${ACCESS}
policies: [{ id: p, deciders: { apiKeys: [ci] } }]
registries: [{ id: a, kind: memory }]`);
    expect(faults).toEqual({ 'policies[0].deciders.apiKeys[0]': expect.stringContaining('access.apiKeys has no ci') });
  });
});
