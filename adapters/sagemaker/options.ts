import * as z from 'zod';
import { accountOfRole, awsAccessShape } from '../shared/aws-client.js';

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
  })
  .refine(
    ({ accountId, roleArn }) => {
      const ofRole = accountOfRole(roleArn);
      return ofRole === undefined || accountId === undefined || ofRole === accountId;
    },
    { path: ['accountId'], message: "A role's sessions act in the role's own account: give that account or none." },
  );

export type SageMakerOptions = z.output<typeof sageMakerOptions>;

/** The account as far as the config alone tells it. */
export function configuredAccount(options: SageMakerOptions): string | undefined {
  return options.accountId ?? accountOfRole(options.roleArn);
}
