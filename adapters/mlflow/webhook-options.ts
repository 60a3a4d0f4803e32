import * as z from 'zod';
import { baseUrl } from '../shared/base-url.js';

// MLflow keeps it encrypted in a column of 1000 characters.
const secret = z
  .string()
  .min(16, 'A webhook secret has at least 16 characters.')
  .max(500, 'MLflow has no room for a longer secret.')
  .regex(/^[\x21-\x7e]+$/, 'Printable ASCII without spaces: both sides must make the same bytes of it.')
  .meta({ writeOnly: true });

/** How an MLflow server tells the gateway of changes by itself. */
export const webhookOptions = z
  .strictObject({
    secret: secret.describe('What the server signs its deliveries with; one of its own for each gateway.'),
    formerSecrets: z
      .array(secret)
      .max(5)
      .default([])
      .describe('Secrets that deliveries may still be signed with, while a new one is taken up. Default: none.'),
    url: baseUrl
      .max(350)
      .transform((url) => url.replace(/\/+$/, ''))
      .optional()
      .describe(
        'Where the MLflow server reaches this gateway, e.g. https://registrar.example.com: deliveries go to /hooks/mlflow/<registry id> below it.',
      ),
    manage: z
      .boolean()
      .default(false)
      .describe(
        'Whether the gateway makes the webhook on the server by itself, and again when it is gone; needs `url`. Default: false.',
      ),
    toleranceSeconds: z
      .int()
      .min(30)
      .max(3600)
      .default(300)
      .describe('How far the time of a delivery may be from ours, its retries included. Default: 300.'),
  })
  .refine(({ manage, url }) => !manage || url !== undefined, {
    path: ['url'],
    message: 'A webhook that the gateway makes needs the URL at which MLflow reaches the gateway.',
  });

export type WebhookOptions = z.output<typeof webhookOptions>;

/** Where the deliveries of a registry go. */
export function deliveryUrl(url: string, registryId: string): string {
  return `${url}/hooks/mlflow/${registryId}`;
}
