import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mlflowOptions } from '../../adapters/mlflow/index.js';
import { webhookOptions } from '../../adapters/mlflow/webhook-options.js';
import { createWebhookSource } from '../../adapters/mlflow/webhook-source.js';
import type { ChangeHint } from '../../src/domain/change-source.js';
import { JournalUnavailableError } from '../../src/journal/journal.js';
import { present } from '../conformance/registry-population.js';
import { call } from '../conformance/registry-walk.js';
import { engines } from '../support/engines.js';
import { type HookListener, type HookRequest, startHookListener } from '../support/hook-listener.js';
import { type OpenedMlflow, openMlflow } from '../support/mlflow-registry.js';

const { mlflow } = engines();
const serverUrl = mlflow?.url ?? '';
const SECRET = 'a-secret-of-enough-length';
const MODEL_EVENTS = [
  'REGISTERED_MODEL.CREATED',
  'MODEL_VERSION.CREATED',
  'MODEL_VERSION_TAG.SET',
  'MODEL_VERSION_TAG.DELETED',
  'MODEL_VERSION_ALIAS.CREATED',
  'MODEL_VERSION_ALIAS.DELETED',
];
const OTHER_EVENTS = ['PROMPT.CREATED', 'PROMPT_VERSION.CREATED', 'PROMPT_VERSION_TAG.SET', 'PROMPT_ALIAS.CREATED'];

describe.skipIf(mlflow === null)('what an MLflow server delivers (left out by REGISTRIES)', () => {
  let opened: OpenedMlflow;
  let listener: HookListener;
  let webhookId: string;
  const post = (path: string, body: unknown) => opened.api.call('POST', path, body);
  const setTag = (name: string, version: string, key: string, value: string) =>
    post('/model-versions/set-tag', { name, version, key, value });
  const about = (entity: ChangeHint['entity']) => (hint: ChangeHint) =>
    JSON.stringify(hint.entity) === JSON.stringify(entity);
  const model = (name: string) => ({ registryId: 'mlflow', name });
  const version = (name: string, number: string) => ({ registryId: 'mlflow', name, version: number });
  const source = (now?: () => number) => createWebhookSource('mlflow', webhookOptions.parse({ secret: SECRET }), now);

  beforeAll(async () => {
    opened = await openMlflow(serverUrl);
    listener = await startHookListener({ retryAfterSeconds: 1 });
    listener.sources.set('mlflow', source());
    const { webhook } = await post('/webhooks', {
      name: 'by-hand',
      url: `${listener.url}/hooks/mlflow/mlflow`,
      secret: SECRET,
      events: [...MODEL_EVENTS, ...OTHER_EVENTS].map((event) => {
        const [entity, action] = event.split('.');
        return { entity, action };
      }),
    });
    webhookId = (webhook as { webhook_id: string }).webhook_id;
    await post('/registered-models/create', { name: 'scored' });
    await opened.createVersions(model('scored'), 2);
    // Each test begins when all that was done before has been delivered.
    for (const entity of [model('scored'), version('scored', '1'), version('scored', '2')]) {
      await listener.hint(about(entity));
    }
  });
  beforeEach(async () => {
    await listener.forget();
    listener.sources.set('mlflow', source());
    listener.onTake = async () => undefined;
  });
  afterAll(async () => {
    await listener[Symbol.asyncDispose]();
    await opened[Symbol.asyncDispose]();
  });

  it('says which model or version to look at, and when it was', async () => {
    const started = Date.now();
    await post('/registered-models/create', { name: 'with space-é' });
    const created = await listener.hint(about(model('with space-é')));
    expect(created.dedupeKey).toMatch(/^webhook\/[0-9a-f-]{36}$/);
    expect(Math.abs(Date.parse(created.occurredAt ?? '') - started)).toBeLessThan(60_000);
    const next = async (entity: ChangeHint['entity'], act: () => Promise<unknown>) => {
      await listener.forget();
      await act();
      return listener.hint(about(entity));
    };
    const first = version('scored', '1');
    await next(version('scored', '3'), () => opened.createVersions(model('scored'), 1));
    await next(first, () => setTag('scored', '1', 'validation_status', 'approved'));
    await next(first, () =>
      opened.api.call('DELETE', '/model-versions/delete-tag', { ...first, key: 'validation_status' }),
    );
    // An alias is the model's. That it has moved, and from where, is not said.
    await next(model('scored'), () => post('/registered-models/alias', { ...first, alias: 'champion' }));
    await next(model('scored'), () => post('/registered-models/alias', { ...first, version: '2', alias: 'champion' }));
    await next(model('scored'), () =>
      opened.api.call('DELETE', '/registered-models/alias', { name: 'scored', alias: 'champion' }),
    );
  });

  it('is of no interest where it is about prompts', async () => {
    const tags = [
      { key: 'mlflow.prompt.is_prompt', value: 'true' },
      { key: 'mlflow.prompt.text', value: 'Hello' },
    ];
    await post('/registered-models/create', { name: 'greeting', tags: tags.slice(0, 1) });
    await post('/model-versions/create', { name: 'greeting', source: 'dummy-source', tags });
    await setTag('greeting', '1', 'team', 'a');
    await post('/registered-models/alias', { name: 'greeting', version: '1', alias: 'prod' });
    const events = ['prompt.created', 'prompt_version.created', 'prompt_version_tag.set', 'prompt_alias.created'];
    const requests = await Promise.all(
      events.map((event) => listener.request((request) => eventOf(request) === event)),
    );
    expect(requests.map(({ status }) => status)).toEqual([204, 204, 204, 204]);
    expect(listener.taken).toEqual([]);
  });

  it("is answered well, and without a look at anything, where it is the server's own test", async () => {
    for (const event of MODEL_EVENTS) {
      const [entity, action] = event.split('.');
      const { result } = await post(`/webhooks/${webhookId}/test`, { event: { entity, action } });
      expect(result).toMatchObject({ success: true, response_status: 204 });
    }
    expect(listener.requests.map(eventOf)).toEqual(MODEL_EVENTS.map((event) => event.toLowerCase()));
    expect(listener.taken).toEqual([]);
  });

  it('leads to the final state when deliveries overtake each other', async () => {
    const late = Promise.withResolvers<void>();
    const read: unknown[] = [];
    listener.onTake = async (_, [hint]) => {
      // The delivery that came first is dealt with after the other.
      if (read.length === 0 && listener.taken.length === 1) await late.promise;
      const [record] = await opened.adapter.getVersions([version('scored', '1')], call());
      expect(hint?.entity).toEqual(version('scored', '1'));
      read.push(present(record ?? null).approvalStatus);
      late.resolve();
    };
    await setTag('scored', '1', 'validation_status', 'approved');
    await listener.hint(() => true);
    await setTag('scored', '1', 'validation_status', 'rejected');
    await late.promise;
    await listener.request(() => listener.requests.length === 2);
    expect(read).toEqual(['REJECTED', 'REJECTED']);
  });

  it('is refused once a byte of it is changed, and when it comes too late', async () => {
    await setTag('scored', '1', 'team', 'risk');
    const genuine = await listener.request(({ status }) => status === 204);
    const [hint] = listener.taken;
    await listener.forget();
    const send = async (headers: Record<string, string | undefined>, body: Uint8Array = genuine.body) => {
      const { host: _, connection: __, 'content-length': ___, 'accept-encoding': ____, ...rest } = genuine.headers;
      const all = Object.entries({ ...rest, ...headers }).filter(([, value]) => value !== undefined);
      const answer = await fetch(`${listener.url}${genuine.path}`, {
        method: 'POST',
        headers: Object.fromEntries(all) as Record<string, string>,
        body: new Uint8Array(body),
      });
      return answer.status;
    };
    const id = 'x-mlflow-delivery-id';
    const signature = 'x-mlflow-signature';
    const signed = String(genuine.headers[signature]);
    // The same JSON, and other bytes.
    const spaced = Buffer.concat([genuine.body, Buffer.from(' ')]);
    expect(await send({}, spaced)).toBe(401);
    expect(await send({}, Buffer.from(genuine.body.toString().replace('risk', 'rusk')))).toBe(401);
    expect(await send({}, Buffer.alloc(0))).toBe(401);
    expect(await send({ [id]: 'another-delivery' })).toBe(401);
    expect(await send({ [id]: undefined })).toBe(401);
    expect(await send({ 'x-mlflow-timestamp': String(Math.floor(Date.now() / 1000) + 1) })).toBe(401);
    expect(await send({ 'x-mlflow-timestamp': '1e9' })).toBe(401);
    expect(await send({ [signature]: undefined })).toBe(401);
    expect(await send({ [signature]: signed.slice(3) })).toBe(401);
    expect(await send({ [signature]: `${signed}=` })).toBe(401);
    expect(await send({ [signature]: `v1,${Buffer.alloc(32).toString('base64')}` })).toBe(401);
    expect(listener.taken).toEqual([]);

    // A replay within the window is the same delivery, which whoever takes it has seen.
    expect(await send({})).toBe(204);
    expect(listener.taken).toEqual([hint]);
    // Some time has passed since it was sent.
    for (const seconds of [-330, 302]) {
      listener.sources.set(
        'mlflow',
        source(() => Date.now() + seconds * 1000),
      );
      expect(await send({})).toBe(401);
    }
    listener.sources.set(
      'mlflow',
      source(() => Date.now() + 290_000),
    );
    expect(await send({})).toBe(204);
    // While a new secret is taken up, the former one still holds; afterwards it does not.
    const renewed = { secret: 'another-secret-of-enough-length', formerSecrets: [SECRET] };
    listener.sources.set('mlflow', createWebhookSource('mlflow', webhookOptions.parse(renewed)));
    expect(await send({})).toBe(204);
    listener.sources.set('mlflow', createWebhookSource('mlflow', webhookOptions.parse({ secret: renewed.secret })));
    expect(await send({})).toBe(401);
    expect(listener.log.join('\n')).not.toMatch(/risk|a-secret-of|v1,/);
  });

  it('comes again, as the same delivery, while the journal is away', async () => {
    let isAway = true;
    listener.onTake = async () => {
      if (isAway) {
        isAway = false;
        throw new JournalUnavailableError();
      }
    };
    await setTag('scored', '2', 'validation_status', 'approved');
    await listener.request(({ status }) => status === 204);
    expect(listener.requests.map(({ status }) => status)).toEqual([503, 204]);
    const [first, again] = listener.taken;
    expect(again).toEqual(first);
  });

  it('makes a source only of a registry that has a webhook in its options', async () => {
    const { mlflowRegistry } = await import('../../adapters/mlflow/index.js');
    const options = (webhook?: unknown) =>
      mlflowOptions.parse({ url: serverUrl, ...(webhook === undefined ? {} : { webhook }) });
    const { webhooks, sources } = mlflowRegistry.createSources([
      { id: 'none', options: options() },
      { id: 'by-hand', options: options({ secret: SECRET }) },
      { id: 'managed', options: options({ secret: SECRET, url: listener.url, manage: true }) },
    ]);
    expect(webhooks.map(({ registryId }) => registryId)).toEqual(['by-hand', 'managed']);
    expect(sources.map(({ registryIds, isExclusive }) => ({ registryIds, isExclusive }))).toEqual([
      { registryIds: ['managed'], isExclusive: true },
    ]);
    for (const each of sources) await each[Symbol.asyncDispose]();
  });
});

function eventOf({ body }: HookRequest): string {
  const { entity, action } = JSON.parse(body.toString()) as { entity: string; action: string };
  return `${entity}.${action}`;
}
