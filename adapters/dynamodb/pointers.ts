import type { ApprovalStatus } from '../../src/domain/model.js';
import type { Change } from './change.js';
import type { CurrentModel, CurrentVersion } from './current.js';
import { statusNumber, versionNumber, versionSortKey } from './keys.js';
import { queryRange } from './query-range.js';
import type { Call, Session } from './session.js';
import { LOCAL_INDEXES, TABLE_KEYS } from './table.js';

// `latestVersion` and `latestApprovedVersion` of a model's item. What is read here holds until the write: whatever changes it changes the model's
// `rev` too, which the write is conditional on.

/** What the model says once the version is in `status`. */
export async function pointersAfterStatus(
  session: Session,
  { stored }: CurrentModel,
  { key, record }: CurrentVersion,
  status: ApprovalStatus,
  call: Call,
): Promise<Change> {
  const { latestApprovedVersion: latest } = stored;
  if (status === 'APPROVED') return { latestApprovedVersion: Math.max(latest ?? 0, record.number) };
  if (latest !== record.number) return {};
  return { latestApprovedVersion: await highestBelow(session, key.pk, record.number, 'approved', call) };
}

/** What the model says once the version is gone. */
export async function pointersAfterDeletion(
  session: Session,
  { stored }: CurrentModel,
  { key, record }: CurrentVersion,
  call: Call,
): Promise<Change> {
  const { number } = record;
  const [latest, approved] = await Promise.all([
    stored.latestVersion === number ? highestBelow(session, key.pk, number, 'any', call) : stored.latestVersion,
    stored.latestApprovedVersion === number
      ? highestBelow(session, key.pk, number, 'approved', call)
      : stored.latestApprovedVersion,
  ]);
  return { latestVersion: latest, latestApprovedVersion: approved };
}

/** The highest number below this one; undefined where there is none. One consistent Query. */
export async function highestBelow(
  session: Session,
  pk: string,
  number: number,
  among: 'any' | 'approved',
  call: Call,
): Promise<number | undefined> {
  const keyOf = among === 'any' ? versionSortKey : (each: number) => statusNumber('APPROVED', each);
  const attribute = among === 'any' ? TABLE_KEYS.range : LOCAL_INDEXES.status.range;
  const { items } = await queryRange(
    session,
    {
      ...(among === 'any' ? {} : { index: 'status' }),
      hash: { attribute: TABLE_KEYS.hash, value: pk },
      range: { attribute, low: keyOf(0), high: keyOf(number - 1) },
      direction: 'DESC',
      limit: 1,
      consistent: true,
    },
    call,
  );
  // From the key, which is sure to be well formed; the item's own number is whatever its writer made it.
  const [item] = items;
  const digits = item === undefined ? undefined : String(item[attribute]).slice(keyOf(0).lastIndexOf('#') + 1);
  return digits === undefined ? undefined : versionNumber(digits.replace(/^0+/, ''));
}
