import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { anyFreePort } from '../../sandbox/ports.js';
import { check as checkConfig } from '../../src/cli/check.js';
import { createJournal } from '../../src/journal/index.js';
import { append, idOf, REGISTRY, write } from '../conformance/journal-entries.js';
import { engines } from '../support/engines.js';
import { privateKeyPem } from '../support/fixtures/governance/keys.js';

describe('the journal that a config names', () => {
  it('is the process own in the mode single', async () => {
    const [one, two] = [
      await createJournal({ mode: 'single', redis: {} }),
      await createJournal({ mode: 'single', redis: {} }),
    ];
    expect((await one.head()).epoch).not.toBe((await two.head()).epoch);
  });

  it('is that of all replicas in the mode shared, and of none with another prefix', async () => {
    const open = (keyPrefix: string) =>
      createJournal({ mode: 'shared', redis: { journal: { url: engines().redis.url, keyPrefix } } });
    const prefix = randomUUID();
    await using one = await open(prefix);
    await using two = await open(prefix);
    await using other = await open(randomUUID());
    await append(one, write('a', 0));
    expect(await two.head()).toEqual(await one.head());
    expect(await two.get(REGISTRY, [idOf('a')])).toMatchObject([{ rev: 1 }]);
    expect(await other.get(REGISTRY, [idOf('a')])).toEqual([null]);
  });
});

describe('registrar check', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  async function check(url: string): Promise<unknown> {
    const directory = mkdtempSync(join(tmpdir(), 'registrar-check-'));
    const config = join(directory, 'registrar.yaml');
    const document = {
      mode: 'shared',
      server: { cursorSecrets: ['${SECRET}'] },
      access: { anonymous: { role: 'viewer' } },
      // Nobody is there, which is told too and makes no difference here.
      governance: {
        store: { kind: 'dynamodb', region: 'eu-west-1', table: 'governance', endpoint: 'http://127.0.0.1:1' },
        signing: { keyId: 'k1', privateKey: '${KEY}' },
        timeoutMs: 100,
      },
      redis: { journal: { url, keyPrefix: randomUUID() } },
      registries: [{ id: 'a', kind: 'memory' }],
    };
    writeFileSync(config, JSON.stringify(document));
    vi.stubEnv('SECRET', 's'.repeat(32));
    vi.stubEnv('KEY', privateKeyPem());
    const said = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    expect(await checkConfig({ config, json: true })).toBe(1);
    rmSync(directory, { recursive: true });
    return JSON.parse(String(said.mock.calls[0]?.[0])).journal;
  }

  it('says that a shared journal is well', async () => {
    const checks = [{ name: 'Redis', ok: true, message: 'answers, and throws nothing away' }];
    expect(await check(engines().redis.url)).toEqual({ kind: 'REDIS', ok: true, checks });
  });

  it('says why a shared journal cannot be used, and what to look at', async () => {
    const url = `redis://127.0.0.1:${await anyFreePort()}`;
    const message = expect.stringMatching(/cannot be used \(connect ECONNREFUSED.*\)\. Look at redis\.journal\.url/);
    expect(await check(url)).toMatchObject({ ok: false, checks: [{ ok: false, message }] });
  });
});
