import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createAdapter, createStore } from '../../src/app.js';
import type { DecisionEntry, SettlementEntry } from '../../src/domain/ledger.js';
import type { DecisionMark } from '../../src/domain/model.js';
import { type VersionRef, versionId } from '../../src/domain/refs.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';
import type { GovernanceStore, OpenIntent } from '../../src/governance/store.js';
import { configOf, type GatewaySetup } from '../saga/open-gateway.js';
import type { Calls } from './gateway-process.js';
import { serveRemote } from './remote.js';
import { call, createVersionMaker } from './versions.js';

// What a decision cannot do without, with nothing of the gateway around it: the same calls of the registry and the governance store, behind a bare
// HTTP server that answers as many bytes.

export interface FloorRemote {
  /** @returns Where it listens; the path is a `Floor`. */
  open(setup: GatewaySetup, plan: FloorPlan): Promise<string>;
}

/** HTTP alone; with the registry's calls; with those of the governance store as well. */
export const FLOORS = ['bare', 'registry', 'calls'] as const;
export type Floor = (typeof FLOORS)[number];

/** One decision, as it was counted at the gateway. */
export interface FloorPlan {
  readonly calls: Calls;
  readonly answer: string;
}

type Step = () => Promise<unknown>;

/** As many as there may be clients: none sets the status of a version that another is setting. */
const VERSIONS = 32;

serveRemote({
  async open(setup, plan) {
    const config = configOf(setup);
    const [registry] = config.registries;
    if (registry === undefined) throw new Error('The setup names no registry.');
    const adapter = createAdapter(registry, config);
    const versions = await createVersionMaker(adapter).make(VERSIONS);
    const store = createStore(config);
    let requests = 0;
    const steps: Record<Floor, () => Step[]> = {
      bare: () => [],
      registry: () => registrySteps(adapter, plan, pick(versions, requests), requests),
      calls: () => [
        ...registrySteps(adapter, plan, pick(versions, requests), requests),
        ...governanceSteps(store, plan, requests),
      ],
    };
    const server = createServer((request, response) => {
      requests += 1;
      answer(request, response, steps, plan).catch((error: unknown) => response.writeHead(500).end(String(error)));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
} satisfies FloorRemote);

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  steps: Record<Floor, () => Step[]>,
  plan: FloorPlan,
): Promise<void> {
  await text(request);
  const floor = FLOORS.find((each) => request.url === `/${each}`) ?? 'bare';
  for (const step of steps[floor]()) await step();
  response.writeHead(200, { 'content-type': 'application/json' }).end(plan.answer);
}

function registrySteps(adapter: RegistryAdapter, { calls }: FloorPlan, ref: VersionRef, number: number): Step[] {
  const status = number % (2 * VERSIONS) < VERSIONS ? 'APPROVED' : 'REJECTED';
  const mark: DecisionMark = {
    id: `1.${'0'.repeat(64)}`,
    status,
    actor: 'anonymous',
    at: new Date().toISOString(),
    comment: null,
  };
  // Read before it is written, as by the gateway.
  let incarnation = '';
  const known: Record<string, Step> = {
    getVersions: async () => {
      const [found] = await adapter.getVersions([ref], { ...call(), consistency: 'strong' });
      if (found != null && 'incarnation' in found) incarnation = found.incarnation;
    },
    refuseDecision: async () => {},
    decide: () => adapter.decide({ version: ref, incarnation, mark }, call()),
  };
  return repeated(known, calls.registry);
}

/** Entries as large as the real ones, each about a version that nobody knows. */
function governanceSteps({ ledger, openIntents }: GovernanceStore, { calls }: FloorPlan, number: number): Step[] {
  const [decision] = calls.arguments['ledger.putDecision'] as [DecisionEntry];
  const [settlement] = calls.arguments['ledger.putSettlement'] as [SettlementEntry];
  const [intent] = calls.arguments['openIntents.note'] as [OpenIntent];
  const version = { ...intent.subject.version, name: `floor-${number}` };
  const about = { versionId: versionId(version) };
  const own = { ...intent, subject: { ...intent.subject, version } };
  const known: Record<string, Step> = {
    'openIntents.note': () => openIntents.note(own),
    'ledger.putDecision': () => ledger.putDecision({ ...decision, body: { ...decision.body, ...about } }),
    'ledger.chains': () => ledger.chains(version),
    'ledger.putSettlement': () => ledger.putSettlement({ ...settlement, body: { ...settlement.body, ...about } }),
    'openIntents.remove': () => openIntents.remove(own),
  };
  return repeated(known, calls.governance);
}

function repeated(known: Readonly<Record<string, Step>>, counts: Readonly<Record<string, number>>): Step[] {
  const unknown = Object.keys(counts).filter((name) => (counts[name] ?? 0) > 0 && known[name] === undefined);
  if (unknown.length > 0) throw new Error(`The floor of a decision lacks ${unknown.join(', ')}: add them here.`);
  return Object.entries(known).flatMap(([name, step]) => Array<Step>(counts[name] ?? 0).fill(step));
}

function pick(versions: readonly VersionRef[], number: number): VersionRef {
  const version = versions[number % versions.length];
  if (version === undefined) throw new Error('The floor has no versions.');
  return version;
}
