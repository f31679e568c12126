/** Whether an address lies in a network. Source: RFC 4632 and RFC 4291 sections 2.3 and 2.5.5.2 for how they are written. */

import { BlockList, isIP } from 'node:net';

export interface Network {
  readonly family: 4 | 6;
  /** Length of the prefix. */
  readonly bits: number;
  has(address: string): boolean;
}

/** An address, or one with the length of its prefix (`10.0.0.0/8`, `fd00::/8`); undefined for what is neither. */
export function networkOf(text: string): Network | undefined {
  const [address = '', length, ...rest] = text.split('/');
  const family = isIP(address);
  if ((family !== 4 && family !== 6) || address.includes('%') || rest.length > 0) return undefined;
  const most = family === 6 ? 128 : 32;
  const bits = length === undefined ? most : Number.parseInt(length, 10);
  if (length !== undefined && !(`${bits}` === length && bits <= most)) return undefined;
  const list = new BlockList();
  list.addSubnet(address, bits, familyOf(address));
  return Object.freeze({
    family,
    bits,
    has(other: string): boolean {
      // A link-local address may name its interface (`fe80::1%eth0`), which is no part of it.
      const [bare = ''] = other.split('%');
      const plain = unmapped(bare);
      return isIP(plain) !== 0 && list.check(plain, familyOf(plain));
    },
  });
}

/** `network` as in `networkOf`. Nothing lies in what is none. */
export const isInNetwork = (address: string, network: string): boolean => networkOf(network)?.has(address) ?? false;

/** An IPv4 address that came over IPv6 is that IPv4 address. */
function unmapped(address: string): string {
  const mapped = address.toLowerCase().startsWith('::ffff:') ? address.slice('::ffff:'.length) : '';
  return isIP(mapped) === 4 ? mapped : address;
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
