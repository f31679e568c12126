/**
 * The chain of chunk signatures of an aws-chunked body: each covers its data and the signature before it, the first one
 * the signature of the headers. So no chunk can be changed, dropped, moved or taken from another request.
 *
 * Sources: "Signature calculations for the authorization header: transferring payload in multiple chunks (chunked upload)"
 * and "Signature calculations for trailing headers". Framing is `wire/chunked.ts`'s.
 */

import { hash } from 'node:crypto';
import { S3Error } from '../model/errors.ts';
import type { ChunkChain } from '../wire/chunked.ts';
import { sameSignature } from './compare.ts';
import { signatureV4 } from './v4.ts';

export interface ChainSeed {
  /** The derived signing key of the request. */
  readonly key: Buffer;
  readonly timestamp: string;
  /** `20130524/us-east-1/s3/aws4_request` */
  readonly scope: string;
  /** The signature of the request, which was verified. */
  readonly signature: string;
}

const EMPTY_SHA256 = hash('sha256', '', 'hex');

export function createChunkChain(seed: ChainSeed): ChunkChain {
  let previous = seed.signature;

  /** `what` hashes: the empty text (reserved by AWS for headers of a chunk) and the data; for trailers, the trailers. */
  function link(algorithm: string, hashes: string, provided: string): void {
    const toSign = `${algorithm}\n${seed.timestamp}\n${seed.scope}\n${previous}\n${hashes}`;
    if (!sameSignature(signatureV4(seed.key, toSign), provided)) {
      const part = algorithm === TRAILER ? 'the trailer' : 'a chunk of the body';
      throw new S3Error(
        'SignatureDoesNotMatch',
        `The signature we calculated for ${part} does not match the signature you provided. Check your key and signing method.`,
        { fields: { StringToSign: toSign, SignatureProvided: provided } },
      );
    }
    previous = provided;
  }

  return Object.freeze({
    chunk(data: Uint8Array, signature: string) {
      link(PAYLOAD, `${EMPTY_SHA256}\n${hash('sha256', data, 'hex')}`, signature);
    },
    chunkHash(sha256: string, signature: string) {
      link(PAYLOAD, `${EMPTY_SHA256}\n${sha256}`, signature);
    },
    trailer(canonical: string, signature: string) {
      link(TRAILER, hash('sha256', canonical, 'hex'), signature);
    },
  });
}

const PAYLOAD = 'AWS4-HMAC-SHA256-PAYLOAD';
const TRAILER = 'AWS4-HMAC-SHA256-TRAILER';
