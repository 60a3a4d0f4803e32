import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pino from 'pino';
import { createMemoryAdapter } from '../../adapters/memory/index.js';
import { createMemoryStore, type MemoryStore } from '../../adapters/memory/store.js';
import { type AppOverrides, createApp, readConfig } from '../../src/app.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';

export interface GraphQLAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads answers of any shape; what it reads is checked by its expectations.
  readonly data: any;
  readonly errors: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: {
      readonly code: string;
      readonly registryId?: string;
      readonly retryable: boolean;
      readonly capability?: string;
      readonly currentStatus?: string;
      readonly winningApprovalId?: string;
    };
  }[];
}

export interface TestGateway extends AsyncDisposable {
  readonly url: string;
  /** Whoever stays connected is asked again who they are. */
  reauthorize(): Promise<void>;
  query(
    document: string,
    variables?: Record<string, unknown>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<GraphQLAnswer>;
}

export interface GatewayOptions {
  /** The section of the config. Default: whoever asks is admin. */
  readonly access?: unknown;
  /** In place of that section. */
  readonly authenticate?: NonNullable<AppOverrides['authenticate']>;
  /** Sent with every request that brings no `Authorization` of its own. */
  readonly token?: string;
  readonly policies?: readonly unknown[];
  readonly deadlines?: { readonly listMs?: number; readonly lookupMs?: number; readonly writeMs?: number };
  readonly limits?: { readonly adapterCalls?: number };
  readonly server?: {
    readonly explorer?: boolean;
    readonly introspection?: boolean;
    readonly cursorSecrets?: readonly string[];
  };
  /** The section of the config. */
  readonly webhooks?: readonly unknown[];
  /** What stands in for `${NAME}` in the config. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly log?: pino.Logger;
  /** Default: SQLite in a folder of its own. */
  readonly createStore?: NonNullable<AppOverrides['createStore']>;
  readonly decisionTimes?: NonNullable<AppOverrides['decisionTimes']>;
  readonly createJournal?: NonNullable<AppOverrides['createJournal']>;
  /** The section of the config. */
  readonly subscriptions?: unknown;
  /** Crawls and polls the registries, at these times. Default: it does not, and every answer is live. */
  readonly sync?: NonNullable<AppOverrides['syncTimes']>;
}

/** The real app on a free port, over registries that the test hands in. */
export async function startGateway(
  adapters: readonly RegistryAdapter[],
  options: GatewayOptions = {},
): Promise<TestGateway> {
  const directory = await mkdtemp(path.join(tmpdir(), 'registrar-gateway-'));
  const text = JSON.stringify({
    server: { port: 0, ...options.server },
    access: options.access ?? { anonymous: { role: 'admin' } },
    policies: options.policies ?? [],
    deadlines: options.deadlines ?? {},
    limits: options.limits ?? {},
    subscriptions: options.subscriptions ?? {},
    webhooks: options.webhooks ?? [],
    registries: adapters.map(({ id }) => ({ id, kind: 'memory', labels: { team: id } })),
  });
  const config = readConfig({
    text,
    file: path.join(directory, 'registrar.yaml'),
    environment: options.environment ?? {},
  });
  const byId = new Map(adapters.map((adapter) => [adapter.id, adapter]));
  const app = await createApp(config, {
    log: options.log ?? pino({ level: 'silent' }),
    probe: false,
    sync: options.sync !== undefined,
    ...(options.sync === undefined ? {} : { syncTimes: { stateMs: 20, leaseMs: 1000, ...options.sync } }),
    ...(options.createStore === undefined ? {} : { createStore: options.createStore }),
    ...(options.authenticate === undefined ? {} : { authenticate: options.authenticate }),
    ...(options.createJournal === undefined ? {} : { createJournal: options.createJournal }),
    ...(options.decisionTimes === undefined ? {} : { decisionTimes: options.decisionTimes }),
    createAdapter: ({ id }) => {
      const adapter = byId.get(id);
      if (adapter === undefined) throw new Error(`The test has no registry ${id}.`);
      return adapter;
    },
  });
  return {
    url: app.url,
    reauthorize: () => app.reauthorize(),
    query: (document, variables = {}, headers = {}) =>
      postGraphQL(app.url, { query: document, variables }, { ...bearer(options.token), ...headers }),
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The header that shows a token or an API key. */
export function bearer(credential: string | undefined): Readonly<Record<string, string>> {
  return credential === undefined ? {} : { Authorization: `Bearer ${credential}` };
}

export async function postGraphQL(
  gateway: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<GraphQLAnswer> {
  const response = await fetch(`${gateway}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const { data = null, errors = [] } = (await response.json()) as Partial<GraphQLAnswer>;
  return { status: response.status, headers: response.headers, data, errors };
}

/** A memory registry and the store behind it. */
export function memoryRegistryOf(id: string): { adapter: RegistryAdapter; store: MemoryStore } {
  const store = createMemoryStore();
  return { adapter: createMemoryAdapter({ id, ownerTag: 'owner', store }), store };
}
