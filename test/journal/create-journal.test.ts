import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createJournal } from '../../src/journal/index.js';
import { append, idOf, REGISTRY, write } from '../conformance/journal-entries.js';
import { engines } from '../support/engines.js';

describe('the journal that a config names', () => {
  it('is the process own in the mode single', async () => {
    const [one, two] = [
      await createJournal({ mode: 'single', redis: {} }),
      await createJournal({ mode: 'single', redis: {} }),
    ];
    expect((await one.head()).epoch).not.toBe((await two.head()).epoch);
  });

  it('is that of all replicas in the mode shared, and of none with another prefix', async () => {
    const open = (keyPrefix: string) =>
      createJournal({ mode: 'shared', redis: { journal: { url: engines().redis.url, keyPrefix } } });
    const prefix = randomUUID();
    await using one = await open(prefix);
    await using two = await open(prefix);
    await using other = await open(randomUUID());
    await append(one, write('a', 0));
    expect(await two.head()).toEqual(await one.head());
    expect(await two.get(REGISTRY, [idOf('a')])).toMatchObject([{ rev: 1 }]);
    expect(await other.get(REGISTRY, [idOf('a')])).toEqual([null]);
  });
});
