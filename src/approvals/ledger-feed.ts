import type { Change } from '../domain/changes.js';
import type { Lease } from '../domain/lease.js';
import { type ApprovalRecord, approvalIdOf, approvalState, parseApprovalId } from '../domain/ledger.js';
import type { LedgerPosition } from '../governance/store.js';
import { EpochChangedError, FencedError, type Journal } from '../journal/journal.js';
import type { DecisionService } from './decide.js';
import { decisionRecorded, failureRecorded, policyViolated } from './entry-changes.js';
import { type FeedPlace, notePlace, readPlace } from './feed-place.js';
import type { FactReads } from './gather-facts.js';
import { startRounds } from './ledger/start-rounds.js';
import { isViolation } from './policy/index.js';
import { createViolations } from './violations.js';

export interface LedgerFeedOptions {
  readonly service: DecisionService;
  /** The gateway's own: nobody asks for a violation to be set back. */
  readonly facts: FactReads;
  readonly journal: Pick<Journal, 'head' | 'publish' | 'notes' | 'leases'>;
  /** Between two looks for what was not told at once. */
  readonly everyMs: number;
  /** How late an entry may appear in the index, and how far clocks may differ. Default: two minutes. */
  readonly overlapMs?: number;
  /** Told of the journal, the ledger or a registry being away; what could not be done is done later. */
  readonly report: (error: unknown) => void;
}

const OVERLAP_MS = 120_000;
const PAGE = 200;

/**
 * Tells the journal of what enters the ledger, and sets back what policies do not allow where they say so.
 *
 * Whoever puts an entry tells of it at once. What it could not tell, for it died or the journal was away, is found by a look at the latest entries, in
 * one process at a time. Told twice, a change is there once: it has the same id. Where the journal begins anew, what was recorded before is not told.
 */
export function startLedgerFeed(options: LedgerFeedOptions): AsyncDisposable {
  const { service, facts, journal, everyMs, overlapMs = OVERLAP_MS, report } = options;
  const { ledger } = service;
  const startedAt = timestamp(service.now());
  const violations = createViolations(service, facts);
  const publish = inTurn((changes) => publishNow(journal, changes));

  const settleViolation = async ({ decision }: ApprovalRecord, isTold: boolean): Promise<boolean> => {
    const wasReverted = await violations.settle(decision);
    if (wasReverted !== null && isTold) await publish([policyViolated(decision, wasReverted)]);
    return wasReverted !== null;
  };

  const tellAtOnce = async (record: ApprovalRecord): Promise<void> => {
    const isNew = record.settlement === null;
    const change = isNew ? decisionRecorded(record.decision) : failureRecorded(record);
    // Of each other they know nothing: a violation is set back while the journal is away.
    const done = await Promise.allSettled([
      change === null ? null : publish([change]),
      isNew && isViolation(record.decision.body) ? settleViolation(record, true) : null,
    ]);
    for (const result of done) if (result.status === 'rejected') report(result.reason);
  };

  /** @returns Ids of those of which there is more to tell. */
  const tellAll = async (records: readonly ApprovalRecord[], floor: string): Promise<readonly string[]> => {
    const changes = records.flatMap((record) =>
      [decisionRecorded(record.decision), failureRecorded(record) ?? []].flat(),
    );
    const news = changes.filter(({ observedAt }) => observedAt >= floor);
    if (news.length > 0) await publish(news);
    const open: string[] = [];
    for (const record of records) {
      const { body } = record.decision;
      const isSettled = isViolation(body)
        ? await settleViolation(record, body.recordedAt >= floor)
        : approvalState(record) !== 'INTENDED';
      if (!isSettled) open.push(approvalIdOf(record.decision));
    }
    return open;
  };

  const readOne = async (id: string): Promise<readonly ApprovalRecord[]> => {
    const { version, incarnation, sequence } = parseApprovalId(id);
    const { records } = (await ledger.read(version)).of(incarnation);
    return records.filter(({ decision }) => decision.body.sequence === sequence);
  };

  let epoch: string | null = null;
  const look = async (isStopping: () => boolean, lease: Lease): Promise<void> => {
    const lookedAt = timestamp(service.now());
    const head = await journal.head();
    const begun = epoch === null ? startedAt : lookedAt;
    epoch = head.epoch;
    const place = (await readPlace(journal.notes)) ?? { through: begun, floor: begun, open: [] };
    const recordedAfter = timestamp(Date.parse(place.through) - overlapMs);
    const seen = new Set<string>();
    const open: string[] = [];
    let after: LedgerPosition | null = null;
    do {
      const page: Awaited<ReturnType<typeof ledger.list>> = await ledger.list({
        indexes: [{ by: 'all' }],
        direction: 'ASC',
        recordedAfter,
        limit: PAGE,
        ...(after === null ? {} : { after }),
      });
      open.push(...(await tellAll(page.items, place.floor)));
      for (const { decision } of page.items) seen.add(approvalIdOf(decision));
      after = page.readTo;
      if (isStopping()) return;
    } while (after !== null);
    for (const id of place.open.filter((each) => !seen.has(each))) {
      open.push(...(await tellAll(await readOne(id), place.floor)));
    }
    const next: FeedPlace = { through: lookedAt, floor: place.floor, open };
    await notePlace(journal.notes, next, { epoch: head.epoch, lease });
  };

  const telling = new Set<Promise<void>>();
  const subscription = ledger.subscribe((record) => {
    const told = tellAtOnce(record).finally(() => telling.delete(told));
    telling.add(told);
  });
  const rounds = startRounds({
    leases: journal.leases,
    name: 'ledger-feed',
    leaseMs: 3 * everyMs,
    everyMs,
    endsWithRound: false,
    report,
    // Another process goes on, or the journal has begun anew: the next look is another one.
    work: (isStopping, lease) =>
      look(isStopping, lease).catch((error: unknown) => {
        if (!(error instanceof EpochChangedError || error instanceof FencedError)) throw error;
      }),
  });
  return {
    async [Symbol.asyncDispose]() {
      subscription[Symbol.dispose]();
      await rounds[Symbol.asyncDispose]();
      await Promise.all(telling);
    },
  };
}

/** What was put first is told first. */
function inTurn(publish: (changes: readonly Change[]) => Promise<void>) {
  let last: Promise<unknown> = Promise.resolve();
  return (changes: readonly Change[]): Promise<void> => {
    const turn = last.then(() => publish(changes));
    last = turn.catch(() => {});
    return turn;
  };
}

async function publishNow(journal: LedgerFeedOptions['journal'], changes: readonly Change[]): Promise<void> {
  const { epoch } = await journal.head();
  try {
    await journal.publish(changes, { epoch });
  } catch (error) {
    if (!(error instanceof EpochChangedError)) throw error;
    await journal.publish(changes, { epoch: (await journal.head()).epoch });
  }
}

function timestamp(ms: number): string {
  return new Date(ms).toISOString();
}
