/**
 * What every port of ours has in common: strict HTTP/1.1 limits, TLS when there is a certificate, listening.
 *
 * What Node would answer by itself is switched off where S3's error document can be given instead. Framing is Node's
 * strict parser: both Content-Length and Transfer-Encoding, a doubled length, a bare line feed and their like are errors.
 * Left out on purpose: HTTP/2, upgrades, and the parser's lenient mode.
 */

import { once } from 'node:events';
import { createServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Address } from '../base/address.ts';
import type { Limits } from '../base/limits.ts';
import { type Certificate, TLS_MIN_VERSION } from './tls.ts';

/** A server with the limits that every port of ours has. */
export function createListener(limits: Limits, tls: Certificate | undefined): Server {
  const options: ServerOptions = {
    maxHeaderSize: limits.headBytes,
    headersTimeout: limits.headTimeoutMs,
    // Bodies have a guard of their own, which knows who waits for whom.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.max(1, Math.min(limits.headTimeoutMs / 2, CHECK_MS)),
    keepAliveTimeout: limits.keepAliveMs,
    insecureHTTPParser: false,
    // A missing Host is answered by the line, as S3's error.
    requireHostHeader: false,
    optimizeEmptyRequests: true,
    noDelay: true,
  };
  const server = tls === undefined ? createServer(options) : createSecureListener(options, limits, tls);
  server.maxConnections = limits.connections;
  // Node would drop headers beyond this silently; the line counts them and refuses.
  server.maxHeadersCount = 0;
  return server;
}

/** How often Node looks for heads that are late. */
const CHECK_MS = 5000;

function createSecureListener(options: ServerOptions, limits: Limits, tls: Certificate): Server {
  const server = createTlsServer({
    ...options,
    ...tls.current(),
    minVersion: TLS_MIN_VERSION,
    handshakeTimeout: limits.tlsHandshakeMs,
    ALPNProtocols: ['http/1.1'],
  });
  tls.onChange((pair) => server.setSecureContext({ ...pair, minVersion: TLS_MIN_VERSION }));
  return server;
}

/** Starts listening. Rejects with the system's error. */
export async function listen(
  server: Server,
  address: Address,
): Promise<{ readonly host: string; readonly port: number }> {
  server.listen(address.host === undefined ? { port: address.port } : { host: address.host, port: address.port });
  await once(server, 'listening');
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the server has no address');
  return { host: bound.address, port: bound.port };
}
