/**
 * The aws-chunked content coding: `size[;chunk-signature=…]CRLF data CRLF … 0[;…]CRLF [trailers] CRLF`.
 *
 * Source: "Signature calculations for the authorization header: transferring payload in multiple chunks" and "… with
 * trailing headers" in the S3 API reference. Who signs what is `sign/`'s; this file frames.
 */

/** Verifies the chunk signatures of one body, in order. Throws `SignatureDoesNotMatch`. */
export interface ChunkChain {
  /** A chunk's data, whole, and the signature its head carried. */
  chunk(data: Uint8Array, signature: string): void;
  /** Chunks larger than one buffer: SHA-256 of the data in lower-case hex, and the signature. */
  chunkHash(sha256: string, signature: string): void;
  /** The trailer block, canonicalised as `name:value\n` in the order sent, and `x-amz-trailer-signature`. */
  trailer(canonical: string, signature: string): void;
}
