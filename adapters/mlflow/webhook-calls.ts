import * as z from 'zod';
import type { MlflowCall } from './errors.js';
import { get, type MlflowTransport, write } from './transport.js';
import { doneAnswer } from './wire.js';

const wireWebhook = z.object({
  webhook_id: z.string(),
  name: z.string(),
  url: z.string(),
  events: z.array(z.object({ entity: z.string(), action: z.string() })).default([]),
  status: z.string().default('ACTIVE'),
  description: z.string().default(''),
  creation_timestamp: z.number().default(0),
});

const webhookAnswer = z.object({ webhook: wireWebhook });
const webhooksAnswer = z.object({
  webhooks: z.array(wireWebhook).default([]),
  next_page_token: z.string().optional(),
});

const testResult = z.object({
  success: z.boolean().default(false),
  /** What the receiver answered; missing where it could not be reached. */
  response_status: z.number().optional(),
  response_body: z.string().default(''),
  error_message: z.string().default(''),
});

export type WireWebhook = z.output<typeof wireWebhook>;
export type WebhookTest = z.output<typeof testResult>;

/** All of a webhook that can be written; the secret is never given back. */
export interface WebhookContent {
  readonly name: string;
  readonly url: string;
  /** Names in upper case. */
  readonly events: readonly { readonly entity: string; readonly action: string }[];
  readonly description: string;
  readonly secret: string;
  readonly status: 'ACTIVE';
}

export interface WebhookCalls {
  list(call: MlflowCall): Promise<readonly WireWebhook[]>;
  create(content: WebhookContent, call: MlflowCall): Promise<WireWebhook>;
  update(id: string, content: WebhookContent, call: MlflowCall): Promise<WireWebhook>;
  remove(id: string, call: MlflowCall): Promise<void>;
  /** Has the server send an example to the webhook's URL; answers once that has been tried, retries included. */
  test(id: string, call: MlflowCall): Promise<WebhookTest>;
}

const testAnswer = z.object({ result: testResult });

export function webhookCalls({ ask }: MlflowTransport): WebhookCalls {
  const one = (id: string) => `/webhooks/${encodeURIComponent(id)}`;
  return {
    async list(call) {
      const found: WireWebhook[] = [];
      for (let token = ''; ; ) {
        const page = token === '' ? [] : [['page_token', token] as const];
        const answer = await ask(webhooksAnswer, get('/webhooks', [['max_results', '1000'], ...page]), call);
        found.push(...answer.webhooks);
        token = answer.next_page_token ?? '';
        if (token === '') return found;
      }
    },
    async create(content, call) {
      return (await ask(webhookAnswer, write('POST', '/webhooks', content), call)).webhook;
    },
    async update(id, content, call) {
      return (await ask(webhookAnswer, write('PATCH', one(id), content), call)).webhook;
    },
    async remove(id, call) {
      await ask(doneAnswer, write('DELETE', one(id), {}), call);
    },
    async test(id, call) {
      return (await ask(testAnswer, write('POST', `${one(id)}/test`, {}), call)).result;
    },
  };
}
