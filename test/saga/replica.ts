import { readLedgerKeys } from '../../src/app.js';
import { type DecisionService, decide } from '../../src/approvals/decide.js';
import type { FactReads } from '../../src/approvals/gather-facts.js';
import { createFoundEvaluation } from '../../src/approvals/judge.js';
import { createLedger } from '../../src/approvals/ledger/ledger.js';
import { createOwnFacts } from '../../src/approvals/own-facts.js';
import { compilePolicies } from '../../src/approvals/policy/index.js';
import { policiesSchema } from '../../src/config/policy-config.js';
import type { Caller } from '../../src/domain/access.js';
import type { VersionRef } from '../../src/domain/refs.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';
import type { GovernanceStore } from '../../src/governance/store.js';
import { configOf } from './open-gateway.js';
import { type SagaRegistry, versionIn } from './registries.js';
import type { DecisionRequest, World } from './world.js';

/** What one gateway decides with, without the gateway. */
export interface Replica {
  readonly service: DecisionService;
  readonly facts: FactReads;
  /** What could not be done at once. */
  readonly reported: unknown[];
}

export interface ReplicaOptions {
  /** As the config has them. */
  readonly policies?: readonly unknown[];
  readonly now?: () => number;
  readonly store?: (store: GovernanceStore) => GovernanceStore;
  readonly adapter?: (adapter: RegistryAdapter) => RegistryAdapter;
}

export async function openReplica(world: World, options: ReplicaOptions = {}): Promise<Replica> {
  const { policies = [], now = Date.now, store: around = (it) => it, adapter = (it) => it } = options;
  const { times } = world.setup;
  const store = around(world.store);
  const registries = new Map(world.registries.map((registry) => [registry.id, adapter(registry.adapter)]));
  const facts = createOwnFacts(registries, { listMs: 5_000, lookupMs: 5_000 });
  const judging = {
    policies: compilePolicies(policiesSchema.parse(policies)),
    policyRegistry: (id: string) => ({ id, kind: registries.get(id)?.kind ?? '', labels: [] }),
    now,
  };
  const reported: unknown[] = [];
  const service: DecisionService = {
    ...judging,
    registries,
    ledger: createLedger({ store, keys: await readLedgerKeys(configOf(world.setup)), now }),
    openIntents: store.openIntents,
    evaluateFound: createFoundEvaluation(judging, facts),
    writeMs: times.writeMs,
    startWithinMs: times.startWithinMs,
    report: (error) => void reported.push(error),
  };
  return { service, facts, reported };
}

const ANA: Caller = {
  actor: { name: 'Ana', kind: 'USER', nativeId: 'ana@example.com' },
  groups: [],
  grants: [{ role: 'ADMIN', source: 'test' }],
};

/** Somebody decides through that gateway. */
export async function decideAs({ service, facts }: Replica, version: VersionRef, request: DecisionRequest) {
  const { to, expectedStatus = 'PENDING', comment = null } = request;
  const input = { version, to, expectedStatus, comment, requestId: null };
  const { approval } = await decide(service, facts, { channel: 'GATEWAY', caller: ANA }, input);
  return approval;
}

/** The chain of the version that is there now. */
export async function chainOf({ service }: Replica, registry: SagaRegistry, ref: VersionRef) {
  const { incarnation } = await versionIn(registry.adapter, ref);
  return (await service.ledger.read(ref)).of(incarnation).records;
}
