import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEAD_KEPT_DAYS } from '../../src/domain/deliveries.js';
import { createSqliteStore } from '../../src/governance/sqlite/index.js';
import type { GovernanceStore } from '../../src/governance/store.js';
import { archived } from '../conformance/governance-archive.js';
import { at, decision, settlement, subject } from '../conformance/governance-entries.js';

const HOOKS = join(import.meta.dirname, '../support/fixtures/governance/typescript-hooks.mjs');
const PUTTER = join(import.meta.dirname, '../support/fixtures/governance/putter.ts');

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'registrar-governance-'));
  file = join(directory, 'governance.sqlite');
});
afterEach(() => rm(directory, { recursive: true }));

it('a file of before deliveries gets a place for them', async () => {
  const first = createSqliteStore({ file });
  await first.ledger.putDecision(decision(subject(), 1));
  await first[Symbol.asyncDispose]();
  const db = new DatabaseSync(file);
  db.exec('drop table deliveries; drop table webhook_endpoints');
  db.close();
  await using store = createSqliteStore({ file });
  expect(await store.deliveries.list('DEAD', { limit: 1 })).toEqual([]);
  expect(await store.ledger.chains(subject().version)).toHaveLength(1);
});

it('what was given up goes when its time is over, with what is given up later', async () => {
  const place = (sequence: string) => ({
    endpointId: 'chat',
    sequence: `170000000000${sequence}-0000000000`,
    eventId: 'change:1',
    eventType: 'registrar.model.created',
    subject: 'lab/a',
    body: '{}',
    addedAt: at(0),
    attempts: 10,
    dueAt: at(0),
    failure: null,
  });
  let now = Date.parse(at(0));
  await using store = createSqliteStore({ file, now: () => now });
  await store.deliveries.add('DEAD', [place('1'), place('2')]);
  now += (DEAD_KEPT_DAYS + 1) * 86_400_000;
  await store.deliveries.add('DEAD', [place('3')]);
  expect(await store.deliveries.list('DEAD', { limit: 5 })).toEqual([place('3')]);
});

it('the file is for nobody else of the machine', async () => {
  await using store = createSqliteStore({ file });
  await store.ledger.putDecision(decision(subject(), 1));
  for (const name of [file, `${file}-wal`]) expect((await stat(name)).mode & 0o777).toBe(0o600);
});

/** Each way to use a store. */
const CALLS: readonly ((store: GovernanceStore) => Promise<unknown>)[] = [
  (store) => store.ledger.putDecision(decision(subject(), 1)),
  (store) => store.ledger.putSettlement(settlement(decision(subject(), 1))),
  (store) => store.ledger.chains(subject().version),
  (store) => store.ledger.list({ index: { by: 'all' }, direction: 'ASC', limit: 1 }),
  (store) => store.ledger.walk({ limit: 1 }),
  (store) => store.openIntents.note({ subject: subject(), sequence: 1, dueAt: at(0) }),
  (store) => store.openIntents.remove({ subject: subject(), sequence: 1, dueAt: at(0) }),
  (store) => store.openIntents.due(at(0), 1),
  (store) => store.checkpoints.put({ number: 1, text: '{}', heads: [] }),
  (store) => store.checkpoints.latest(),
  (store) => store.checkpoints.list(0, 1),
  (store) => store.requests.find('key'),
  (store) => store.requests.remove('key', 'holder'),
  (store) => store.leases.acquire('name', 'holder', 1000),
  (store) => store.archive.put([archived(0, 'lab')]),
  (store) => store.archive.list({ direction: 'ASC', limit: 1 }),
  (store) => store.archive.latest('epoch'),
  (store) => store.archive.putGap({ epoch: 'epoch', reason: 'EPOCH', from: at(0), until: at(0) }),
  (store) => store.archive.gaps(at(0)),
  (store) => store.archive.sweep(),
  (store) => store.deliveries.list('DEAD', { limit: 1 }),
  (store) => store.deliveries.remove('DEAD', { endpointId: 'chat', sequence: '' }),
];

async function refused(store: GovernanceStore, expected: object): Promise<void> {
  for (const call of CALLS) {
    await expect(call(store)).rejects.toMatchObject({
      name: 'LedgerUnavailableError',
      code: 'LEDGER_UNAVAILABLE',
      ...expected,
    });
  }
  expect(await store.check()).toEqual([expect.objectContaining({ ok: false })]);
}

describe('a governance file that does not work', () => {
  it.each([
    [
      'stands where a folder is no folder',
      async () => writeFile(dirname(join(file, 'x')), ''),
      'x',
      true,
      /Let the gateway write/,
    ],
    ['is a folder', async () => mkdir(file), '', true, /cannot be opened/],
    [
      'is something else',
      async () => writeFile(file, 'no database, but a text of some length'.repeat(50)),
      '',
      false,
      /not a SQLite database/,
    ],
  ] as const)('says so when it %s', async (_, prepare, inside, retryable, words) => {
    await prepare();
    await using store = createSqliteStore({ file: join(file, inside) });
    await refused(store, { retryable, message: expect.stringMatching(words) });
  });

  it('is of a later version', async () => {
    const first = createSqliteStore({ file });
    await first.ledger.chains(subject().version);
    await first[Symbol.asyncDispose]();
    const db = new DatabaseSync(file);
    db.exec('update schema_version set version = 2');
    db.close();
    await using store = createSqliteStore({ file });
    await refused(store, {
      retryable: false,
      message: expect.stringMatching(/of version 2, and this gateway knows version 1/),
    });
  });

  it('is damaged while it is open, and put right again', async () => {
    await using store = createSqliteStore({ file });
    await store.ledger.putDecision(decision(subject(), 1));
    const db = new DatabaseSync(file);
    db.exec('drop table leases');
    await expect(store.leases.acquire('name', 'holder', 1000)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
    expect(await store.ledger.chains(subject().version)).toHaveLength(1);
    db.exec('create table leases (name text primary key, holder text, token integer, expires_at text)');
    db.close();
    expect(await store.leases.acquire('name', 'holder', 1000)).toMatchObject({ holder: 'holder' });
  });

  it('is damaged in one place: what is written elsewhere in the same turn is there', async () => {
    await using store = createSqliteStore({ file });
    await store.ledger.chains(subject().version);
    const db = new DatabaseSync(file);
    db.exec('drop table leases');
    db.close();
    const results = await Promise.allSettled([
      store.ledger.putDecision(decision(subject(), 1)),
      store.leases.acquire('name', 'holder', 1000),
      store.ledger.putDecision(decision(subject(), 2)),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(results[1]).toMatchObject({ reason: { code: 'LEDGER_UNAVAILABLE', operation: 'leases.acquire' } });
    const [chain] = await store.ledger.chains(subject().version);
    expect(chain?.decisions.map(({ sequence }) => sequence)).toEqual([1, 2]);
  });

  it('is locked: it is waited for as long as it may take, without holding up the process, and then it works again', async () => {
    await using store = createSqliteStore({ file, timeoutMs: 300 });
    await store.ledger.putDecision(decision(subject(), 1));
    const db = new DatabaseSync(file);
    db.exec('begin immediate');
    const started = performance.now();
    let turns = 0;
    const spinning = setInterval(() => {
      turns += 1;
    }, 5);
    await expect(store.ledger.putDecision(decision(subject(), 2))).rejects.toMatchObject({
      code: 'LEDGER_UNAVAILABLE',
      retryable: true,
      message: expect.stringMatching(/locked by another process/),
    });
    clearInterval(spinning);
    const took = performance.now() - started;
    expect(took).toBeGreaterThan(290);
    expect(took).toBeLessThan(2000);
    expect(turns).toBeGreaterThan(5);
    expect(await store.ledger.chains(subject().version), 'reading goes on').toHaveLength(1);
    const waiting = store.ledger.putDecision(decision(subject(), 2));
    await sleep(50);
    db.exec('commit');
    db.close();
    expect(await waiting).toEqual(decision(subject(), 2));
  });

  it('logs ahead, and lets nothing of the ledger be changed or removed by a slip of the hand', async () => {
    await using store = createSqliteStore({ file });
    await store.ledger.putDecision(decision(subject(), 1));
    const db = new DatabaseSync(file);
    expect(() => db.exec("update decisions set entry = ''")).toThrow(/append-only/);
    expect(() => db.exec('delete from decisions')).toThrow(/append-only/);
    // Readers and the writer do not wait for each other.
    expect(db.prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'wal' });
    db.close();
  });
});

describe('a governance file that several processes share', () => {
  const start = (name: string, count: number): ChildProcess =>
    spawn(process.execPath, ['--import', HOOKS, PUTTER, file, name, String(count)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });

  it('is made by one of them, and gives both the same winner of every place', async () => {
    const children = ['one', 'two'].map((name) => start(name, 150));
    const printed = await Promise.all(children.map(({ stdout }) => text(stdout ?? process.stdin)));
    expect(printed[0]?.split('\n')).toHaveLength(151);
    expect(printed[0]).toBe(printed[1]);
    await using store = createSqliteStore({ file });
    const [chain] = await store.ledger.chains(subject('raced').version);
    expect(chain?.decisions.map(({ sequence, entry }) => `${sequence} ${entry?.body.comment}\n`).join('')).toBe(
      printed[0],
    );
  });

  it('has all that a process said it had put before it was killed', async () => {
    const child = start('killed', 100_000);
    let said = '';
    child.stdout?.on('data', (data: Buffer) => {
      said += data.toString();
      if (said.length > 300) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const last = Number(said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1)?.split(' ')[0]);
    expect(last).toBeGreaterThan(10);
    await using store = createSqliteStore({ file });
    const [chain] = await store.ledger.chains(subject('raced').version);
    expect(chain?.decisions.length).toBeGreaterThanOrEqual(last);
    expect(await store.ledger.putDecision(decision(subject(), 1)), 'and is not locked').toEqual(decision(subject(), 1));
  });
});
