/**
 * The MD5 of a body on its way to the engine: S3's ETag of an object or part in one piece, and what Content-MD5 is held to.
 *
 * The hash is taken chunk by chunk as the engine pulls; an engine that writes while it pulls has hashing and disk overlap.
 * MD5 is no protection against intent, only S3's name for the bytes.
 */

import { createHash, type Hash, hash } from 'node:crypto';
import type { Hasher } from '../base/checksum.ts';
import { S3Error } from '../model/errors.ts';

/** A stream that is hashed while it is read. */
export class Md5Stream implements AsyncIterable<Uint8Array> {
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #expected: Buffer | undefined;
  readonly #also: Hasher | undefined;
  #digest: Buffer | undefined;

  /**
   * `expected`: the MD5 that was declared; the stream fails at its end with `BadDigest` when it is not the one found.
   * `also`: another hash over the same bytes.
   */
  constructor(source: AsyncIterable<Uint8Array>, expected: Buffer | undefined, also?: Hasher) {
    this.#source = source;
    this.#expected = expected;
    this.#also = also;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    let first: Uint8Array | undefined;
    let running: Hash | undefined;
    for await (const chunk of this.#source) {
      // Most bodies are one chunk; hashing those in one call is cheaper than a hash object.
      if (running !== undefined) running.update(chunk);
      else if (first === undefined) first = chunk;
      else running = createHash('md5').update(first).update(chunk);
      this.#also?.update(chunk);
      yield chunk;
    }
    const digest = running?.digest() ?? md5(first ?? EMPTY);
    checkMd5(this.#expected, digest);
    this.#digest = digest;
  }

  /** 32 hex digits. Only after the end of the stream. */
  hex(): string {
    if (this.#digest === undefined) throw new Error('the MD5 was asked for before the end of the stream');
    return this.#digest.toString('hex');
  }
}

const EMPTY = new Uint8Array();

export const md5 = (bytes: Uint8Array): Buffer => hash('md5', bytes, 'buffer');

/** Throws `BadDigest` when an MD5 was declared and is not the one found. */
function checkMd5(expected: Buffer | undefined, found: Buffer): void {
  if (expected === undefined || expected.equals(found)) return;
  throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.', {
    fields: { ExpectedDigest: expected.toString('base64'), CalculatedDigest: found.toString('base64') },
  });
}
