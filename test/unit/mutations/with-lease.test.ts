import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLease } from '../../../src/mutations/with-lease.js';
import { type OpenedFile, openFile } from '../../support/fixtures/governance/sqlite.js';

const WRITE_MS = 100;
let opened: OpenedFile;
beforeEach(async () => {
  opened = await openFile();
});
afterEach(() => opened[Symbol.asyncDispose]());

describe('a lease', () => {
  it('lasts as long as what is done under it may take', async () => {
    const scope = { leases: opened.store.leases, decisions: { writeMs: WRITE_MS, report: () => {} } };
    const events: string[] = [];
    const first = withLease(scope, 'alias', async () => {
      events.push('first begins');
      await sleep(3 * WRITE_MS);
      events.push('first ends');
    });
    await expect.poll(() => events).toEqual(['first begins']);
    const second = withLease(scope, 'alias', async () => void events.push('second'));
    await Promise.all([first, second]);
    expect(events).toEqual(['first begins', 'first ends', 'second']);
  });
});
