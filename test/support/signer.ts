/**
 * The client's side of S3's signatures, for tests and benchmarks: V4 (header, presigned, chunked, trailers) and V2.
 *
 * Written from "Authenticating requests (AWS Signature Version 4)" and "Signing and authenticating REST requests" without
 * a line of `src/sign`, so that the two check each other. Like the SDKs, it signs targets as they are given: escape
 * keys with `targetOf`. Left out: everything a client may get wrong; tests break signed requests themselves.
 */

import { createHash, createHmac } from 'node:crypto';
import { type Headers, hostOf, type RawAnswer, type RawSend, rawRequest } from './raw-client.ts';

export { type Headers, hostOf, type RawAnswer, type RawSend, rawRequest };

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface ToSign {
  readonly credentials: Credentials;
  readonly method: string;
  /** Path and query as they will be sent. */
  readonly target: string;
  /** Must name `host`. All of them are signed under V4. */
  readonly headers: Headers;
  /** Milliseconds since 1970; now when omitted. */
  readonly at?: number;
}

export interface ToSignV4 extends ToSign {
  readonly region?: string;
  readonly service?: string;
  /** Signs runs of blanks in header values as they are, as s3cmd does. */
  readonly keepBlanks?: boolean;
}

export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Uint8Array, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** `20130524T000000Z` */
export const amzDate = (at: number): string => new Date(at).toISOString().replace(/[-:]|\.\d+/g, '');

/** Escapes everything but letters, digits and `-._~`, as AWS wants it. */
export const uriEncode = (text: string): string =>
  [...Buffer.from(text, 'utf8')]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9\-._~]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');

/** A target in path style from a plain bucket, a plain key and plain parameters. An empty value is sent with its `=`. */
export function targetOf(bucket?: string, key?: string, query: Headers = {}): string {
  const path =
    bucket === undefined ? '/' : key === undefined ? `/${uriEncode(bucket)}` : `/${uriEncode(bucket)}/${keyPath(key)}`;
  const parameters = Object.entries(query).map(([name, value]) => `${uriEncode(name)}=${uriEncode(value)}`);
  return parameters.length === 0 ? path : `${path}?${parameters.join('&')}`;
}

const keyPath = (key: string): string => key.split('/').map(uriEncode).join('/');

// ------------------------------------------------------------------------------------------------------ version 4

/** What a chunk chain goes on from. */
export interface Seed {
  readonly key: Buffer;
  readonly timestamp: string;
  readonly scope: string;
  readonly signature: string;
}

function parts(target: string): { readonly path: string; readonly query: readonly string[] } {
  const mark = target.indexOf('?');
  if (mark < 0) return { path: target, query: [] };
  return {
    path: target.slice(0, mark),
    query: target
      .slice(mark + 1)
      .split('&')
      .filter((parameter) => parameter !== ''),
  };
}

function lowerCase(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function canonicalQuery(query: readonly string[]): string {
  return query
    .map((parameter) => {
      const [name = '', ...value] = parameter.split('=');
      return [name, value.join('=')] as const;
    })
    .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function sign(
  input: ToSignV4 & { readonly at: number },
  headers: Headers,
  target: string,
  payload: string,
): Seed & { readonly names: string } {
  const { credentials, region = 'us-east-1', service = 's3' } = input;
  const timestamp = amzDate(input.at);
  const date = timestamp.slice(0, 8);
  const scope = `${date}/${region}/${service}/aws4_request`;
  const names = Object.keys(headers).sort();
  const { path, query } = parts(target);
  const canonical = [
    input.method,
    path,
    canonicalQuery(query),
    ...names.map(
      (name) => `${name}:${input.keepBlanks ? headers[name]?.trim() : headers[name]?.trim().replace(/ +/g, ' ')}`,
    ),
    '',
    names.join(';'),
    payload,
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', timestamp, scope, sha256(canonical)].join('\n');
  const key = [date, region, service, 'aws4_request'].reduce<string | Buffer>(
    (secret, part) => hmac(secret, part),
    `AWS4${credentials.secretAccessKey}`,
  );
  const signature = createHmac('sha256', key).update(toSign).digest('hex');
  return { key: Buffer.from(key), timestamp, scope, signature, names: names.join(';') };
}

export interface Signed {
  readonly headers: Headers;
  readonly seed: Seed;
}

/**
 * The headers to send, `authorization` among them, in lower case. `payload`: the body, whose hash is signed; or what
 * `x-amz-content-sha256` shall say, as `{ text }`. Omitted: no body.
 */
export function signV4(
  input: ToSignV4 & { readonly payload?: string | Uint8Array | { readonly text: string } },
): Headers {
  const { payload = '' } = input;
  const text = typeof payload === 'object' && 'text' in payload ? payload.text : sha256(payload);
  return seedV4(input, text).headers;
}

/** As `signV4`, and what a chain of chunk signatures needs. `text` is what `x-amz-content-sha256` says. */
export function seedV4(input: ToSignV4, text: string): Signed {
  // Looked at once: a second may end between two looks.
  const at = input.at ?? Date.now();
  const headers = {
    ...lowerCase(input.headers),
    'x-amz-content-sha256': text,
    'x-amz-date': amzDate(at),
  };
  const { names, ...seed } = sign({ ...input, at }, headers, input.target, text);
  const authorization = `AWS4-HMAC-SHA256 Credential=${input.credentials.accessKeyId}/${seed.scope}, SignedHeaders=${names}, Signature=${seed.signature}`;
  return { headers: { ...headers, authorization }, seed };
}

/** The target with its signature in the query. `headers` are those that must be sent with it. */
export function presignV4(
  input: ToSignV4 & { readonly expires?: number | string; readonly payload?: string; readonly parameters?: Headers },
): string {
  const { region = 'us-east-1', service = 's3', expires = 3600, payload = 'UNSIGNED-PAYLOAD' } = input;
  const headers = lowerCase(input.headers);
  const at = input.at ?? Date.now();
  const timestamp = amzDate(at);
  const parameters = {
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${input.credentials.accessKeyId}/${timestamp.slice(0, 8)}/${region}/${service}/aws4_request`,
    'X-Amz-Date': timestamp,
    'X-Amz-Expires': String(expires),
    'X-Amz-SignedHeaders': Object.keys(headers).sort().join(';'),
    ...input.parameters,
  };
  const query = Object.entries(parameters).map(([name, value]) => `${uriEncode(name)}=${uriEncode(value)}`);
  const target = `${input.target}${input.target.includes('?') ? '&' : '?'}${query.join('&')}`;
  return `${target}&X-Amz-Signature=${sign({ ...input, at }, headers, target, payload).signature}`;
}

export interface SignedSend extends RawSend {
  readonly credentials: Credentials;
  readonly region?: string;
}

/** Signed with V4, payload hash included. */
export function signedRequest(send: SignedSend): Promise<RawAnswer> {
  const headers = signV4({
    credentials: send.credentials,
    method: send.method,
    target: send.target,
    headers: { host: hostOf(send.origin), ...send.headers },
    payload: send.body ?? '',
    ...(send.region === undefined ? {} : { region: send.region }),
  });
  return rawRequest({ ...send, headers });
}

// ---------------------------------------------------------------------------------------------- aws-chunked bodies

export interface Chunking {
  /** Bytes; 65536 when omitted. */
  readonly chunkSize?: number;
  /** Names in lower case, as `x-amz-trailer` declares them. */
  readonly trailers?: Headers;
}

export interface SignedBody {
  readonly headers: Headers;
  readonly body: Buffer;
}

function* chunksOf(body: Uint8Array, size: number): Generator<Uint8Array> {
  for (let start = 0; start < body.length; start += size) yield body.subarray(start, start + size);
  yield new Uint8Array();
}

const signText = (seed: Seed, lines: readonly string[]): string =>
  createHmac('sha256', seed.key).update(lines.join('\n')).digest('hex');

/** Frames and signs each chunk, then the trailers. The result is what goes over the wire. */
export function encodeSignedChunks(seed: Seed, body: Uint8Array, chunking: Chunking = {}): Buffer {
  const { chunkSize = 65_536, trailers } = chunking;
  const pieces: Uint8Array[] = [];
  let previous = seed.signature;
  for (const data of chunksOf(body, chunkSize)) {
    previous = signText(seed, [
      'AWS4-HMAC-SHA256-PAYLOAD',
      seed.timestamp,
      seed.scope,
      previous,
      sha256(''),
      sha256(data),
    ]);
    pieces.push(Buffer.from(`${data.length.toString(16)};chunk-signature=${previous}\r\n`), data);
    if (data.length > 0 || trailers === undefined) pieces.push(Buffer.from('\r\n'));
  }
  if (trailers !== undefined) {
    const canonical = Object.entries(trailers).map(([name, value]) => `${name}:${value}\n`);
    const lines = ['AWS4-HMAC-SHA256-TRAILER', seed.timestamp, seed.scope, previous, sha256(canonical.join(''))];
    const sent = Object.entries(trailers).map(([name, value]) => `${name}:${value}\r\n`);
    pieces.push(Buffer.from(`${sent.join('')}x-amz-trailer-signature:${signText(seed, lines)}\r\n\r\n`));
  }
  return Buffer.concat(pieces);
}

/** Frames without chunk signatures, as STREAMING-UNSIGNED-PAYLOAD-TRAILER has it. */
export function encodeUnsignedChunks(body: Uint8Array, chunking: Chunking = {}): Buffer {
  const { chunkSize = 65_536, trailers = {} } = chunking;
  const pieces: Uint8Array[] = [];
  for (const data of chunksOf(body, chunkSize)) {
    pieces.push(Buffer.from(`${data.length.toString(16)}\r\n`), data);
    if (data.length > 0) pieces.push(Buffer.from('\r\n'));
  }
  const sent = Object.entries(trailers).map(([name, value]) => `${name}:${value}\r\n`);
  pieces.push(Buffer.from(`${sent.join('')}\r\n`));
  return Buffer.concat(pieces);
}

type ToSignChunked = ToSignV4 & { readonly body: Uint8Array } & Chunking;

function chunkedHeaders({ headers, body, trailers }: ToSignChunked): Headers {
  return {
    ...headers,
    'content-encoding': 'aws-chunked',
    'x-amz-decoded-content-length': String(body.length),
    ...(trailers === undefined ? {} : { 'x-amz-trailer': Object.keys(trailers).join(',') }),
  };
}

/** Headers and framed body of STREAMING-AWS4-HMAC-SHA256-PAYLOAD, with trailers -PAYLOAD-TRAILER. */
export function signV4Chunked(input: ToSignChunked): SignedBody {
  const text = `STREAMING-AWS4-HMAC-SHA256-PAYLOAD${input.trailers === undefined ? '' : '-TRAILER'}`;
  const { headers, seed } = seedV4({ ...input, headers: chunkedHeaders(input) }, text);
  const body = encodeSignedChunks(seed, input.body, input);
  return { headers: { ...headers, 'content-length': String(body.length) }, body };
}

/** Headers and framed body of STREAMING-UNSIGNED-PAYLOAD-TRAILER. */
export function signV4Unsigned(input: ToSignChunked): SignedBody {
  const { headers } = seedV4({ ...input, headers: chunkedHeaders(input) }, 'STREAMING-UNSIGNED-PAYLOAD-TRAILER');
  const body = encodeUnsignedChunks(input.body, input);
  return { headers: { ...headers, 'content-length': String(body.length) }, body };
}

// ------------------------------------------------------------------------------------------------------ version 2

/** What AWS's and s3cmd's clients put into the resource. */
const SUBRESOURCES =
  /^(?:acl|cors|delete|lifecycle|location|logging|notification|partNumber|policy|requestPayment|restore|tagging|torrent|uploadId|uploads|versionId|versioning|versions|website|response-[a-z-]+)$/;

export interface ToSignV2 extends ToSign {
  /** For virtual-host style: the bucket that the host names. */
  readonly bucket?: string;
}

function signatureV2(input: ToSignV2, headers: Headers, date: string): string {
  const { path, query } = parts(input.target);
  const amz = Object.keys(headers)
    .filter((name) => name.startsWith('x-amz-'))
    .sort()
    .map((name) => `${name}:${headers[name]?.trim()}\n`);
  const resources = query
    .filter((parameter) => SUBRESOURCES.test(parameter.split('=')[0] ?? ''))
    .map((parameter) => decodeURIComponent(parameter))
    .sort();
  const bucket = input.bucket === undefined ? '' : `/${input.bucket}`;
  const resource = `${bucket}${path}${resources.length === 0 ? '' : `?${resources.join('&')}`}`;
  const lines = [
    input.method,
    headers['content-md5'] ?? '',
    headers['content-type'] ?? '',
    date,
    amz.join('') + resource,
  ];
  return createHmac('sha1', input.credentials.secretAccessKey).update(lines.join('\n')).digest('base64');
}

/** The headers to send. Uses `x-amz-date` or `date` when given one, and adds `date` otherwise. */
export function signV2(input: ToSignV2): Headers {
  const given = lowerCase(input.headers);
  const dated = 'x-amz-date' in given || 'date' in given;
  const headers = dated ? given : { ...given, date: new Date(input.at ?? Date.now()).toUTCString() };
  const signature = signatureV2(input, headers, 'x-amz-date' in headers ? '' : (headers.date ?? ''));
  return { ...headers, authorization: `AWS ${input.credentials.accessKeyId}:${signature}` };
}

/** The target with its signature in the query. `expires`: seconds since 1970. */
export function presignV2(input: ToSignV2 & { readonly expires: number | string }): string {
  const signature = signatureV2(input, lowerCase(input.headers), String(input.expires));
  const join = input.target.includes('?') ? '&' : '?';
  const query = `AWSAccessKeyId=${uriEncode(input.credentials.accessKeyId)}&Expires=${input.expires}&Signature=${uriEncode(signature)}`;
  return `${input.target}${join}${query}`;
}
