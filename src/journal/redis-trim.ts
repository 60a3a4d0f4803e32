import type { Journal } from './journal.js';
import type { RedisKeys } from './redis-keys.js';
import type { RedisLink } from './redis-link.js';
import { FORGET, TRIM } from './redis-scripts.js';

/** What one round drops: Redis does nothing else meanwhile. */
const ROUND = 500;

export function createRedisTrim(link: RedisLink, keys: RedisKeys): Journal['trim'] {
  const dropEntries = async ({ maxAgeMs, maxEntries, keepAfter }: Parameters<Journal['trim']>[0]) => {
    const args = [maxAgeMs, maxEntries, keepAfter ?? '', ROUND];
    for (let dropped: unknown = ROUND; dropped === ROUND; )
      dropped = await link.script(TRIM, [keys.meta, keys.stream, keys.places, keys.evidence], args);
  };

  const forgetGone = async (maxAgeMs: number) => {
    const [seconds, micros] = await link.run((redis) => redis.time());
    const before = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000) - maxAgeMs;
    for (;;) {
      const gone = await link.run((redis) => redis.zrangebyscore(keys.gone, '-inf', `(${before}`, 'LIMIT', 0, ROUND));
      const byRegistry = Map.groupBy(
        gone.map((member) => member.split('\n')),
        ([registryId = '']) => registryId,
      );
      for (const [registryId, members] of byRegistry) {
        const entities = members.map(([, entity = '']) => entity);
        await link.script(FORGET, [keys.gone, keys.state(registryId)], [before, registryId, ...entities]);
      }
      if (gone.length < ROUND) return;
    }
  };

  return async (bounds) => {
    await dropEntries(bounds);
    await forgetGone(bounds.maxAgeMs);
  };
}
