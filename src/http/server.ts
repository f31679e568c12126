/**
 * The S3 port: the pieces put together, and the graceful stop.
 */

import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Address } from '../base/address.ts';
import type { AccessRecord, Log } from '../base/log.ts';
import { Front } from './front.ts';
import { createListener, listen } from './listener.ts';
import { createPeerOf } from './peer.ts';
import { createPipeline, type PipelineOptions } from './pipeline.ts';
import { createRequestIds } from './request-id.ts';
import type { Certificate } from './tls.ts';

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

function attach(server: Server, front: Front, log: Log): void {
  server.on('request', (request, response) => front.handle(request, response, false));
  server.on('checkContinue', (request, response) => front.handle(request, response, true));
  server.on('checkExpectation', (request, response) => front.handleExpectation(request, response));
  server.on('clientError', (error, socket) => front.refuse(error, socket));
  server.on('tlsClientError', (error) => log.debug('a TLS handshake failed', { problem: error.message }));
  server.on('error', (error) => log.error('the listening socket failed', {}, error));
  server.on('drop', (data) => log.debug('too many connections', { remote: data?.remoteAddress }));
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
