import { type Caller, may } from '../domain/access.js';
import type { ApprovalRecord, ApprovalRef } from '../domain/ledger.js';
import type { ModelVersionRecord } from '../domain/model.js';
import type { PolicyEvaluation } from '../domain/policy.js';
import { modelOf, type VersionRef, versionId } from '../domain/refs.js';
import { type ApprovalListArgs, type ApprovalPage, createApprovalList, type PlaceCursors } from './approval-list.js';
import { type DecisionService, deniedBecause, judge } from './decide.js';
import { subjectFingerprint } from './fingerprint.js';
import type { FactReads } from './gather-facts.js';
import { changedSinceApproval, openVotes } from './history.js';
import type { VersionChains } from './ledger/ledger.js';
import { type DecisionPermission, mayDecide, selectPolicy } from './policy/index.js';

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
    const chains = new Map<string, Promise<VersionChains>>();
    const previews = new Map<string, Promise<PolicyEvaluation>>();
    const read = (ref: VersionRef) => kept(chains, versionId(ref), () => service.ledger.read(ref));
    const list = createApprovalList(service.ledger, cursors, caller, registryIds);

    const chainOf = async (version: ModelVersionRecord) => (await read(version.ref)).of(version.incarnation).records;
    const preview = (version: ModelVersionRecord) =>
      kept(previews, versionId(version.ref), async () => {
        const votes = openVotes(await chainOf(version), 'APPROVED', subjectFingerprint(version));
        return judge(service, facts, version, votes.length);
      });

    return {
      chainOf,
      preview,
      list: (args) => list.all(args),
      pageOfChain: async (version, page) => list.ofChain(version, await chainOf(version), page),

      async byId(ref) {
        if (!may(caller, 'VIEW', modelOf(ref.version))) return null;
        const { records } = (await read(ref.version)).of(ref.incarnation);
        return records.find(({ decision }) => decision.body.sequence === ref.sequence) ?? null;
      },

      async permission(version) {
        const nothing = whyNobody(service, version);
        if (nothing !== null) return { approve: false, reject: false, reset: false, reason: nothing };
        const policy = selectPolicy(service.policies, service.policyRegistry(version.ref.registryId), version.ref);
        const permission = mayDecide(policy, caller, {
          model: modelOf(version.ref),
          createdBy: version.createdBy,
          registeredBy: null,
        });
        if (!permission.approve) return permission;
        const denial = deniedBecause(await preview(version));
        return denial === null ? permission : { ...permission, approve: false, reason: denial };
      },

      changedSinceApproval: async (version) =>
        changedSinceApproval(await chainOf(version), version, subjectFingerprint(version)),
    };
  };
}

/** Why nobody can decide here; null where somebody can. */
function whyNobody({ registries }: DecisionService, { ref, registrationStatus }: ModelVersionRecord): string | null {
  if (registries.get(ref.registryId)?.capabilities.DECIDE !== true) {
    return `Registry ${ref.registryId} does not take decisions: it lacks the capability DECIDE.`;
  }
  return registrationStatus === 'READY' ? null : `The version is not READY but ${registrationStatus}.`;
}

function kept<K, V>(map: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
