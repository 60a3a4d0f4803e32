import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Without } from '../../adapters/memory/declarations.js';
import { createMemoryAdapter, createMemoryStore, type MemoryStore } from '../../adapters/memory/index.js';
import type { ApprovalStatus } from '../../src/domain/model.js';
import type { CallOptions, RegistryAdapter } from '../../src/domain/registry.js';
import { type ChaosRegistry, createChaosRegistry } from '../support/chaos-registry.js';
import {
  bearer,
  type GatewayOptions,
  type GraphQLAnswer,
  memoryRegistryOf,
  startGateway,
  type TestGateway,
} from '../support/gateway.js';
import { AUDIENCE, type IdentityProvider, startIdentityProvider } from '../support/identity-provider.js';

const call: CallOptions = { signal: new AbortController().signal, priority: 'interactive' };

export interface SampleModel {
  readonly name: string;
  readonly statuses: readonly ApprovalStatus[];
  readonly aliases?: Readonly<Record<string, number>>;
  readonly owner?: string;
}

/** A memory registry with these models; version n has the n-th status. */
export async function sampleRegistry(id: string, models: readonly SampleModel[]): Promise<RegistryAdapter> {
  const { adapter, store } = memoryRegistryOf(id);
  await fill(id, adapter, store, models);
  return adapter;
}

async function fill(
  id: string,
  adapter: RegistryAdapter,
  store: MemoryStore,
  models: readonly SampleModel[],
): Promise<void> {
  for (const { name, statuses, aliases = {}, owner } of models) {
    await adapter.createModel(
      { name, tags: [{ key: 'tier', value: '1' }], ...(owner === undefined ? {} : { owner }) },
      call,
    );
    for (const [index, status] of statuses.entries()) {
      await adapter.registerVersion(
        { model: { registryId: id, name }, artifacts: [{ uri: `s3://models/${name}/${index + 1}` }] },
        call,
      );
      store.updateVersion(name, index + 1, { approvalStatus: status });
    }
    for (const [alias, number] of Object.entries(aliases)) store.setAlias(name, alias, number);
  }
}

/** Groups that have a role over everything, and one that is let near some models alone. */
const GRANTS = [
  { role: 'admin', to: { groups: ['admins'] } },
  { role: 'approver', to: { groups: ['approvers'] } },
  { role: 'contributor', to: { groups: ['contributors'] } },
  { role: 'viewer', to: { groups: ['viewers'] } },
  { role: 'contributor', to: { groups: ['churn-team'] }, models: ['churn*'] },
  { role: 'approver', to: { groups: ['churn-team'] }, models: ['churn*'] },
];

/** Who asks, and their groups. */
const PEOPLE = {
  root: ['admins'],
  ana: ['approvers'],
  bo: ['approvers'],
  cy: ['approvers'],
  /** Registers, and might approve. */
  dora: ['contributors', 'approvers'],
  carl: ['contributors'],
  vera: ['viewers'],
  churner: ['churn-team'],
} as const;
export type Person = keyof typeof PEOPLE;

/** What came of one mutation. */
export interface Mutated {
  // biome-ignore lint/suspicious/noExplicitAny: a test selects what it likes; what it reads is checked by its expectations.
  readonly payload: any;
  readonly error: GraphQLAnswer['errors'][number] | undefined;
}

/** The real app over a memory registry `east`, with people who come in by tokens. */
export interface Desk extends AsyncDisposable {
  readonly gateway: TestGateway;
  readonly registry: ChaosRegistry;
  /** What the registry holds, to look into and to write to as others do. */
  readonly store: MemoryStore;
  readonly provider: IdentityProvider;
  ask(person: Person, document: string, variables?: Record<string, unknown>): Promise<GraphQLAnswer>;
  /** @param selection Of the payload. */
  mutate(person: Person, field: string, input: Record<string, unknown>, selection?: string): Promise<Mutated>;
  /** `nativeId` of somebody. */
  nativeId(person: Person): string;
  token(person: Person, groups?: readonly string[]): Promise<string>;
}

export interface DeskOptions extends Omit<GatewayOptions, 'access' | 'token'> {
  readonly models?: readonly SampleModel[];
  readonly without?: Without;
  /** Stands around the registry, under the counter. */
  readonly around?: (adapter: RegistryAdapter) => RegistryAdapter;
}

export async function openDesk({
  models = [],
  without = {},
  around = (it) => it,
  ...options
}: DeskOptions = {}): Promise<Desk> {
  const store = createMemoryStore();
  await fill('east', createMemoryAdapter({ id: 'east', ownerTag: 'owner', store }), store, models);
  const registry = createChaosRegistry(around(createMemoryAdapter({ id: 'east', ownerTag: 'owner', store, without })));
  const provider = await startIdentityProvider();
  const access = { jwt: [{ issuer: provider.issuer, audience: AUDIENCE, jwksUrl: provider.jwksUrl }], grants: GRANTS };
  const gateway = await startGateway([registry.adapter], { ...options, access });
  const token = (person: Person, groups: readonly string[] = PEOPLE[person]) =>
    provider.token({ sub: person, name: `${person}@example.com`, groups });
  const ask: Desk['ask'] = async (person, document, variables) =>
    gateway.query(document, variables, bearer(await token(person)));
  return {
    gateway,
    registry,
    store,
    provider,
    ask,
    async mutate(person, field, input, selection = 'replayed') {
      const document = `mutation ($input: ${inputOf(field)}!) { it: ${field}(input: $input) { ${selection} } }`;
      const { data, errors } = await ask(person, document, { input });
      return { payload: data?.it ?? null, error: errors[0] };
    },
    nativeId: (person) => `${provider.issuer}#${person}`,
    token,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await provider[Symbol.asyncDispose]();
    },
  };
}

const DECISIONS = ['approveModelVersion', 'rejectModelVersion', 'resetModelVersionApproval'];

function inputOf(field: string): string {
  if (DECISIONS.includes(field)) return 'DecideModelVersionInput';
  return `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`;
}

/** A folder that goes with whoever has it; declared before a desk that keeps a file in it, it goes after it. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'registrar-test-'));
  return { path: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
