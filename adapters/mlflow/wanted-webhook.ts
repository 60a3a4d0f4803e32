import { createHash, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { EVENTS } from './delivery.js';
import type { WebhookContent, WireWebhook } from './webhook-calls.js';
import { deliveryUrl, type WebhookOptions } from './webhook-options.js';

/** The webhook as it should be on the server. */
export interface WantedWebhook {
  readonly content: WebhookContent;
  /** What the descriptions end in that we have ever written with a secret of the options, this one or a former one. */
  readonly marks: readonly string[];
}

const NAME_MAX_LENGTH = 63;

export async function wantedWebhook(registryId: string, url: string, options: WebhookOptions): Promise<WantedWebhook> {
  const marks = await Promise.all(
    [options.secret, ...options.formerSecrets].map((secret) => markOf(registryId, secret)),
  );
  const description = `Tells Registrar of changes. Made from its config: change it there. ${marks[0]}`;
  return { content: { ...wantedContent(registryId, url), description, secret: options.secret }, marks };
}

/** What can be seen of it by anybody. */
export function wantedContent(registryId: string, url: string): Omit<WebhookContent, 'description' | 'secret'> {
  return {
    name: nameFor(registryId),
    url: deliveryUrl(url, registryId),
    events: EVENTS.map((event) => {
      const [entity = '', action = ''] = event.toUpperCase().split('.');
      return { entity, action };
    }),
    status: 'ACTIVE',
  };
}

/** What of a webhook is not as it should be, in words; empty where all is well. */
export function differences(found: WireWebhook, { content }: WantedWebhook): readonly string[] {
  const events = new Set(found.events.map(eventKey));
  return [
    ...(found.url === content.url ? [] : ['its URL was another']),
    ...(found.status === content.status ? [] : ['it was disabled']),
    ...(content.events.every((event) => events.has(eventKey(event))) ? [] : ['it left out events']),
    ...(found.description === content.description ? [] : ['its secret or description was another']),
  ];
}

/**
 * A secret cannot be read back. What can is the description, which so tells whether the server has this one; slow to guess from, as whoever may list
 * webhooks sees it.
 */
async function markOf(registryId: string, secret: string): Promise<string> {
  const derived = (await promisify(scrypt)(secret, `registrar webhook of ${registryId}`, 8)) as Buffer;
  return `[key ${derived.toString('hex')}]`;
}

/** Where the id alone would be too long, a hash of it. */
function nameFor(registryId: string): string {
  const name = `registrar.${registryId}.hook`;
  if (name.length <= NAME_MAX_LENGTH) return name;
  return `registrar.${createHash('sha256').update(registryId).digest('hex').slice(0, 24)}.hook`;
}

function eventKey({ entity, action }: { readonly entity: string; readonly action: string }): string {
  return `${entity}.${action}`.toUpperCase();
}
