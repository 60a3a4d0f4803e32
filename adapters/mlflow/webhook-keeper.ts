import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeSource, SourceContext } from '../../src/domain/change-source.js';
import { type RegistryError, UnexpectedUpstreamError } from '../../src/domain/errors.js';
import type { MlflowCall } from './errors.js';
import { type KeptWebhook, keepWebhook } from './keep-webhook.js';
import type { MlflowOptions } from './options.js';
import { createTransport } from './transport.js';
import { type WantedWebhook, wantedWebhook } from './wanted-webhook.js';
import { type WebhookCalls, webhookCalls } from './webhook-calls.js';
import type { WebhookOptions } from './webhook-options.js';
import { testProblem, type WebhookPlace, webhookProblem } from './webhook-problems.js';

export interface KeeperTimes {
  /** Between two looks at the server. */
  readonly lookMs: number;
  /** Between two deliveries that are asked for to see whether they arrive. */
  readonly testMs: number;
  /** After an outage, doubled with each further look that finds it: the server may just be starting. */
  readonly retryMs: number;
}

const TIMES: KeeperTimes = { lookMs: 60_000, testMs: 600_000, retryMs: 1000 };
const RETRY_MAX_MS = 5_000;
/** How much sooner than otherwise a delivery is asked for again that has not arrived. */
const RETEST_FACTOR = 5;
const CALL_MS = 30_000;
// The server tries four times, and waits for each.
const TEST_MS = 60_000;

/** Where the id of the webhook is kept. */
const CHECKPOINT = 'webhook';

/** Makes a registry's webhook on its server, and looks after it: that it is there, once, whole, and that what it sends arrives. */
export function createWebhookKeeper(
  registryId: string,
  options: MlflowOptions,
  webhook: WebhookOptions & { readonly url: string },
  times: KeeperTimes = TIMES,
): ChangeSource {
  const transport = createTransport(options);
  const calls = webhookCalls(transport);
  return {
    name: `mlflow webhook of ${registryId} at ${options.url}`,
    registryIds: [registryId],
    isExclusive: true,
    async run(context) {
      const wanted = await wantedWebhook(registryId, webhook.url, webhook);
      const place = { registryId, serverUrl: options.url, hookUrl: wanted.content.url };
      const { signal } = context;
      const tell = tellingOnce(context.report);
      const look = looking({ calls, wanted, place, context, testMs: times.testMs });
      for (let failures = 0; !signal.aborted; ) {
        let waitMs = times.lookMs;
        try {
          tell(await look());
          failures = 0;
        } catch (error) {
          if (signal.aborted) return;
          const problem = webhookProblem(place, error);
          tell(problem);
          failures += 1;
          if (problem.retryable) waitMs = Math.min(waitMs, times.retryMs * 2 ** (failures - 1), RETRY_MAX_MS);
        }
        await sleep(waitMs, undefined, { signal }).catch(() => undefined);
      }
    },
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  };
}

interface Watched {
  readonly calls: WebhookCalls;
  readonly wanted: WantedWebhook;
  readonly place: WebhookPlace;
  readonly context: SourceContext;
  readonly testMs: number;
}

/** One look: puts right what is wrong, and says what was, or still is. */
function looking({ calls, wanted, place, context, testMs }: Watched): () => Promise<RegistryError | null> {
  const { registryId } = place;
  const { signal, checkpoints, take } = context;
  const callFor = (ms: number): MlflowCall => ({
    registryId,
    operation: 'webhook',
    signal: AbortSignal.any([signal, AbortSignal.timeout(ms)]),
  });
  const keep = async (rewrite: boolean) => {
    const madeId = await checkpoints.get(CHECKPOINT);
    const kept = await keepWebhook(calls, wanted, madeId, callFor(CALL_MS), rewrite);
    if (kept.id !== madeId) await checkpoints.set(CHECKPOINT, kept.id);
    return { ...kept, wasGone: kept.did === 'CREATED' && madeId !== null };
  };
  let testAt = 0;
  /** As the last test has shown. */
  let undelivered: RegistryError | null = null;
  const test = async (kept: KeptWebhook): Promise<RegistryError | null> => {
    let result = await calls.test(kept.id, callFor(TEST_MS));
    if (result.response_status === 401 && kept.did === 'NOTHING') {
      // Everything but the secret can be seen, and is as it should: somebody has changed that.
      result = await calls.test((await keep(true)).id, callFor(TEST_MS));
    }
    return testProblem(place, result);
  };

  return async () => {
    const kept = await keep(false);
    if (kept.did !== 'NOTHING' || Date.now() >= testAt) {
      undelivered = await test(kept);
      testAt = Date.now() + (undelivered === null ? testMs : testMs / RETEST_FACTOR);
    }
    const restored = restoredProblem(place, kept);
    // What happened while it was not right has reached nobody.
    if (restored !== null) await take([{ registryId, dedupeKey: `restored/${kept.id}/${Date.now()}` }], signal);
    return undelivered ?? restored;
  };
}

function restoredProblem({ registryId, serverUrl }: WebhookPlace, kept: KeptWebhook & { readonly wasGone: boolean }) {
  const what = kept.wasGone ? ['it was gone'] : kept.found;
  if (what.length === 0) return null;
  return new UnexpectedUpstreamError(
    `The webhook on the MLflow server ${serverUrl} was not as the gateway had made it, and has been put right: ${what.join(', ')}. See who changes it.`,
    { registryId, operation: 'webhook' },
  );
}

/** The same thing is told once, however often it is found. */
function tellingOnce(report: SourceContext['report']): (problem: Error | null) => void {
  let told: string | null | undefined;
  return (problem) => {
    const message = problem?.message ?? null;
    if (message === told) return;
    told = message;
    report(problem);
  };
}
