import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { GatewayConfig } from '../../src/config/load-config.js';
import { LedgerUnavailableError, UnavailableError } from '../../src/domain/errors.js';
import { createSqliteStore } from '../../src/governance/sqlite/index.js';
import type { GovernanceStore } from '../../src/governance/store.js';
import { startGateway } from '../support/gateway.js';
import { runCli } from '../unit/cli/run-cli.js';
import { runAs } from './cli-support.js';
import { type Desk, type DeskOptions, openDesk, sampleRegistry } from './support.js';

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

async function opened(options: DeskOptions): Promise<Desk> {
  const desk = await openDesk(options);
  open.push(desk);
  return desk;
}

describe('registrar pending', () => {
  it('lists what waits, the newest first, with the policy and what keeps the caller from approving', async () => {
    const desk = await opened({
      models: [
        { name: 'churn', statuses: ['PENDING', 'APPROVED', 'PENDING'] },
        { name: '猫', statuses: ['PENDING'] },
      ],
      policies: [{ id: 'two-eyes', models: ['churn'], requiredApprovals: 2 }],
    });
    desk.store.updateVersion('churn', 3, { createdBy: { name: 'carl', kind: 'USER', nativeId: null } });
    const { code, stdout, stderr } = await runAs(desk, 'ana', ['pending']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'yyyy-mm-ddThh:mm:ssZ')).toBe(
      `ID                MODEL  VERSION  CREATED               BY    POLICY                          YOU MAY APPROVE
east/%E7%8C%AB/1  猫     1        yyyy-mm-ddThh:mm:ssZ  -     ALLOW                           yes
east/churn/3      churn  3        yyyy-mm-ddThh:mm:ssZ  carl  ALLOW (two-eyes, 0 of 2 votes)  yes
east/churn/1      churn  1        yyyy-mm-ddThh:mm:ssZ  -     ALLOW (two-eyes, 0 of 2 votes)  yes
`,
    );
    const seen = await runAs(desk, 'vera', ['pending']);
    expect(seen.stdout).toMatch(/no: No grant lets you decide on versions of this model\./);
  });

  it('gives the same as JSON', async () => {
    const desk = await opened({ models: [{ name: 'churn', statuses: ['PENDING'] }] });
    const { code, stdout } = await runAs(desk, 'vera', ['pending', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      versions: [
        {
          id: 'east/churn/1',
          registryId: 'east',
          model: 'churn',
          version: '1',
          registrationStatus: 'READY',
          createdAt: desk.store.model('churn')?.versions.get(1)?.createdAt,
          createdBy: null,
          policy: { verdict: 'ALLOW', policy: null, requiredApprovals: 1, approvalsSoFar: 0 },
          youMay: { approve: false, reason: expect.stringContaining('No grant') },
        },
      ],
      hasMore: false,
      unavailable: [],
    });
  });

  it('pages until it has enough, and says when there is more', async () => {
    const desk = await opened({
      models: [{ name: 'churn', statuses: Array.from({ length: 120 }, () => 'PENDING' as const) }],
    });
    const ids = async (...args: string[]) => {
      const { stdout, stderr } = await runAs(desk, 'ana', ['pending', '--json', ...args]);
      const { versions, hasMore } = JSON.parse(stdout);
      return { numbers: versions.map(({ version }: { version: string }) => Number(version)), hasMore, stderr };
    };
    const all = Array.from({ length: 120 }, (_, index) => 120 - index);
    expect(await ids('--limit', '200')).toEqual({ numbers: all, hasMore: false, stderr: '' });
    expect(await ids()).toEqual({
      numbers: all.slice(0, 100),
      hasMore: true,
      stderr: 'More are waiting than these 100: raise --limit, or ask for less.\n',
    });
    expect(await ids('-n', '53')).toMatchObject({ numbers: all.slice(0, 53), hasMore: true });
    expect(await ids('-n', '120')).toMatchObject({ numbers: all, hasMore: false });
  });

  it('says on the side that nothing waits', async () => {
    const desk = await opened({ models: [{ name: 'churn', statuses: ['APPROVED'] }] });
    expect(await runAs(desk, 'ana', ['pending'])).toEqual({ code: 0, stdout: '', stderr: 'Nothing is waiting.\n' });
  });

  it('shows a question mark for what the ledger cannot tell now', async () => {
    const desk = await opened({
      models: [{ name: 'churn', statuses: ['PENDING', 'PENDING'] }],
      createStore: deafStore,
    });
    const result = await runAs(desk, 'ana', ['pending']);
    expect(result.code).toBe(0);
    expect(result.stdout.match(/ \? +\?$/gm)).toHaveLength(2);
    expect(result.stderr).toMatch(/^Something is not shown: .* \[LEDGER_UNAVAILABLE\]\n$/);
    expect((await runAs(desk, 'ana', ['pending', '--strict'])).code).toBe(5);
  });

  it('does not let a name write on the screen', async () => {
    const desk = await opened({ models: [{ name: 'churn', statuses: ['PENDING'] }] });
    desk.store.updateVersion('churn', 1, { createdBy: { name: 'x\u001b[2J\ny', kind: 'USER', nativeId: null } });
    const { stdout } = await runAs(desk, 'ana', ['pending'], { isScreen: true, env: { NO_COLOR: '1' } });
    expect(stdout).toContain('x\\u001b[2J\\u000ay');
    expect(stdout).not.toContain('\u001b');
    const coloured = await runAs(desk, 'ana', ['pending'], { isScreen: true });
    expect(coloured.stdout).toContain('\u001b[32mALLOW \u001b[39m');
  });
});

describe('registrar pending over several registries', () => {
  const models = (name: string) => [{ name, statuses: ['PENDING'] as const }];

  it('asks for some registries, or some models', async () => {
    const adapters = [await sampleRegistry('east', models('churn')), await sampleRegistry('west', models('fraud'))];
    await using gateway = await startGateway([...adapters, await sampleRegistry('north', models('Churn-2'))]);
    const ids = async (...args: string[]) => {
      const { stdout } = await runCli(['pending', '--json', ...args], {
        env: { REGISTRAR_URL: `${gateway.url}/graphql` },
      });
      return JSON.parse(stdout)
        .versions.map(({ id }: { id: string }) => id)
        .sort();
    };
    expect(await ids()).toEqual(['east/churn/1', 'north/Churn-2/1', 'west/fraud/1']);
    expect(await ids('--registry', 'east', 'west')).toEqual(['east/churn/1', 'west/fraud/1']);
    expect(await ids('--registry', 'north', '--registry', 'west')).toEqual(['north/Churn-2/1', 'west/fraud/1']);
    expect(await ids('--model', 'churn*')).toEqual(['east/churn/1', 'north/Churn-2/1']);
    const url = `${gateway.url}/graphql`;
    const wrong = await runCli(['pending', '--registry', 'south'], { env: { REGISTRAR_URL: url } });
    expect(wrong).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/"south".*\[BAD_USER_INPUT\]\n$/),
    });
  });

  it('lists what answered, and exits with 5 when nothing did or when it is strict', async () => {
    const desk = await opened({ models: models('churn') });
    const west = await sampleRegistry('west', models('fraud'));
    await using gateway = await startGateway([desk.registry.adapter, west]);
    const env = { REGISTRAR_URL: `${gateway.url}/graphql` };
    desk.registry.cause({ kind: 'fail', error: new UnavailableError('East is away.', { registryId: 'east' }) });
    const part = await runCli(['pending'], { env });
    expect(part).toMatchObject({ code: 0, stderr: 'east is missing: East is away. [UPSTREAM_UNAVAILABLE]\n' });
    expect(part.stdout).toContain('west/fraud/1');
    const strict = await runCli(['pending', '--strict', '--json'], { env });
    expect(strict.code).toBe(5);
    expect(JSON.parse(strict.stdout).unavailable).toMatchObject([
      { registryId: 'east', problem: { code: 'UPSTREAM_UNAVAILABLE' } },
    ]);
    const emptyPart = await runCli(['pending', '--model', 'churn*'], { env });
    expect(emptyPart).toMatchObject({ code: 0, stdout: '', stderr: expect.stringMatching(/^east is missing: .*\n$/) });
    const none = await runCli(['pending', '--registry', 'east'], { env });
    expect(none).toMatchObject({ code: 5, stdout: '', stderr: expect.stringMatching(/^east is missing: /) });
  });
});

/** The real store, whose ledger cannot be read. */
function deafStore(config: GatewayConfig): GovernanceStore {
  const store = createSqliteStore({ file: path.resolve(config.baseDirectory, 'governance.sqlite') });
  const chains = () => Promise.reject(new LedgerUnavailableError('The ledger cannot be read now.'));
  return { ...store, ledger: { ...store.ledger, chains } };
}
