import { NotFoundError } from '../../src/domain/errors.js';
import type { MlflowCall } from './errors.js';
import { differences, type WantedWebhook } from './wanted-webhook.js';
import type { WebhookCalls, WireWebhook } from './webhook-calls.js';

export interface KeptWebhook {
  readonly id: string;
  readonly did: 'NOTHING' | 'CREATED' | 'UPDATED';
  /** What was not as it should be, in words. */
  readonly found: readonly string[];
}

/**
 * Makes the server have this webhook, once.
 * @param madeId Of the one that was made or found before, where that is known: its URL and name may have been changed since.
 * @param rewrite Also where it seems to be as it should: the secret cannot be seen.
 */
export async function keepWebhook(
  calls: WebhookCalls,
  wanted: WantedWebhook,
  madeId: string | null,
  call: MlflowCall,
  rewrite = false,
): Promise<KeptWebhook> {
  const own = (await calls.list(call)).filter((webhook) => isOwn(webhook, wanted, madeId));
  // Whoever looks keeps the same one: one that is right already, then the oldest.
  const [kept, ...spare] = own
    .map((webhook) => ({ webhook, wrong: differences(webhook, wanted) }))
    .sort(
      (a, b) =>
        Math.min(1, a.wrong.length) - Math.min(1, b.wrong.length) ||
        a.webhook.creation_timestamp - b.webhook.creation_timestamp ||
        (a.webhook.webhook_id < b.webhook.webhook_id ? -1 : 1),
    );
  if (kept === undefined) {
    return { id: (await calls.create(wanted.content, call)).webhook_id, did: 'CREATED', found: [] };
  }
  const found = [...kept.wrong, ...(spare.length === 0 ? [] : [`there were ${spare.length} more of it`])];
  const id = kept.webhook.webhook_id;
  const isRight = kept.wrong.length === 0 && !rewrite;
  if (!isRight) await calls.update(id, wanted.content, call);
  // Afterwards: were the update refused, these would be all that delivers.
  for (const { webhook } of spare) await removeIfThere(calls, webhook.webhook_id, call);
  return { id, did: isRight ? 'NOTHING' : 'UPDATED', found };
}

/**
 * What delivers to our address is ours, whoever made it; and what we made for another address before. Another gateway may have a registry of the same
 * id on the same server: its webhook has another address and another secret.
 */
function isOwn({ webhook_id, url, name, description }: WireWebhook, wanted: WantedWebhook, madeId: string | null) {
  const { content, marks } = wanted;
  const isMarked = name === content.name && marks.some((mark) => description.endsWith(mark));
  return url === content.url || webhook_id === madeId || isMarked;
}

async function removeIfThere(calls: WebhookCalls, id: string, call: MlflowCall): Promise<void> {
  try {
    await calls.remove(id, call);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
  }
}
