/**
 * Claim and verification of identity, as values. Two steps on purpose: what a request *claims* needs no secret,
 * what it *proves* needs one, and nothing between may depend on the body (SECURITY rules 1 to 3).
 */

import type { Regions } from '../model/regions.ts';
import type { ChunkChain } from '../wire/chunked.ts';

/** How the body's integrity was promised by the signed `x-amz-content-sha256`, or by nothing. */
export type PayloadForm =
  /** Header V2, and V4 with UNSIGNED-PAYLOAD: the signature says nothing of the bytes. */
  | { readonly kind: 'unsigned' }
  /** V4 with a hash: the whole body must have this SHA-256. Lower-case hex. */
  | { readonly kind: 'signed'; readonly sha256: string }
  /** STREAMING-AWS4-HMAC-SHA256-PAYLOAD[-TRAILER]: each chunk is signed in a chain. */
  | { readonly kind: 'chunked-signed'; readonly trailer: boolean; readonly chain: ChunkChain }
  /** STREAMING-UNSIGNED-PAYLOAD-TRAILER: aws-chunked framing, checksums in the trailer, no chunk signatures. */
  | { readonly kind: 'chunked-unsigned' };

/** By head alone. */
export type HeadClaim = AnonymousClaim | V2Claim | V4Claim;
export type Claim = HeadClaim | FormClaim;

export interface AnonymousClaim {
  readonly kind: 'anonymous';
}

export interface V2Claim {
  readonly kind: 'v2';
  readonly place: 'header' | 'query';
  readonly accessKeyId: string;
  /** Base64 as sent. */
  readonly signature: string;
  /** Of temporary credentials, from where the signature is; signed like a header. */
  readonly token?: string;
  /** Query only: seconds since 1970, as sent and signed. */
  readonly expires?: string;
}

export interface V4Claim {
  readonly kind: 'v4';
  readonly place: 'header' | 'query';
  readonly accessKeyId: string;
  /** yyyymmdd of the scope. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  /** x-amz-date: yyyymmddThhmmssZ. */
  readonly timestamp: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** Of temporary credentials, from where the signature is, and covered by it. */
  readonly token?: string;
  /** Query only: seconds. */
  readonly expires?: number;
}

/** A browser's form: its policy is what was signed. */
export interface FormClaim {
  readonly kind: 'form';
  readonly version: 'v2' | 'v4';
  readonly accessKeyId: string;
  /** Base64 (V2) or hex (V4), as sent. */
  readonly signature: string;
  /** Base64, as sent and signed. */
  readonly policy: string;
  readonly token?: string;
  /** V4 only, both. */
  readonly scope?: Pick<V4Claim, 'date' | 'region' | 'service'>;
  readonly timestamp?: string;
}

export interface VerifyContext {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly regions: Regions;
}

export interface Verified {
  readonly version: 'v2' | 'v4';
  readonly place: 'header' | 'query' | 'form';
  /** Milliseconds since 1970, as signed; undefined for a V2 address or form, which says only when it ends. */
  readonly signedAt: number | undefined;
  readonly payload: PayloadForm;
}
