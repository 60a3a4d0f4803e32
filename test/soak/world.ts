import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toolsDirectory } from '../../sandbox/paths.js';
import { anyFreePort } from '../../sandbox/ports.js';
import { isVersionRecord } from '../../src/domain/changes.js';
import { type VersionRef, versionId } from '../../src/domain/refs.js';
import { openRedisJournal } from '../../src/journal/redis-journal.js';
import { call, openRegistries, type SagaRegistry } from '../saga/registries.js';
import { engines } from '../support/engines.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { createGateway, type Gateway } from './gateways.js';

const KEY_PREFIX = 'proof';
/** Of a test, and of no use anywhere else. */
const SECRETS = { CURSOR_SECRET: randomBytes(32).toString('hex'), WEBHOOK_SECRET: randomBytes(32).toString('hex') };

/** Two replicas over every kind of registry, each telling of its changes in its own way, and one Redis. */
export interface World extends AsyncDisposable {
  readonly gateways: readonly Gateway[];
  readonly redis: RedisServer;
  readonly registries: readonly SagaRegistry[];
  /** By registry. */
  readonly versions: ReadonlyMap<string, readonly VersionRef[]>;
  /** The status of each version that is in a registry now, by its id. */
  truth(): Promise<ReadonlyMap<string, string>>;
  /** The journal itself, past every gateway. */
  openJournal(): ReturnType<typeof openRedisJournal>;
}

export interface Size {
  /** Versions to begin with, by the kind of registry. */
  readonly versions: { readonly self: number; readonly others: number };
}

export async function openWorld({ versions: size }: Size): Promise<World> {
  await using opening = new AsyncDisposableStack();
  const directory = join(toolsDirectory, `proof-${randomUUID()}`);
  mkdirSync(directory, { recursive: true });
  opening.defer(() => rmSync(directory, { recursive: true, force: true }));
  const redis = opening.use(await startRedis());
  const { privateKey } = generateKeyPairSync('ed25519');
  const signingKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const environment = { ...SECRETS, SIGNING_KEY: signingKey };
  const ports = [await anyFreePort(), await anyFreePort()];
  const registries = await openRegistries();
  for (const registry of registries) opening.use(registry);
  const configured = await Promise.all(registries.map((registry) => listened(registry, ports[0] ?? 0)));
  const config = configOf(redis.url, configured);

  const versions = new Map<string, readonly VersionRef[]>();
  for (const registry of registries) {
    const count = registry.configured.kind === 'dynamodb' ? size.self : size.others;
    versions.set(registry.id, await populate(registry, count));
  }
  const gateways = ports.map((port, index) => {
    const configFile = join(directory, `gateway-${index + 1}.yaml`);
    writeFileSync(configFile, JSON.stringify({ ...config, server: { ...config.server, port } }));
    return opening.use(createGateway({ name: `gateway-${index + 1}`, configFile, port, directory, environment }));
  });
  await Promise.all(gateways.map((gateway) => gateway.start()));
  const opened = opening.move();
  return {
    gateways,
    redis,
    registries,
    versions,
    truth: async () => new Map((await Promise.all(registries.map(statusesIn))).flat()),
    openJournal: () => openRedisJournal({ url: redis.url, keyPrefix: KEY_PREFIX }),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** A registry as it is configured where it tells of its changes by itself. */
async function listened({ configured, listen }: SagaRegistry, port: number) {
  const options = await listen(`http://127.0.0.1:${port}`);
  return { ...configured, options: { ...configured.options, ...options, pollSeconds: 1 } };
}

function configOf(redis: string, registries: readonly unknown[]) {
  const { dynamodb } = engines();
  return {
    mode: 'shared',
    server: { cursorSecrets: ['${CURSOR_SECRET}'] },
    access: { anonymous: { role: 'admin' } },
    redis: { journal: { url: redis, keyPrefix: KEY_PREFIX } },
    governance: {
      store: {
        kind: 'dynamodb',
        ...dynamodb,
        table: `governance-${randomBytes(6).toString('hex')}`,
        createTable: true,
      },
      signing: { keyId: 'proof', privateKey: '${SIGNING_KEY}' },
    },
    registries,
  };
}

async function populate(registry: SagaRegistry, count: number): Promise<readonly VersionRef[]> {
  const { ref: model } = await registry.adapter.createModel({ name: 'proof' }, call());
  const made: VersionRef[] = [];
  for (let number = 1; number <= count; number += 1) {
    const { ref } = await registry.adapter.registerVersion({ model, artifacts: registry.artifacts }, call());
    made.push(ref);
  }
  return made;
}

async function statusesIn({ adapter }: SagaRegistry): Promise<readonly (readonly [string, string])[]> {
  const found: (readonly [string, string])[] = [];
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof adapter.walkVersions>> = await adapter.walkVersions(
      after === null ? {} : { after },
      call(),
    );
    for (const record of page.items)
      if (isVersionRecord(record)) found.push([versionId(record.ref), record.approvalStatus]);
    after = page.next;
  } while (after !== null);
  return found;
}
