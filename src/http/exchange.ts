/**
 * One request and its answer: what `node:http` gave, what has moved so far, and what the access log will say of it.
 *
 * The only mutable record of the request's way. The pipeline notes in `trace` what it learns, because a request that
 * is refused half way must still be found in the log by bucket, key and access key.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccessRecord } from '../base/log.ts';
import type { AccountId } from '../model/entities.ts';
import type { Asked } from '../ops/asked.ts';
import type { Claim } from '../sign/types.ts';
import type { Target } from '../store/port.ts';
import type { S3Request } from '../wire/request.ts';
import type { Peer } from './peer.ts';
import type { RequestSource } from './source.ts';

export interface Inquest {
  readonly sent?: S3Request;
  readonly claim?: Claim;
  /** Whose the claimed credentials are, proved or not. */
  readonly accountId?: AccountId | undefined;
  /** With the caller that was proved. */
  readonly asked?: Asked;
}

/** Filled in as the line goes on; undefined is what it did not come to know. */
export interface Trace {
  operation: string | undefined;
  bucket: string | undefined;
  key: string | undefined;
  /** As claimed. */
  accessKeyId: string | undefined;
  /** What the engine said of bucket and version; undefined until it was asked. */
  target: Target | undefined;
  /** What came in, as far as it was understood: for whoever explains a refusal. */
  inquest: Inquest;
  /** Of the answer, whatever it turns out to be. */
  headers: Readonly<Record<string, string>>;
}

export interface ExchangeParts {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly source: RequestSource;
  readonly requestId: string;
  readonly peer: Peer;
  /** `Clock.monotonic` at its arrival. */
  readonly startedAt: number;
}

export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly source: RequestSource;
  readonly requestId: string;
  readonly peer: Peer;
  readonly startedAt: number;
  readonly trace: Trace = {
    operation: undefined,
    bucket: undefined,
    key: undefined,
    accessKeyId: undefined,
    target: undefined,
    inquest: {},
    headers: {},
  };
  readonly #abort = new AbortController();
  #sent = 0;
  #blockedBytes: number | undefined;
  #mustClose = false;
  #code: string | undefined;
  #lateStatus: number | undefined;

  constructor(parts: ExchangeParts) {
    this.request = parts.request;
    this.response = parts.response;
    this.source = parts.source;
    this.requestId = parts.requestId;
    this.peer = parts.peer;
    this.startedAt = parts.startedAt;
  }

  /** Aborted when the client is gone or has used up our patience. */
  signal(): AbortSignal {
    return this.#abort.signal;
  }

  abort(reason: Error): void {
    this.#abort.abort(reason);
  }

  /** The connection cannot carry another request: its framing is broken, or we are stopping. */
  closeAfterwards(): void {
    this.#mustClose = true;
  }

  mustClose(): boolean {
    return this.#mustClose;
  }

  /** Body bytes handed to the connection. */
  countSent(bytes: number): void {
    this.#sent += bytes;
  }

  sent(): number {
    return this.#sent;
  }

  /** The client does not read fast enough: so many bytes were handed over last and have not all gone. */
  block(bytes: number): void {
    this.#blockedBytes = bytes;
  }

  unblock(): void {
    this.#blockedBytes = undefined;
  }

  blockedBytes(): number | undefined {
    return this.#blockedBytes;
  }

  failedWith(code: string): void {
    this.#code = code;
  }

  /** The answer had begun as a success and tells of the failure in its body: what is recorded is how it ended. */
  failedLate(code: string, status: number): void {
    this.#code = code;
    this.#lateStatus = status;
  }

  /** What the access log and the metrics are told, at `now` (`Clock.monotonic`). */
  record(now: number): AccessRecord {
    const { response, trace } = this;
    return {
      requestId: this.requestId,
      operation: trace.operation,
      method: this.request.method ?? '',
      bucket: trace.bucket,
      key: trace.key,
      status: this.#lateStatus ?? (response.headersSent ? response.statusCode : 0),
      code: this.#code,
      bytesIn: this.source.received(),
      bytesOut: this.#sent,
      durationMs: Math.round((now - this.startedAt) * 1000) / 1000,
      complete: response.writableFinished,
      accessKeyId: trace.accessKeyId,
      remote: this.peer.address,
      userAgent: this.request.headers['user-agent'],
    };
  }
}
