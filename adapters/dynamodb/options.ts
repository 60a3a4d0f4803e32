import * as z from 'zod';
import { awsAccessShape } from '../shared/aws-client.js';
import { baseUrl } from '../shared/base-url.js';

/** Options of a self-managed registry, as they stand in `registrar.yaml`. */
export const dynamoDbOptions = z.strictObject({
  ...awsAccessShape,
  table: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{3,255}$/, 'The name of a DynamoDB table: 3 to 255 of A-Z a-z 0-9 _ . -')
    .describe('Name of the table. Its layout: docs/dynamodb-table.md.'),
  namespace: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/, '1 to 128 of A-Z a-z 0-9 _ . - starting with a letter or digit.')
    .optional()
    .describe(
      'Which of the registries in the table this is: the prefix of all its keys. Default: the id of the registry.',
    ),
  ownerTag: z
    .string()
    .min(1)
    .max(256)
    .default('owner')
    .describe('Tag of a model that names its owner. Default: owner.'),
  concurrency: z
    .int()
    .min(1)
    .max(50)
    .default(8)
    .describe('How many calls to the table may be under way at once. Default: 8.'),
  createTable: z
    .boolean()
    .default(false)
    .describe('Create the table on first use where it is missing. Default: false; meant for trying things out.'),
  stream: z
    .boolean()
    .default(false)
    .describe(
      'Hear of changes from the stream of the table, within a second or two, and not by polls alone. The stream must be switched on. Default: false.',
    ),
  streamsEndpoint: baseUrl
    .optional()
    .describe('Base URL of DynamoDB Streams in place of `endpoint`; set it where `endpoint` serves DynamoDB alone.'),
  pollSeconds: z
    .int()
    .min(1)
    .max(3600)
    .default(10)
    .describe('How often changes are looked for by reading, in seconds. Default: 10.'),
  modifiedIndex: z
    .boolean()
    .default(false)
    .describe(
      'The table has the index `modified`: polls read what was modified rather than everything. Worth it beyond some thousand versions. Default: false.',
    ),
});

/** The options after validation, with every default filled in. */
export type DynamoDbOptions = z.output<typeof dynamoDbOptions>;
