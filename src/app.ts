import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import pino, { type Logger } from 'pino';
import { registryDefinitions } from '../adapters/index.js';
import { buildGatewaySchema } from '../schema/index.js';
import { createAuthenticator } from './access/index.js';
import { createApprovals } from './approvals/approvals.js';
import { createLedgerKeys, type LedgerKeys, type VerificationKeys } from './approvals/ledger/keys.js';
import { createListRules } from './approvals/list-rules.js';
import { policyFaults } from './approvals/policy/index.js';
import { createStatusJudge } from './approvals/status-judge.js';
import { createCatalog } from './catalog/catalog.js';
import type { RegistryEntry } from './catalog/entry.js';
import { startHealthProbe } from './catalog/health-probe.js';
import { createHintStash } from './catalog/hint-stash.js';
import { createListCursors } from './catalog/list-cursor.js';
import { createPlaceCursors } from './catalog/place-cursors.js';
import { createSnapshots } from './catalog/snapshot/snapshots.js';
import { createChangeServices } from './changes/change-services.js';
import { readStoredArchive } from './changes/stored-archive.js';
import { gatherSources } from './compose/gather-sources.js';
import { keepJournal } from './compose/keep-journal.js';
import { listen } from './compose/listen.js';
import { openDecisions } from './compose/open-decisions.js';
import { ownCursorSecret } from './config/cursor-secret.js';
import { ledgerKeyTexts, madeLedgerKeyTexts } from './config/ledger-key.js';
import {
  type ConfigSource,
  configJsonSchema,
  type GatewayConfig,
  loadConfig,
  type RegistryConfig,
} from './config/load-config.js';
import type { GraphQLContext } from './context.js';
import type { Caller } from './domain/access.js';
import type { ConnectPlan } from './domain/connect.js';
import { LedgerUnavailableError, type RegistryError } from './domain/errors.js';
import type { RegistryAdapter, RegistryDefinition } from './domain/registry.js';
import type { RegistryKind } from './domain/registry-kind.js';
import { createGovernanceStore, sqliteFileOf } from './governance/index.js';
import type { GovernanceStore } from './governance/store.js';
import { checkJournal } from './journal/check.js';
import { createJournal } from './journal/index.js';
import type { Journal } from './journal/journal.js';
import { createJournalCursors } from './journal/journal-cursor.js';
import { createMutations } from './mutations/mutations.js';
import { endpointOf } from './notify/endpoint-of.js';
import { startWebhooks, type WebhookTimes } from './notify/start-webhooks.js';
import { createGraphQLServer } from './server/apollo.js';
import { createExplorer } from './server/explorer.js';
import { createHookHandler } from './server/hooks.js';
import { createHttpServer } from './server/http.js';
import type { Rendered } from './server/streams/rendered.js';
import { startStreams } from './server/streams/start-streams.js';
import { createSync } from './sync/sync.js';
import { withBreaker } from './wrappers/with-breaker.js';
import { withBudget } from './wrappers/with-budget.js';
import { withHealth } from './wrappers/with-health.js';
import { withRetry } from './wrappers/with-retry.js';
import { withTimeout } from './wrappers/with-timeout.js';

export interface App extends AsyncDisposable {
  /** Where it listens, e.g. `http://127.0.0.1:4000`. */
  readonly url: string;
  /** Asks of everybody who stays connected again who they are, and tells them nothing more that is no longer theirs to see. */
  reauthorize(): Promise<void>;
}

export interface AppOverrides {
  readonly log?: Logger;
  /** In place of what the config's definitions would make, under the wrappers. */
  readonly createAdapter?: (config: RegistryConfig) => RegistryAdapter;
  /** In place of what the config's section `access` says. */
  readonly authenticate?: ReturnType<typeof createAuthenticator>;
  /** In place of what the config's section `governance` says. */
  readonly createStore?: (config: GatewayConfig) => GovernanceStore;
  /** How fast decisions that were left behind are found; so that a test need not wait. */
  readonly decisionTimes?: { readonly startWithinMs: number; readonly sweepMs: number };
  /** False: no health probes, so that a test can count calls. */
  readonly probe?: boolean;
  /** In place of the journal that the config names. */
  readonly createJournal?: () => Journal | Promise<Journal>;
  /** False: registries are not crawled, polled or listened to, so that every answer is live and a test can count calls. */
  readonly sync?: boolean;
  /** Other than those that the config gives, so that a test need not wait. */
  readonly syncTimes?: Partial<typeof SYNC_TIMES> & { readonly pollMs?: number };
  /** The same for webhooks. */
  readonly webhookTimes?: Partial<WebhookTimes>;
}

/**
 * How long after it was taken a decision may still be begun to be written by whoever took it, and the time between two looks for decisions that
 * were left behind.
 */
const DECISION_TIMES = { startWithinMs: 5_000, sweepMs: 5_000 };
/**
 * Between two walks of everything; how far a poll goes back behind the latest modification that was seen; how long a dead replica's registries wait for
 * another; between two looks at how far the registries are known; how long a status change waits for a ledger that cannot be asked.
 */
const SYNC_TIMES = { walkMs: 900_000, overlapMs: 120_000, leaseMs: 15_000, stateMs: 1_000, ledgerWaitMs: 30_000 };

/** @throws ConfigError with every fault there is. */
export function readConfig(source: ConfigSource): GatewayConfig {
  return loadConfig(source, registryDefinitions, policyFaults);
}

export function emitConfigSchema(): unknown {
  return configJsonSchema(registryDefinitions);
}

/** Opens everything in the order in which it is needed; closing is the reverse. */
export async function createApp(config: GatewayConfig, overrides: AppOverrides = {}): Promise<App> {
  await using opening = new AsyncDisposableStack();
  const log = overrides.log ?? pino({ name: 'registrar' });

  const journal = opening.use(await (overrides.createJournal ?? (() => createJournal(config)))());
  const snapshots = createSnapshots();
  const sync = opening.use(
    createSync({
      journal,
      registryIds: config.registries.map(({ id }) => id),
      sink: snapshots,
      lookupMs: config.deadlines.lookupMs,
      pageMs: config.deadlines.walkMs,
      times: { ...SYNC_TIMES, ...overrides.syncTimes },
      now: Date.now,
      report: (problem, what) =>
        problem !== null && log.warn({ ...what, err: problem }, 'changes are not told of as they come'),
    }),
  );
  const entries = config.registries.map((registry) => {
    const adapter = opening.use((overrides.createAdapter ?? ((it) => createAdapter(it, config)))(registry));
    const entry = createEntry(registry, adapter, config);
    return { ...entry, adapter: sync.withOwnWrites(entry.adapter) };
  });
  const secrets = config.server.cursorSecrets ?? [await ownCursorSecret(stateDirectoryOf(config))];
  const cursors = createListCursors(secrets, createHintStash());
  const journalCursors = createJournalCursors(secrets);

  const report = (error: unknown) => log.warn({ err: error }, 'a decision could not be settled or kept at once');
  const store = opening.use((overrides.createStore ?? createStore)(config));
  keepJournal(opening, config, { journal, archive: store.archive, log });
  const { service: decisions, foundJudging } = openDecisions(opening, {
    config,
    entries,
    store,
    keys: await readLedgerKeys(config),
    journal,
    times: overrides.decisionTimes ?? DECISION_TIMES,
    report,
  });
  const { sources, webhook } = gatherSources(config.registries, registryDefinitions, config);
  opening.use(
    sync.start({
      entries,
      sources,
      judge: createStatusJudge(decisions),
      found: foundJudging.found,
      isActive: overrides.sync ?? true,
    }),
  );
  if (config.webhooks.length > 0) {
    const labelsOf = (id: string) => entries.find((entry) => entry.id === id)?.labels ?? [];
    opening.use(
      startWebhooks({
        journal,
        store: store.deliveries,
        endpoints: config.webhooks.map((webhook) => endpointOf(webhook, labelsOf)),
        cursors: journalCursors,
        log,
        times: overrides.webhookTimes ?? {},
      }),
    );
  }
  const openCatalog = createCatalog({
    registries: entries,
    cursors,
    deadlines: config.deadlines,
    limits: { adapterCalls: config.limits.adapterCalls },
    rules: createListRules(decisions),
    freshness: config.freshness,
    snapshots,
    feed: sync.feed,
    journalCursors,
  });
  const openApprovals = createApprovals(decisions, createPlaceCursors(cursors));
  const openMutations = createMutations({ decisions, requests: store.requests, leases: store.leases });

  const never = new AbortController().signal;
  const changes = opening.use(
    createChangeServices<Rendered>({
      journal,
      feed: sync.feed,
      cursors: journalCursors,
      archive: readStoredArchive(store.archive),
      tagsNow: async (caller, model) => {
        const catalog = openCatalog(caller, never, (failure) => logFailure(log, failure));
        return (await catalog.model(model))?.tags ?? null;
      },
      checkpointMs: config.subscriptions.checkpointSeconds * 1000,
      maxWaitingBytes: config.subscriptions.maxBufferBytes,
      now: Date.now,
      report: (error) => log.error({ err: error }, 'a stream of changes failed and tries again'),
    }),
  );

  const schema = buildGatewaySchema();
  const graphql = createGraphQLServer({
    schema,
    introspection: config.server.introspection,
    maxTokens: config.server.maxTokens,
    querySize: config.server,
    log,
  });
  await graphql.start();
  opening.defer(() => graphql.stop());

  const createContext = (requestId: string, caller: Caller, signal: AbortSignal): GraphQLContext => {
    const requestLog = log.child({ requestId, actor: caller.actor.nativeId });
    const catalog = openCatalog(caller, signal, (failure) => logFailure(requestLog, failure));
    const registryIds = catalog.registries.map(({ id }) => id);
    const approvals = openApprovals(caller, registryIds, catalog);
    return {
      log: requestLog,
      caller,
      catalog,
      approvals,
      changes: changes.open(caller, catalog),
      mutations: openMutations(caller, catalog),
    };
  };
  const authenticate = overrides.authenticate ?? createAuthenticator(config.access);
  const streams = startStreams({
    ...config.server,
    schema,
    graphql,
    hub: changes.hub,
    authenticate,
    createContext,
    querySize: config.server,
    limits: config.subscriptions,
    log,
  });
  const http = createHttpServer({
    graphql,
    authenticate,
    createContext,
    sse: streams.sse,
    explorer: config.server.explorer ? createExplorer() : null,
    hooks: createHookHandler({
      find: webhook,
      handleHook: (_registryId, hints, signal) => sync.take(hints, signal),
      log,
    }),
    maxBodyBytes: config.server.maxBodyBytes,
    log,
  });
  streams.attach(http);
  await listen(opening, http, config.server);
  // Before the server waits for its open requests: these would never end by themselves.
  opening.use(streams);

  if (overrides.probe ?? true) {
    opening.use(startHealthProbe(entries, { notUpMs: 1000, upMs: config.health.probeSeconds * 1000 }));
  }
  const { address, family, port } = http.address() as AddressInfo;
  const opened = opening.move();
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    reauthorize: () => streams.reauthorize(),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** The adapter of one configured registry, as its definition makes it: no wrappers around it. */
export function createAdapter(registry: RegistryConfig, config: GatewayConfig): RegistryAdapter {
  const definition = registryDefinitions[registry.kind];
  const siblings = config.registries.filter((other) => other.kind === registry.kind && other.id !== registry.id);
  // The options were made by this very definition's model.
  return definition.create(registry.id, registry.options as never, { siblings, baseDirectory: config.baseDirectory });
}

/** What has to be set up for the registries of a kind to tell of their changes; null where there is no such thing. */
export function connectPlans(kind: RegistryKind, config: GatewayConfig): readonly ConnectPlan[] | null {
  const definition: RegistryDefinition<never> = registryDefinitions[kind];
  const registries = config.registries.filter((registry) => registry.kind === kind);
  // As in `createAdapter`.
  return definition.connect?.(registries.map(({ id, options }) => ({ id, options: options as never }))) ?? null;
}

function createEntry(registry: RegistryConfig, inner: RegistryAdapter, config: GatewayConfig): RegistryEntry {
  const { deadlines, limits } = config;
  const timed = withTimeout(inner, {
    list: deadlines.listMs,
    walk: deadlines.walkMs,
    lookup: deadlines.lookupMs,
    write: deadlines.writeMs,
  });
  const budgeted = withBudget(withRetry(timed), {
    concurrency: limits.concurrentCalls,
    maxWaiting: limits.waitingCalls,
  });
  const { adapter, health } = withHealth(withBreaker(budgeted));
  return { id: registry.id, displayName: registry.displayName, labels: registry.labels, adapter, health };
}

export { checkJournal };

/** The governance store that the config names. */
export function createStore(config: GatewayConfig): GovernanceStore {
  const { baseDirectory } = config;
  return createGovernanceStore(config.governance, { baseDirectory, stateDirectory: stateDirectoryOf(config) });
}

/**
 * The same for those who only read it: a file that is not there is not made, since a wrong path would pass for an empty ledger.
 * @throws LedgerUnavailableError
 */
export function openStore(config: GatewayConfig): GovernanceStore {
  const { baseDirectory, governance } = config;
  if (governance.store.kind === 'sqlite') {
    const file = sqliteFileOf(governance.store, { baseDirectory, stateDirectory: stateDirectoryOf(config) });
    if (!existsSync(file)) {
      throw new LedgerUnavailableError(
        `There is no ledger in ${file}. Name the config that the gateway is served with; it is made with the first decision.`,
        { retryable: false },
      );
    }
  }
  return createStore(config);
}

/** What the ledger is signed with and verified by. @throws ConfigError where a key of its own cannot be kept. */
export async function readLedgerKeys(config: GatewayConfig): Promise<LedgerKeys> {
  const { signing, verify } = await ledgerKeyTexts(config.governance, stateDirectoryOf(config));
  return createLedgerKeys(signing, verify);
}

/** What a ledger is verified by, without making a key. @throws ConfigError where there is none. */
export async function readVerificationKeys(config: GatewayConfig): Promise<VerificationKeys> {
  const { signing, verify } = await madeLedgerKeyTexts(config.governance, stateDirectoryOf(config));
  return createLedgerKeys(signing, verify).verification;
}

function stateDirectoryOf({ baseDirectory, server }: GatewayConfig): string {
  return path.resolve(baseDirectory, server.stateDirectory);
}

function logFailure(log: Logger, failure: RegistryError): void {
  const { code, registryId, operation } = failure;
  log.warn({ code, registryId, operation, err: failure }, 'a registry did not answer as asked');
}
