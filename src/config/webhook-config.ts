import { isIP } from 'node:net';
import * as z from 'zod';
import { CHANGE_TYPES } from '../domain/changes.js';
import { APPROVAL_STATUSES } from '../domain/model.js';
import { isPublicAddress } from '../notify/public-address.js';
import type { ConfigFault } from './faults.js';

const text = () => z.string().min(1, 'It must not be empty.').max(500, 'It has at most 500 characters.');
const texts = () => z.array(text()).min(1, 'Name at least one, or leave it out.').max(200, 'Name at most 200.');
const oneOf = <T extends string>(names: readonly T[]) =>
  z
    .array(z.enum(names, { error: `It must be one of: ${names.join(', ')}.` }))
    .min(1, 'Name at least one, or leave it out.');

const SECRET = 'It must be `whsec_` and base64 of 24 to 64 random bytes: `echo "whsec_$(openssl rand -base64 32)"`.';

/** Standard Webhooks' way to write a secret. */
const secret = () => z.string().refine(isSecret, SECRET).meta({ writeOnly: true });

const filterSchema = z
  .strictObject({
    registryIds: texts().optional().describe('In one of these registries. Default: all.'),
    registryLabels: z.record(text(), text()).optional().describe('In a registry with all of these labels.'),
    modelIds: texts().optional().describe('About one of these models or its versions.'),
    modelName: text()
      .optional()
      .describe('Glob over the name of the model, any case: `*` for any text, `?` for one character.'),
    types: oneOf(CHANGE_TYPES).optional().describe('Of one of these kinds. Default: all.'),
    from: oneOf(APPROVAL_STATUSES).optional().describe('Was one of these; implies VERSION_STATUS.'),
    to: oneOf(APPROVAL_STATUSES).optional().describe('Became one of these; implies VERSION_STATUS.'),
    actorIds: texts().optional().describe('By one of these: `nativeId` of the actor, or its name where it has none.'),
    outOfBandOnly: z
      .boolean()
      .optional()
      .describe('Only what was certainly not decided through the gateway; implies VERSION_STATUS.'),
  })
  .prefault({})
  .describe('Which changes it is told of; all that are given must hold. Default: all changes.');

const retrySchema = z
  .strictObject({
    maxAttempts: z
      .int()
      .min(1)
      .max(100)
      .default(10)
      .describe('After so many attempts a delivery is given up: a dead letter. Default: 10.'),
    firstDelaySeconds: z
      .number()
      .min(0.1)
      .max(3600)
      .default(5)
      .describe('Before the second attempt; four times as long before each further one. Default: 5.'),
    maxDelaySeconds: z
      .number()
      .min(1)
      .max(86_400)
      .default(14_400)
      .describe('The longest time between two attempts. Default: 14400, 4 hours.'),
    giveUpAfterSeconds: z
      .int()
      .min(1)
      .max(604_800)
      .default(86_400)
      .describe('What is older is given up with its next failure. Default: 86400, a day.'),
  })
  .prefault({})
  .describe('How long it is tried.');

const webhookSchema = z
  .strictObject({
    id: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'An id has 1 to 63 of a-z, 0-9 and -, and starts with a letter or digit.')
      .describe('Names it in logs and deliveries; do not change it later.'),
    url: z
      .url({ protocol: /^https?$/, error: 'It must be an http or https URL.' })
      .refine((url) => !hasCredentials(url), 'It must hold no user and password. A `${NAME}` may stand in the path.')
      .describe(
        'Where changes are sent. Redirects are not followed. `${NAME}` may stand in it, and it is never logged.',
      ),
    secrets: z
      .array(secret())
      .min(1, 'Give at least one.')
      .max(4, 'Give at most 4.')
      .describe(
        'What signs, in the form of Standard Webhooks. All sign: to change one, put the new one beside it first.',
      ),
    filter: filterSchema,
    allowPrivateAddresses: z
      .boolean()
      .default(false)
      .describe(
        "Whether the host may be in an own network, and plain http is taken. Default: false, so that whoever can name a host cannot reach what only the gateway's network can.",
      ),
    timeoutMs: z.int().min(100).max(60_000).default(15_000).describe('How long it may take to answer. Default: 15000.'),
    concurrency: z.int().min(1).max(64).default(4).describe('Requests under way at once. Default: 4.'),
    retry: retrySchema,
  })
  .superRefine(({ url, allowPrivateAddresses }, context) => {
    const message = allowPrivateAddresses ? null : faultOfUrl(url);
    if (message !== null) context.addIssue({ code: 'custom', path: ['url'], message });
  });

/** Who outside is told of changes. */
export const webhooksSchema = z
  .array(webhookSchema)
  .max(50, 'At most 50.')
  .default([])
  .describe('Places outside that are told of changes, see docs/webhooks.md. Default: none.');

export type WebhooksConfig = z.output<typeof webhooksSchema>;

/** What is wrong with the webhooks as seen from the other sections. */
export function webhookFaults(webhooks: WebhooksConfig, registryIds: readonly string[]): readonly ConfigFault[] {
  const ids = webhooks.map(({ id }) => id);
  return webhooks.flatMap(({ id, filter }, index) => {
    const first = ids.indexOf(id);
    const path = `webhooks[${index}]`;
    const repeated = { path: `${path}.id`, message: `webhooks[${first}] has this id already. Ids must differ.` };
    const strangers = (filter.registryIds ?? []).flatMap((registryId, at) =>
      registryIds.includes(registryId)
        ? []
        : [
            {
              path: `${path}.filter.registryIds[${at}]`,
              message: `There is no registry of this id. There are: ${registryIds.join(', ')}.`,
            },
          ],
    );
    return first === index ? strangers : [repeated, ...strangers];
  });
}

function faultOfUrl(url: string): string | null {
  const { protocol, hostname = '' } = URL.parse(url) ?? {};
  // What is no URL at all is another fault.
  if (protocol === 'http:') return 'It must be https. Plain http needs `allowPrivateAddresses: true`.';
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  const isInside = isIP(address) !== 0 ? !isPublicAddress(address) : /(^|\.)localhost$/i.test(address);
  return isInside ? 'It is not on the public internet. Set `allowPrivateAddresses: true` where that is meant.' : null;
}

function hasCredentials(url: string): boolean {
  const parsed = URL.parse(url);
  return parsed !== null && (parsed.username !== '' || parsed.password !== '');
}

function isSecret(text: string): boolean {
  const [, encoded] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const bytes = Buffer.from(encoded ?? '', 'base64');
  return bytes.length >= 24 && bytes.length <= 64 && bytes.toString('base64') === encoded;
}
