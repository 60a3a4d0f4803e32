import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ArchivedChange, ArchiveQuery, ChangeArchive } from '../../src/domain/change-archive.js';
import type { Change } from '../../src/domain/changes.js';
import { at, decision, subject } from './governance-entries.js';
import type { GovernanceHarness, OpenedGovernance } from './governance-harness.js';

const DAY = 86_400_000;
const [OLD, NEW] = ['epoch-old', 'Zepoch-_new'];

/** Midnight and so many milliseconds, as a position. */
function positionAt(ms: number, sequence: number | bigint = 0): string {
  return `${Date.parse(at(ms))}-${sequence}`;
}

export function archived(ms: number, registryId: string, over: Partial<ArchivedChange> = {}): ArchivedChange {
  const change: Change = {
    type: 'MODEL_CREATED',
    id: `change:${ms}:${registryId}`,
    registryId,
    model: { registryId, name: 'fraud é/1' },
    version: null,
    incarnation: null,
    occurredAt: null,
    observedAt: at(ms),
    evidence: ['POLL'],
    actor: { name: 'Ana', kind: 'USER', nativeId: null },
  };
  return { epoch: OLD, position: positionAt(ms), change, ...over };
}

/** What the journal does not keep for ever. */
export function describeArchive(harness: GovernanceHarness): void {
  let opened: OpenedGovernance;
  let archive: ChangeArchive;
  let all: readonly ArchivedChange[];

  beforeAll(async () => {
    opened = await harness.open();
    archive = opened.store.archive;
    const [quiet, lab, lab2] = ['quiet', 'lab', 'lab-2'];
    all = [
      archived(-3 * DAY, quiet),
      archived(-DAY, lab),
      ...Array.from({ length: 6 }, (_, index) => archived(index, index % 2 === 0 ? lab : lab2)),
      archived(10, lab, { position: positionAt(10, 9) }),
      archived(10, lab2, { position: positionAt(10, 10) }),
      archived(10, lab, { position: positionAt(10, 18_446_744_073_709_551_615n) }),
      archived(11, lab, { epoch: OLD }),
      archived(11, lab2, { epoch: NEW }),
      archived(DAY, quiet, { epoch: NEW }),
      archived(DAY + 1, lab, { epoch: NEW }),
    ];
    // By epoch, `Z` comes before `e`.
    const [before, after] = [all.slice(0, 11), all.slice(13)];
    all = [...before, ...[all[12], all[11]].filter((each) => each !== undefined), ...after];
    await archive.put(all.toReversed());
    await archive.put(all.slice(3, 7));
  }, 60_000);
  afterAll(() => opened[Symbol.asyncDispose]());

  const walk = async (query: Omit<ArchiveQuery, 'limit'>, limit: number): Promise<readonly ArchivedChange[]> => {
    const found: ArchivedChange[] = [];
    for (;;) {
      const last = found.at(-1);
      const from = last === undefined ? {} : query.direction === 'ASC' ? { after: last } : { before: last };
      const page = await archive.list({ ...query, ...from, limit });
      found.push(...page.items);
      if (!page.hasMore) return found;
      expect(page.items).toHaveLength(limit);
    }
  };

  it.each([1, 4, 1000])(
    'gives everything back as it was, in order, over days and journals, %i at a time',
    async (limit) => {
      expect(await walk({ direction: 'ASC' }, limit)).toEqual(all);
      expect((await walk({ direction: 'DESC' }, limit)).toReversed()).toEqual(all);
    },
  );

  it('is of some registries, and of none', async () => {
    for (const registryIds of [['quiet'], ['lab'], ['lab-2', 'quiet', 'lab-2'], ['none'], []]) {
      const expected = all.filter(({ change }) => registryIds.includes(change.registryId));
      expect(await walk({ registryIds, direction: 'ASC' }, 2)).toEqual(expected);
      expect((await walk({ registryIds, direction: 'DESC' }, 3)).toReversed()).toEqual(expected);
    }
  });

  it('begins and ends where it is told, whether something is there or not', async () => {
    const since = (ms: number) => walk({ direction: 'ASC', since: at(ms) }, 1000);
    expect(await since(-DAY)).toEqual(all.slice(1));
    expect(await since(-DAY + 1)).toEqual(all.slice(2));
    expect(await since(3)).toEqual(all.slice(5));
    expect(await since(2 * DAY)).toEqual([]);
    const nowhere = { epoch: 'epoch-nowhere', position: positionAt(10, 9) };
    expect(await walk({ direction: 'ASC', after: nowhere }, 1000)).toEqual(all.slice(8));
    expect((await walk({ direction: 'DESC', before: nowhere }, 1000)).toReversed()).toEqual(all.slice(0, 8));
    const [first, last] = [all[2], all[8]];
    if (first === undefined || last === undefined) throw new Error('There are more.');
    const between = { after: first, before: last, since: at(-5 * DAY) };
    expect(await walk({ direction: 'ASC', ...between }, 1000)).toEqual(all.slice(3, 8));
    expect(await walk({ direction: 'DESC', after: last, before: first }, 1000)).toEqual([]);
    expect(await walk({ direction: 'DESC', after: last, before: last }, 1000)).toEqual([]);
  });

  it('knows how far it is in each journal', async () => {
    expect(await archive.latest(OLD)).toBe(positionAt(11));
    expect(await archive.latest(NEW)).toBe(positionAt(DAY + 1));
    expect(await archive.latest('none')).toBeNull();
    await archive.put(all.slice(0, 2));
    expect(await archive.latest(OLD)).toBe(positionAt(11));
  });

  it('takes what it has again, with the evidence of then', async () => {
    await using other = await harness.open();
    const [one] = all;
    if (one === undefined) throw new Error('There is one.');
    const more = { ...one, change: { ...one.change, evidence: ['POLL', 'PUSH'] as const } };
    await other.store.archive.put([one]);
    await other.store.archive.put([more]);
    await other.store.archive.put([]);
    expect(await other.store.archive.list({ direction: 'ASC', limit: 5 })).toEqual({ items: [more], hasMore: false });
  });

  it('keeps a change of a registry itself, and one with more than an item holds', async () => {
    await using other = await harness.open();
    const { change: plain } = archived(1, 'lab');
    const { type: _, ...base } = plain;
    const health: Change = {
      ...base,
      type: 'REGISTRY_HEALTH',
      model: null,
      actor: null,
      previousHealth: 'UP',
      health: 'DOWN',
      problem: { code: 'UPSTREAM_UNAVAILABLE', message: 'é 😀 \u0000 "quoted"' },
    };
    const values = [300_000, 20, 100_000].map((size) => 'é'.repeat(size / 2));
    const [huge, small, large] = values;
    const update: Change = {
      ...base,
      type: 'MODEL_UPDATED',
      fields: [
        { path: 'tags.huge', before: null, after: huge },
        { path: 'tags.large', before: large, after: small },
      ],
    };
    const given = [archived(1, 'lab', { change: health }), archived(2, 'lab', { change: update })];
    await other.store.archive.put(given);
    const { items } = await other.store.archive.list({ direction: 'ASC', limit: 5 });
    expect(items[0]).toEqual(given[0]);
    expect(items[1]?.change).toEqual({
      ...update,
      fields: [
        { path: 'tags.huge', before: null, after: { omittedBytes: 300_002 } },
        { path: 'tags.large', before: large, after: small },
      ],
    });
  });

  it('remembers its gaps', async () => {
    const gaps = [
      { epoch: OLD, reason: 'TRIMMED', from: at(-5), until: at(3) },
      { epoch: NEW, reason: 'EPOCH', from: at(4), until: at(9) },
    ] as const;
    for (const gap of gaps.toReversed()) await archive.putGap(gap);
    await archive.putGap({ ...gaps[1], from: at(8) });
    expect(await archive.gaps(at(-100))).toEqual(gaps);
    expect(await archive.gaps(at(4))).toEqual([gaps[1]]);
    expect(await archive.gaps(at(10))).toEqual([]);
  });

  it('forgets what is old, and nothing else of the store', async () => {
    await using other = await harness.open();
    const entry = decision(subject('kept'), 1);
    await other.store.ledger.putDecision(entry);
    await other.store.archive.put([archived(0, 'lab'), archived(1, 'lab-2'), archived(20 * DAY, 'lab')]);
    await other.store.archive.sweep();
    const later = other.another({ now: () => Date.parse(at(410 * DAY)) });
    await later.archive.sweep();
    await later.archive.sweep();
    const { items } = await other.store.archive.list({ direction: 'ASC', limit: 5 });
    expect(items).toEqual([archived(20 * DAY, 'lab')]);
    expect((await other.store.ledger.chains(subject('kept').version))[0]?.decisions).toHaveLength(1);
    await later[Symbol.asyncDispose]();
  });
}
