import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/app.js';
import { ConfigError } from '../../../src/config/faults.js';
import type { GatewayConfig } from '../../../src/config/load-config.js';
import { privateKeyPem } from '../../support/fixtures/governance/keys.js';

const BASE = 'access: { anonymous: { role: viewer } }\nregistries: [{ id: a, kind: memory }]\n';
const GOVERNANCE =
  'governance: { store: { kind: dynamodb, region: eu-west-1, table: governance }, signing: { keyId: k1, privateKey: "${KEY}" } }\n';
const SECRETS = 'server: { cursorSecrets: ["${SECRET}"] }\n';
const ENVIRONMENT = {
  KEY: privateKeyPem(),
  SECRET: 's'.repeat(32),
  PASSWORD: 'hush',
  URL: 'redis://from-environment:6379',
};

const load = (text: string): GatewayConfig =>
  readConfig({ text: BASE + text, file: '/etc/registrar/registrar.yaml', environment: ENVIRONMENT });

function faultsIn(text: string): Record<string, string> {
  try {
    load(text);
  } catch (error) {
    if (error instanceof ConfigError)
      return Object.fromEntries(error.faults.map(({ path, message }) => [path, message]));
    throw error;
  }
  return {};
}

describe('the mode of a gateway', () => {
  it('is single unless it is said, with bounds for the journal', () => {
    expect(load('')).toMatchObject({
      mode: 'single',
      redis: {},
      journal: { maxAgeHours: 168, maxEntries: 1_000_000, trimSeconds: 60 },
    });
  });

  it('may be shared with all that replicas need', () => {
    const config = load(`mode: shared\nredis: { journal: { url: "redis://redis:6379" } }\n${GOVERNANCE}${SECRETS}`);
    expect(config).toMatchObject({
      mode: 'shared',
      redis: { journal: { url: 'redis://redis:6379', keyPrefix: 'registrar' } },
    });
  });

  it('is refused as shared with everything that is missing, and whatever else is wrong', () => {
    const faults = faultsIn('mode: shared\njournal: { trimSeconds: 0 }\n');
    expect(Object.keys(faults).sort()).toEqual([
      'governance.store',
      'journal.trimSeconds',
      'redis.journal',
      'server.cursorSecrets',
    ]);
    expect(faults['redis.journal']).toMatch(/name its Redis, as redis\.journal\.url/);
    expect(faults['governance.store']).toMatch(/must be of the kind dynamodb/);
    expect(faults['server.cursorSecrets']).toMatch(/give all of them the same secrets/);
  });

  it.each([
    ['redis', `mode: shared\n${GOVERNANCE}${SECRETS}`, ['redis.journal']],
    ['an empty redis', `mode: shared\nredis:\n${GOVERNANCE}${SECRETS}`, ['redis', 'redis.journal']],
    ['the store', `mode: shared\nredis: { journal: { url: "redis://r" } }\n${SECRETS}`, ['governance.store']],
    ['the secrets', `mode: shared\nredis: { journal: { url: "redis://r" } }\n${GOVERNANCE}`, ['server.cursorSecrets']],
  ])('is refused as shared without %s alone', (_, text, paths) => {
    expect(Object.keys(faultsIn(text)).sort()).toEqual(paths);
  });

  it('is one of two', () => {
    expect(faultsIn('mode: clustered\n')).toEqual({ mode: 'It must be one of: single, shared.' });
  });
});

describe('the Redis of a journal', () => {
  const of = (url: string) => `redis: { journal: { url: "${url}" } }\n`;

  it.each([
    ['redis://redis:6379/2', 'redis://redis:6379/2'],
    ['rediss://user:${PASSWORD}@redis:6380', 'rediss://user:hush@redis:6380'],
    ['redis://:${PASSWORD}@redis:6379', 'redis://:hush@redis:6379'],
    ['${URL}', 'redis://from-environment:6379'],
  ])('may be written as %s', (written, read) => {
    expect(load(of(written)).redis.journal?.url).toBe(read);
  });

  it.each(['http://redis:6379', 'redis:6379', 'redis', 'redis://', ''])('is not %j', (url) => {
    expect(faultsIn(of(url))['redis.journal.url']).toMatch(/as redis:\/\/host:6379/);
  });

  it.each(['redis://:hush@redis:6379', 'rediss://user:hush${PASSWORD}@redis:6379'])(
    'is refused with its password in the file: %s',
    (url) => {
      expect(faultsIn(of(url))).toEqual({ 'redis.journal.url': expect.stringContaining('A password must not stand') });
    },
  );

  it('has keys that a script can reach', () => {
    const text = 'redis: { journal: { url: "redis://r", keyPrefix: "a{b}" } }\n';
    expect(faultsIn(text)['redis.journal.keyPrefix']).toMatch(/A prefix has/);
  });
});
