import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deliveryId } from '../../src/domain/deliveries.js';
import { runCli } from '../unit/cli/run-cli.js';
import { SECRET } from './receiver.js';
import { approved, openWorld, type World } from './world.js';

let world: World;
let directory: string;
beforeEach(async () => {
  world = await openWorld();
  directory = await mkdtemp(join(tmpdir(), 'registrar-notify-cli-'));
  process.env['NOTIFY_TEST_SECRET'] = SECRET;
  const webhook = (id: string) => ({
    id,
    url: `${world.receiver.url}/T0KEN`,
    secrets: ['${NOTIFY_TEST_SECRET}'],
    allowPrivateAddresses: true,
  });
  const config = {
    access: { anonymous: { role: 'admin' } },
    governance: { store: { kind: 'sqlite', file: world.file } },
    webhooks: [webhook('chat'), webhook('ci')],
    registries: [{ id: 'prod-eu', kind: 'memory' }],
  };
  await writeFile(join(directory, 'registrar.yaml'), JSON.stringify(config));
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

const webhooks = (...args: readonly string[]) =>
  runCli(['webhooks', ...args, '--config', join(directory, 'registrar.yaml')]);

/** Two dead letters of `chat`, of which the subject of the second would colour a screen; the receiver is well again. */
async function giveUpTwo() {
  world.receiver.answer = () => 500;
  await using _ = world.serve();
  await world.ready();
  await world.publish(approved('1'), approved('\u001b[31m2'));
  const dead = await world.until('DEAD', 2);
  world.receiver.answer = () => undefined;
  return dead;
}

describe('registrar webhooks', () => {
  it('lists what a config has, with what waits and what was given up, and shows no path of a URL', async () => {
    await giveUpTwo();
    const { code, stdout } = await webhooks('list');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^chat +http:\/\/127\.0\.0\.1:\d+ +0 +2 +served/m);
    expect(stdout).toMatch(/^ci .* 0 +0 +not served yet/m);
    expect(stdout).not.toContain('T0KEN');
    const { stdout: json } = await webhooks('list', '--json');
    expect(JSON.parse(json).webhooks[0]).toMatchObject({ id: 'chat', dead: 2, waiting: 0, disabledAt: null });
  });

  it('lists what was given up, safe to look at', async () => {
    const dead = await giveUpTwo();
    const { stdout } = await webhooks('dead');
    for (const each of dead) expect(stdout).toContain(deliveryId(each));
    expect(stdout).toContain('It answered 500.');
    expect(stdout).not.toContain('\u001b');
    expect(await webhooks('dead', '--webhook', 'ci')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'Nothing was given up.\n',
    });
    const { stdout: json } = await webhooks('dead', '--json');
    expect(JSON.parse(json).deliveries.map(({ id }: { id: string }) => id)).toEqual(dead.map(deliveryId));
  });

  it('has what was given up sent again by the gateway that runs', async () => {
    const [first, second] = await giveUpTwo();
    if (first === undefined || second === undefined) throw new Error('There are two.');
    await using _ = world.serve();
    const before = world.receiver.received.length;
    const { code, stderr } = await webhooks('redeliver', deliveryId(second));
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringMatching(/^1 will be sent/) });
    expect((await world.receiver.until(before + 1)).at(-1)?.id).toBe(second.eventId);
    expect(await webhooks('redeliver', '--all', '-w', 'ci')).toMatchObject({ stderr: expect.stringMatching(/^0 /) });
    expect((await webhooks('redeliver', '--all')).code).toBe(0);
    expect((await world.receiver.until(before + 2)).at(-1)?.id).toBe(first.eventId);
    await world.until('DEAD', 0);
  });

  it('says what is wrong', async () => {
    const [first] = await giveUpTwo();
    if (first === undefined) throw new Error('There is one.');
    expect(await webhooks('redeliver')).toMatchObject({ code: 2, stderr: expect.stringContaining('or --all') });
    expect(await webhooks('redeliver', 'x', '--all')).toMatchObject({ code: 2 });
    expect(await webhooks('redeliver', 'nonsense')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no id'),
    });
    expect(await webhooks('redeliver', 'chat/1700000000000-0000000001')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('not among what was given up'),
    });
    expect(await webhooks('dead', '-w', 'mail')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('chat, ci'),
    });
    const stranger = { ...first, endpointId: 'gone-from-config' };
    await world.store.deliveries.add('DEAD', [stranger]);
    expect(await webhooks('redeliver', deliveryId(stranger))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no webhook gone-from-config any more'),
    });
    expect(await world.list('REQUESTED')).toEqual([]);
  });
});
