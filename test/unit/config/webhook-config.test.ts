import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ConfigError } from '../../../src/config/faults.js';
import { loadConfig } from '../../../src/config/load-config.js';
import type { WebhooksConfig } from '../../../src/config/webhook-config.js';

const SECRET = `whsec_${'a'.repeat(32)}`;
const URL = 'https://hooks.example.com/registrar';
const plain = { optionsSchema: z.strictObject({}) };
const kinds = { SAGEMAKER: plain, MLFLOW: plain, DYNAMODB: plain, MEMORY: plain };
const HOOK = { id: 'chat', url: URL, secrets: ['${HOOK_SECRET}'] };

function load(webhooks: unknown, secret = SECRET): WebhooksConfig {
  const registries = ['a', 'b'].map((id) => ({ id, kind: 'memory' }));
  const text = JSON.stringify({ access: { anonymous: { role: 'admin' } }, webhooks, registries });
  const environment = { HOOK_SECRET: secret };
  return loadConfig({ text, file: '/etc/registrar/registrar.yaml', environment }, kinds, () => []).webhooks;
}

function faultsIn(webhooks: unknown, secret?: string): Record<string, string> {
  try {
    load(webhooks, secret);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return Object.fromEntries(error.faults.map(({ path, message }) => [path, message]));
  }
  throw new Error('The config has no faults.');
}

describe('webhooks in a config', () => {
  it('are none, or told in full by little', () => {
    expect(load(undefined)).toEqual([]);
    expect(load([HOOK])).toEqual([
      {
        id: 'chat',
        url: URL,
        secrets: [SECRET],
        filter: {},
        allowPrivateAddresses: false,
        timeoutMs: 15_000,
        concurrency: 4,
        retry: { maxAttempts: 10, firstDelaySeconds: 5, maxDelaySeconds: 14_400, giveUpAfterSeconds: 86_400 },
      },
    ]);
    const filter = {
      registryIds: ['a'],
      types: ['ALIAS'],
      to: ['APPROVED'],
      modelName: 'churn-*',
      outOfBandOnly: true,
    };
    expect(load([{ ...HOOK, filter }])[0]?.filter).toEqual(filter);
  });

  it.each([
    [{ ...HOOK, url: 'http://hooks.example.com/' }, 'webhooks[0].url', 'must be https'],
    [{ ...HOOK, url: 'ftp://hooks.example.com/' }, 'webhooks[0].url', 'http or https'],
    [{ ...HOOK, url: 'nonsense' }, 'webhooks[0].url', 'http or https'],
    [{ ...HOOK, url: 'https://u:p@hooks.example.com/' }, 'webhooks[0].url', 'no user and password'],
    [{ ...HOOK, url: 'https://10.1.2.3/' }, 'webhooks[0].url', 'not on the public internet'],
    [{ ...HOOK, url: 'https://[::1]/' }, 'webhooks[0].url', 'not on the public internet'],
    [{ ...HOOK, url: 'https://2130706433/' }, 'webhooks[0].url', 'not on the public internet'],
    [{ ...HOOK, url: 'https://x.localhost/' }, 'webhooks[0].url', 'not on the public internet'],
    [{ ...HOOK, secrets: [] }, 'webhooks[0].secrets', 'at least one'],
    [{ ...HOOK, secrets: [SECRET] }, 'webhooks[0].secrets[0]', 'must not stand in the config'],
    [{ ...HOOK, filter: { types: ['NEWS'] } }, 'webhooks[0].filter.types[0]', 'one of: VERSION_STATUS'],
    [{ ...HOOK, filter: { registryIds: ['a', 'c'] } }, 'webhooks[0].filter.registryIds[1]', 'There are: a, b'],
    [{ ...HOOK, filter: { modelTags: [] } }, 'webhooks[0].filter.modelTags', 'no such option'],
    [{ ...HOOK, id: 'No Id' }, 'webhooks[0].id', 'a-z, 0-9'],
    [{ ...HOOK, retry: { maxAttempts: 0 } }, 'webhooks[0].retry.maxAttempts', ''],
  ])('are refused with the place and what would be right: %j', (webhook, path, message) => {
    expect(faultsIn([webhook])[path]).toContain(message);
  });

  it('may be in an own network where that is meant', () => {
    for (const url of ['http://10.1.2.3:8080/hook', 'https://localhost/hook']) {
      expect(load([{ ...HOOK, url, allowPrivateAddresses: true }])[0]?.url).toBe(url);
    }
  });

  it('have ids that differ', () => {
    expect(faultsIn([HOOK, HOOK])['webhooks[1].id']).toContain('webhooks[0] has this id already');
  });

  it.each(['', 'whsec_', 'whsec_c2hvcnQ=', `whsec_${'a'.repeat(90)}`, 'a'.repeat(32), `whsec_${'*'.repeat(32)}`])(
    'want a secret that is one, and never show it: %j',
    (secret) => {
      const faults = faultsIn([HOOK], secret);
      expect(Object.keys(faults)).toEqual(['webhooks[0].secrets[0]']);
      if (secret.length > 6) expect(JSON.stringify(faults)).not.toContain(secret);
    },
  );
});
