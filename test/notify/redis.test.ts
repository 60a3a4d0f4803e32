import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { openRedisJournal } from '../../src/journal/redis-journal.js';
import { startRedis } from '../support/redis-server.js';
import { approved, openWorld, type World } from './world.js';

/** As soon as the journal can be reached. */
async function publish(world: World, ...changes: Parameters<World['publish']>): Promise<void> {
  await vi.waitFor(() => world.publish(...changes), { timeout: 10_000, interval: 50 });
}

const told = (world: World, id: string) =>
  vi.waitFor(() => expect(world.receiver.received.map((each) => each.id)).toContain(id), { timeout: 10_000 });

describe('webhooks of replicas that share a Redis', () => {
  it('are told of everything over its restart, and of a gap where it comes back empty', async () => {
    await using redis = await startRedis();
    await using journal = await openRedisJournal({ url: redis.url, keyPrefix: 'notify' });
    await using other = await openRedisJournal({ url: redis.url, keyPrefix: 'notify' });
    await using world = await openWorld(journal);
    await using _first = world.serve();
    await using _second = world.serve(undefined, { journal: other });
    await world.ready();
    const [one, two, three] = [approved('1'), approved('1'), approved('2')];
    await publish(world, one);
    await told(world, one.id);

    await redis.kill();
    await redis.start();
    await publish(world, two);
    await told(world, two.id);
    expect(world.receiver.received.filter(({ event }) => event.type === 'registrar.journal.gap')).toEqual([]);

    await redis.kill();
    for (const name of await readdir(redis.data)) await rm(join(redis.data, name), { recursive: true });
    await redis.start();
    await publish(world, three);
    await told(world, three.id);
    const gaps = () => world.receiver.received.filter(({ event }) => event.type === 'registrar.journal.gap');
    await vi.waitFor(() => expect(gaps()).toHaveLength(1), { timeout: 10_000 });
    expect(gaps()[0]?.event.data.reason).toContain('begun anew');
  });
});
