import { createHash } from 'node:crypto';
import type { DecisionMark } from '../../src/domain/model.js';

let made = 0;

/** The mark of a decision, different from all others of this process. */
export function newMark(mark: Partial<DecisionMark> = {}): DecisionMark {
  made += 1;
  const hash = createHash('sha256').update(String(made)).digest('hex');
  const at = new Date(Date.UTC(2026, 10, 20, 8, 15, 30, made % 1000)).toISOString();
  return { id: `${made}.${hash}`, status: 'APPROVED', actor: 'ana@example.com', at, comment: 'Looks right.', ...mark };
}
