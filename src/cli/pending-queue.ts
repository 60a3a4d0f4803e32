import type { ModelVersionRecord } from '../domain/model.js';
import type { PolicyEvaluation, StoredProblem } from '../domain/policy.js';
import type { GraphQLClient } from './graphql-client.js';
import { GatewayError } from './graphql-client-errors.js';

/** A version that waits for a decision, as the gateway gives it. */
export interface PendingVersion extends Pick<ModelVersionRecord, 'createdAt' | 'createdBy' | 'registrationStatus'> {
  readonly id: string;
  readonly version: string;
  /** Null where the ledger or the evidence could not be read. */
  readonly approvalPreview: Pick<
    PolicyEvaluation,
    'verdict' | 'policy' | 'requiredApprovals' | 'approvalsSoFar'
  > | null;
  readonly viewerCanDecide: { readonly approve: boolean; readonly reason: string | null } | null;
}

export interface UnavailableRegistry {
  readonly registry: { readonly id: string };
  readonly problem: StoredProblem;
}

export interface PendingQueue {
  readonly versions: readonly PendingVersion[];
  /** Whether more are waiting than were asked for. */
  readonly hasMore: boolean;
  /** Each registry that could not answer, once. */
  readonly unavailable: readonly UnavailableRegistry[];
  /** Why parts of versions are null, each reason once. */
  readonly gaps: readonly GatewayError[];
  /** Every registry that the caller may see. */
  readonly registryIds: readonly string[];
}

export interface PendingQuery {
  readonly registryIds: readonly string[] | undefined;
  /** Glob over the model's name. */
  readonly modelName: string | undefined;
  readonly limit: number;
}

interface Answer {
  readonly registries: readonly { readonly id: string }[];
  readonly modelVersions: {
    readonly nodes: readonly PendingVersion[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    readonly unavailable: readonly UnavailableRegistry[];
  } | null;
}

/** Versions per request: their policies read evidence, and one operation may make only so many upstream calls. */
const PAGE_SIZE = 50;

export const PENDING_QUERY = `query PendingVersions($first: Int!, $after: String, $filter: ModelVersionFilter!) {
  registries { id }
  modelVersions(first: $first, after: $after, filter: $filter) {
    nodes {
      id
      version
      registrationStatus
      createdAt
      createdBy { name nativeId }
      approvalPreview { verdict policy requiredApprovals approvalsSoFar }
      viewerCanDecide { approve reason }
    }
    pageInfo { hasNextPage endCursor }
    unavailable { registry { id } problem { code message } }
  }
}`;

/**
 * Reads the review queue, the newest first, page by page.
 * @throws GatewayError where a page cannot be had at all.
 */
export async function readPending(client: GraphQLClient, query: PendingQuery): Promise<PendingQueue> {
  const versions: PendingVersion[] = [];
  const unavailable = new Map<string, UnavailableRegistry>();
  const gaps = new Map<string, GatewayError>();
  let after: string | null = null;
  for (;;) {
    const page = await readPage(client, query, Math.min(PAGE_SIZE, query.limit - versions.length), after);
    versions.push(...page.versions);
    for (const entry of page.unavailable) unavailable.set(entry.registry.id, entry);
    for (const gap of page.gaps) gaps.set(`${gap.code} ${gap.message}`, gap);
    if (page.next === null || versions.length >= query.limit) {
      return {
        versions,
        hasMore: page.next !== null,
        unavailable: [...unavailable.values()],
        gaps: [...gaps.values()],
        registryIds: page.registryIds,
      };
    }
    // A page may be empty where reading stopped before the end; its cursor goes on all the same.
    if (page.next === after) throw unreadable();
    after = page.next;
  }
}

interface PendingPage extends Omit<PendingQueue, 'hasMore'> {
  /** Where to go on; null at the end. */
  readonly next: string | null;
}

async function readPage(
  client: GraphQLClient,
  { registryIds, modelName }: PendingQuery,
  first: number,
  after: string | null,
): Promise<PendingPage> {
  const filter = {
    approvalStatuses: ['PENDING'],
    ...(registryIds === undefined ? {} : { registryIds }),
    ...(modelName === undefined ? {} : { modelName: { matches: modelName } }),
  };
  const { data, errors } = await client.ask<Answer>(PENDING_QUERY, { first, after, filter });
  if (data.modelVersions === null) throw errors[0] ?? unreadable();
  const { nodes, pageInfo, unavailable } = data.modelVersions;
  return {
    versions: nodes,
    next: pageInfo.hasNextPage ? pageInfo.endCursor : null,
    unavailable,
    gaps: errors,
    registryIds: data.registries.map(({ id }) => id),
  };
}

function unreadable(): GatewayError {
  return new GatewayError('UPSTREAM_INVALID', 'The gateway gives no list of versions, and not why.');
}
