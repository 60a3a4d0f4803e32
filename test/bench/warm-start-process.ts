import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pino from 'pino';
import { createApp, readConfig } from '../../src/app.js';
import { openRedisJournal } from '../../src/journal/redis-journal.js';
import { redisKeys } from '../../src/journal/redis-keys.js';
import { postGraphQL } from '../support/gateway.js';
import { serveRemote } from './remote.js';

// One start, of a process that has done nothing else yet.

export interface StartRemote {
  start(how: Start, state: SharedState): Promise<Started>;
}

/** The same bytes and no more; those as records; a whole gateway. */
export const STARTS = ['bytes', 'records', 'gateway'] as const;
export type Start = (typeof STARTS)[number];

export interface SharedState {
  readonly url: string;
  readonly keyPrefix: string;
  readonly registryIds: readonly string[];
  /** Versions of all registries. */
  readonly versions: number;
  /** For what a gateway makes for itself. */
  readonly directory: string;
}

export interface Started {
  readonly ms: number;
  /** Since the process began: with loading its code. */
  readonly processMs: number;
  /** What was read, in bytes; 0 where nobody counts. */
  readonly bytes: number;
}

/** As the journal reads. */
const COUNT = 500;
const RETRY_MS = 20;
const WAIT_MS = 60_000;

const QUERY = `{ modelVersions(first: 20, filter: { approvalStatuses: [PENDING] }) { edges { node { id } } freshness { source } }
  all: modelVersions(first: 1) { totalCount } }`;

const starts: Readonly<Record<Start, (state: SharedState) => Promise<number>>> = {
  async bytes({ url, keyPrefix, registryIds }) {
    const redis = new Redis(url);
    let bytes = 0;
    for (const registryId of registryIds) {
      let cursor = '0';
      do {
        const [next, flat] = await redis.hscanBuffer(redisKeys(keyPrefix).state(registryId), cursor, 'COUNT', COUNT);
        for (const text of flat) bytes += text.length;
        cursor = String(next);
      } while (cursor !== '0');
    }
    redis.disconnect();
    return bytes;
  },

  async records({ url, keyPrefix, registryIds }) {
    await using journal = await openRedisJournal({ url, keyPrefix });
    const kept = [];
    for (const registryId of registryIds) for await (const page of journal.load(registryId)) kept.push(...page);
    return 0;
  },

  async gateway({ url, keyPrefix, registryIds, versions, directory }) {
    const config = readConfig({
      text: JSON.stringify({
        server: { port: 0 },
        access: { anonymous: { role: 'admin' } },
        freshness: { maxAgeSeconds: 3600 },
        registries: registryIds.map((id) => ({ id, kind: 'memory' })),
      }),
      file: join(mkdtempSync(join(directory, 'start-')), 'registrar.yaml'),
      environment: {},
    });
    // Nothing but what is in Redis is to be seen: the registries of the bench have nothing in them.
    const overrides = { log: pino({ level: 'silent' }), probe: false, sync: false };
    const app = await createApp(config, { ...overrides, createJournal: () => openRedisJournal({ url, keyPrefix }) });
    const until = performance.now() + WAIT_MS;
    let last: unknown;
    while (performance.now() < until) {
      const { data, errors } = await postGraphQL(app.url, { query: QUERY });
      if (data?.modelVersions?.freshness.source === 'SNAPSHOT' && data.all.totalCount === versions) return 0;
      last = errors.length > 0 ? errors : data;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    throw new Error(`The gateway does not answer from the snapshot: ${JSON.stringify(last)}`);
  },
};

serveRemote({
  async start(how, state) {
    const began = performance.now();
    const bytes = await starts[how](state);
    const processMs = performance.now();
    return { ms: processMs - began, processMs, bytes };
  },
} satisfies StartRemote);
