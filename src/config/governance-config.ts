import { createPrivateKey, createPublicKey } from 'node:crypto';
import * as z from 'zod';
import { awsAccessShape } from '../../adapters/shared/aws-client.js';

const keyId = () =>
  z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
      'An id has 1 to 64 of A-Z a-z 0-9 . _ -, starting with a letter or digit.',
    )
    .describe('Stands in every entry that the key has signed; never use it for another key.');

/** In an environment variable a line break is often written as `\n`. */
const pem = (schema: z.ZodString) => schema.transform((written) => written.replaceAll('\\n', '\n'));

const signingSchema = z.strictObject({
  keyId: keyId(),
  privateKey: pem(z.string().meta({ writeOnly: true }))
    .refine((text) => isEd25519(() => createPrivateKey(text)), 'It must be an Ed25519 private key in PEM (PKCS #8).')
    .describe('To make one: `openssl genpkey -algorithm ed25519`.'),
});

const verifyKeySchema = z.strictObject({
  keyId: keyId(),
  publicKey: pem(z.string())
    .refine((text) => isEd25519(() => createPublicKey(text)), 'It must be an Ed25519 public key in PEM (SPKI).')
    .describe('To get it of a private one: `openssl pkey -pubout`.'),
});

const sqliteSchema = z.strictObject({
  kind: z.literal('sqlite').describe('A file, for gateways on one machine.'),
  file: z
    .string()
    .min(1)
    .optional()
    .describe(
      'The file; a relative path starts at the config file. Not on a network drive. Default: governance.sqlite in server.stateDirectory.',
    ),
});

const dynamoDbSchema = z.strictObject({
  kind: z.literal('dynamodb').describe('A DynamoDB table, for any number of replicas.'),
  ...awsAccessShape,
  region: awsAccessShape.region.describe('AWS Region of the table.'),
  table: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{3,255}$/, 'The name of a DynamoDB table: 3 to 255 of A-Z a-z 0-9 _ . -')
    .describe('Name of the table. It holds nothing else.'),
  createTable: z
    .boolean()
    .default(false)
    .describe('Create the table on first use where it is missing. Default: false.'),
});

/** Where decisions, settlements and idempotency records live, and what signs them. */
export const governanceSchema = z
  .strictObject({
    store: z
      .discriminatedUnion('kind', [sqliteSchema, dynamoDbSchema], { error: 'It must be one of: sqlite, dynamodb.' })
      .prefault({ kind: 'sqlite' })
      .describe('Where it is kept: the one thing to back up. Default: a SQLite file.'),
    signing: signingSchema
      .optional()
      .describe(
        'What signs the ledger. Required where the store is shared. Default: a key that is made once and kept in server.stateDirectory.',
      ),
    verifyKeys: z
      .array(verifyKeySchema)
      .default([])
      .describe('What else has signed the ledger: keys of the time before. The signing key need not be among them.'),
    checkpointSeconds: z
      .int()
      .min(1)
      .max(86_400)
      .default(60)
      .describe('How often the heads of what has changed are signed, so that a removed end is missed. Default: 60.'),
    archiveDays: z
      .int()
      .min(1)
      .max(3650)
      .default(400)
      .describe(
        'How long changes are kept in the store after the journal has dropped them, in days. The ledger is kept for ever. Default: 400.',
      ),
    timeoutMs: z
      .int()
      .min(100)
      .max(60_000)
      .default(3000)
      .describe('How long a call to the store may take, in milliseconds. Default: 3000.'),
  })
  .superRefine(({ store, signing, verifyKeys }, context) => {
    if (store.kind === 'dynamodb' && signing === undefined) {
      const message = 'It is missing. Replicas that share a store sign with a key that all of them have.';
      context.addIssue({ code: 'custom', path: ['signing'], message });
    }
    const ids = verifyKeys.map((key) => key.keyId);
    for (const [index, id] of ids.entries()) {
      if (ids.indexOf(id) === index && id !== signing?.keyId) continue;
      const message = 'Another key has this id already. Ids must differ, and the signing key need not be repeated.';
      context.addIssue({ code: 'custom', path: ['verifyKeys', index, 'keyId'], message });
    }
  });

export type GovernanceConfig = z.output<typeof governanceSchema>;

function isEd25519(read: () => { readonly asymmetricKeyType?: string }): boolean {
  try {
    return read().asymmetricKeyType === 'ed25519';
  } catch {
    return false;
  }
}
