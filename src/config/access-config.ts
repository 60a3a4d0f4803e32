import { isIP } from 'node:net';
import * as z from 'zod';
import { REGISTRY_ROLES, type RegistryRole } from '../domain/access.js';
import { type ConfigFault, formatPath } from './faults.js';

const ROLES_IN_CONFIG: Readonly<Record<string, RegistryRole>> = Object.fromEntries(
  REGISTRY_ROLES.map((role) => [role.toLowerCase(), role]),
);

const roleSchema = z
  .enum(Object.keys(ROLES_IN_CONFIG), { error: `It must be one of: ${Object.keys(ROLES_IN_CONFIG).join(', ')}.` })
  .transform((written): RegistryRole => ROLES_IN_CONFIG[written] ?? 'VIEWER');

/** A token is checked with what its issuer publishes, so none of those with a secret in common. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

const text = () => z.string().min(1, 'It must not be empty.');
const texts = () => z.array(text()).min(1, 'Name at least one, or leave it out.');

const jwtSchema = z.strictObject({
  issuer: text()
    .max(500)
    .regex(/^[^#\s]*$/, 'An issuer has no # and no spaces in it.')
    .describe('What stands in `iss`, letter for letter.'),
  audience: z
    .union([text(), texts()])
    .describe('What stands in `aud` of tokens that are meant for this gateway; one of them where it is a list.'),
  jwksUrl: z
    .url({ protocol: /^https?$/, error: 'It must be an http or https URL.' })
    .refine(isSafeForKeys, 'Keys that come over plain http can be changed on the way. Use https.')
    .describe(
      'Where the issuer publishes its keys, `jwks_uri` of its OpenID configuration; https unless it is on this machine. New keys are found without a restart.',
    ),
  clockSkewSeconds: z.int().min(0).max(600).default(60).describe('How far the clocks may be apart. Default: 60.'),
  algorithms: z
    .array(z.enum(ALGORITHMS, { error: `It must be one of: ${ALGORITHMS.join(', ')}.` }))
    .min(1)
    .default(ALGORITHMS)
    .describe('Signatures that are taken. Default: every asymmetric one; there are no others.'),
  claims: z
    .strictObject({
      name: text()
        .optional()
        .describe('Path to a name to show. Default: `name`, `preferred_username`, `email`, then the subject.'),
      groups: text()
        .default('groups')
        .describe('Path to the groups, with dots between the steps, e.g. `realm_access.roles`. Default: groups.'),
    })
    .prefault({})
    .describe('Where in a token it stands.'),
  groupPrefix: z
    .string()
    .default('')
    .describe(
      'Put in front of each group of this issuer, so that one issuer cannot name the groups of another. Default: nothing.',
    ),
});

const apiKeySchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'An id has 1 to 63 of a-z, 0-9 and -, and starts with a letter or digit.')
    .describe('Names whoever has the key: what it decides is kept under `api-key:<id>`.'),
  hash: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, 'It must be `sha256:` and 64 hexadecimal digits: the hash of the key, not the key.')
    .describe(
      'SHA-256 of the key, which is `rgk_` and random text. To make both: `key="rgk_$(openssl rand -hex 32)"; echo "$key"; printf %s "$key" | sha256sum`.',
    ),
  name: text().max(200).optional().describe('A name to show. Default: the id.'),
  groups: z.array(text()).default([]).describe('Groups that it is in, for grants. Default: none.'),
});

const grantSchema = z.strictObject({
  role: roleSchema.describe(
    'viewer reads; contributor also registers and changes; approver also decides; admin does everything. Neither of the middle two includes the other.',
  ),
  to: z
    .strictObject({
      groups: texts().optional().describe('Whoever is in one of these groups.'),
      subjects: texts().optional().describe('Whoever is one of these: `<issuer>#<sub>`.'),
      apiKeys: texts().optional().describe('Whoever has one of these keys, by id.'),
      claims: z
        .record(text(), texts())
        .optional()
        .describe('Whoever has a token with, at each of these paths, one of these values.'),
      everyone: z.literal(true).optional().describe('Everybody who signs in; not the anonymous.'),
    })
    .refine((to) => Object.values(to).some((value) => value !== undefined && !isEmpty(value)), {
      error: 'Say to whom: `groups`, `subjects`, `apiKeys`, `claims` or `everyone: true`.',
    })
    .describe('Who gets it: whoever is in any of them.'),
  registries: texts().optional().describe('Ids of registries. Default: all.'),
  models: z
    .array(text().max(1000))
    .min(1, 'Name at least one, or leave it out.')
    .optional()
    .describe('Globs over model names, any case: `*` for any text, `?` for one character. Default: all models.'),
});

const MISSING =
  'Say who may use the gateway. For programs: `access: { apiKeys: [{ id: ci, hash: "sha256:…" }], grants: [{ role: viewer, to: { apiKeys: [ci] } }] }`. ' +
  'To try it out where nobody else can reach it: `access: { anonymous: { role: admin } }`.';

/** Who may come in, and what they may do and see. */
export const accessSchema = z
  .strictObject(
    {
      anonymous: z
        .strictObject({
          role: roleSchema.describe('Over everything.'),
          hosts: texts()
            .default([])
            .describe(
              'Host names, without port, under which whoever shows no credentials may ask, besides localhost and addresses. Default: no others, so that a page with a name of its own cannot ask for the person who looks at it.',
            ),
        })
        .optional()
        .describe(
          'What whoever shows no credentials may do. Default: nobody comes in without. Never where others can reach it.',
        ),
      jwt: z.array(jwtSchema).default([]).describe('Issuers of bearer tokens.'),
      apiKeys: z.array(apiKeySchema).default([]).describe('Keys for programs, sent as bearer tokens.'),
      grants: z
        .array(grantSchema)
        .default([])
        .describe('Who has which role, and where. What no grant covers is not there for the caller.'),
    },
    { error: ({ input }) => (input === undefined ? MISSING : undefined) },
  )
  .superRefine((access, context) => {
    for (const { path, message } of contradictions(access))
      context.addIssue({ code: 'custom', path: [...path], message });
  });

export type AccessConfig = z.output<typeof accessSchema>;

/** What is wrong with an access section as seen from the other sections. */
export function accessFaults(access: AccessConfig, registryIds: readonly string[]): readonly ConfigFault[] {
  return access.grants.flatMap(({ registries = [] }, index) =>
    registries.flatMap((id, at) =>
      registryIds.includes(id)
        ? []
        : [
            {
              path: formatPath(['access', 'grants', index, 'registries', at]),
              message: `There is no registry of this id. There are: ${registryIds.join(', ')}.`,
            },
          ],
    ),
  );
}

interface Contradiction {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function* contradictions({ anonymous, jwt, apiKeys, grants }: AccessConfig): Generator<Contradiction> {
  yield* repeated(jwt, 'issuer', 'jwt', 'name the other audiences in the list of the first');
  yield* repeated(apiKeys, 'id', 'apiKeys', 'ids must differ');
  yield* repeated(apiKeys, 'hash', 'apiKeys', 'make another key');
  const canSignIn = jwt.length > 0 || apiKeys.length > 0;
  if (!canSignIn && anonymous === undefined) yield { path: [], message: `There is no way in. ${MISSING}` };
  if (canSignIn && grants.length === 0) {
    yield {
      path: ['grants'],
      message: 'Whoever signs in would see nothing. Give a role, e.g. `{ role: viewer, to: { everyone: true } }`.',
    };
  }
  const keyIds = apiKeys.map(({ id }) => id);
  for (const [index, { to }] of grants.entries()) {
    for (const [at, id] of (to.apiKeys ?? []).entries()) {
      if (keyIds.includes(id)) continue;
      const known = keyIds.length === 0 ? 'none' : keyIds.join(', ');
      yield {
        path: ['grants', index, 'to', 'apiKeys', at],
        message: `There is no API key of this id. There are: ${known}.`,
      };
    }
    for (const [at, subject] of (to.subjects ?? []).entries()) {
      if (jwt.some(({ issuer }) => subject.startsWith(`${issuer}#`))) continue;
      yield {
        path: ['grants', index, 'to', 'subjects', at],
        message: 'A subject is `<issuer>#<sub>`, and its issuer is one of `access.jwt`.',
      };
    }
  }
}

function* repeated<K extends string>(
  entries: readonly Readonly<Record<K, string>>[],
  key: K,
  list: string,
  remedy: string,
): Generator<Contradiction> {
  const values = entries.map((entry) => entry[key]);
  for (const [index, value] of values.entries()) {
    const first = values.indexOf(value);
    if (first === index) continue;
    yield { path: [list, index, key], message: `access.${list}[${first}] has the same already: ${remedy}.` };
  }
}

function isSafeForKeys(url: string): boolean {
  const { protocol, hostname } = URL.parse(url) ?? {};
  // What is no URL at all is another fault.
  return protocol !== 'http:' || isLoopback(hostname ?? '');
}

function isLoopback(hostname: string): boolean {
  if (hostname === '[::1]' || hostname === 'localhost') return true;
  return isIP(hostname) === 4 && hostname.startsWith('127.');
}

function isEmpty(value: object | true): boolean {
  return value !== true && Object.keys(value).length === 0;
}
