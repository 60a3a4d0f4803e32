import { type Caller, may } from '../domain/access.js';
import type { ApprovalRecord, ApprovalRef } from '../domain/ledger.js';
import type { ModelVersionRecord } from '../domain/model.js';
import type { PolicyEvaluation } from '../domain/policy.js';
import { modelId, modelOf, versionId } from '../domain/refs.js';
import { type ApprovalListArgs, type ApprovalPage, createApprovalList, type PlaceCursors } from './approval-list.js';
import { type DecisionService, deniedBecause, votedAlready } from './decide.js';
import { subjectFingerprint } from './fingerprint.js';
import type { FactReads } from './gather-facts.js';
import { changedSinceApproval, openVotes } from './history.js';
import { judge } from './judge.js';
import type { VersionChains } from './ledger/ledger.js';
import { type DecisionPermission, mayDecide, selectPolicy } from './policy/index.js';
import { withReadBudget } from './read-budget.js';

/** What one operation may ask of the ledger and the policies, as far as its caller sees it. Made per operation: a chain is read once. */
export interface Approvals {
  /** What was decided about the very version that is there, the oldest first. */
  chainOf(version: ModelVersionRecord): Promise<readonly ApprovalRecord[]>;
  /** The same, the newest first, a page of it. */
  pageOfChain(
    version: ModelVersionRecord,
    page: { readonly first?: number | null; readonly after?: string | null },
  ): Promise<ApprovalPage & { readonly totalCount: number }>;
  /** Null when there is none, and where its version is not visible. */
  byId(ref: ApprovalRef): Promise<ApprovalRecord | null>;
  list(args: ApprovalListArgs): Promise<ApprovalPage>;
  /** What the policies say of a version, whoever asks. */
  preview(version: ModelVersionRecord): Promise<PolicyEvaluation>;
  /** What the caller may do with it. */
  permission(version: ModelVersionRecord): Promise<DecisionPermission>;
  /** Null where nothing was approved. */
  changedSinceApproval(version: ModelVersionRecord): Promise<boolean | null>;
}

export type OpenApprovals = (caller: Caller, registryIds: readonly string[], facts: FactReads) => Approvals;

export function createApprovals(service: DecisionService, cursors: PlaceCursors): OpenApprovals {
  return (caller, registryIds, facts) => {
    const named = new Map<string, Promise<VersionChains>>();
    // By the record, not by its id: a mutation has its version read anew, and with it goes what was read before.
    const chains = new WeakMap<ModelVersionRecord, Promise<readonly ApprovalRecord[]>>();
    const previews = new WeakMap<ModelVersionRecord, Promise<PolicyEvaluation>>();
    const ledger = withReadBudget(service.ledger);
    const list = createApprovalList(ledger, cursors, caller, registryIds);
    const reads = sharingLists(facts);

    const chainOf = (version: ModelVersionRecord) =>
      kept(chains, version, async () => (await ledger.read(version.ref)).of(version.incarnation).records);
    const votesFor = async (version: ModelVersionRecord) =>
      openVotes(await chainOf(version), 'APPROVED', subjectFingerprint(version));
    const preview = (version: ModelVersionRecord) =>
      kept(previews, version, () =>
        judge(
          service,
          reads,
          version,
          votesFor(version).then(({ length }) => length),
        ),
      );

    return {
      chainOf,
      preview,
      list: (args) => list.all(args),
      pageOfChain: async (version, page) => list.ofChain(version, await chainOf(version), page),

      async byId(ref) {
        if (!may(caller, 'VIEW', modelOf(ref.version))) return null;
        const found = await kept(named, versionId(ref.version), () => ledger.read(ref.version));
        const { records } = found.of(ref.incarnation);
        return records.find(({ decision }) => decision.body.sequence === ref.sequence) ?? null;
      },

      async permission(version) {
        const nothing = whyNobody(service, version);
        if (nothing !== null) return { approve: false, reject: false, reset: false, reason: nothing };
        const policy = selectPolicy(service.policies, service.policyRegistry(version.ref.registryId), version.ref);
        const permission = mayDecide(policy, caller, {
          model: modelOf(version.ref),
          createdBy: version.createdBy,
        });
        if (!permission.approve) return permission;
        if (version.registrationStatus !== 'READY') return { ...permission, approve: false, reason: notReady(version) };
        const denial = deniedBecause(await preview(version)) ?? votedAlready(caller, await votesFor(version));
        return denial === null ? permission : { ...permission, approve: false, reason: denial };
      },

      changedSinceApproval: async (version) =>
        changedSinceApproval(await chainOf(version), version, subjectFingerprint(version)),
    };
  };
}

/** Why nobody can decide here; null where somebody can. */
export function whyNobody(
  { registries }: Pick<DecisionService, 'registries'>,
  { ref, registrationStatus }: ModelVersionRecord,
): string | null {
  if (registries.get(ref.registryId)?.capabilities.DECIDE !== true) {
    return `Registry ${ref.registryId} does not take decisions: it lacks the capability DECIDE.`;
  }
  // One that is still being registered can be turned down already.
  return registrationStatus === 'READY' || registrationStatus === 'PENDING' ? null : notReady({ registrationStatus });
}

function notReady({ registrationStatus }: Pick<ModelVersionRecord, 'registrationStatus'>): string {
  return `The version is not READY but ${registrationStatus}.`;
}

/**
 * A rule may look for a stage's version in every row of a list, and rows have models in common. Shared is what is under way and no longer: what a
 * mutation has changed is looked for anew.
 */
function sharingLists(facts: FactReads): FactReads {
  const found = new Map<string, Promise<ModelVersionRecord | null>>();
  return {
    model: (ref) => facts.model(ref),
    version: (ref) => facts.version(ref),
    evidence: (ref, parts) => facts.evidence(ref, parts),
    latestApproved: (model) => facts.latestApproved(model),
    latestInStage: (model, stage) => {
      const key = JSON.stringify([modelId(model), stage]);
      return kept(found, key, () => facts.latestInStage(model, stage).finally(() => found.delete(key)));
    },
  };
}

interface Keeper<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): unknown;
}

function kept<K, V>(map: Keeper<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
