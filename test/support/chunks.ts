/** Bodies in the aws-chunked coding for tests, and a chain that records what it is asked to verify. */

import { hash } from 'node:crypto';
import { S3Error } from '../../src/model/errors.ts';
import type { ChunkChain } from '../../src/wire/chunked.ts';

export const SIGNATURE = 'a'.repeat(64);

/** `signature` undefined: chunks without one. `tail` is what follows the last chunk's head. */
export function framed(pieces: readonly string[], signature: string | undefined, tail: string): Buffer {
  const extension = signature === undefined ? '' : `;chunk-signature=${signature}`;
  const chunks = pieces.map((piece) => `${Buffer.byteLength(piece).toString(16)}${extension}\r\n${piece}\r\n`);
  return Buffer.from(`${chunks.join('')}0${extension}\r\n${tail}\r\n`);
}

/** Records `sha256 signature` of each chunk and the trailer; refuses signatures other than `SIGNATURE`. */
export class RecordingChain implements ChunkChain {
  readonly seen: string[] = [];

  chunk(data: Uint8Array, signature: string): void {
    this.chunkHash(hash('sha256', data, 'hex'), signature);
  }

  chunkHash(sha256: string, signature: string): void {
    if (signature !== SIGNATURE) throw new S3Error('SignatureDoesNotMatch');
    this.seen.push(sha256);
  }

  trailer(canonical: string, signature: string): void {
    this.chunkHash(canonical, signature);
  }
}
