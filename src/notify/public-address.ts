import { BlockList, isIP } from 'node:net';

/** What belongs to nobody on the public internet: own networks, this machine, link-local (where clouds keep credentials), carriers, examples, groups. */
const NOT_PUBLIC_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  // In the public range, and answered by the host of a virtual machine at Azure.
  '168.63.129.16/32',
];

/** Of IPv6 only this is given out for the public internet, ... */
const GLOBAL_V6 = '2000::/3';
/** ... and of that not what stands for other addresses (Teredo, 6to4) or for examples. */
const NOT_PUBLIC_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];
/** How a network without IPv4 reaches it: the last 32 bits are the address meant. */
const NAT64 = '64:ff9b::/96';

const notPublicV4 = listOf(NOT_PUBLIC_V4, 'ipv4');
const globalV6 = listOf([GLOBAL_V6], 'ipv6');
const notPublicV6 = listOf(NOT_PUBLIC_V6, 'ipv6');
const nat64 = listOf([NAT64], 'ipv6');

/** Whether an address is on the public internet. False for what is no address, and for every other way to write IPv4 in IPv6. */
export function isPublicAddress(address: string): boolean {
  // With a zone it is link-local, whatever it looks like.
  if (address.includes('%')) return false;
  switch (isIP(address)) {
    case 4:
      return !notPublicV4.check(address, 'ipv4');
    case 6:
      if (nat64.check(address, 'ipv6')) return isPublicAddress(lastAddressIn(address));
      return globalV6.check(address, 'ipv6') && !notPublicV6.check(address, 'ipv6');
    default:
      return false;
  }
}

/** The IPv4 address in the last 32 bits. */
function lastAddressIn(address: string): string {
  // A URL writes them as two groups of hexadecimal digits, and leaves out what is zero.
  const [, high = '0', low = '0'] = /([0-9a-f]*):([0-9a-f]*)\]$/.exec(new URL(`http://[${address}]`).host) ?? [];
  const [a, b] = [Number.parseInt(high || '0', 16), Number.parseInt(low || '0', 16)];
  return [a >> 8, a & 255, b >> 8, b & 255].join('.');
}

function listOf(ranges: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', prefix] = range.split('/');
    list.addSubnet(network, Number(prefix), family);
  }
  return list;
}
