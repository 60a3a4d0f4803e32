import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import type { Change, VersionStatusChange } from '../../src/domain/changes.js';
import type { Delivery, DeliveryState } from '../../src/domain/deliveries.js';
import { createSqliteStore } from '../../src/governance/sqlite/index.js';
import type { GovernanceStore } from '../../src/governance/store.js';
import { changeId } from '../../src/journal/change-id.js';
import type { Journal } from '../../src/journal/journal.js';
import { createJournalCursors } from '../../src/journal/journal-cursor.js';
import { createMemoryJournal } from '../../src/journal/memory-journal.js';
import type { WebhookEndpoint } from '../../src/notify/endpoint.js';
import { startWebhooks, type WebhookTimes } from '../../src/notify/start-webhooks.js';
import { type Receiver, SECRET, startReceiver } from './receiver.js';

/** So that nothing is waited for in earnest. */
export const TIMES = { leaseMs: 300, pollMs: 20, drainMs: 200, firstPauseMs: 5, maxPauseMs: 20 } satisfies WebhookTimes;
export const CURSORS = createJournalCursors(['a secret of the tests, long enough to be one']);
export const RETRY = { maxAttempts: 3, firstDelayMs: 10, maxDelayMs: 50, giveUpAfterMs: 60_000 };

/** A journal, a governance store and a receiver; nothing is served yet. */
export interface World extends AsyncDisposable {
  readonly journal: Journal;
  readonly store: GovernanceStore;
  readonly receiver: Receiver;
  /** Of the governance store. */
  readonly file: string;
  readonly warnings: (readonly [object, string])[];
  endpoint(over?: Partial<WebhookEndpoint>): WebhookEndpoint;
  serve(endpoints?: readonly WebhookEndpoint[], over?: Partial<Parameters<typeof startWebhooks>[0]>): AsyncDisposable;
  /** Once a process that serves has found its place: what is published from then on is told. */
  ready(endpointId?: string): Promise<void>;
  publish(...changes: Change[]): Promise<void>;
  list(state: DeliveryState): Promise<readonly Delivery[]>;
  /** Once so many are in that state. */
  until(state: DeliveryState, count: number): Promise<readonly Delivery[]>;
}

export async function openWorld(journal: Journal = createMemoryJournal()): Promise<World> {
  const directory = await mkdtemp(join(tmpdir(), 'registrar-notify-'));
  const file = join(directory, 'governance.sqlite');
  const store = createSqliteStore({ file });
  const receiver = await startReceiver();
  const warnings: (readonly [object, string])[] = [];
  const log = {
    warn: (details: object, message: string) => void warnings.push([details, message]),
  };
  const list = (state: DeliveryState) => store.deliveries.list(state, { limit: 1000 });
  const endpoint: World['endpoint'] = (over = {}) => ({
    id: 'chat',
    url: receiver.url,
    secrets: [SECRET],
    matches: () => true,
    allowPrivateAddresses: true,
    timeoutMs: 2000,
    concurrency: 4,
    retry: RETRY,
    ...over,
  });
  return {
    journal,
    store,
    receiver,
    file,
    warnings,
    endpoint,
    list,
    serve: (endpoints = [endpoint()], over = {}) =>
      startWebhooks({ journal, store: store.deliveries, endpoints, cursors: CURSORS, log, times: TIMES, ...over }),
    ready: (endpointId = 'chat') =>
      vi.waitFor(
        async () => {
          const note: unknown = JSON.parse((await journal.notes.get('webhooks')) ?? '{}');
          if (!Object.hasOwn(note as object, endpointId)) throw new Error('It has no place yet.');
        },
        { interval: 5, timeout: 5000 },
      ),
    async publish(...changes) {
      const { epoch } = await journal.head();
      await journal.publish(changes, { epoch });
    },
    until: (state, count) =>
      vi.waitFor(
        async () => {
          const found = await list(state);
          if (found.length !== count) throw new Error(`${found.length} are ${state}, and not ${count}.`);
          return found;
        },
        { interval: 5, timeout: 5000 },
      ),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await receiver[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

let count = 0;

/** A status change, none like another. */
export function approved(version: string, over: Partial<VersionStatusChange> = {}): VersionStatusChange {
  count += 1;
  const entity = `prod-eu/churn/${version}`;
  return {
    type: 'VERSION_STATUS',
    id: changeId({ type: 'VERSION_STATUS', entity, incarnation: '1', rev: count, state: 'APPROVED' }),
    registryId: 'prod-eu',
    model: { registryId: 'prod-eu', name: 'churn' },
    version,
    incarnation: '1',
    occurredAt: '2026-11-20T08:15:30.250Z',
    observedAt: '2026-11-20T08:15:31.000Z',
    evidence: ['PUSH'],
    actor: { name: 'Ana', kind: 'USER', nativeId: 'https://id#ana' },
    previousStatus: 'PENDING',
    status: 'APPROVED',
    outOfBand: false,
    approvalId: 'approval:prod-eu/churn/1/1/1',
    ...over,
  };
}
