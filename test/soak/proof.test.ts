import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/domain/changes.js';
import { BEGINNING, type Journal } from '../../src/journal/journal.js';
import { hasEngines } from '../saga/registries.js';
import { until } from '../saga/until.js';
import { postGraphQL } from '../support/gateway.js';
import { createRandom, type Random } from './random.js';
import { startSubscriber } from './subscriber.js';
import { judge, type Verdict } from './verdict.js';
import { openWorld, type World } from './world.js';
import { startWriters } from './writers.js';

const { PROOF_WRITES = '300', PROOF_SEED = String(Date.now() % 2 ** 31), PROOF_REST_MS = '40' } = process.env;
const SUBSCRIBERS = 20;
const SMALL = Number(PROOF_WRITES) <= 1000;
const TIMES = SMALL
  ? { killMs: 5_000, redisMs: 9_000, connectionMs: 1_500, deadMs: 300 }
  : { killMs: 20_000, redisMs: 45_000, connectionMs: 4_000, deadMs: 1_000 };

describe.skipIf(!hasEngines)(
  'two replicas that are killed, a Redis that is restarted, subscribers that lose their connection',
  () => {
    it('every subscriber has each change once, in order, and the truth at the end', {
      timeout: 3 * 3600_000,
    }, async () => {
      const random = createRandom(Number(PROOF_SEED));
      const size = SMALL ? { self: 20, others: 5 } : { self: 400, others: 20 };
      await using world = await openWorld({ versions: size });
      const [first] = world.gateways;
      const urls = world.gateways.map(({ url }) => url);
      await until('every registry was walked', () => isComplete(first?.url ?? '', ''));
      const { data } = await postGraphQL(first?.url ?? '', { query: '{ changesCursor }' });
      const start: string = data.changesCursor;
      const begunAt = Date.now();

      const subscribers = Array.from({ length: SUBSCRIBERS }, (_, index) =>
        startSubscriber({
          name: `subscriber ${index + 1}`,
          transport: index % 2 === 0 ? 'websocket' : 'sse',
          gateways: urls,
          random: random.fork(`subscriber ${index}`),
          connectionMs: TIMES.connectionMs,
          after: start,
        }),
      );
      const writing = startWriters({
        gateways: urls,
        registries: world.registries,
        versions: world.versions,
        random: random.fork('writers'),
        writes: Number(PROOF_WRITES),
        restMs: Number(PROOF_REST_MS),
      });
      const trouble = makeTrouble(world, random.fork('trouble'));
      await writing.done;
      const kills = await trouble.end();
      for (const subscriber of subscribers) subscriber.calmDown();

      const writtenAt = new Date().toISOString();
      await until('every registry was looked through since the last write', () =>
        isComplete(first?.url ?? '', writtenAt),
      );
      await using journal = await world.openJournal();
      const told = await allChanges(journal);
      const hasAll = () => subscribers.every((subscriber) => new Set(subscriber.received().ids).size >= told.length);
      await until('everything has arrived', () => (hasAll() ? true : undefined)).catch(() => {});
      for (const subscriber of subscribers) await subscriber.end();

      const received = subscribers.map((subscriber) => subscriber.received());
      const verdict = judge(received, told, await world.truth(), writing.doneThroughGateways());
      const reconnects = subscribers.reduce((sum, subscriber) => sum + subscriber.reconnects(), 0);
      print(verdict, { ...kills, reconnects, seconds: Math.round((Date.now() - begunAt) / 1000) });
      const { lost, doubled, outOfOrder, gaps, wrongAtTheEnd, untoldWrites } = verdict;
      expect({ lost, doubled, outOfOrder, gaps, wrongAtTheEnd, untoldWrites }).toEqual({
        lost: 0,
        doubled: 0,
        outOfOrder: 0,
        gaps: 0,
        wrongAtTheEnd: 0,
        untoldWrites: 0,
      });
      expect(verdict.changes).toBeGreaterThan(Number(PROOF_WRITES) / 4);
      expect(kills.gateways).toBeGreaterThan(0);
      expect(kills.redis).toBeGreaterThan(0);
    });
  },
);

interface Trouble {
  end(): Promise<{ readonly gateways: number; readonly redis: number }>;
}

/** Kills a gateway now and then, and Redis, and brings them back. At the end both are there. */
function makeTrouble({ gateways, redis }: World, random: Random): Trouble {
  const stop = new AbortController();
  const kills = { gateways: 0, redis: 0 };
  const again = async (everyMs: number, own: Random, trouble: () => Promise<void>) => {
    while (!stop.signal.aborted) {
      await sleep(everyMs / 2 + own.around(everyMs / 2), undefined, { signal: stop.signal }).catch(() => {});
      if (!stop.signal.aborted) await trouble();
    }
  };
  const running = Promise.all([
    again(TIMES.killMs, random.fork('gateways'), async () => {
      const gateway = random.pick(gateways);
      await gateway.kill();
      kills.gateways += 1;
      await sleep(random.around(TIMES.deadMs));
      await gateway.start();
    }),
    again(TIMES.redisMs, random.fork('redis'), async () => {
      await redis.kill();
      kills.redis += 1;
      await sleep(random.around(TIMES.deadMs));
      await redis.start();
    }),
  ]);
  return {
    async end() {
      stop.abort();
      await running;
      return kills;
    },
  };
}

/** Whether everything that happened before a time is in the journal. */
async function isComplete(gateway: string, time: string): Promise<true | undefined> {
  const { data } = await postGraphQL(gateway, { query: '{ registries { completeThrough } }' }).catch(() => ({
    data: null,
  }));
  const times: readonly (string | null)[] | undefined = data?.registries.map(
    (registry: { readonly completeThrough: string | null }) => registry.completeThrough,
  );
  return times?.every((through) => through !== null && through > time) === true ? true : undefined;
}

async function allChanges(journal: Journal): Promise<readonly Change[]> {
  const { epoch } = await journal.head();
  const found: Change[] = [];
  let after = BEGINNING;
  for (;;) {
    const { entries, hasMore } = await journal.read({ epoch, after, limit: 1000 });
    for (const { change, position } of entries) {
      if (change !== null) found.push(change);
      after = position;
    }
    if (!hasMore) return found;
  }
}

function print(verdict: Verdict, more: object): void {
  const lines = Object.entries({ ...verdict, ...more, seed: PROOF_SEED }).map(([name, value]) => `  ${name}: ${value}`);
  process.stdout.write(`\nproof (PROOF_WRITES=${PROOF_WRITES} PROOF_SEED=${PROOF_SEED})\n${lines.join('\n')}\n`);
}
