import * as z from 'zod';
import { accountOfRole, awsAccessShape } from '../shared/aws-client.js';
import { baseUrl } from '../shared/base-url.js';
import { REPORT_PLACE } from './report-places.js';

/** Reports are files that a version points to: whoever registers one chooses the address, so the config says which are read. */
const reports = z.strictObject({
  buckets: z
    .array(
      z
        .string()
        .regex(REPORT_PLACE, 'The name of an S3 bucket, or one with a prefix: name/prefix/, ending with a slash.'),
    )
    .default([])
    .describe(
      "S3 buckets from which reports are read, each as `name` or as `name/prefix/`. In a prefix, `{model}` stands for the name of the version's model package group. Whoever may register a version chooses the address of its report, which is read with the role of the registry: where teams share a bucket, give a prefix with `{model}`, so that no model shows the metrics of another. Default: none, and no version has metrics.",
    ),
  maxBytes: z
    .number()
    .int()
    .min(1)
    .max(16_777_216)
    .default(1_048_576)
    .describe('Largest report that is read. Default: 1048576.'),
  concurrency: z.number().int().min(1).max(50).default(4).describe('Reports being read at a time. Default: 4.'),
  endpoint: baseUrl
    .optional()
    .describe('Base URL of S3 in place of the `endpoint` of the registry; set it where that serves SageMaker only.'),
});

/** Where EventBridge puts what SageMaker tells: `registrar connect sagemaker` prints what has to be there for it. */
const events = z.strictObject({
  queueUrl: baseUrl.describe(
    'URL of the SQS queue that an EventBridge rule fills with the events of SageMaker; registries may share one.',
  ),
  region: awsAccessShape.region
    .optional()
    .describe("Region of the queue. Default: the one in the queue's URL, or the registry's."),
  roleArn: awsAccessShape.roleArn.describe(
    "Role to assume for reading the queue. Default: that of a registry in the queue's account, or without one the default credential chain.",
  ),
  externalId: awsAccessShape.externalId.describe('External id that the trust policy of that role asks for.'),
  endpoint: baseUrl.optional().describe("Base URL of SQS. Default: that of the queue's URL."),
});

/** One SageMaker Model Registry: an account and Region. */
export const sageMakerOptions = z
  .strictObject({
    ...awsAccessShape,
    accountId: z
      .string()
      .regex(/^\d{12}$/, 'An AWS account id has 12 digits; write it in quotes.')
      .optional()
      .describe("Account of the registry. Default: the role's, or without a role the one that STS names."),
    sharedGroups: z
      .boolean()
      .default(false)
      .describe('List model package groups that other accounts share with this one, too. Default: false.'),
    ownerTag: z
      .string()
      .min(1)
      .max(128)
      .default('owner')
      .describe("Group tag that holds a model's owner. Default: owner."),
    concurrency: z
      .number()
      .int()
      .min(1)
      .max(50)
      .default(4)
      .describe('Calls under way at a time; limits are shared with Studio and pipelines. Default: 4.'),
    singleLookups: z
      .number()
      .int()
      .min(0)
      .max(200)
      .default(20)
      .describe('Calls for single things that one request may add to its searches. Default: 20.'),
    passCaller: z
      .boolean()
      .default(false)
      .describe(
        "Write in a role session named after the caller, with the caller as its source identity; the role's trust policy must allow sts:SetSourceIdentity. Default: false.",
      ),
    pollSeconds: z
      .number()
      .min(0.1)
      .max(3600)
      .default(10)
      .describe('How often Search is asked for what was modified, in seconds. Default: 10.'),
    indexLagSeconds: z
      .number()
      .min(0)
      .max(600)
      .default(30)
      .describe('How long Search may take to show what was written, in seconds. Default: 30.'),
    events: events
      .optional()
      .describe('The queue that tells of changes at once. Default: none, and they are found by polls.'),
    reports: reports.prefault({}).describe('The reports that versions point to, and the metrics in them.'),
  })
  .refine(({ passCaller, roleArn }) => !passCaller || roleArn !== undefined, {
    path: ['passCaller'],
    message: 'A session of the caller needs a role: set roleArn, too.',
  })
  .refine(
    ({ accountId, roleArn }) => {
      const ofRole = accountOfRole(roleArn);
      return ofRole === undefined || accountId === undefined || ofRole === accountId;
    },
    { path: ['accountId'], message: "A role's sessions act in the role's own account: give that account or none." },
  );

export type SageMakerOptions = z.output<typeof sageMakerOptions>;

export type QueueOptions = z.output<typeof events>;

/** The account as far as the config alone tells it. */
export function configuredAccount(options: SageMakerOptions): string | undefined {
  return options.accountId ?? accountOfRole(options.roleArn);
}
