/** Whether an address lies in a network. Source: RFC 4632 and RFC 4291 section 2.3 for how networks are written. */

import { BlockList, isIP } from 'node:net';

/** `network`: an address, or one with the length of its prefix (`10.0.0.0/8`, `fd00::/8`). Nothing lies in what is neither. */
export function isInNetwork(address: string, network: string): boolean {
  const [base = '', length, ...rest] = network.split('/');
  if (isIP(address) === 0 || isIP(base) === 0 || rest.length > 0) return false;
  const most = isIP(base) === 6 ? 128 : 32;
  const bits = length === undefined ? most : Number.parseInt(length, 10);
  if (length !== undefined && !(`${bits}` === length && bits <= most)) return false;
  const list = new BlockList();
  list.addSubnet(base, bits, familyOf(base));
  // A link-local address may name its interface (`fe80::1%eth0`), which is no part of it.
  const [bare = ''] = address.split('%');
  return list.check(bare, familyOf(bare));
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
