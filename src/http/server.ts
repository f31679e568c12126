/**
 * The S3 port: `node:http` or `node:https` with strict limits, and its graceful stop.
 *
 * What Node would answer by itself is switched off where S3's error document can be given instead. Framing is Node's
 * strict parser: both Content-Length and Transfer-Encoding, a doubled length, a bare line feed and their like are 400 and
 * a closed connection. Left out on purpose: HTTP/2, upgrades, and the parser's lenient mode.
 */

import { once } from 'node:events';
import { createServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Address } from '../base/address.ts';
import type { Limits } from '../base/limits.ts';
import type { AccessRecord, Log } from '../base/log.ts';
import { Front } from './front.ts';
import { createPeerOf } from './peer.ts';
import { createPipeline, type PipelineOptions } from './pipeline.ts';
import { createRequestIds } from './request-id.ts';
import { type Certificate, TLS_MIN_VERSION } from './tls.ts';

export interface S3ServerOptions extends PipelineOptions {
  readonly listen: Address;
  readonly log: Log;
  readonly tls?: Certificate | undefined;
  /** Addresses and networks whose `X-Forwarded-For` and `-Proto` are believed. */
  readonly trustedProxies?: readonly string[];
  /** Told of every request when it is over. */
  readonly observe?: (record: AccessRecord) => void;
}

export interface RunningServer {
  /** Where it listens; the port is a real one even when 0 was asked for. */
  readonly host: string;
  readonly port: number;
  inFlight(): number;
  /**
   * Stops accepting, answers 503 on connections that stay open, finishes what is in flight, at most `stopMs` long.
   * Then what is left is cut. Resolves when no connection is open; true when nothing had to be cut.
   */
  stop(): Promise<boolean>;
}

/** Rejects with the system's error when it cannot listen. */
export async function startS3Server(options: S3ServerOptions): Promise<RunningServer> {
  const { services, log, tls } = options;
  const { clock, limits, random } = services;
  const server = createListener(limits, tls);
  const observe = options.observe ?? (() => {});
  const front = new Front({
    pipeline: createPipeline(options),
    peerOf: createPeerOf(options.trustedProxies ?? []),
    secure: tls !== undefined,
    clock,
    limits,
    log,
    hostId: random.bytes(24).toString('base64'),
    nextRequestId: createRequestIds(random),
    observe,
    idle: () => setImmediate(() => server.closeIdleConnections()),
  });
  const { host, port } = await listen(server, options.listen);
  attach(server, front, log);
  return Object.freeze({
    host,
    port,
    inFlight: () => front.inFlight(),
    stop: () => stopServer(server, front, limits.stopMs),
  });
}

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

function attach(server: Server, front: Front, log: Log): void {
  server.on('request', (request, response) => front.handle(request, response, false));
  server.on('checkContinue', (request, response) => front.handle(request, response, true));
  server.on('checkExpectation', (request, response) => front.handleExpectation(request, response));
  server.on('clientError', (error, socket) => front.refuse(error, socket));
  server.on('tlsClientError', (error) => log.debug('a TLS handshake failed', { problem: error.message }));
  server.on('error', (error) => log.error('the listening socket failed', {}, error));
  server.on('drop', (data) => log.debug('too many connections', { remote: data?.remoteAddress }));
}

/** Starts listening. Rejects with the system's error. */
export async function listen(server: Server, address: Address): Promise<{ readonly host: string; readonly port: number }> {
  server.listen(address.host === undefined ? { port: address.port } : { host: address.host, port: address.port });
  await once(server, 'listening');
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the server has no address');
  return { host: bound.address, port: bound.port };
}

async function stopServer(server: Server, front: Front, stopMs: number): Promise<boolean> {
  front.stopAccepting();
  const closed = once(server, 'close');
  server.close();
  let cut = false;
  const deadline = setTimeout(() => {
    cut = front.inFlight() > 0;
    front.stop();
    server.closeAllConnections();
  }, stopMs);
  await closed;
  clearTimeout(deadline);
  front.stop();
  return !cut;
}
