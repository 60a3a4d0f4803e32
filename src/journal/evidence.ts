import type { Change, ChangeEvidence } from '../domain/changes.js';

/** The change with what has confirmed it since, each kind of evidence once; the same object where that is nothing new. */
export function withEvidence(change: Change, confirmed: readonly ChangeEvidence[]): Change {
  const added = confirmed.filter((each, index) => !change.evidence.includes(each) && confirmed.indexOf(each) === index);
  return added.length === 0 ? change : { ...change, evidence: [...change.evidence, ...added] };
}
