import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startExample } from '../support/example.js';
import { type Desk, openDesk } from './support.js';

let desk: Desk;
let directory: string;
beforeEach(async () => {
  desk = await openDesk({ models: [{ name: 'churn', statuses: Array.from({ length: 8 }, () => 'PENDING' as const) }] });
  directory = await mkdtemp(path.join(tmpdir(), 'registrar-examples-'));
});
afterEach(async () => {
  await desk[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

/** Who takes what an example sends, and may say no. */
async function startTaker() {
  const bodies: string[] = [];
  const keys: (string | undefined)[] = [];
  let status = 200;
  const server = createServer(async (request, response) => {
    const body = await text(request);
    if (status === 200) {
      bodies.push(body);
      keys.push(request.headers['idempotency-key'] as string | undefined);
    }
    response.writeHead(status).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    bodies,
    keys,
    refuse(isRefusing: boolean) {
      status = isRefusing ? 503 : 200;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const decide = async (field: string, number: number, expectedStatus: string) => {
  const { error } = await desk.mutate('ana', field, { modelVersionId: `east/churn/${number}`, expectedStatus });
  expect(error).toBeUndefined();
};
const environment = async (file: string) => ({
  REGISTRAR_URL: `${desk.gateway.url}/graphql`,
  REGISTRAR_TOKEN: await desk.token('vera'),
  CURSOR_FILE: path.join(directory, file),
});
/** Once it listens, it has kept where it began. */
const listening = (file: string) =>
  vi.waitFor(() => readFile(path.join(directory, file), 'utf8'), { timeout: 10_000, interval: 20 });
const eventually = (look: () => void) => vi.waitFor(look, { timeout: 10_000, interval: 20 });

describe('the chat notifier', () => {
  it('posts what was decided, and misses nothing while it is killed or the chat is away', async () => {
    await using chat = await startTaker();
    const env = { ...(await environment('chat')), CHAT_WEBHOOK_URL: chat.url };
    const first = startExample('chat-notifier/chat-notifier.mjs', env);
    await listening('chat');
    await decide('approveModelVersion', 1, 'PENDING');
    await decide('rejectModelVersion', 2, 'PENDING');
    await decide('resetModelVersionApproval', 2, 'REJECTED');
    await eventually(() => expect(chat.bodies).toHaveLength(2));
    await first.kill();
    await decide('approveModelVersion', 3, 'PENDING');
    chat.refuse(true);
    await using _ = startExample('chat-notifier/chat-notifier.mjs', env);
    await decide('rejectModelVersion', 4, 'PENDING');
    chat.refuse(false);
    await eventually(() => expect(chat.bodies.length).toBeGreaterThanOrEqual(4));
    const lines = [...new Set(chat.bodies.map((body) => JSON.parse(body).text))];
    expect(lines).toEqual([
      'east/churn/1: new → APPROVED by ana@example.com',
      'east/churn/2: new → REJECTED by ana@example.com',
      'east/churn/3: new → APPROVED by ana@example.com',
      'east/churn/4: new → REJECTED by ana@example.com',
    ]);
  });
});

describe('the deploy trigger', () => {
  it('calls a URL for each approval, with the id of the change, at least once', async () => {
    await using ci = await startTaker();
    const env = { ...(await environment('deploy')), DEPLOY_URL: ci.url, MODEL: 'chu*' };
    const first = startExample('deploy-trigger/deploy-trigger.mjs', env);
    await listening('deploy');
    ci.refuse(true);
    await decide('approveModelVersion', 1, 'PENDING');
    await decide('rejectModelVersion', 2, 'PENDING');
    await first.kill();
    await decide('approveModelVersion', 3, 'PENDING');
    await decide('approveModelVersion', 4, 'PENDING');
    await decide('resetModelVersionApproval', 4, 'APPROVED');
    await decide('approveModelVersion', 5, 'PENDING');
    ci.refuse(false);
    await using _ = startExample('deploy-trigger/deploy-trigger.mjs', env);
    await eventually(() => expect(ci.bodies.at(-1)).toContain('east/churn/5'));
    const changes = ci.bodies.map((body) => JSON.parse(body));
    expect(new Set(changes.map(({ modelVersionId }) => modelVersionId))).toEqual(
      new Set(['east/churn/1', 'east/churn/3', 'east/churn/5']),
    );
    expect(ci.keys).toEqual(changes.map(({ id }) => id));
  });

  it('runs a command, again until it exits with 0', async () => {
    const out = path.join(directory, 'out');
    const script = path.join(directory, 'deploy.sh');
    await writeFile(
      script,
      `test -e ${out}.once || { touch ${out}.once; exit 1; }\necho "$MODEL_VERSION_ID $CHANGE_ID" >> ${out}\n`,
    );
    const env = { ...(await environment('deploy')), DEPLOY_COMMAND: `sh ${script}` };
    await using _ = startExample('deploy-trigger/deploy-trigger.mjs', env);
    await listening('deploy');
    await decide('approveModelVersion', 1, 'PENDING');
    await vi.waitFor(async () => expect(await readFile(out, 'utf8')).toMatch(/^east\/churn\/1 change:\S+\n$/), {
      timeout: 10_000,
    });
  });
});
