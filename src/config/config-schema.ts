import * as z from 'zod';
import { REGISTRY_KINDS, type RegistryKind } from '../domain/registry-kind.js';
import { accessSchema } from './access-config.js';
import { governanceSchema } from './governance-config.js';
import { journalSchema, modeSchema, redisSchema } from './journal-config.js';
import { policiesSchema } from './policy-config.js';
import { webhooksSchema } from './webhook-config.js';

/** A value that must come from the environment: `writeOnly` is what `findLiteralSecrets` goes by. */
const secret = () => z.string().min(32, 'A cursor secret has at least 32 characters.').meta({ writeOnly: true });

const serverSchema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('Address to listen on. Default: 127.0.0.1.'),
  port: z.int().min(0).max(65_535).default(4000).describe('Port to listen on; 0 takes any free one. Default: 4000.'),
  explorer: z.boolean().default(true).describe('Whether browsers get GraphiQL at /graphql. Default: true.'),
  introspection: z.boolean().default(true).describe('Whether the schema can be asked for. Default: true.'),
  maxBodyBytes: z.int().min(1024).default(1_048_576).describe('Largest request body. Default: 1048576.'),
  maxTokens: z.int().min(100).default(4000).describe('Lexical tokens that a GraphQL document may have. Default: 4000.'),
  maxFields: z
    .int()
    .min(100)
    .default(2000)
    .describe(
      'Fields that an operation may select once its fragments are put in; one more is COST_EXCEEDED. Default: 2000.',
    ),
  maxDepth: z
    .int()
    .min(15)
    .default(20)
    .describe('How deep an operation may nest fields; the introspection of tools needs 15. Default: 20.'),
  cursorSecrets: z
    .array(secret())
    .min(1)
    .optional()
    .describe(
      'Secrets that encrypt cursors: the first encrypts, all decrypt. Default: one that is made once and kept in the state directory.',
    ),
  stateDirectory: z
    .string()
    .min(1)
    .default('.registrar')
    .describe(
      'Where the gateway keeps what it makes for itself; a relative path starts at the config file. Default: .registrar.',
    ),
});

const freshnessSchema = z.strictObject({
  maxAgeSeconds: z
    .int()
    .min(0)
    .default(60)
    .describe('How old an answer may be when the caller does not say; 0 asks the registries each time. Default: 60.'),
});

const deadlinesSchema = z.strictObject({
  listMs: z.int().min(100).default(3000).describe('What a registry may take for its part of a list. Default: 3000.'),
  lookupMs: z.int().min(100).default(5000).describe('What a registry may take for things by id. Default: 5000.'),
  walkMs: z
    .int()
    .min(100)
    .default(60_000)
    .describe('What a registry may take for a page of a walk through all it holds. Default: 60000.'),
  writeMs: z.int().min(100).default(30_000).describe('What a registry may take for a write. Default: 30000.'),
});

const limitsSchema = z.strictObject({
  adapterCalls: z
    .int()
    .min(1)
    .default(500)
    .describe('Calls to registries that one operation may make; one more is COST_EXCEEDED. Default: 500.'),
  concurrentCalls: z.int().min(1).default(32).describe('Calls to one registry under way at once. Default: 32.'),
  waitingCalls: z.int().min(0).default(1000).describe('Calls that may wait for one registry. Default: 1000.'),
});

const healthSchema = z.strictObject({
  probeSeconds: z
    .int()
    .min(1)
    .default(30)
    .describe('How often a registry that nobody asks is asked whether it is there. Default: 30.'),
});

const subscriptionsSchema = z.strictObject({
  checkpointSeconds: z
    .int()
    .min(1)
    .max(60)
    .default(30)
    .describe('How often a stream says how far it is when nothing happens. Default: 30.'),
  heartbeatSeconds: z
    .int()
    .min(1)
    .max(60)
    .default(15)
    .describe(
      'How often a connection is checked and kept alive; a client that is silent for two is gone. Default: 15.',
    ),
  maxBufferBytes: z
    .int()
    .min(65_536)
    .default(4_194_304)
    .describe('What may wait for a slow client before it is cut, with its cursor. Default: 4194304.'),
  maxPerConnection: z
    .int()
    .min(1)
    .default(100)
    .describe('Operations that one WebSocket may have under way at once. Default: 100.'),
  maxConnections: z.int().min(1).default(5000).describe('Clients that may stay connected at once. Default: 5000.'),
});

function registrySchema(kind: RegistryKind, options: z.ZodType) {
  return z.strictObject({
    id: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'An id has 1 to 63 of a-z, 0-9 and -, and starts with a letter or digit.')
      .describe('First part of the id of everything in it; do not change it later.'),
    kind: z.literal(kindInConfig(kind)).describe('What runs behind it.'),
    displayName: z.string().min(1).max(200).optional().describe('A name to show. Default: the id.'),
    labels: z
      .record(z.string().min(1), z.string())
      .default({})
      .describe('Labels to filter by, e.g. environment and team.'),
    options: options.prefault({}).describe('What the kind needs.'),
  });
}

/** Kinds are written in lower case in a config. */
export function kindInConfig(kind: RegistryKind): string {
  return kind.toLowerCase();
}

/** What a config needs to know of each kind: the model of its options. */
export type OptionsModels = Readonly<Record<RegistryKind, { readonly optionsSchema: z.ZodType }>>;

export function createConfigSchema(kinds: OptionsModels) {
  const [first, ...rest] = REGISTRY_KINDS;
  return z.strictObject({
    mode: modeSchema,
    server: serverSchema.prefault({}).describe('How the gateway is reached.'),
    access: accessSchema.describe('Who may come in, and what they may see and do. Required.'),
    policies: policiesSchema,
    governance: governanceSchema.prefault({}).describe('Where decisions are kept, and what signs them.'),
    redis: redisSchema.prefault({}).describe('What replicas share.'),
    journal: journalSchema.prefault({}).describe('How much of what has changed is kept.'),
    freshness: freshnessSchema.prefault({}).describe('How old answers may be.'),
    deadlines: deadlinesSchema.prefault({}).describe('How long a registry may take, in milliseconds.'),
    limits: limitsSchema.prefault({}).describe('What one operation and one registry may cost.'),
    webhooks: webhooksSchema,
    health: healthSchema.prefault({}).describe('How the health of registries is watched.'),
    subscriptions: subscriptionsSchema.prefault({}).describe('Streams of changes over WebSocket and SSE.'),
    registries: z
      .array(
        z.discriminatedUnion(
          'kind',
          [
            registrySchema(first, kinds[first].optionsSchema),
            ...rest.map((kind) => registrySchema(kind, kinds[kind].optionsSchema)),
          ],
          { error: `It must be one of: ${REGISTRY_KINDS.map(kindInConfig).join(', ')}.` },
        ),
      )
      .min(1, 'Name at least one registry.')
      .describe('The registries to serve.'),
  });
}

export type ConfigDocument = z.output<ReturnType<typeof createConfigSchema>>;
