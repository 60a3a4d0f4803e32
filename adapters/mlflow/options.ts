import * as z from 'zod';
import { APPROVAL_STATUSES, type ApprovalStatus } from '../../src/domain/model.js';
import { baseUrl } from '../shared/base-url.js';
import { isReservedTag, TAG_KEY } from './tags.js';
import { webhookOptions } from './webhook-options.js';

const secret = z.string().min(1).meta({ writeOnly: true });

const auth = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('none') }),
  z.strictObject({ type: z.literal('bearer'), token: secret.describe('Sent as `Authorization: Bearer …`.') }),
  z.strictObject({
    type: z.literal('basic'),
    username: z
      .string()
      .regex(/^[^:]+$/, 'A user name without a colon.')
      .describe("A user of MLflow's basic-auth app."),
    password: secret.describe("The user's password."),
  }),
]);

const tagKey = z
  .string()
  .max(250)
  .regex(TAG_KEY, 'A tag key: letters, digits, and any of _ - . : / or a space.')
  .refine((key) => !isReservedTag(key), 'A tag that Registrar or MLflow keeps for itself.');

const status = z.enum(APPROVAL_STATUSES);
const values = (...defaults: [string, ...string[]]) =>
  z.array(z.string().trim().min(1).max(250)).min(1).default(defaults);

const approval = z.strictObject({
  tag: tagKey
    .default('validation_status')
    .describe('Version tag that holds the approval status. Default: validation_status.'),
  values: z
    .strictObject({ PENDING: values('pending'), APPROVED: values('approved'), REJECTED: values('rejected') })
    .prefault({})
    .superRefine((map, context) => {
      for (const [value, statuses] of statusesByValue(map)) {
        if (statuses.length < 2) continue;
        context.addIssue({
          code: 'custom',
          message: `${JSON.stringify(value)} stands for ${statuses.join(' and ')}; it can mean one.`,
        });
      }
    })
    .describe('What the tag says for each status, matched ignoring case; the first value of each is written.'),
  absent: status.default('PENDING').describe('Status of a version without the tag. Default: PENDING.'),
  unknown: status.default('PENDING').describe('Status of a version whose tag says anything else. Default: PENDING.'),
});

/** Options of an MLflow server, as they stand in `registrar.yaml`. */
export const mlflowOptions = z.strictObject({
  url: baseUrl
    .transform((url) => url.replace(/\/+$/, ''))
    .describe(
      'Base URL of the server, with the static prefix where it has one, e.g. https://mlflow.example.com/team-a.',
    ),
  workspace: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'The name of a workspace: a-z 0-9 and inner hyphens.')
    .optional()
    .describe("Workspace to read, on servers that have workspaces. Default: the server's own default."),
  auth: auth.default({ type: 'none' }).describe('How the gateway signs in. Default: {type: none}.'),
  approval: approval.prefault({}).describe('Where the approval status of a version is kept.'),
  ownerTag: tagKey.default('owner').describe('Model tag that names the owner. Default: owner.'),
  concurrency: z
    .int()
    .min(1)
    .max(64)
    .default(8)
    .describe('How many calls to the server may be under way at once. Default: 8.'),
  pageSize: z
    .int()
    .min(50)
    .max(1000)
    .default(1000)
    .describe(
      'How many rows a large page of a search asks for; a walk through all versions asks for ten times as many. Default: 1000, the most that MLflow allows for models.',
    ),
  pollSeconds: z
    .int()
    .min(1)
    .max(3600)
    .default(15)
    .describe('How often the registry is asked for what has changed. Default: 15.'),
  webhook: webhookOptions.optional().describe('How the server tells of changes by itself. Default: it does not.'),
});

/** The options after validation, with every default filled in. */
export type MlflowOptions = z.output<typeof mlflowOptions>;

export type ApprovalConvention = MlflowOptions['approval'];

function statusesByValue(map: Readonly<Record<ApprovalStatus, readonly string[]>>): Map<string, ApprovalStatus[]> {
  const found = new Map<string, ApprovalStatus[]>();
  for (const name of APPROVAL_STATUSES) {
    for (const value of new Set(map[name].map((entry) => entry.toLowerCase()))) {
      found.set(value, [...(found.get(value) ?? []), name]);
    }
  }
  return found;
}
