import * as z from 'zod';
import type { ConfigFault } from './faults.js';

/** How many gateways serve the same registries: chosen at the start, never while running. */
export const modeSchema = z
  .enum(['single', 'shared'], { error: 'It must be one of: single, shared.' })
  .default('single')
  .describe(
    'single: one process, which keeps its journal in memory. shared: any number of replicas, behind any load balancer; needs redis.journal, a governance ' +
      'store in DynamoDB, and server.cursorSecrets. Default: single.',
  );

const URL_HELP = 'It must be a URL as redis://host:6379 or, with TLS, rediss://user:${REDIS_PASSWORD}@host:6379.';

export const redisSchema = z.strictObject({
  journal: z
    .strictObject({
      url: z
        .string()
        .refine(isRedisUrl, URL_HELP)
        .describe(
          'A Redis 7 or later with maxmemory-policy noeviction, as `redis://host:6379`, with TLS `rediss://…`. What it must not lose it has to have on disk: ' +
            'appendonly yes. A password comes from the environment, e.g. `rediss://user:${REDIS_PASSWORD}@host:6379`.',
        ),
      keyPrefix: z
        .string()
        .regex(/^[A-Za-z0-9._:-]{1,64}$/, 'A prefix has 1 to 64 of A-Z a-z 0-9 . _ : -')
        .default('registrar')
        .describe(
          'Put in front of every key, as a hash tag; tells the gateways of one Redis apart. Default: registrar.',
        ),
    })
    .optional()
    .describe('Where replicas share their journal. Required in the mode shared, and not used otherwise.'),
});

export const journalSchema = z.strictObject({
  maxAgeHours: z
    .number()
    .positive()
    .max(24 * 366)
    .default(168)
    .describe('How long changes are kept for those who read on from a cursor, in hours. Default: 168.'),
  maxEntries: z.int().min(1000).default(1_000_000).describe('How many changes are kept at most. Default: 1000000.'),
  trimSeconds: z
    .int()
    .min(1)
    .max(86_400)
    .default(60)
    .describe('How often what is beyond these bounds is dropped. Default: 60.'),
});

/** Everything that replicas need and the document lacks. */
export function faultsOfMode(document: unknown): readonly ConfigFault[] {
  if (valueAt(document, ['mode']) !== 'shared') return [];
  const missing: ConfigFault[] = [];
  if (valueAt(document, ['redis', 'journal']) === undefined) {
    const message =
      'It is missing. In the mode shared all replicas have one journal: name its Redis, as redis.journal.url.';
    missing.push({ path: 'redis.journal', message });
  }
  if (valueAt(document, ['governance', 'store', 'kind']) !== 'dynamodb') {
    const message = 'In the mode shared all replicas have one governance store: it must be of the kind dynamodb.';
    missing.push({ path: 'governance.store', message });
  }
  if (valueAt(document, ['server', 'cursorSecrets']) === undefined) {
    const message =
      'It is missing. In the mode shared each replica must read the cursors of the others: give all of them the same secrets.';
    missing.push({ path: 'server.cursorSecrets', message });
  }
  return missing;
}

/** @param written As it stands in the file, before the environment is put in. */
export function literalRedisPassword(written: unknown): readonly ConfigFault[] {
  const url = valueAt(written, ['redis', 'journal', 'url']);
  const [, password] = typeof url === 'string' ? (/^rediss?:\/\/[^/@]*?:([^/]*)@/.exec(url) ?? []) : [];
  if (password === undefined || /^(\$\{\w+\})?$/.test(password)) return [];
  const message =
    'A password must not stand in the config. Write ${NAME} in its place and set the environment variable NAME.';
  return [{ path: 'redis.journal.url', message }];
}

function isRedisUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && ['redis:', 'rediss:'].includes(url.protocol) && url.hostname !== '';
}

function valueAt(document: unknown, path: readonly string[]): unknown {
  let value = document;
  for (const key of path) value = value !== null && typeof value === 'object' ? Reflect.get(value, key) : undefined;
  return value ?? undefined;
}
