import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createGuardedConnector, type Resolve } from '../../src/notify/guarded-connector.js';
import { isPublicAddress } from '../../src/notify/public-address.js';
import { createSender } from '../../src/notify/send.js';
import { SECRET, startReceiver } from './receiver.js';
import { RETRY } from './world.js';

describe('addresses of the public internet', () => {
  it.each(['8.8.8.8', '1.1.1.1', '172.15.255.255', '172.32.0.1', '100.63.255.255', '100.128.0.1', '223.255.255.255'])(
    '%s is one',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );
  it.each(['2606:4700:4700::1111', '2a00:1450:4001:80b::200e', '64:ff9b::808:808', '2400:cb00::1'])(
    '%s is one',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );
  it.each([
    [
      'this machine',
      ['127.0.0.1', '127.255.255.254', '0.0.0.0', '::1', '::', '::ffff:127.0.0.1', '::ffff:7f00:1', '::127.0.0.1'],
    ],
    [
      'an own network',
      [
        '10.0.0.1',
        '172.16.0.1',
        '172.31.255.255',
        '192.168.1.1',
        '::ffff:10.0.0.1',
        'fd00:ec2::254',
        'fc00::1',
        'fec0::1',
      ],
    ],
    ['link-local', ['169.254.169.254', '::ffff:169.254.169.254', 'fe80::1', 'fe80::1%eth0', '2606:4700::1%lo']],
    ["a carrier's", ['100.64.0.1', '100.100.100.200', '100.127.255.255']],
    ["a cloud's own", ['168.63.129.16', '192.0.0.192']],
    ['for groups or none', ['224.0.0.1', '239.255.255.255', '255.255.255.255', '240.0.0.1', 'ff02::1', '100::1']],
    ['for examples', ['192.0.2.1', '198.51.100.1', '203.0.113.1', '198.18.0.1', '2001:db8::1', '3fff::1']],
    [
      'another one in disguise',
      ['64:ff9b::7f00:1', '64:ff9b::a00:1', '64:ff9b::', '64:ff9b:1::a00:1', '2002:7f00:1::1', '2001:0:7f00:1::'],
    ],
    ['no address', ['', 'localhost', '127.1', '0x7f.0.0.1', '2130706433', '[::1]']],
  ])('%s is none', (_, addresses) => {
    expect(addresses.filter(isPublicAddress)).toEqual([]);
  });
});

describe('a webhook on a private address', () => {
  const delivery = {
    endpointId: 'chat',
    sequence: '1700000000000-0000000000',
    eventId: 'change:1',
    eventType: 'registrar.model.created',
    subject: 'lab/a',
    body: '{}',
    addedAt: '2026-11-20T12:00:00.000Z',
    attempts: 0,
    dueAt: '2026-11-20T12:00:00.000Z',
    failure: null,
  };
  const send = async (url: string, resolve?: Resolve) => {
    const endpoint = {
      id: 'chat',
      url,
      secrets: [SECRET],
      matches: () => true,
      allowPrivateAddresses: false,
      timeoutMs: 2000,
      concurrency: 1,
      retry: RETRY,
    };
    await using sender = createSender(endpoint, Date.now, resolve);
    return await sender.send(delivery, new AbortController().signal);
  };
  const refused = (address: string) => ({
    kind: 'FAILED',
    failure: { status: null, message: expect.stringContaining(`${address} is not on the public internet`) },
  });

  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['2130706433', '127.0.0.1'],
    ['0x7f.1', '127.0.0.1'],
    ['[::1]', '::1'],
    ['[::ffff:127.0.0.1]', '::ffff:7f00:1'],
    ['[64:ff9b::7f00:1]', '64:ff9b::7f00:1'],
    ['localhost', expect.anything()],
  ])('is refused by http and https, written as %s', async (host, address) => {
    await using receiver = await startReceiver();
    for (const scheme of ['http', 'https']) {
      const outcome = await send(`${scheme}://${host}:${receiver.port}/hook`);
      expect(outcome).toMatchObject(refused(typeof address === 'string' ? address : ''));
    }
    expect(receiver.received).toEqual([]);
  });

  it('is refused where a name resolves to it, alone or among others', async () => {
    await using receiver = await startReceiver();
    const answers = [['127.0.0.1'], ['8.8.8.8', '127.0.0.1'], ['2606:4700:4700::1111', '::ffff:127.0.0.1']];
    for (const addresses of answers) {
      const resolve: Resolve = (_, __, done) =>
        done(
          null,
          addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        );
      const outcome = await send(`http://hooks.example.com:${receiver.port}/hook`, resolve);
      expect(outcome).toMatchObject(refused(addresses.at(-1) ?? ''));
    }
    expect(receiver.received).toEqual([]);
  });

  it('is not reached by a name that resolves to another one a moment later: what was looked at is connected to', async () => {
    // All of 127.0.0.0/8 is this machine; here the second of its addresses stands for a public one.
    const server = createServer((socket) => socket.end()).listen(0, '127.0.0.2');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    let lookups = 0;
    const resolve: Resolve = (_, __, done) => {
      lookups += 1;
      done(null, [{ address: lookups === 1 ? '127.0.0.2' : '127.0.0.1', family: 4 }]);
    };
    const connect = createGuardedConnector(2000, resolve, (address) => address === '127.0.0.2');
    const connectTo = (hostname: string) => {
      const { promise, resolve: done, reject } = Promise.withResolvers<Socket>();
      const options = { hostname, host: hostname, protocol: 'http:', port: String(port) };
      connect(options, (error, socket) => (error === null ? done(socket) : reject(error)));
      return promise;
    };
    const socket = await connectTo('rebind.example.com');
    expect(socket.remoteAddress).toBe('127.0.0.2');
    expect(lookups).toBe(1);
    await expect(connectTo('rebind.example.com'), 'and looked at again for the next').rejects.toMatchObject({
      address: '127.0.0.1',
    });
    socket.destroy();
    server.close();
  });

  it('says so where a name has no address', async () => {
    const resolve: Resolve = (_, __, done) => done(Object.assign(new Error('none'), { code: 'ENOTFOUND' }), []);
    expect(await send('https://nowhere.example.com/hook', resolve)).toMatchObject({
      failure: { message: 'It cannot be reached (ENOTFOUND).' },
    });
  });
});
