/** Whether an address lies in a network. Source: RFC 4632 and RFC 4291 sections 2.3 and 2.5.5.2 for how they are written. */

import { BlockList, isIP, SocketAddress } from 'node:net';

export interface Network {
  readonly family: 4 | 6;
  /** Length of the prefix. */
  readonly bits: number;
  has(address: string): boolean;
}

/**
 * An address, or one with the length of its prefix (`10.0.0.0/8`, `fd00::/8`); undefined for what is neither. IPv4 within IPv6
 * (`::ffff:10.0.0.0/104`) is IPv4, and no network of IPv6 has addresses of IPv4 in it, however wide it is.
 */
export function networkOf(text: string): Network | undefined {
  const [base = '', length, ...rest] = text.split('/');
  if (isIP(base) === 0 || base.includes('%') || rest.length > 0) return undefined;
  const most = isIP(base) === 6 ? 128 : 32;
  const bits = length === undefined ? most : Number.parseInt(length, 10);
  if (length !== undefined && !(`${bits}` === length && bits <= most)) return undefined;
  const address = unmapped(base);
  const within = most === 128 && isIP(address) === 4;
  return within && bits >= MAPPED_BITS ? networkFrom(address, bits - MAPPED_BITS) : networkFrom(base, bits);
}

/** `network` as in `networkOf`. Nothing lies in what is none. */
export const isInNetwork = (address: string, network: string): boolean => networkOf(network)?.has(address) ?? false;

const MAPPED = '::ffff:';
const MAPPED_BITS = 96;

function networkFrom(address: string, bits: number): Network {
  const family = isIP(address) === 6 ? 6 : 4;
  const list = new BlockList();
  list.addSubnet(address, bits, familyOf(address));
  return Object.freeze({
    family,
    bits,
    has(other: string): boolean {
      // A link-local address may name its interface (`fe80::1%eth0`), which is no part of it.
      const [bare = ''] = other.split('%');
      const plain = unmapped(bare);
      return isIP(plain) === family && list.check(plain, familyOf(plain));
    },
  });
}

/** An IPv4 address that came over IPv6 is that IPv4 address. */
function unmapped(address: string): string {
  if (isIP(address) !== 6) return address;
  const written = new SocketAddress({ address, family: 'ipv6' }).address;
  const tail = written.startsWith(MAPPED) ? written.slice(MAPPED.length) : '';
  return isIP(tail) === 4 ? tail : address;
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
