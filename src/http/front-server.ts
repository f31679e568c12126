/**
 * A listening front: `node:http`'s events connected to it, and the graceful stop. What the line does is passed in.
 */

import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Address } from '../base/address.ts';
import type { Random } from '../base/random.ts';
import { Front, type FrontOptions } from './front.ts';
import { createListener, listen } from './listener.ts';
import { createRequestIds } from './request-id.ts';
import type { Certificate } from './tls.ts';

export interface FrontServerOptions
  extends Pick<FrontOptions, 'pipeline' | 'peerOf' | 'clock' | 'limits' | 'log' | 'voice'> {
  readonly listen: Address;
  readonly random: Random;
  readonly tls: Certificate | undefined;
  readonly observe: FrontOptions['observe'];
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
export async function startFrontServer(options: FrontServerOptions): Promise<RunningServer> {
  const { limits, random, tls } = options;
  const server = createListener(limits, tls);
  const front = new Front({
    ...options,
    secure: tls !== undefined,
    nextRequestId: createRequestIds(random),
    // In the next turn: by then the connection of the request that ended counts as idle.
    idle: () => setImmediate(() => server.closeIdleConnections()),
  });
  attach(server, front, options);
  const { host, port } = await listen(server, options.listen);
  return Object.freeze({
    host,
    port,
    inFlight: () => front.inFlight(),
    stop: () => stopServer(server, front, limits.stopMs),
  });
}

function attach(server: Server, front: Front, { log }: FrontServerOptions): void {
  server.on('request', (request, response) => front.handle(request, response, false));
  server.on('checkContinue', (request, response) => front.handle(request, response, true));
  server.on('checkExpectation', (request, response) => front.handleExpectation(request, response));
  server.on('clientError', (error, socket) => front.refuse(error, socket));
  server.on('tlsClientError', (error) => log.debug('a TLS handshake failed', { problem: error.message }));
  server.on('drop', (data) => log.debug('too many connections', { remote: data?.remoteAddress }));
  server.on('listening', () => server.on('error', (error) => log.error('the listening socket failed', {}, error)));
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
