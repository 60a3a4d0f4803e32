import type { WebhookSource } from '../../src/domain/change-source.js';
import { hintsOf } from './delivery.js';
import { verifyDelivery } from './delivery-signature.js';
import type { WebhookOptions } from './webhook-options.js';

/** Reads what a server's webhook sends. @param now In milliseconds; so that a test can set the clock. */
export function createWebhookSource(
  registryId: string,
  { secret, formerSecrets, toleranceSeconds }: WebhookOptions,
  now: () => number = Date.now,
): WebhookSource {
  const rules = { registryId, secrets: [secret, ...formerSecrets], toleranceMs: toleranceSeconds * 1000 };
  return {
    registryId,
    read: (headers, body) => hintsOf(registryId, verifyDelivery(rules, headers, body, now()), body),
  };
}
