import { actorId, approvalIdOf, type DecisionEntry, subjectOf } from '../domain/ledger.js';
import { subjectKeys } from './entry-text.js';
import { orderKey } from './order.js';

/** By what the indexes show a decision. */
export interface IndexKeys {
  readonly orderKey: string;
  readonly registryId: string;
  readonly modelId: string;
  /** Null: no actor is known, and it is under none. */
  readonly actorId: string | null;
}

export function indexKeys(entry: DecisionEntry): IndexKeys {
  const { body } = entry;
  const { registryId, modelId } = subjectKeys(subjectOf(body));
  return {
    orderKey: orderKey({ recordedAt: body.recordedAt, approvalId: approvalIdOf(entry) }),
    registryId,
    modelId,
    actorId: actorId(body.actor),
  };
}

/**
 * Whether a decision stands in the indexes where its own words put it: what it stands under is no part of what is signed. True for what cannot be
 * read as a decision, which is told of otherwise.
 *
 * @param attributes What the engine puts for a decision.
 * @param found What it has.
 */
export function isIndexed(
  entry: DecisionEntry | null,
  attributes: (entry: DecisionEntry) => Readonly<Record<string, unknown>>,
  found: Readonly<Record<string, unknown>>,
): boolean {
  if (entry === null) return true;
  try {
    return Object.entries(attributes(entry)).every(([name, value]) => found[name] === value);
  } catch {
    return true;
  }
}
