/** The S3 port: the line, and a front that listens. */

import type { Address } from '../base/address.ts';
import type { AccessRecord, Log } from '../base/log.ts';
import { withCors } from './cors.ts';
import { withFailures } from './failing.ts';
import { type RunningServer, startFrontServer } from './front-server.ts';
import { createPeerOf } from './peer.ts';
import { createPipeline, type PipelineOptions } from './pipeline.ts';
import { type NoteRefusal, withRefusals } from './refusals.ts';
import { createS3Voice } from './s3-voice.ts';
import type { Certificate } from './tls.ts';

export type { RunningServer } from './front-server.ts';

export interface S3ServerOptions extends PipelineOptions {
  readonly listen: Address;
  readonly log: Log;
  readonly tls?: Certificate | undefined;
  /** Addresses and networks whose `X-Forwarded-For` and `-Proto` are believed. */
  readonly trustedProxies?: readonly string[];
  /** Answers to GET and HEAD are sandboxed for browsers. */
  readonly sandbox: boolean;
  /** Told of every request when it is over. */
  readonly observe?: (record: AccessRecord) => void;
  /** Told of requests that were refused, to be explained later. */
  readonly noteRefusal?: NoteRefusal;
}

/** Rejects with the system's error when it cannot listen; throws `RangeError` for a proxy that is no network. */
export function startS3Server(options: S3ServerOptions): Promise<RunningServer> {
  const { services, listen, log, sandbox, tls, trustedProxies = [], observe = () => {} } = options;
  const { noteRefusal = () => {} } = options;
  const { clock, limits, random } = services;
  return startFrontServer({
    pipeline: withCors(withFailures(withRefusals(createPipeline(options), services, noteRefusal), services), services),
    peerOf: createPeerOf(trustedProxies),
    clock,
    limits,
    random,
    listen,
    log,
    voice: createS3Voice({ random, limits, sandbox }),
    tls,
    observe,
  });
}
