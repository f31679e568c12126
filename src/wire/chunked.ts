/**
 * The aws-chunked content coding: `size[;chunk-signature=…]CRLF data CRLF … 0[;…]CRLF [trailers] CRLF`.
 *
 * Source: "Signature calculations for the authorization header: transferring payload in multiple chunks" and "… with
 * trailing headers" in the S3 API reference. Who signs what is `sign/`'s; this file frames.
 *
 * Data is handed on before its chunk's signature is known to hold: whoever reads may use nothing until the end is reached.
 * Left out: S3's minimum of 8 KiB per chunk; small chunks cost their sender more than us.
 */

import { createHash, type Hash } from 'node:crypto';
import type { Limits } from '../base/limits.ts';
import { S3Error } from '../model/errors.ts';
import { trimHeader } from './fields.ts';

/** Verifies the chunk signatures of one body, in order. Throws `SignatureDoesNotMatch`. */
export interface ChunkChain {
  /** A chunk's data, whole, and the signature its head carried. */
  chunk(data: Uint8Array, signature: string): void;
  /** Chunks larger than one buffer: SHA-256 of the data in lower-case hex, and the signature. */
  chunkHash(sha256: string, signature: string): void;
  /** The trailer block, canonicalised as `name:value\n` in the order sent, and `x-amz-trailer-signature`. */
  trailer(canonical: string, signature: string): void;
}

export interface ChunkedOptions {
  /** Present: every chunk must carry a signature, and it is checked. Absent: no chunk may carry one. */
  readonly chain?: ChunkChain;
  /** `x-amz-decoded-content-length`: bytes of data in all chunks together. */
  readonly decodedLength: number;
  /** The names `x-amz-trailer` declared, lower case: exactly these must come, once each. Empty: no trailer block. */
  readonly trailers: readonly string[];
  readonly limits: Pick<Limits, 'chunkHeadBytes' | 'trailerBytes' | 'chunkBytes'>;
}

/** One body. Feed packets in order, then `end`. */
export class ChunkedDecoder {
  readonly #options: ChunkedOptions;
  readonly #trailers = new Map<string, string>();
  #state: 'head' | 'data' | 'data-end' | 'trailer' | 'done' = 'head';
  /** The beginning of a line whose end has not come yet. */
  #line: Buffer = EMPTY;
  /** Data bytes of this chunk still to come, and of the whole body so far. */
  #remaining = 0;
  #total = 0;
  #signature = '';
  /** Runs while a signed chunk comes in several packets. */
  #hash: Hash | undefined;
  #trailerBytes = 0;
  #canonicalTrailer = '';
  #trailerSignature: string | undefined;

  constructor(options: ChunkedOptions) {
    this.#options = options;
  }

  /**
   * Takes one packet and gives the data in it, as views of the packet. Throws `InvalidRequest` for framing that is not
   * aws-chunked, `MalformedTrailerError` for the trailer, `IncompleteBody` for more data than declared, and what the chain throws.
   */
  push(packet: Uint8Array): readonly Uint8Array[] {
    const bytes = Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength);
    const out: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; ) {
      if (this.#state === 'data') {
        const data = bytes.subarray(at, at + this.#remaining);
        this.#data(data);
        out.push(data);
        at += data.length;
      } else if (this.#state === 'done') {
        throw malformed('there are bytes behind its end');
      } else {
        at = this.#readLine(bytes, at);
      }
    }
    return out;
  }

  /** The stream has ended. Throws `IncompleteBody` unless the body has, too. Gives the trailers, lower-case name to value. */
  end(): ReadonlyMap<string, string> {
    if (this.#state !== 'done')
      throw new S3Error('IncompleteBody', 'The aws-chunked body ended before its last chunk.');
    return this.#trailers;
  }

  #data(data: Buffer): void {
    const { chain } = this.#options;
    const whole = this.#hash === undefined && data.length === this.#remaining;
    this.#remaining -= data.length;
    if (this.#remaining === 0) this.#state = 'data-end';
    if (chain === undefined) return;
    if (whole) {
      chain.chunk(data, this.#signature);
      return;
    }
    this.#hash ??= createHash('sha256');
    this.#hash.update(data);
    if (this.#remaining > 0) return;
    const sha256 = this.#hash.digest('hex');
    this.#hash = undefined;
    chain.chunkHash(sha256, this.#signature);
  }

  /** Collects a line up to CRLF and acts on it; gives where the next one begins. */
  #readLine(bytes: Buffer, at: number): number {
    const limit = this.#lineLimit();
    const end = lineEnd(this.#line, bytes, at);
    const stop = end ?? bytes.length;
    if (this.#line.length + stop - at > limit + CRLF_BYTES) {
      throw malformed(limit === 0 ? 'a chunk is longer than its size says' : `a head exceeds ${limit} bytes`);
    }
    const piece = bytes.subarray(at, stop);
    const line = this.#line.length === 0 ? piece : Buffer.concat([this.#line, piece]);
    if (end === undefined) {
      // A copy: views of packets must not outlive them.
      this.#line = Buffer.from(line);
      return stop;
    }
    this.#line = EMPTY;
    this.#act(line.toString('latin1', 0, line.length - CRLF_BYTES));
    return stop;
  }

  #lineLimit(): number {
    if (this.#state === 'data-end') return 0;
    const { chunkHeadBytes, trailerBytes } = this.#options.limits;
    return this.#state === 'head' ? chunkHeadBytes : trailerBytes - this.#trailerBytes;
  }

  #act(line: string): void {
    if (this.#state === 'head') this.#head(line);
    else if (this.#state === 'data-end') this.#state = 'head';
    else if (line === '') this.#finish();
    else this.#trailer(line);
  }

  #head(line: string): void {
    const { chain, decodedLength, limits } = this.#options;
    const match = (chain === undefined ? UNSIGNED_HEAD : SIGNED_HEAD).exec(line);
    if (match === null) {
      throw malformed(
        chain === undefined
          ? 'a chunk must begin with its size in hexadecimal and nothing else'
          : 'a chunk must begin with its size in hexadecimal and ;chunk-signature= with 64 lower-case hexadecimal digits',
      );
    }
    const size = Number.parseInt(match[1] ?? '', 16);
    this.#signature = match[2] ?? '';
    if (chain !== undefined && size > limits.chunkBytes) {
      throw malformed(`a signed chunk exceeds ${limits.chunkBytes} bytes`);
    }
    this.#total += size;
    if (this.#total > decodedLength) throw lengthMismatch(decodedLength);
    this.#remaining = size;
    this.#state = size > 0 ? 'data' : 'trailer';
    if (size > 0) return;
    if (this.#total !== decodedLength) throw lengthMismatch(decodedLength);
    chain?.chunk(EMPTY, this.#signature);
  }

  #trailer(line: string): void {
    this.#trailerBytes += line.length + CRLF_BYTES;
    const { name, value } = trailerField(line);
    if (this.#trailerSignature !== undefined) throw malformedTrailer('the signature must be its last line');
    if (name === 'x-amz-trailer-signature' && this.#options.chain !== undefined) {
      this.#trailerSignature = value;
      return;
    }
    if (!this.#options.trailers.includes(name)) throw malformedTrailer('x-amz-trailer does not declare a field of it');
    if (this.#trailers.has(name)) throw malformedTrailer(`${name} occurs twice`);
    this.#trailers.set(name, value);
    this.#canonicalTrailer += `${name}:${value}\n`;
  }

  #finish(): void {
    const { chain, trailers } = this.#options;
    for (const name of trailers) {
      if (!this.#trailers.has(name)) throw malformedTrailer(`x-amz-trailer declares ${name}, which did not come`);
    }
    if (chain !== undefined && trailers.length > 0) {
      if (this.#trailerSignature === undefined) throw malformedTrailer('it lacks x-amz-trailer-signature');
      chain.trailer(this.#canonicalTrailer, this.#trailerSignature);
    } else if (this.#trailerSignature !== undefined) {
      throw malformedTrailer('x-amz-trailer declares none');
    }
    this.#state = 'done';
  }
}

const EMPTY = Buffer.alloc(0);
const UNSIGNED_HEAD = /^([0-9a-fA-F]{1,13})$/;
const SIGNED_HEAD = /^([0-9a-fA-F]{1,13});chunk-signature=([0-9a-f]{64})$/;
const CR = 13;
const LF = 10;
const CRLF_BYTES = 2;

/** Where the line behind `at` ends, its CRLF included; the CR may be the last byte of what came before. */
function lineEnd(before: Buffer, bytes: Buffer, at: number): number | undefined {
  for (let lf = bytes.indexOf(LF, at); lf >= 0; lf = bytes.indexOf(LF, lf + 1)) {
    const previous = lf > at ? bytes[lf - 1] : before.at(-1);
    if (previous === CR) return lf + 1;
  }
  return undefined;
}

/**
 * Some clients end the value with a line feed of its own, as the canonical form of the signature does. Taken apart by hand:
 * one expression with blanks before, in and after the value takes minutes over four kilobytes of them.
 */
function trailerField(line: string): { readonly name: string; readonly value: string } {
  const colon = line.indexOf(':');
  const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
  const value = trimHeader(line.endsWith('\n') ? line.slice(colon + 1, -1) : line.slice(colon + 1));
  if (!VISIBLE.test(name) || !PRINTABLE.test(value)) throw malformedTrailer('a line is not of the form name:value');
  return { name, value };
}

const VISIBLE = /^[!-~]+$/;
const PRINTABLE = /^[ -~]*$/;

const malformed = (problem: string): S3Error =>
  new S3Error('InvalidRequest', `The body is not well-formed aws-chunked: ${problem}.`);

const malformedTrailer = (problem: string): S3Error =>
  new S3Error('MalformedTrailerError', `The trailer of the aws-chunked body is not valid: ${problem}.`);

const lengthMismatch = (declared: number): S3Error =>
  new S3Error(
    'IncompleteBody',
    `The chunks do not hold the ${declared} bytes that x-amz-decoded-content-length declares.`,
  );
