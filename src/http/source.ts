/**
 * A request's body as it comes off the connection: pulled chunk by chunk, with back-pressure, begun by the first pull.
 *
 * Why not the stream's own async iterator: it costs more than a small object's whole way to the disk. Here a body that
 * has already arrived is handed over without a listener. The first pull is also where `100 Continue` goes out, so a
 * request that is refused before anyone reads never gets to send its body (RFC 9110 section 10.1.1).
 * Left out: framing, length and hashes of the payload, which are `body.ts`'s.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { S3Error } from '../model/errors.ts';

type Pull = IteratorResult<Uint8Array, undefined>;
interface Waiter {
  readonly resolve: (pull: Pull) => void;
  readonly reject: (error: unknown) => void;
}

/** What a packet takes in memory besides its bytes, roughly: a client may send them one by one. */
const PACKET_BYTES = 256;
const costOf = (packet: Uint8Array): number => packet.length + PACKET_BYTES;

const END: Pull = Object.freeze({ value: undefined, done: true });

export class RequestSource implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #readAhead: number;
  readonly #queue: Uint8Array[] = [];
  #queued = 0;
  #state: 'idle' | 'flowing' | 'ended' | 'failed' | 'stopped' | 'draining' = 'idle';
  #error: unknown;
  #waiter: Waiter | undefined;
  #awaitsContinue: boolean;
  #drain: { left: number; readonly settle: (complete: boolean) => void } | undefined;
  #received = 0;

  /** `readAhead` bytes are taken from the connection before somebody asks. */
  constructor(request: IncomingMessage, response: ServerResponse, readAhead: number, awaitsContinue: boolean) {
    this.#request = request;
    this.#response = response;
    this.#readAhead = readAhead;
    this.#awaitsContinue = awaitsContinue;
  }

  /** Bytes taken so far, with the framing of aws-chunked and without that of HTTP. */
  received(): number {
    return this.#received;
  }

  /** Somebody wants bytes that the client has not sent. */
  waitsForClient(): boolean {
    return this.#waiter !== undefined || this.#drain !== undefined;
  }

  /** The rest of a refused body is being thrown away. */
  drains(): boolean {
    return this.#drain !== undefined;
  }

  /** Nothing more will come: what the client sent is here, read or not. */
  arrived(): boolean {
    if (this.#request.complete) return true;
    const declared = this.#declared();
    return declared !== undefined && this.#received + this.#request.readableLength >= declared;
  }

  /** Bytes that the client still has to send; undefined when it did not say how many. */
  left(): number | undefined {
    const declared = this.#declared();
    return declared === undefined ? undefined : declared - this.#received;
  }

  /** The client holds its body back until we say `100 Continue`, and we have not. */
  awaitsContinue(): boolean {
    return this.#awaitsContinue;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return this;
  }

  next(): Promise<Pull> {
    if (this.#state === 'idle') this.#begin();
    const chunk = this.#queue.shift();
    if (chunk !== undefined) {
      this.#queued -= costOf(chunk);
      if (this.#state === 'flowing' && this.#request.isPaused() && this.#queued < this.#readAhead) {
        this.#request.resume();
      }
      return Promise.resolve({ value: chunk, done: false });
    }
    if (this.#state === 'failed') return Promise.reject(this.#error);
    if (this.#state !== 'flowing') return Promise.resolve(END);
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  /** The reader wants no more. What is left of the body stays on the connection until `drain`. */
  return(): Promise<Pull> {
    if (this.#state === 'idle' || this.#state === 'flowing') this.#stop();
    return Promise.resolve(END);
  }

  /** Ends the body with an error, for whoever reads it now or next. */
  fail(error: unknown): void {
    this.#settleDrain(false);
    if (this.#state !== 'idle' && this.#state !== 'flowing') return;
    this.#request.pause();
    this.#state = 'failed';
    this.#error = error;
    this.#waiter?.reject(error);
    this.#waiter = undefined;
  }

  /**
   * Throws away what is left, at most `limit` bytes of it. True when the request was taken to its end, so that the
   * connection may carry another; false when it was not, and the connection must go.
   */
  drain(limit: number): Promise<boolean> {
    if (this.arrived()) return Promise.resolve(true);
    if (this.#request.destroyed) return Promise.resolve(false);
    const listening = this.#state !== 'idle';
    this.#queue.length = 0;
    this.#state = 'draining';
    return new Promise((settle) => {
      this.#drain = { left: limit, settle };
      if (!listening) this.#listen();
      this.#request.resume();
    });
  }

  /** Gives up a drain that takes too long. */
  endDrain(): void {
    this.#settleDrain(false);
  }

  #begin(): void {
    const declared = this.#declared();
    this.#state = declared === 0 ? 'ended' : 'flowing';
    if (declared === 0) return;
    if (this.#awaitsContinue) {
      this.#awaitsContinue = false;
      this.#response.writeContinue();
    }
    if (this.arrived()) this.#takeWhole();
    else if (this.#request.destroyed) this.#cut();
    else this.#listen();
    // With listeners, bytes begin to flow; without, the stream can come to its end and be forgotten.
    this.#request.resume();
  }

  /** A small body is here by now: no listeners. `read` gives it as it came, buffer by buffer. */
  #takeWhole(): void {
    this.#state = 'ended';
    for (;;) {
      const piece: Uint8Array | null = this.#request.read();
      if (piece === null) return;
      this.#received += piece.length;
      this.#queued += costOf(piece);
      this.#queue.push(piece);
    }
  }

  /** Bytes on the wire: 0 without a body, undefined when the transfer is chunked and nobody knows. */
  #declared(): number | undefined {
    const { headers } = this.#request;
    const length = headers['content-length'];
    // The parser has seen to it that these are digits, and once; what is too large for a double never arrives whole.
    if (length !== undefined) return Number.parseInt(length, 10);
    return headers['transfer-encoding'] === undefined ? 0 : undefined;
  }

  #listen(): void {
    this.#request.on('data', (chunk: Uint8Array) => this.#take(chunk));
    this.#request.on('end', () => this.#end());
    this.#request.on('error', () => this.#cut());
    this.#request.on('close', () => this.#cut());
  }

  #take(chunk: Uint8Array): void {
    if (this.#drain !== undefined) {
      this.#drain.left -= chunk.length;
      if (this.#drain.left < 0) this.#settleDrain(false);
    } else if (this.#state === 'flowing') {
      this.#received += chunk.length;
      if (this.#waiter === undefined) {
        this.#queue.push(chunk);
        this.#queued += costOf(chunk);
        if (this.#queued >= this.#readAhead) this.#request.pause();
      } else {
        this.#waiter.resolve({ value: chunk, done: false });
        this.#waiter = undefined;
      }
    }
  }

  #end(): void {
    this.#settleDrain(true);
    if (this.#state !== 'flowing') return;
    this.#state = 'ended';
    this.#waiter?.resolve(END);
    this.#waiter = undefined;
  }

  /** The connection ended before the body did. After the end this is the ordinary `close` and changes nothing. */
  #cut(): void {
    this.#settleDrain(false);
    this.fail(new S3Error('IncompleteBody', 'The connection ended before the whole request body had arrived.'));
  }

  #stop(): void {
    this.#state = 'stopped';
    this.#request.pause();
    this.#waiter?.resolve(END);
    this.#waiter = undefined;
  }

  #settleDrain(complete: boolean): void {
    const drain = this.#drain;
    if (drain === undefined) return;
    this.#drain = undefined;
    if (!complete) this.#request.pause();
    drain.settle(complete);
  }
}
