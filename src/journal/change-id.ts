import { createHash } from 'node:crypto';
import type { ChangeType } from '../domain/changes.js';

/** What makes a change the change it is: found again after a lost tail of the journal, it is the same one. */
export interface ChangeIdentity {
  readonly type: ChangeType;
  /** Id of the model, version, registry or approval that it is about. */
  readonly entity: string;
  readonly incarnation: string | null;
  /** Revision of the entity that it leads to; 0 for what belongs to no entity's state. */
  readonly rev: number;
  /** What it leads to, e.g. the status or the alias and its version: JSON. */
  readonly state: unknown;
}

export function changeId({ type, entity, incarnation, rev, state }: ChangeIdentity): string {
  const text = JSON.stringify([type, entity, incarnation, rev, state]);
  return `change:${createHash('sha256').update(text).digest('base64url').slice(0, 27)}`;
}
