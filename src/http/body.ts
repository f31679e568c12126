/**
 * From the bytes on the connection to the plain bytes of the object or document: framing off, every claim checked.
 *
 * How the body was signed or framed is decided here and invisible to `ops/`. What the headers say is judged before the
 * first byte is read; length, hashes, chunk signatures, trailers and checksums at the end, before the reader is told
 * that there is one (SECURITY rules 3 and 5).
 * Sources: "Checking object integrity in Amazon S3", the `x-amz-content-sha256` table of "Authenticating requests:
 * using the authorization header". Left out: time-outs (`source.ts`), Content-MD5 of objects (`ops/`, which computes
 * the MD5 for the ETag), decompression (never done).
 */

import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import {
  CHECKSUM_ALGORITHMS,
  CHECKSUM_BYTES,
  type ChecksumAlgorithm,
  type Checksums,
  checksumHeader,
} from '../base/checksum.ts';
import type { Limits } from '../base/limits.ts';
import { collect, SmallPieces } from '../base/stream.ts';
import { S3Error } from '../model/errors.ts';
import { isPresignedV4 } from '../ops/hoist.ts';
import type { IncomingBody } from '../ops/types.ts';
import type { PayloadForm } from '../sign/types.ts';
import { ChunkedDecoder, type ChunkedOptions } from '../wire/chunked.ts';
import type { S3Request } from '../wire/request.ts';
import { base64Of, contentMd5, hasAwsChunked, integerIn } from '../wire/values.ts';
import { BodyHash } from './body-hash.ts';

export interface BodyTools {
  readonly limits: Pick<Limits, 'chunkHeadBytes' | 'trailerBytes' | 'chunkBytes'>;
  readonly checksums: Checksums;
}

/** Throws what can be said of the body from its headers: `InvalidRequest`, `MissingContentLength`, `NotImplemented`. */
export function incomingBody(
  source: AsyncIterable<Uint8Array>,
  request: S3Request,
  payload: PayloadForm,
  tools: BodyTools,
): IncomingBody {
  return new CheckedBody(source, planOf(request, payload, tools), tools.checksums);
}

/** Everything the headers say of the body. */
interface Plan {
  /** Plain bytes; undefined when the sender did not say. */
  readonly length: number | undefined;
  /** Present: the body is aws-chunked. */
  readonly chunked: ChunkedOptions | undefined;
  /** Lower-case hex. */
  readonly sha256: string | undefined;
  readonly checksum: DeclaredChecksum | undefined;
  readonly contentMd5: string | undefined;
}

interface DeclaredChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Undefined: it comes in the trailer. */
  readonly value: string | undefined;
  /** The request was signed in advance, maybe by somebody who did not have the body. */
  readonly presigned: boolean;
}

function planOf(request: S3Request, payload: PayloadForm, tools: BodyTools): Plan {
  const { headers } = request;
  const trailers = declaredTrailers(request);
  const framing = framingOf(request, payload);
  if (trailers.length > 0 && !framing.trailer) {
    throw invalid('x-amz-trailer is declared, but x-amz-content-sha256 does not say that a trailer follows.');
  }
  const chunked =
    framing.kind === 'plain'
      ? undefined
      : {
          decodedLength: decodedLength(request),
          trailers,
          limits: tools.limits,
          ...(framing.chain === undefined ? {} : { chain: framing.chain }),
        };
  return {
    length: chunked?.decodedLength ?? contentLength(request),
    chunked,
    sha256: payload.kind === 'signed' ? payload.sha256 : undefined,
    checksum: declaredChecksum(request, trailers),
    contentMd5: headers.one('content-md5'),
  };
}

type Framing =
  | { readonly kind: 'plain'; readonly trailer: false }
  | { readonly kind: 'chunked'; readonly trailer: boolean; readonly chain?: ChunkedOptions['chain'] };

/**
 * Payload form × Content-Encoding. The form, which is signed, decides; `aws-chunked` among the codings may repeat it (many
 * clients leave it out) and alone it decides only where nothing was said at all, as anonymous SDK clients have it.
 */
function framingOf(request: S3Request, payload: PayloadForm): Framing {
  const coded = hasAwsChunked(request.headers.one('content-encoding'));
  const stated = request.headers.has('x-amz-content-sha256');
  switch (payload.kind) {
    case 'chunked-signed':
      return { kind: 'chunked', trailer: payload.trailer, chain: payload.chain };
    case 'chunked-unsigned':
      return { kind: 'chunked', trailer: true };
    case 'unsigned':
      if (!coded) return { kind: 'plain', trailer: false };
      if (!stated) return { kind: 'chunked', trailer: true };
      break;
    case 'signed':
      if (!coded) return { kind: 'plain', trailer: false };
      break;
  }
  throw invalid(
    'Content-Encoding says aws-chunked, but x-amz-content-sha256 is not one of the STREAMING values that go with it.',
  );
}

/** Undefined when nothing is said. HTTP takes that for an empty body, S3 wants objects and parts to say so (411). */
function contentLength(request: S3Request): number | undefined {
  const text = request.headers.one('content-length');
  if (text === undefined) return undefined;
  const length = integerIn(text, 0, Number.MAX_SAFE_INTEGER);
  if (length === undefined) throw invalid('Content-Length is not a number of bytes.');
  return length;
}

function decodedLength(request: S3Request): number {
  const text = request.headers.one('x-amz-decoded-content-length');
  if (text === undefined) {
    throw new S3Error('MissingContentLength', 'An aws-chunked body needs the x-amz-decoded-content-length header.');
  }
  const length = integerIn(text, 0, Number.MAX_SAFE_INTEGER);
  if (length === undefined) throw invalid('x-amz-decoded-content-length is not a number of bytes.');
  return length;
}

// ---------------------------------------------------------------------------------------------- declared checksums

const CHECKSUM_HEADER = 'x-amz-checksum-';
const ALGORITHM_OF: ReadonlyMap<string, ChecksumAlgorithm> = new Map(
  CHECKSUM_ALGORITHMS.map((algorithm) => [checksumHeader(algorithm), algorithm]),
);
/** Headers that begin like a checksum and are none. */
const NOT_CHECKSUMS = new Set(['x-amz-checksum-algorithm', 'x-amz-checksum-mode', 'x-amz-checksum-type']);

function declaredTrailers(request: S3Request): readonly string[] {
  const text = request.headers.one('x-amz-trailer');
  if (text === undefined) return [];
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  for (const name of names) {
    if (name.startsWith(CHECKSUM_HEADER)) algorithmOf(name);
    else throw invalid('The value specified in the x-amz-trailer header is not supported.');
  }
  return names;
}

function declaredChecksum(request: S3Request, trailers: readonly string[]): DeclaredChecksum | undefined {
  if (describesObject(request)) return undefined;
  const { headers } = request;
  const names = headers.names().filter((name) => name.startsWith(CHECKSUM_HEADER) && !NOT_CHECKSUMS.has(name));
  if (names.length + trailers.length > 1) {
    throw invalid('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  }
  const name = names[0] ?? trailers[0];
  const algorithm = name === undefined ? undefined : algorithmOf(name);
  checkSdkAlgorithm(headers.one('x-amz-sdk-checksum-algorithm'), algorithm);
  if (name === undefined || algorithm === undefined) return undefined;
  const value = headers.one(name);
  if (value !== undefined) checkSpelling(algorithm, value, 'header');
  return { algorithm, value, presigned: isPresignedV4(request) };
}

/** A checksum that nobody checks must not look checked. */
function algorithmOf(name: string): ChecksumAlgorithm {
  const algorithm = ALGORITHM_OF.get(name);
  if (algorithm !== undefined) return algorithm;
  throw invalid(`There is no checksum ${name}. Use one of ${CHECKSUM_ALGORITHMS.map(checksumHeader).join(', ')}.`);
}

/** CompleteMultipartUpload: `x-amz-checksum-*` is the object's, not that of the XML in the body. */
const describesObject = (request: S3Request): boolean => request.method === 'POST' && request.query.has('uploadId');

function checkSdkAlgorithm(named: string | undefined, declared: ChecksumAlgorithm | undefined): void {
  if (named === undefined) return;
  if (declared === undefined) {
    throw invalid(
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    );
  }
  if (named.toUpperCase() !== declared) throw invalid('Value for x-amz-sdk-checksum-algorithm header is invalid.');
}

function checkSpelling(algorithm: ChecksumAlgorithm, value: string, place: 'header' | 'trailer'): void {
  if (base64Of(value, CHECKSUM_BYTES[algorithm]) === undefined) {
    throw invalid(`Value for ${checksumHeader(algorithm)} ${place} is invalid.`);
  }
}

const PRESIGN_ADVICE =
  'Let it sign without a checksum: requestChecksumCalculation: "WHEN_REQUIRED" in the client of the AWS SDK for JavaScript, request_checksum_calculation="when_required" in botocore\'s Config, or AWS_REQUEST_CHECKSUM_CALCULATION=when_required in the environment of any AWS SDK. Or sign the checksum of the real body.';

const invalid = (message: string): S3Error => new S3Error('InvalidRequest', message);

const tooLong = (limit: number): S3Error =>
  new S3Error('MaxMessageLengthExceeded', `Your request was too big: at most ${limit} bytes are allowed.`);

// ------------------------------------------------------------------------------------------------------- the reading

class CheckedBody implements IncomingBody {
  readonly length: number | undefined;
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #plan: Plan;
  readonly #decoder: ChunkedDecoder | undefined;
  /** SHA-256 for the signature, the declared algorithm for the checksum; one hash when both are SHA-256. */
  readonly #sha256: BodyHash | undefined;
  readonly #checksum: BodyHash | undefined;
  readonly #checksums: Checksums;
  #received = 0;
  #taken = false;
  #held: readonly { readonly algorithm: ChecksumAlgorithm; readonly value: string }[] = [];

  constructor(source: AsyncIterable<Uint8Array>, plan: Plan, checksums: Checksums) {
    const { checksum, chunked, length, sha256 } = plan;
    this.length = length;
    this.#source = source;
    this.#plan = plan;
    this.#checksums = checksums;
    this.#decoder = chunked === undefined ? undefined : new ChunkedDecoder(chunked);
    this.#sha256 = sha256 === undefined ? undefined : new BodyHash(checksums, 'SHA256');
    if (checksum === undefined) return;
    const shared = checksum.algorithm === 'SHA256' ? this.#sha256 : undefined;
    this.#checksum = shared ?? new BodyHash(checksums, checksum.algorithm);
  }

  stream(): AsyncIterable<Uint8Array> {
    assert(!this.#taken, 'a body can be read once');
    this.#taken = true;
    return this.#read();
  }

  async bytes(limit: number): Promise<Uint8Array> {
    if (this.length !== undefined && this.length > limit) throw tooLong(limit);
    const bytes = await collect(this.stream(), limit);
    if (bytes === undefined) throw tooLong(limit);
    const declared = contentMd5(this.#plan.contentMd5);
    if (declared !== undefined && !declared.equals(hash('md5', bytes, 'buffer'))) {
      throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.');
    }
    return bytes;
  }

  checksums(): readonly { readonly algorithm: ChecksumAlgorithm; readonly value: string }[] {
    return this.#held;
  }

  async *#read(): AsyncGenerator<Uint8Array, void, undefined> {
    const source = this.#source[Symbol.asyncIterator]();
    const small = new SmallPieces();
    let ended = false;
    try {
      for (;;) {
        const next = await pull(source);
        const pieces = next === undefined ? undefined : (this.#decoder?.push(next) ?? [next]);
        for (const bytes of pieces?.flatMap((piece) => small.add(piece)) ?? small.rest()) {
          this.#count(bytes);
          yield bytes;
        }
        if (next === undefined) break;
      }
      ended = true;
      this.#finish();
    } finally {
      if (!ended) await source.return?.();
    }
  }

  #count(bytes: Uint8Array): void {
    this.#received += bytes.length;
    if (this.length !== undefined && this.#received > this.length) throw new S3Error('IncompleteBody');
    this.#sha256?.update(bytes);
    if (this.#checksum !== this.#sha256) this.#checksum?.update(bytes);
  }

  #finish(): void {
    const trailers = this.#decoder?.end();
    if (this.length !== undefined && this.#received !== this.length) throw new S3Error('IncompleteBody');
    const { checksum, sha256 } = this.#plan;
    const computed = this.#sha256?.digest().toString('hex');
    if (sha256 !== undefined && computed !== undefined && computed !== sha256) {
      throw new S3Error('XAmzContentSHA256Mismatch', undefined, {
        fields: { ClientComputedContentSHA256: sha256, S3ComputedContentSHA256: computed },
      });
    }
    if (checksum === undefined) return;
    const { algorithm } = checksum;
    const value = checksum.value ?? trailers?.get(checksumHeader(algorithm));
    assert(value !== undefined, 'the decoder refuses a body whose declared trailer did not come');
    if (checksum.value === undefined) checkSpelling(algorithm, value, 'trailer');
    if (this.#checksum?.digest().toString('base64') !== value) {
      throw this.#mismatch(checksum, value);
    }
    this.#held = [{ algorithm, value }];
  }

  /**
   * SDKs that sign an address in advance have no body yet, and by default sign the checksum of an empty one into it. Said only
   * now, because a body can have the same checksum as an empty one.
   */
  #mismatch({ algorithm, presigned }: DeclaredChecksum, value: string): S3Error {
    const plain = `The ${algorithm} you specified did not match the calculated checksum.`;
    const ofNothing = this.#checksums.of(algorithm, new Uint8Array()).toString('base64');
    if (!presigned || value !== ofNothing) return new S3Error('BadDigest', plain);
    return new S3Error(
      'BadDigest',
      `${plain} ${value} is that of an empty body, and ${this.#received} bytes came: the SDK that presigned this request did not have the body yet. ${PRESIGN_ADVICE}`,
    );
  }
}

/** The next packet. What the connection throws becomes S3's: the body did not come whole. */
async function pull(source: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
  try {
    const next = await source.next();
    return next.done === true ? undefined : next.value;
  } catch (cause) {
    if (cause instanceof S3Error) throw cause;
    throw new S3Error('IncompleteBody', 'The connection ended before the whole request body had arrived.', { cause });
  }
}
