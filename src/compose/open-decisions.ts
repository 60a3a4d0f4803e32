import type { DecisionService } from '../approvals/decide.js';
import { createFoundEvaluation, type Judging } from '../approvals/judge.js';
import { createFoundJudge } from '../approvals/judge-found.js';
import { type FoundJudging, startFoundJudging } from '../approvals/judge-found-again.js';
import type { LedgerKeys } from '../approvals/ledger/keys.js';
import { createLedger } from '../approvals/ledger/ledger.js';
import { startCheckpoints } from '../approvals/ledger/start-checkpoints.js';
import { startLedgerFeed } from '../approvals/ledger-feed.js';
import { createOwnFacts } from '../approvals/own-facts.js';
import { compilePolicies, type PolicyRegistry } from '../approvals/policy/index.js';
import { startSweeper } from '../approvals/sweeper.js';
import type { RegistryEntry } from '../catalog/entry.js';
import type { GatewayConfig } from '../config/load-config.js';
import type { GovernanceStore } from '../governance/store.js';
import type { Journal } from '../journal/journal.js';

export interface DecisionParts {
  readonly config: GatewayConfig;
  readonly entries: readonly RegistryEntry[];
  readonly store: GovernanceStore;
  readonly keys: LedgerKeys;
  readonly journal: Journal;
  /** How long after it was taken a decision may still be begun to be written, and the time between two looks for what was left behind. */
  readonly times: { readonly startWithinMs: number; readonly sweepMs: number };
  readonly report: (error: unknown) => void;
}

export interface Decisions {
  readonly service: DecisionService;
  readonly foundJudging: FoundJudging;
}

/** The ledger, the policies, and what works on them in the background until `opening` is disposed of. */
export function openDecisions(opening: AsyncDisposableStack, parts: DecisionParts): Decisions {
  const { config, entries, store, keys, journal, times, report } = parts;
  const ledger = createLedger({ store, keys, now: Date.now });
  const everyMs = config.governance.checkpointSeconds * 1000;
  opening.use(startCheckpoints({ ledger, leases: store.leases, everyMs, report }));
  const registries = new Map(entries.map(({ id, adapter }) => [id, adapter]));
  const facts = createOwnFacts(registries, config.deadlines);
  const judging: Judging = {
    policies: compilePolicies(config.policies),
    policyRegistry: (id) => policyRegistryOf(entries, id),
    now: Date.now,
  };
  const service: DecisionService = {
    ...judging,
    registries,
    ledger,
    openIntents: store.openIntents,
    evaluateFound: createFoundEvaluation(judging, facts),
    writeMs: config.deadlines.writeMs,
    startWithinMs: times.startWithinMs,
    report,
  };
  opening.use(startSweeper(service, store, { everyMs: times.sweepMs, report }));
  const foundJudging = opening.use(
    startFoundJudging({ judge: createFoundJudge(service, facts), reads: facts, report }),
  );
  opening.use(startLedgerFeed({ service, facts, journal, everyMs: times.sweepMs, report }));
  return { service, foundJudging };
}

function policyRegistryOf(entries: readonly RegistryEntry[], id: string): PolicyRegistry {
  const entry = entries.find((candidate) => candidate.id === id);
  return { id, kind: entry?.adapter.kind ?? '', labels: entry?.labels ?? [] };
}
