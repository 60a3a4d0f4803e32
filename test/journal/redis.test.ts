import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Journal } from '../../src/journal/journal.js';
import { openRedisJournal } from '../../src/journal/redis-journal.js';
import type { OpenedJournal } from '../conformance/journal-harness.js';
import { describeJournal } from '../conformance/journal-suite.js';
import { engines } from '../support/engines.js';

async function open(): Promise<OpenedJournal> {
  const keyPrefix = `test-${randomUUID()}`;
  const opened: Journal[] = [];
  const another = async () => {
    const journal = await openRedisJournal({ url: engines().redis.url, keyPrefix });
    opened.push(journal);
    return journal;
  };
  return {
    journal: await another(),
    another,
    elapse: (ms) => sleep(ms),
    async [Symbol.asyncDispose]() {
      for (const journal of opened) await journal[Symbol.asyncDispose]();
    },
  };
}

describeJournal('Redis', open);
