import type { Direction } from '../../domain/page.js';
import { justAbove, justBelow } from '../archive-order.js';
import { type Item, type Table, textOf } from './table.js';

/** A partition of the archive. */
export interface ArchiveDay {
  /** `2026-11-20`, UTC. */
  readonly day: string;
  readonly registryId: string;
}

/** Which partitions there are: days without a change, and registries without one on a day, cost nobody a call. */
export interface ArchiveDays {
  /** To be awaited before anything is put there. @param end The attribute that says when it is forgotten. */
  meet(day: ArchiveDay, end: Item): Promise<void>;
  /** Those of one day together, both days of the range among them. */
  read(range: ArchiveRange): AsyncGenerator<readonly ArchiveDay[]>;
  forget(day: ArchiveDay): Promise<void>;
}

export interface ArchiveRange {
  readonly from: string;
  readonly to: string;
  readonly direction: Direction;
}

const DAYS = 'archive-days';
/** Entries of the directory in one call; some 60 bytes each. */
const PAGE = 1000;
const KNOWN_MAX = 10_000;

export function dayPartition({ day, registryId }: ArchiveDay): string {
  return `archive#${registryId}#${day}`;
}

export function createArchiveDays(table: Table): ArchiveDays {
  const known = new Set<string>();
  return {
    async meet(day, end) {
      const sk = keyOf(day);
      if (known.has(sk)) return;
      await table.run('archive.put', (requests) => requests.put({ pk: DAYS, sk, ...day, ...end }));
      if (known.size >= KNOWN_MAX) known.clear();
      known.add(sk);
    },
    async *read({ from, to, direction }) {
      // A key must not be empty. Right after `#`, which ends a day, comes `$`.
      let [low, high] = [from === '' ? '0' : from, `${to}$`];
      let group: ArchiveDay[] = [];
      for (;;) {
        const page = await readPage(table, low, high, direction);
        for (const day of page) {
          if (group[0] !== undefined && group[0].day !== day.day) {
            yield group;
            group = [];
          }
          group.push(day);
        }
        const last = page.at(-1);
        if (last === undefined || page.length < PAGE) break;
        if (direction === 'ASC') low = justAbove(keyOf(last));
        else high = justBelow(keyOf(last));
      }
      if (group.length > 0) yield group;
    },
    async forget(day) {
      known.delete(keyOf(day));
      await table.run('archive.sweep', (requests) => requests.remove({ pk: DAYS, sk: keyOf(day) }));
    },
  };
}

async function readPage(table: Table, low: string, high: string, direction: Direction): Promise<readonly ArchiveDay[]> {
  const items = await table.run('archive.list', (requests) =>
    requests.query(
      {
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :low AND :high',
        ExpressionAttributeValues: { ':pk': DAYS, ':low': low, ':high': high },
        ScanIndexForward: direction === 'ASC',
        ConsistentRead: true,
      },
      PAGE,
    ),
  );
  return items.map((item) => ({ day: textOf(item, 'day'), registryId: textOf(item, 'registryId') }));
}

function keyOf({ day, registryId }: ArchiveDay): string {
  return `${day}#${registryId}`;
}
