import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { isPublicAddress } from './public-address.js';

/** The host is, or resolves to, an address that is not on the public internet. */
export class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError';

  constructor(readonly address: string) {
    super(`The address ${address} is not on the public internet.`);
  }
}

export type Resolve = (
  hostname: string,
  options: LookupOptions & { readonly all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Connects to public addresses only. A name is resolved once, and the connection goes to the very addresses that were looked at: another answer of the
 * name server a moment later changes nothing.
 */
export function createGuardedConnector(
  timeoutMs: number,
  resolve: Resolve = lookup,
  isAllowed: (address: string) => boolean = isPublicAddress,
): buildConnector.connector {
  const lookupPublic: LookupFunction = (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined) {
        done(error ?? new Error(`${hostname} has no address.`), '');
        return;
      }
      // One of several is enough: whoever has such a name can have it point anywhere.
      const inside = addresses.find(({ address }) => !isAllowed(address));
      if (inside !== undefined) done(new PrivateAddressError(inside.address), '');
      else if (options.all === true) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };
  const connect = buildConnector({ timeout: timeoutMs, lookup: lookupPublic });
  return (options, callback) => {
    // An address is connected to without a lookup.
    const literal = options.hostname.replace(/^\[(.*)\]$/, '$1');
    if (isIP(literal) !== 0 && !isAllowed(literal)) callback(new PrivateAddressError(literal), null);
    else connect(options, callback);
  };
}
