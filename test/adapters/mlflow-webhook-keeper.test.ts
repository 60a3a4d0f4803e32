import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { mlflowOptions } from '../../adapters/mlflow/index.js';
import { createWebhookKeeper } from '../../adapters/mlflow/webhook-keeper.js';
import { createWebhookSource } from '../../adapters/mlflow/webhook-source.js';
import { anyFreePort } from '../../sandbox/ports.js';
import { createApp, readConfig } from '../../src/app.js';
import { engines } from '../support/engines.js';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import { postGraphQL } from '../support/gateway.js';
import { type HookListener, startHookListener } from '../support/hook-listener.js';
import { type OpenedMlflow, openMlflow } from '../support/mlflow-registry.js';
import { type RunningSource, runSource } from '../support/source-context.js';
import { runCli } from '../unit/cli/run-cli.js';

const { mlflow } = engines();
const serverUrl = mlflow?.url ?? '';
const SECRET = 'a-secret-of-enough-length';
const OTHER_SECRET = 'another-secret-of-enough-length';
/** For what has no event to wait for. */
const SOON = { timeout: 20_000 };
const TIMES = { lookMs: 30, testMs: 3_600_000, retryMs: 10 };

interface Listed {
  readonly webhook_id: string;
  readonly name: string;
  readonly url: string;
  readonly status: string;
  readonly events: readonly { readonly entity: string; readonly action: string }[];
  readonly description: string;
}

describe.skipIf(mlflow === null)('a webhook that the gateway keeps (left out by REGISTRIES)', () => {
  let opened: OpenedMlflow;
  let listener: HookListener;
  let proxy: FaultProxy;
  let running: AsyncDisposableStack;
  beforeAll(async () => {
    opened = await openMlflow(serverUrl);
    listener = await startHookListener();
    proxy = await startFaultProxy(serverUrl);
    await opened.api.call('POST', '/registered-models/create', { name: 'kept' });
    await opened.createVersions({ registryId: 'kept', name: 'kept' }, 1);
  });
  beforeEach(() => {
    running = new AsyncDisposableStack();
    setSecret(SECRET);
  });
  afterEach(async () => {
    await running.disposeAsync();
    for (const { webhook_id } of await list()) await opened.api.call('DELETE', `/webhooks/${webhook_id}`);
    await listener.forget();
  });
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await listener[Symbol.asyncDispose]();
    await opened[Symbol.asyncDispose]();
  });

  const optionsFor = (webhook: object, url = serverUrl) =>
    mlflowOptions.parse({ ...opened.options, url, webhook: { secret: SECRET, url: listener.url, ...webhook } });
  const setSecret = (secret: string) => {
    const { webhook } = optionsFor({ secret });
    if (webhook !== undefined) listener.sources.set('kept', createWebhookSource('kept', webhook));
  };
  const keep = (
    webhook: { readonly secret?: string; readonly formerSecrets?: readonly string[]; readonly url?: string } = {},
    {
      through = serverUrl,
      times = TIMES,
      checkpoints = new Map<string, string>(),
    }: { through?: string; times?: typeof TIMES; checkpoints?: Map<string, string> } = {},
  ): RunningSource => {
    const options = optionsFor(webhook, through);
    const url = webhook.url ?? listener.url;
    if (options.webhook === undefined) throw new Error('There are options of a webhook.');
    const source = createWebhookKeeper('kept', options, { ...options.webhook, url }, times);
    return running.use(runSource(source, checkpoints));
  };
  const list = async () => ((await opened.api.call('GET', '/webhooks'))['webhooks'] ?? []) as readonly Listed[];
  const only = async () => {
    const [webhook, ...more] = await list();
    if (webhook === undefined || more.length > 0) throw new Error(`There are ${more.length + 1} webhooks, not one.`);
    return webhook;
  };
  const patch = (id: string, change: object) => opened.api.call('PATCH', `/webhooks/${id}`, change);
  const byHand = (content: object) =>
    opened.api.call('POST', '/webhooks', {
      name: 'by-hand',
      url: `${listener.url}/hooks/mlflow/kept`,
      events: [{ entity: 'MODEL_VERSION', action: 'CREATED' }],
      ...content,
    });
  /** What the server sends of a change now arrives, and is believed. */
  const isHeard = async () => {
    await listener.forget();
    const tag = { name: 'kept', version: '1', key: 'heard', value: String(Math.random()) };
    await opened.api.call('POST', '/model-versions/set-tag', tag);
    expect(await listener.request(() => true)).toMatchObject({ status: 204 });
    expect(listener.taken).toHaveLength(1);
  };
  const placeholder = (name: string) => `\${${name}}`;
  const isWell = (message: string | null) => message === null;

  it('is made once, and what it sends arrives', async () => {
    const keeper = keep();
    await keeper.report(isWell);
    const webhook = await only();
    expect(webhook).toMatchObject({
      name: 'registrar.kept.hook',
      url: `${listener.url}/hooks/mlflow/kept`,
      status: 'ACTIVE',
    });
    expect(webhook.events).toHaveLength(6);
    expect(JSON.stringify(webhook)).not.toContain(SECRET);
    // The server's own test has come through, once.
    expect(listener.requests.map(({ status }) => status)).toEqual([204]);
    await isHeard();
    expect(keeper.hints).toEqual([]);
    // Another replica that takes over finds all well, with or without knowing which one it was.
    await keep().report(isWell);
    expect(await only()).toEqual(webhook);
    expect(keeper.reports).toEqual([null]);
  });

  it('is made again when somebody has deleted it, which is reported, and what was missed is looked for', async () => {
    const keeper = keep();
    await keeper.report(isWell);
    const { webhook_id } = await only();
    keeper.forget();
    await opened.api.call('DELETE', `/webhooks/${webhook_id}`);
    expect(await keeper.report((message) => message !== null)).toMatch(/put right: it was gone/);
    expect(keeper.hints).toEqual([{ registryId: 'kept', dedupeKey: expect.stringContaining('restored/') }]);
    await keeper.report(isWell);
    expect((await only()).webhook_id).not.toBe(webhook_id);
    await isHeard();
  });

  it('is put right where somebody has changed it', async () => {
    const keeper = keep();
    await keeper.report(isWell);
    const { webhook_id, events } = await only();
    for (const [change, found] of [
      [{ status: 'DISABLED' }, /it was disabled/],
      [{ events: events.slice(1) }, /it left out events/],
      [{ url: `${listener.url}/elsewhere` }, /its URL was another/],
      [{ description: 'mine now' }, /its secret or description was another/],
    ] as const) {
      keeper.forget();
      await patch(webhook_id, change);
      expect(await keeper.report((message) => message !== null)).toMatch(found);
      await keeper.report(isWell);
      expect(await only()).toMatchObject({ webhook_id, status: 'ACTIVE', url: `${listener.url}/hooks/mlflow/kept` });
      expect((await only()).events).toHaveLength(6);
    }
    await isHeard();
  });

  it('takes the place of all others that deliver to the same address', async () => {
    await byHand({ secret: SECRET });
    await byHand({ name: 'by-hand-too' });
    await byHand({ name: 'for-somebody-else', url: `${listener.url}/another-receiver` });
    const [, , oldest] = await list();
    const keeper = keep();
    await keeper.report(isWell);
    const left = await list();
    expect(left.map(({ name }) => name).sort()).toEqual(['for-somebody-else', 'registrar.kept.hook']);
    expect(left.find(({ name }) => name.startsWith('registrar'))?.webhook_id).toBe(oldest?.webhook_id);
    // Made again while it runs, as by another gateway that did not see ours.
    keeper.forget();
    await byHand({ name: 'by-hand-again' });
    expect(await keeper.report((message) => message !== null)).toMatch(/there were 1 more of it/);
    expect((await list()).map(({ name }) => name).sort()).toEqual(['for-somebody-else', 'registrar.kept.hook']);
  });

  it('gets a new secret from the config, and a new URL, without a second webhook', async () => {
    const first = keep();
    await first.report(isWell);
    const { webhook_id, description } = await only();
    await running.disposeAsync();
    running = new AsyncDisposableStack();
    // Nothing is known of before, as after a restart of a single gateway: its mark tells that it is ours.
    setSecret(OTHER_SECRET);
    const renewed = keep({ secret: OTHER_SECRET, formerSecrets: [SECRET] });
    await renewed.report(isWell);
    expect((await only()).webhook_id).toBe(webhook_id);
    expect((await only()).description).not.toBe(description);
    await isHeard();
    await running.disposeAsync();
    running = new AsyncDisposableStack();
    const moved = listener.url.replace('127.0.0.1', 'localhost');
    await keep({ secret: OTHER_SECRET, url: moved }).report(isWell);
    expect(await only()).toMatchObject({ webhook_id, url: `${moved}/hooks/mlflow/kept` });
  });

  it("gets its secret back where somebody has changed that on the server, which only the server's test shows", async () => {
    const keeper = keep({}, { times: { ...TIMES, testMs: 0 } });
    await keeper.report(isWell);
    const { webhook_id } = await only();
    await listener.forget();
    await patch(webhook_id, { secret: OTHER_SECRET });
    await listener.request(({ status }) => status === 401);
    await listener.forget();
    await listener.request(({ status }) => status === 204);
    await running.disposeAsync();
    running = new AsyncDisposableStack();
    await isHeard();
  });

  it('says what is wrong where what the server sends does not arrive', async () => {
    const refused = keep({ secret: OTHER_SECRET });
    expect(await refused.report((message) => message !== null)).toMatch(/does not accept what the MLflow server sends/);
    await running.disposeAsync();
    running = new AsyncDisposableStack();
    proxy.reset();
    const elsewhere = keep({ url: `${serverUrl}/nowhere` }, { through: proxy.origin });
    expect(await elsewhere.report((message) => message !== null)).toMatch(/answers 40[45] to what the MLflow server/);
    // That all else is as it should does not make it well.
    const looks = () => proxy.requests.filter((label) => label === 'GET /api/2.0/mlflow/webhooks').length;
    await vi.waitUntil(() => looks() > 2, SOON);
    expect(elsewhere.reports).toHaveLength(1);
  });

  it('is made by `registrar connect mlflow --apply` too, which says whether what the server sends arrives', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'registrar-connect-'));
    running.defer(() => rm(directory, { recursive: true }));
    const connect = async (webhook: object | null, args: readonly string[] = [], url = serverUrl) => {
      const file = join(directory, 'registrar.yaml');
      const options = { ...opened.options, url, ...(webhook === null ? {} : { webhook }) };
      const registries = [{ id: 'kept', kind: 'mlflow', options }];
      // What is JSON is YAML.
      await writeFile(file, JSON.stringify({ access: { anonymous: { role: 'admin' } }, registries }));
      return runCli(['connect', 'mlflow', '--config', file, ...args]);
    };
    const webhook = { secret: placeholder('CONNECT_SECRET'), url: listener.url };
    vi.stubEnv('CONNECT_SECRET', SECRET);
    running.defer(() => void vi.unstubAllEnvs());

    expect((await connect(null)).stdout).toContain(`secret: ${placeholder('MLFLOW_WEBHOOK_SECRET')}`);
    const printed = await connect(webhook);
    expect(printed.stdout).toMatch(/^### mlflow-server-kept\.env$[\s\S]*^MLFLOW_WEBHOOK_ALLOWED_SCHEMES=http,https$/m);
    expect(printed.stdout).not.toContain(SECRET);
    expect(await list()).toEqual([]);

    const made = await connect(webhook, ['--apply']);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(made.stdout).toMatch(
      /^ok {3}webhook: Made webhook .*\/hooks\/mlflow\/kept\.\nok {3}delivery: What the server/,
    );
    await isHeard();
    const { webhook_id } = await only();
    // Again is no second one; and a gateway that has another secret is found out.
    vi.stubEnv('CONNECT_SECRET', OTHER_SECRET);
    const other = await connect(webhook, ['--apply']);
    expect(other.code).toBe(1);
    expect(other.stdout).toMatch(/^ok {3}webhook: Put right[\s\S]*^FAIL delivery: .* does not accept what the MLflow/m);
    expect((await only()).webhook_id).toBe(webhook_id);
    proxy.reset();
    proxy.inject({ kind: 'status', status: 404 }, { match: '/webhooks' });
    const without = await connect(webhook, ['--apply'], proxy.origin);
    expect(without.stdout).toMatch(/^FAIL webhook: The MLflow server has no webhooks/);
  });

  it('brings a change into the graph at once, by itself', async () => {
    const port = await anyFreePort();
    const url = `http://127.0.0.1:${port}`;
    const directory = await mkdtemp(join(tmpdir(), 'registrar-push-'));
    running.defer(() => rm(directory, { recursive: true }));
    const webhook = { secret: placeholder('PUSH_SECRET'), url, manage: true };
    const options = { ...opened.options, pollSeconds: 3600, webhook };
    const text = JSON.stringify({
      server: { port },
      access: { anonymous: { role: 'admin' } },
      registries: [{ id: 'kept', kind: 'mlflow', options }],
    });
    const config = readConfig({ text, file: join(directory, 'registrar.yaml'), environment: { PUSH_SECRET: SECRET } });
    running.use(await createApp(config, { log: pino({ level: 'silent' }), syncTimes: { stateMs: 20 } }));
    // What is there before the first walk is no change.
    const known = '{ models { freshness { source } } }';
    await vi.waitUntil(
      async () => (await postGraphQL(url, { query: known })).data.models.freshness.source === 'SNAPSHOT',
      SOON,
    );
    await vi.waitUntil(async () => (await list()).length === 1, SOON);
    const version = { name: 'kept', version: '1' };
    await opened.api.call('POST', '/model-versions/set-tag', {
      ...version,
      key: 'validation_status',
      value: 'approved',
    });
    await opened.api.call('POST', '/registered-models/alias', { ...version, alias: 'champion' });
    const query = `{
      registryChanges(last: 10, filter: { types: [VERSION_STATUS, ALIAS] }) {
        nodes { ... on RegistryChange { type modelName version evidence } }
      }
    }`;
    // The poll that follows the first walk may meet them too; the next is an hour away.
    const pushed = async () => {
      const { nodes } = (await postGraphQL(url, { query })).data.registryChanges;
      return (nodes as { evidence: string[] }[]).filter(({ evidence }) => evidence.includes('PUSH'));
    };
    await vi.waitUntil(async () => (await pushed()).length === 2, SOON);
    expect(await pushed()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'VERSION_STATUS', modelName: 'kept', version: '1' }),
        expect.objectContaining({ type: 'ALIAS', modelName: 'kept', version: null }),
      ]),
    );
  });

  describe('on a server that is away, or without webhooks', () => {
    beforeEach(() => proxy.reset());

    it('waits for it to come', async () => {
      proxy.inject({ kind: 'reset' }, { times: 3 });
      const keeper = keep({}, { through: proxy.origin });
      await keeper.report(isWell);
      await only();
      expect(keeper.reports).toEqual([expect.stringContaining('no connection to MLflow'), null]);
    });

    it.each([
      // The path is unknown before 3.3; some who speak MLflow's API say it by 501; with a registry in files its own code fails.
      [404, /has no webhooks: they need MLflow 3.3/],
      [501, /has no webhooks/],
      [500, /fails at reading its webhooks/],
    ])('says so once where it answers %i, and takes it up when it can', async (status, expected) => {
      proxy.inject({ kind: 'status', status }, { match: '/webhooks', times: 3 });
      const keeper = keep({}, { through: proxy.origin });
      await keeper.report(isWell);
      expect(keeper.reports).toEqual([expect.stringMatching(expected), null]);
      expect(keeper.reports[0]).toMatch(/Changes are found by polling/);
    });

    it('says what the server needs where it refuses the URL', async () => {
      const json = { error_code: 'INVALID_PARAMETER_VALUE', message: "Invalid webhook URL scheme: 'http'." };
      proxy.inject({ kind: 'status', status: 400, json }, { match: /^POST .*\/webhooks$/ });
      const keeper = keep({}, { through: proxy.origin });
      const message = await keeper.report((told) => told !== null);
      expect(message).toContain('MLFLOW_WEBHOOK_ALLOWED_SCHEMES=http,https');
      expect(message).toContain('MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS=true');
    });
  });
});
