/**
 * Who is at the other end: the socket's peer, or what a configured proxy says about it.
 *
 * `X-Forwarded-For` and `X-Forwarded-Proto` are believed only when the peer itself is a configured proxy, and then only
 * as far as proxies vouch: the list is read from its end, past configured proxies, to the first address that is not one.
 * `X-Forwarded-Host` is never read: signatures cover `Host`. Left out: `Forwarded` (RFC 7239), which few proxies send.
 */

import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

export interface Peer {
  readonly address: string;
  /** TLS between the client and us, or between the client and the proxy we trust. */
  readonly secure: boolean;
}

export type PeerOf = (request: IncomingMessage, secure: boolean) => Peer;

/** `proxies`: addresses (`10.0.0.1`) and networks (`10.0.0.0/8`, `fd00::/8`). Throws `RangeError` naming a bad one. */
export function createPeerOf(proxies: readonly string[]): PeerOf {
  if (proxies.length === 0) return (request, secure) => ({ address: socketAddress(request), secure });
  const trusted = networkList(proxies);
  return (request, secure) => {
    const address = socketAddress(request);
    if (!holds(trusted, address)) return { address, secure };
    return {
      address: forwardedFor(request, trusted) ?? address,
      secure: secure || lastOf(request.headers['x-forwarded-proto']) === 'https',
    };
  };
}

/** IPv4 on a dual-stack socket is reported as IPv4. */
function socketAddress(request: IncomingMessage): string {
  const address = request.socket.remoteAddress ?? '';
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}

function networkList(proxies: readonly string[]): BlockList {
  const list = new BlockList();
  for (const proxy of proxies) {
    const [address = '', prefix] = proxy.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    const bits = prefix === undefined ? undefined : Number.parseInt(prefix, 10);
    const most = family === 'ipv6' ? 128 : 32;
    if (isIP(address) === 0 || (bits !== undefined && !(`${bits}` === prefix && bits <= most))) {
      throw new RangeError(`"${proxy}" is neither an IP address nor a network such as 10.0.0.0/8`);
    }
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, bits, family);
  }
  return list;
}

const holds = (list: BlockList, address: string): boolean => {
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
};

function forwardedFor(request: IncomingMessage, trusted: BlockList): string | undefined {
  const header = request.headers['x-forwarded-for'];
  const text = Array.isArray(header) ? header.join(',') : header;
  if (text === undefined) return undefined;
  let nearest: string | undefined;
  for (const entry of text.split(',').reverse()) {
    const address = entry.trim();
    if (isIP(address) === 0) return nearest;
    nearest = address;
    if (!holds(trusted, address)) return nearest;
  }
  return nearest;
}

function lastOf(header: string | readonly string[] | undefined): string | undefined {
  const text = typeof header === 'string' ? header : header?.join(',');
  return text?.split(',').at(-1)?.trim().toLowerCase();
}
