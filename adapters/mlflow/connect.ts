import type { ConnectDocument, ConnectPlan } from '../../src/domain/connect.js';
import { RegistryError } from '../../src/domain/errors.js';
import type { CheckResult } from '../../src/domain/registry.js';
import { type KeptWebhook, keepWebhook } from './keep-webhook.js';
import type { MlflowOptions } from './options.js';
import { type ServerSetting, serverSettings } from './server-settings.js';
import { createTransport } from './transport.js';
import { wantedContent, wantedWebhook } from './wanted-webhook.js';
import { webhookCalls } from './webhook-calls.js';
import { deliveryUrl, type WebhookOptions } from './webhook-options.js';
import { testProblem, webhookProblem } from './webhook-problems.js';

const CALL_MS = 30_000;
// The server tries four times, and waits for each.
const TEST_MS = 60_000;

/** What it takes for an MLflow server to tell the gateway of its changes. */
export function connectMlflow(
  registries: readonly { readonly id: string; readonly options: MlflowOptions }[],
): readonly ConnectPlan[] {
  return registries.map(({ id, options }) => {
    const { webhook } = options;
    if (webhook?.url === undefined) return { registryIds: [id], documents: [configDocument(id)] };
    const reached = { ...webhook, url: webhook.url };
    return {
      registryIds: [id],
      documents: [settingsDocument(id, options.url, reached.url), webhookDocument(id, reached)],
      apply: () => makeWebhook(id, options, reached),
    };
  });
}

function configDocument(id: string): ConnectDocument {
  const text = `# Add this to the options of registry ${id}, and run the command again. Make the secret with: openssl rand -hex 32
webhook:
  secret: \${MLFLOW_WEBHOOK_SECRET}
  # Where the MLflow server reaches the gateway.
  url: https://registrar.example.com
  # The gateway makes the webhook itself, and again when it is gone. It needs a user who may.
  manage: true
`;
  return { format: 'yaml', fileName: `registrar-${id}.yaml`, text };
}

function settingsDocument(id: string, serverUrl: string, url: string): ConnectDocument {
  const lines = serverSettings(serverUrl, deliveryUrl(url, id)).map(
    ({ name, value, reason }: ServerSetting) => `# ${reason}\n${name}=${value}\n`,
  );
  const text = `# Environment of the MLflow server ${serverUrl} (3.3 or later, with its registry in a database).\n\n${lines.join('\n')}`;
  return { format: 'env', fileName: `mlflow-server-${id}.env`, text };
}

/** For those who make the webhook by hand. */
function webhookDocument(id: string, { url }: WebhookOptions & { readonly url: string }): ConnectDocument {
  const content = { ...wantedContent(id, url), secret: '<the secret of the options>' };
  return { format: 'json', fileName: `mlflow-webhook-${id}.json`, text: `${JSON.stringify(content, null, 2)}\n` };
}

/** Makes the webhook, or puts it right, and has the server try it: the gateway has to be running. Never throws. */
async function makeWebhook(
  registryId: string,
  options: MlflowOptions,
  webhook: WebhookOptions & { readonly url: string },
): Promise<readonly CheckResult[]> {
  await using transport = createTransport(options);
  const calls = webhookCalls(transport);
  const wanted = await wantedWebhook(registryId, webhook.url, webhook);
  const place = { registryId, serverUrl: options.url, hookUrl: wanted.content.url };
  const callFor = (ms: number) => ({ registryId, operation: 'connect', signal: AbortSignal.timeout(ms) });
  const outcome = async <T>(work: () => Promise<T>): Promise<T | RegistryError> =>
    work().catch((error: unknown) => webhookProblem(place, error));

  const kept = await outcome(() => keepWebhook(calls, wanted, null, callFor(CALL_MS), true));
  if (kept instanceof RegistryError) return [{ name: 'webhook', ok: false, message: kept.message }];
  const made = { name: 'webhook', ok: true, message: `${wordFor(kept)} webhook ${kept.id} to ${place.hookUrl}.` };
  const result = await outcome(() => calls.test(kept.id, callFor(TEST_MS)));
  const problem = result instanceof RegistryError ? result : testProblem(place, result);
  const message = problem?.message ?? 'What the server sends arrives, and its signature is right.';
  return [made, { name: 'delivery', ok: problem === null, message }];
}

function wordFor({ did, found }: KeptWebhook): string {
  if (did === 'CREATED') return 'Made';
  return found.length === 0 ? 'Wrote again' : `Put right (${found.join(', ')})`;
}
