/** The Console port: pages and the account API, behind a front of the same limits and manners as S3's. */

import type { Address } from '../../base/address.ts';
import type { Log } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import { type RunningServer, startFrontServer } from '../front-server.ts';
import { createPeerOf } from '../peer.ts';
import type { Certificate } from '../tls.ts';
import { createApiVoice } from './errors.ts';
import { type ApiLineOptions, createApiLine } from './line.ts';
import { createRoutes } from './table.ts';

export interface ConsoleServerOptions extends Omit<ApiLineOptions, 'routes'> {
  readonly listen: Address;
  readonly random: Random;
  readonly log: Log;
  readonly tls?: Certificate | undefined;
  /** Addresses and networks whose `X-Forwarded-For` and `-Proto` are believed. */
  readonly trustedProxies: readonly string[];
}

/** Rejects with the system's error when it cannot listen. */
export function startConsoleServer(options: ConsoleServerOptions): Promise<RunningServer> {
  const { services, listen, random, log, tls, trustedProxies } = options;
  const { clock, limits } = services;
  return startFrontServer({
    pipeline: createApiLine({ ...options, routes: createRoutes() }),
    peerOf: createPeerOf(trustedProxies),
    voice: createApiVoice(limits),
    observe: () => {},
    ...{ clock, limits, random, listen, log, tls },
  });
}
