import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LedgerUnavailableError } from '../../src/domain/errors.js';
import { createMemoryJournal } from '../../src/journal/memory-journal.js';
import type { Received } from './receiver.js';
import { approved, CURSORS, openWorld, RETRY, TIMES, type World } from './world.js';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

const idsOf = (received: readonly Received[]) => received.map(({ id }) => id);

describe('a webhook', () => {
  it('is told of a change by a signed CloudEvent', async () => {
    await using _ = world.serve();
    await world.ready();
    const change = approved('7');
    await world.publish(change);
    const [first] = await world.receiver.until(1);
    expect(first?.headers).toMatchObject({
      'content-type': 'application/cloudevents+json',
      'webhook-id': change.id,
      'webhook-timestamp': expect.stringMatching(/^\d{10}$/),
      'webhook-signature': expect.stringMatching(/^v1,/),
    });
    expect(first?.event).toEqual({
      specversion: '1.0',
      id: change.id,
      source: 'prod-eu',
      type: 'registrar.model_version.status_changed',
      subject: 'prod-eu/churn/7',
      time: '2026-11-20T08:15:30.250Z',
      datacontenttype: 'application/json',
      sequence: expect.stringMatching(/^\d{13}-\d{10}$/),
      data: {
        cursor: CURSORS.encode(await world.journal.head()),
        id: change.id,
        type: 'VERSION_STATUS',
        occurredAt: change.occurredAt,
        observedAt: change.observedAt,
        registryId: 'prod-eu',
        modelId: 'prod-eu/churn',
        modelName: 'churn',
        modelVersionId: 'prod-eu/churn/7',
        version: '7',
        evidence: ['PUSH'],
        actor: { name: 'Ana', kind: 'USER', nativeId: 'https://id#ana' },
        previousStatus: 'PENDING',
        status: 'APPROVED',
        outOfBand: false,
        approvalId: 'approval:prod-eu/churn/1/1/1',
      },
    });
    expect(await world.until('PENDING', 0), 'and nothing is left to do').toEqual([]);
  });

  it('is signed with every secret, so that one can be replaced by another', async () => {
    const next = `whsec_${Buffer.from('the one that comes after that').toString('base64')}`;
    await using _ = world.serve([world.endpoint({ secrets: [next, ...world.endpoint().secrets] })]);
    await world.ready();
    await world.publish(approved('1'));
    const [first] = await world.receiver.until(1);
    const headers = first?.headers as Record<string, string>;
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
    expect(new Webhook(next).verify(first?.body ?? '', headers)).toEqual(first?.event);
    expect(() => new Webhook(next).verify(`${first?.body} `, headers)).toThrow(/No matching signature/);
  });

  it('is told of what it wants, and of nothing that was before it', async () => {
    await world.publish(approved('1'));
    await using _ = world.serve([
      world.endpoint({ matches: ({ version }) => version !== '2' }),
      world.endpoint({ id: 'ci', url: `${world.receiver.url}/ci`, matches: ({ version }) => version === '4' }),
    ]);
    await world.ready();
    await world.publish(approved('2'), approved('3'), approved('4'));
    const received = await world.receiver.until(3);
    await world.until('PENDING', 0);
    expect(received.map(({ path, event }) => `${path} ${event.data.version}`).toSorted()).toEqual([
      '/hook 3',
      '/hook 4',
      '/hook/ci 4',
    ]);
  });

  it('gets the paths alone of fields whose values are too much', async () => {
    await using _ = world.serve();
    await world.ready();
    const { previousStatus, status, outOfBand, approvalId, ...base } = approved('1');
    const fields = [{ path: 'description', before: null, after: 'é'.repeat(40_000) }];
    await world.publish({ ...base, type: 'VERSION_UPDATED', fields });
    const [first] = await world.receiver.until(1);
    expect(first?.event.data).toMatchObject({ fields: [{ path: 'description' }], valuesOmitted: true });
    expect(first?.body.length).toBeLessThan(2000);
  });
});

describe('a delivery that fails', () => {
  it('is tried again, the same, until it arrives', async () => {
    const answers = [500, 404, 204];
    world.receiver.answer = () => answers.shift();
    await using _ = world.serve();
    await world.ready();
    const change = approved('1');
    await world.publish(change);
    const received = await world.receiver.until(3);
    await world.until('PENDING', 0);
    expect(idsOf(received)).toEqual([change.id, change.id, change.id]);
    expect(new Set(received.map(({ body }) => body)).size).toBe(1);
    expect(await world.list('DEAD')).toEqual([]);
  });

  it('is given up after so many attempts, is listed, and goes out when it is asked for', async () => {
    world.receiver.answer = () => 500;
    await using _ = world.serve();
    await world.ready();
    const change = approved('1');
    await world.publish(change);
    const [dead] = await world.until('DEAD', 1);
    expect(world.receiver.received).toHaveLength(RETRY.maxAttempts);
    expect(dead).toMatchObject({
      eventId: change.id,
      attempts: RETRY.maxAttempts,
      failure: { status: 500, message: 'It answered 500.' },
    });
    expect(world.warnings).toContainEqual([
      expect.objectContaining({ webhook: 'chat' }),
      expect.stringContaining('was given up'),
    ]);
    expect(JSON.stringify(world.warnings)).not.toMatch(/whsec_|\/hook/);

    world.receiver.answer = () => undefined;
    if (dead === undefined) throw new Error('There is one.');
    await world.store.deliveries.move(dead, 'DEAD', 'REQUESTED');
    const received = await world.receiver.until(RETRY.maxAttempts + 1);
    expect(received.at(-1)?.id).toBe(change.id);
    for (const state of ['PENDING', 'DEAD', 'REQUESTED'] as const) await world.until(state, 0);
  });

  it('holds up what comes after it about the same version, and nothing else, and not for ever', async () => {
    const bad = approved('1');
    world.receiver.answer = ({ id }) => (id === bad.id ? 500 : undefined);
    await using _ = world.serve();
    await world.ready();
    const [after, other] = [approved('1'), approved('2')];
    await world.publish(bad, after, other);
    await world.until('DEAD', 1);
    await world.until('PENDING', 0);
    const ids = idsOf(world.receiver.received);
    expect(ids.filter((id) => id !== other.id)).toEqual([bad.id, bad.id, bad.id, after.id]);
    expect(ids.indexOf(other.id), 'the other version does not wait').toBeLessThan(3);
  });

  it('waits as long as the endpoint asks for', async () => {
    world.receiver.answer = (_, response) => {
      if (world.receiver.received.length > 1) return undefined;
      response.setHeader('Retry-After', '1');
      return 503;
    };
    await using _ = world.serve();
    await world.ready();
    const [one, two] = [approved('1'), approved('2')];
    await world.publish(one);
    await world.receiver.until(1);
    const [waiting] = await vi.waitFor(async () => {
      const found = await world.list('PENDING');
      expect(found[0]?.attempts).toBe(1);
      return found;
    });
    const { addedAt = '', dueAt = '' } = waiting ?? {};
    expect(Date.parse(dueAt) - Date.parse(addedAt)).toBeGreaterThanOrEqual(1000);
    await world.publish(two);
    await world.receiver.until(3);
    const times = world.receiver.received.map(({ headers }) => Number(headers['webhook-timestamp']));
    expect((times[1] ?? 0) - (times[0] ?? 0), 'for others too').toBeGreaterThanOrEqual(1);
  });

  it('is not answered in time, or breaks off', async () => {
    world.receiver.answer = async (_, response) => {
      if (world.receiver.received.length === 2) response.destroy();
      else await new Promise((resolve) => response.once('close', resolve));
      return undefined;
    };
    await using _ = world.serve([
      world.endpoint({ timeoutMs: 100, retry: { ...RETRY, maxAttempts: 2, firstDelayMs: 300, maxDelayMs: 300 } }),
    ]);
    await world.ready();
    await world.publish(approved('1'));
    await vi.waitFor(async () =>
      expect((await world.list('PENDING'))[0]?.failure?.message).toBe('It did not answer within 100 ms.'),
    );
    const [dead] = await world.until('DEAD', 1);
    expect(dead?.failure).toMatchObject({ status: null, message: expect.stringMatching(/^It cannot be reached \(/) });
  });

  it('by a redirect: nobody has looked at where it leads', async () => {
    world.receiver.answer = ({ path }, response) => {
      if (path !== '/hook') return undefined;
      response.setHeader('Location', `${world.receiver.url}/elsewhere`);
      return 307;
    };
    await using _ = world.serve();
    await world.ready();
    await world.publish(approved('1'));
    const [dead] = await world.until('DEAD', 1);
    expect(dead?.failure).toMatchObject({ status: 307, message: expect.stringContaining('not followed') });
    expect(new Set(world.receiver.received.map(({ path }) => path))).toEqual(new Set(['/hook']));
  });

  it('when the endpoint is away: few attempts are made, and all goes out once it is back', async () => {
    let isAway = true;
    world.receiver.answer = () => (isAway ? 503 : undefined);
    const retry = { ...RETRY, maxAttempts: 50, firstDelayMs: 60_000, maxDelayMs: 60_000 };
    await using _ = world.serve([world.endpoint({ retry, concurrency: 1 })]);
    await world.ready();
    const changes = Array.from({ length: 12 }, (_, index) => approved(String(index)));
    await world.publish(...changes);
    await world.receiver.until(4);
    isAway = false;
    await world.until('PENDING', 0);
    const arrived = world.receiver.received.slice(-12);
    expect(new Set(idsOf(arrived))).toEqual(new Set(changes.map(({ id }) => id)));
  });

  it('for too long: what is old goes without another attempt', async () => {
    world.receiver.answer = () => 503;
    const retry = { ...RETRY, maxAttempts: 50, giveUpAfterMs: 0 };
    await using _ = world.serve([world.endpoint({ retry, concurrency: 1 })]);
    await world.ready();
    await world.publish(...Array.from({ length: 20 }, (_, index) => approved(String(index))));
    const dead = await world.until('DEAD', 20);
    expect(world.receiver.received.length).toBeLessThan(20);
    expect(dead.filter(({ attempts }) => attempts === 0).length).toBeGreaterThan(0);
  });
});

describe('an endpoint for which too much waits', () => {
  it('gets the rest when it is asked for', async () => {
    const held = Promise.withResolvers<undefined>();
    world.receiver.answer = () => held.promise;
    await using _ = world.serve(undefined, { maxWaiting: 3 });
    await world.ready();
    const changes = Array.from({ length: 5 }, (_, index) => approved(String(index)));
    await world.publish(...changes);
    const dead = await world.until('DEAD', 2);
    expect(dead.map(({ eventId }) => eventId)).toEqual(changes.slice(3).map(({ id }) => id));
    expect(dead[0]?.failure?.message).toBe('3 deliveries wait for the endpoint already.');
    held.resolve(undefined);
    for (const each of dead) await world.store.deliveries.move(each, 'DEAD', 'REQUESTED');
    await world.receiver.until(5);
    await world.until('PENDING', 0);
  });
});

describe('an endpoint that is gone', () => {
  it('is sent nothing more, and everything once somebody asks for it', async () => {
    world.receiver.answer = () => 410;
    await using _ = world.serve();
    await world.ready();
    const changes = [approved('1'), approved('1'), approved('2')];
    await world.publish(...changes.slice(0, 1));
    await world.until('DEAD', 1);
    await world.publish(...changes.slice(1));
    const dead = await world.until('DEAD', 3);
    expect(world.receiver.received).toHaveLength(1);
    expect(dead.map(({ failure }) => failure?.status)).toEqual([410, null, null]);

    world.receiver.answer = () => undefined;
    for (const each of dead) await world.store.deliveries.move(each, 'DEAD', 'REQUESTED');
    await world.receiver.until(4);
    await world.publish(approved('3'));
    await world.receiver.until(5);
    await world.until('DEAD', 0);
  });

  it('is tried again after a restart', async () => {
    world.receiver.answer = () => 410;
    const first = world.serve();
    await world.ready();
    await world.publish(approved('1'));
    await world.until('DEAD', 1);
    await first[Symbol.asyncDispose]();
    world.receiver.answer = () => undefined;
    await using _ = world.serve();
    const change = approved('2');
    await world.publish(change);
    expect((await world.receiver.until(2)).at(-1)?.id).toBe(change.id);
  });
});

describe('a governance store that is away', () => {
  it('is waited for, and nothing is lost or told twice', async () => {
    let isAway = false;
    const { deliveries } = world.store;
    const away = <A extends unknown[], R>(call: (...args: A) => Promise<R>) => {
      return (...args: A) => (isAway ? Promise.reject(new LedgerUnavailableError('It is away.')) : call(...args));
    };
    const store = { ...deliveries, add: away(deliveries.add), remove: away(deliveries.remove) };
    await using _ = world.serve(undefined, { store });
    await world.ready();
    const changes = [approved('1'), approved('1'), approved('2')];
    world.receiver.answer = () => {
      isAway = true;
      return undefined;
    };
    await world.publish(...changes.slice(0, 1));
    await world.receiver.until(1);
    await world.publish(...changes.slice(1));
    await vi.waitFor(() => expect(world.warnings.length).toBeGreaterThanOrEqual(2));
    world.receiver.answer = () => undefined;
    isAway = false;
    await world.receiver.until(3);
    await world.until('PENDING', 0);
    expect(idsOf(world.receiver.received).toSorted()).toEqual(changes.map(({ id }) => id).toSorted());
  });
});

describe('over restarts and hand-overs', () => {
  it('goes on with what is left', async () => {
    const changes = Array.from({ length: 6 }, (_, index) => approved(String(index % 3)));
    const held = Promise.withResolvers<undefined>();
    world.receiver.answer = () => (world.receiver.received.length > 2 ? held.promise : undefined);
    const first = world.serve([world.endpoint({ concurrency: 2 })]);
    await world.ready();
    await world.publish(...changes.slice(0, 4));
    await world.receiver.until(4);
    await first[Symbol.asyncDispose]();
    await world.publish(...changes.slice(4));
    held.resolve(undefined);
    world.receiver.answer = () => undefined;
    await using _ = world.serve();
    await vi.waitFor(() =>
      expect(new Set(idsOf(world.receiver.received))).toEqual(new Set(changes.map(({ id }) => id))),
    );
    await world.until('PENDING', 0);
  });

  it('lets one of two send, and the other when that one is gone', async () => {
    const first = world.serve();
    await world.ready();
    await using _ = world.serve();
    const changes = Array.from({ length: 40 }, (_, index) => approved(String(index)));
    await world.publish(...changes.slice(0, 20));
    await world.receiver.until(20);
    await world.until('PENDING', 0);
    await first[Symbol.asyncDispose]();
    await world.publish(...changes.slice(20));
    await world.receiver.until(40);
    await world.until('PENDING', 0);
    expect(idsOf(world.receiver.received).toSorted()).toEqual(changes.map(({ id }) => id).toSorted());
  });

  it('ends with its lease: whoever was stopped and wakes up sends nothing', async () => {
    let stopped = false;
    const leases = {
      acquire: (...args: Parameters<typeof world.journal.leases.acquire>) =>
        // As for a process that does not run.
        stopped ? new Promise<null>(() => undefined) : world.journal.leases.acquire(...args),
      release: world.journal.leases.release,
    };
    const first = world.serve([world.endpoint({ url: `${world.receiver.url}/first` })], {
      journal: { ...world.journal, leases },
    });
    await world.ready();
    stopped = true;
    await using _ = world.serve([world.endpoint({ url: `${world.receiver.url}/second` })]);
    await vi.waitFor(async () => expect(await world.journal.leases.acquire('webhooks', 'me', 1)).toBeNull(), {
      timeout: 2 * TIMES.leaseMs,
    });
    const changes = [approved('1'), approved('2')];
    await new Promise((resolve) => setTimeout(resolve, 2 * TIMES.leaseMs));
    await world.publish(...changes);
    await world.receiver.until(2);
    expect(new Set(world.receiver.received.map(({ path }) => path))).toEqual(new Set(['/hook/second']));
    void first[Symbol.asyncDispose]();
  });

  it('keeps the order within each version', async () => {
    let requests = 0;
    world.receiver.answer = () => {
      requests += 1;
      return requests % 5 === 0 ? 500 : undefined;
    };
    await using _ = world.serve([world.endpoint({ retry: { ...RETRY, maxAttempts: 50 } })]);
    await world.ready();
    const changes = Array.from({ length: 60 }, (_, index) => approved(String(index % 4)));
    await world.publish(...changes);
    await world.receiver.until(60);
    await world.until('PENDING', 0);
    for (const version of ['0', '1', '2', '3']) {
      const told = world.receiver.received.filter(({ event }) => event.data.version === version);
      const firstTimes = [...new Set(idsOf(told))];
      expect(firstTimes).toEqual(changes.filter((change) => change.version === version).map(({ id }) => id));
    }
  });
});

describe('a gap', () => {
  const typesOf = (received: readonly Received[]) => received.map(({ event }) => event.type);
  const STATUS = 'registrar.model_version.status_changed';
  const GAP = 'registrar.journal.gap';

  it('is told when the journal has begun anew, and what the new one has comes as well', async () => {
    const first = world.serve();
    await world.ready();
    await first[Symbol.asyncDispose]();
    const journal = createMemoryJournal();
    const change = approved('1');
    const { epoch } = await journal.head();
    await journal.publish([change], { epoch });
    await using _ = world.serve(undefined, { journal });
    const received = await world.receiver.until(2);
    expect(typesOf(received).toSorted()).toEqual([GAP, STATUS]);
    const gap = received.find(({ event }) => event.type === GAP)?.event;
    expect(gap).toMatchObject({
      source: '/journal',
      data: {
        cursor: CURSORS.encode({ epoch, position: '0-0' }),
        missedFrom: expect.any(String),
        missedUntil: expect.any(String),
        reason: expect.stringContaining('begun anew'),
      },
    });
    expect(gap.data.missedFrom <= gap.data.missedUntil).toBe(true);
  });

  it('is told once when the journal does not reach back any more, and what is kept comes as well', async () => {
    const first = world.serve();
    await world.ready();
    await world.publish(approved('1'));
    await world.receiver.until(1);
    await world.until('PENDING', 0);
    await first[Symbol.asyncDispose]();
    await world.publish(approved('2'));
    // Entries of one moment go together.
    await sleep(5);
    const kept = approved('3');
    await world.publish(kept);
    await world.journal.trim({ maxAgeMs: Number.MAX_SAFE_INTEGER, maxEntries: 1 });
    const second = world.serve();
    const received = (await world.receiver.until(3)).slice(1);
    expect(typesOf(received).toSorted()).toEqual([GAP, STATUS]);
    expect(idsOf(received)).toContain(kept.id);
    await world.until('PENDING', 0);
    await second[Symbol.asyncDispose]();
    await using _ = world.serve();
    const change = approved('4');
    await world.publish(change);
    expect((await world.receiver.until(4)).at(-1)?.id).toBe(change.id);
  });
});
