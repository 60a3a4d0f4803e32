import { expect, it } from 'vitest';
import type { OpenJournal } from './journal-harness.js';

export function describeLeases(open: OpenJournal): void {
  it("are one holder's at a time, in all replicas", async () => {
    await using opened = await open();
    const replicas = [opened.journal, await opened.another()];
    const taken = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        (replicas[index % 2] ?? opened.journal).leases.acquire('crawl', `holder ${index}`, 30_000),
      ),
    );
    expect(taken.filter((lease) => lease !== null)).toHaveLength(1);
    expect(await opened.journal.leases.acquire('another', 'one', 30_000)).toMatchObject({ name: 'another' });
  });

  it('are renewed by their holder under the same token', async () => {
    await using opened = await open();
    const { leases } = opened.journal;
    const first = await leases.acquire('crawl', 'one', 1000);
    await opened.elapse(5);
    const second = await leases.acquire('crawl', 'one', 30_000);
    expect(second).toMatchObject({ name: 'crawl', holder: 'one', token: first?.token });
    expect(Date.parse(second?.expiresAt ?? '')).toBeGreaterThan(Date.parse(first?.expiresAt ?? '') + 28_000);
  });

  it('change hands when they are over, under a greater token', async () => {
    await using opened = await open();
    const { leases } = opened.journal;
    const first = await leases.acquire('crawl', 'one', 400);
    expect(await leases.acquire('crawl', 'two', 60)).toBeNull();
    await opened.elapse(410);
    const second = await leases.acquire('crawl', 'two', 30_000);
    expect(second?.token).toBeGreaterThan(first?.token ?? Number.POSITIVE_INFINITY);
    expect(await leases.acquire('crawl', 'one', 60)).toBeNull();
  });

  it('are given back by their holder alone', async () => {
    await using opened = await open();
    const { leases } = opened.journal;
    const first = await leases.acquire('crawl', 'one', 30_000);
    if (first === null) throw new Error('The lease was taken.');
    await leases.release({ ...first, holder: 'two' });
    await leases.release({ ...first, token: first.token + 1 });
    expect(await leases.acquire('crawl', 'two', 60)).toBeNull();
    await leases.release(first);
    const second = await leases.acquire('crawl', 'two', 30_000);
    expect(second?.token).toBeGreaterThan(first.token);
    // Of a holder that wakes up late.
    await leases.release(first);
    expect(await leases.acquire('crawl', 'one', 60)).toBeNull();
  });
}
