import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { createStore, readLedgerKeys } from '../../src/app.js';
import type { VerificationKeys } from '../../src/approvals/ledger/keys.js';
import { readVerified, verifiedChains } from '../../src/approvals/ledger/read-chains.js';
import { approvalIdOf, approvalState } from '../../src/domain/ledger.js';
import type { ApprovalStatus } from '../../src/domain/model.js';
import { type VersionRef, versionId } from '../../src/domain/refs.js';
import type { GovernanceStore } from '../../src/governance/store.js';
import { engines } from '../support/engines.js';
import { type GraphQLAnswer, postGraphQL } from '../support/gateway.js';
import { configOf, type GatewaySetup, type Times } from './open-gateway.js';
import { call, type SagaRegistry, versionIn } from './registries.js';
import { until } from './until.js';

export type GovernanceKind = 'sqlite' | 'dynamodb';

/** Governance engines that this run has. */
export const governanceKinds: readonly GovernanceKind[] =
  engines().dynamodb === null ? ['sqlite'] : ['sqlite', 'dynamodb'];

/** Registries, a governance store over them, and what all gateways of a test are told. */
export interface World extends AsyncDisposable {
  readonly registries: readonly SagaRegistry[];
  readonly setup: GatewaySetup;
  readonly store: GovernanceStore;
  readonly keys: VerificationKeys;
}

export interface WorldOptions {
  readonly governance: GovernanceKind;
  readonly times: Times;
}

export async function openWorld(
  registries: readonly SagaRegistry[],
  { governance: kind, times }: WorldOptions,
): Promise<World> {
  const directory = await mkdtemp(join(tmpdir(), 'registrar-saga-'));
  const { privateKey } = generateKeyPairSync('ed25519');
  const setup: GatewaySetup = {
    directory,
    registries: registries.map(({ configured }) => configured),
    governance: governanceOf(kind),
    ledgerKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    times,
  };
  const config = configOf(setup);
  const store = createStore(config);
  // The table is there before any gateway is: the engines share a small machine.
  await store.leases.acquire('start', randomUUID(), 1);
  return {
    registries,
    setup,
    store,
    keys: (await readLedgerKeys(config)).verification,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function governanceOf(kind: GovernanceKind): GatewaySetup['governance'] {
  const timeoutMs = 10_000;
  if (kind === 'sqlite') return { store: { kind }, timeoutMs };
  const table = `governance-${randomUUID()}`;
  const signing = { keyId: 'saga', privateKey: '${LEDGER_KEY}' };
  return { store: { kind, ...engines().dynamodb, table, createTable: true }, timeoutMs, signing };
}

/** Fresh versions of one model, PENDING. */
export async function newVersions(registry: SagaRegistry, count = 1): Promise<readonly VersionRef[]> {
  const { adapter, artifacts } = registry;
  const { ref: model } = await adapter.createModel({ name: `saga-${randomUUID()}` }, call());
  const refs: VersionRef[] = [];
  for (let made = 0; made < count; made += 1) {
    refs.push((await adapter.registerVersion({ model, artifacts }, call())).ref);
  }
  return refs;
}

export async function newVersion(registry: SagaRegistry): Promise<VersionRef> {
  const [ref] = await newVersions(registry);
  if (ref === undefined) throw new Error('No version was made.');
  return ref;
}

const MUTATIONS = {
  APPROVED: 'approveModelVersion',
  REJECTED: 'rejectModelVersion',
  PENDING: 'resetModelVersionApproval',
} as const satisfies Record<ApprovalStatus, string>;

export interface DecisionRequest {
  readonly to: ApprovalStatus;
  readonly expectedStatus?: ApprovalStatus;
  readonly comment?: string;
  readonly idempotencyKey?: string;
}

/** Asks a gateway for a decision; `data.decided` is the payload. */
export function decide(
  gateway: string,
  ref: VersionRef,
  { to, expectedStatus = 'PENDING', ...more }: DecisionRequest,
): Promise<GraphQLAnswer> {
  const query = `mutation ($input: DecideModelVersionInput!) { decided: ${MUTATIONS[to]}(input: $input) {
    replayed approval { id state to } modelVersion { approvalStatus } problem { code message } } }`;
  const input = { modelVersionId: versionId(ref), expectedStatus, ...more };
  return postGraphQL(gateway, { query, variables: { input } });
}

/** One entry of a chain in short: `GATEWAY APPROVED WRITTEN`. */
export async function entriesOf({ store, keys }: World, registry: SagaRegistry, ref: VersionRef) {
  const { incarnation } = await versionIn(registry.adapter, ref);
  const chain = (await readVerified(store.ledger, keys, ref)).of(incarnation);
  return chain.records.map((record) => {
    const { channel, to } = record.decision.body;
    return `${channel} ${to} ${approvalState(record)}`;
  });
}

/** The ledger and the registry say the same, nothing is left to do, and the chain is whole. */
export async function expectAgreement(
  world: World,
  registry: SagaRegistry,
  ref: VersionRef,
  expected: { readonly status: ApprovalStatus; readonly entries: readonly string[] },
): Promise<void> {
  const { store, keys } = world;
  const verified = await verifiedChains(store.ledger, keys, ref);
  expect(verified.flatMap(({ finding }) => finding ?? [])).toEqual([]);
  const version = await versionIn(registry.adapter, ref);
  const entries = await entriesOf(world, registry, ref);
  const what = versionId(ref);
  expect({ what, status: version.approvalStatus, entries }).toEqual({ what, ...expected });
  // What the gateway wrote last is what the registry can tell by itself.
  const records = (await readVerified(store.ledger, keys, ref)).of(version.incarnation).records;
  const last = records.findLast((record) => approvalState(record) === 'WRITTEN');
  if (last?.decision.body.channel !== 'GATEWAY') return;
  const { sequence } = last.decision.body;
  expect(version.decision?.id, approvalIdOf(last.decision)).toBe(`${sequence}.${last.decision.hash}`);
}

/** Until every intent is settled, and the list of what is to be settled is empty. */
export async function untilSettled({ store }: World): Promise<void> {
  await until('all intents are settled', async () => {
    const open = await store.openIntents.due('9999-01-01T00:00:00.000Z', 50);
    return open.length === 0 || undefined;
  });
}
