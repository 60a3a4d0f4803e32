import { startLedgerFeed } from '../../src/approvals/ledger-feed.js';
import type { Change } from '../../src/domain/changes.js';
import { BEGINNING, type Journal } from '../../src/journal/journal.js';
import type { Replica } from './replica.js';
import { until } from './until.js';

/** Longer than any test: only what is told at once is told. */
export const NEVER_MS = 3_600_000;
/** As often as a test that waits for it can bear. */
export const AT_ONCE_MS = 20;

export interface FeedOptions {
  readonly everyMs?: number;
  readonly overlapMs?: number;
}

export function feedOf({ service, facts, reported }: Replica, journal: Journal, options: FeedOptions = {}) {
  const report = (error: unknown) => void reported.push(error);
  return startLedgerFeed({ service, facts, journal, everyMs: NEVER_MS, ...options, report });
}

/** All that the journal has, in its order. */
export async function changesIn(journal: Journal): Promise<readonly Change[]> {
  const { epoch } = await journal.head();
  const { entries } = await journal.read({ epoch, after: BEGINNING, limit: 1000 });
  return entries.flatMap(({ change }) => change ?? []);
}

/** In short: `APPROVAL_RECORDED 1`, by the sequence of the approval; `POLICY_VIOLATED 1 reverted`. */
export async function toldBy(journal: Journal): Promise<readonly string[]> {
  return (await changesIn(journal)).map(inShort);
}

export function untilTold(journal: Journal, ...wanted: readonly string[]): Promise<true> {
  return until(`the journal has ${wanted.join(', ')}`, async () => {
    const told = await toldBy(journal);
    return wanted.every((each) => told.includes(each)) || undefined;
  });
}

function inShort(change: Change): string {
  if (!('approvalId' in change) || change.approvalId === null) return change.type;
  const sequence = change.approvalId.slice(change.approvalId.lastIndexOf('/') + 1);
  const reverted = change.type === 'POLICY_VIOLATED' && change.reverted ? ' reverted' : '';
  return `${change.type} ${sequence}${reverted}`;
}
