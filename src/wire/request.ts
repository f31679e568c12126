/**
 * An S3 request as it came in: raw target, ordered query, headers by name. Pure data and the function that makes it.
 *
 * The raw request target is kept because signatures cover its bytes. `URL` is never used: it folds `%2e%2e`, `//` and `+`.
 * A key is what the bytes say, decoded once, as UTF-8: `.`, `..`, `//`, a trailing `/` and U+0000 are part of it.
 * Sources: "Virtual hosting of general purpose buckets", RFC 9112 section 3.2, RFC 3986 section 2.
 * Left out: `*` and authority targets (S3 has no operation for them), bucket and key rules (`model/`).
 */

import { LIMITS, type Limits } from '../base/limits.ts';
import { S3Error } from '../model/errors.ts';
import { type Fields, type HeaderFields, HeaderTable, QueryTable } from './fields.ts';

export type { Fields, HeaderFields } from './fields.ts';

export interface QueryParameter {
  /** Percent-decoded once, as UTF-8; `+` stays `+` in names and is a space nowhere (S3 reads `+` in queries as a space: see `value`). */
  readonly name: string;
  /** Percent-decoded once, with `+` as a space; undefined when there was no `=`. */
  readonly value: string | undefined;
  /** As sent, for signatures. */
  readonly rawName: string;
  readonly rawValue: string | undefined;
}

export interface S3Request {
  readonly method: string;
  /** The target up to `?`, exactly as sent. */
  readonly rawPath: string;
  /** Behind `?`, exactly as sent; undefined without `?`. */
  readonly rawQuery: string | undefined;
  readonly parameters: readonly QueryParameter[];
  readonly query: Fields;
  readonly headers: HeaderFields;
  /** As the client named us, lower case, port included when sent. */
  readonly host: string;
  /** `virtual`: the bucket came from the host name. V2 signatures need to know. */
  readonly addressing: 'path' | 'virtual';
  /** Undefined for the service itself. Not validated beyond decoding: `NoSuchBucket` must be possible for any name. */
  readonly bucket: string | undefined;
  /** Undefined when the target is the bucket. Never empty. */
  readonly key: string | undefined;
  /** The socket's peer, or what a trusted proxy said. */
  readonly remoteAddress: string;
  /** TLS on the socket, or what a trusted proxy said. */
  readonly secure: boolean;
}

/** What `node:http` gives, untouched: `target` and header values hold one character per byte. */
export interface RawRequest {
  readonly method: string;
  readonly target: string;
  /** Name, value, name, value … */
  readonly rawHeaders: readonly string[];
  readonly remoteAddress: string;
  readonly secure: boolean;
}

/**
 * The S3 domains, lower case, without port. `<bucket>.<domain>` is virtual-host style; every other name, addresses and
 * the bare domains among them, is path style.
 */
export type HostNames = readonly string[];

type RequestLimits = Pick<Limits, 'headBytes' | 'headerCount' | 'queryParameters'>;

/** Throws `InvalidURI` for a target, `InvalidRequest` for a Host, `RequestHeaderSectionTooLarge` for a head we refuse. */
export function parseRequest(raw: RawRequest, names: HostNames, limits: RequestLimits = LIMITS): S3Request {
  checkHead(raw, limits);
  const headers = new HeaderTable(raw.rawHeaders);
  const host = hostOf(headers);
  const { path, query } = splitTarget(raw.target, host);
  const parameters = query === undefined ? [] : parseQuery(query, limits.queryParameters);
  const virtual = virtualBucket(host, names);
  const { bucket, key } = virtual === undefined ? pathStyle(path) : { bucket: virtual, key: keyOf(path, 1) };
  return {
    method: raw.method,
    rawPath: path,
    rawQuery: query,
    parameters,
    query: new QueryTable(parameters),
    headers,
    host,
    addressing: virtual === undefined ? 'path' : 'virtual',
    bucket,
    key,
    remoteAddress: raw.remoteAddress,
    secure: raw.secure,
  };
}

function checkHead(raw: RawRequest, limits: RequestLimits): void {
  if (raw.rawHeaders.length / 2 > limits.headerCount) {
    throw new S3Error('RequestHeaderSectionTooLarge', `Your request has more than ${limits.headerCount} headers.`);
  }
  let bytes = raw.method.length + raw.target.length;
  for (const text of raw.rawHeaders) bytes += text.length;
  if (bytes > limits.headBytes) {
    throw new S3Error(
      'RequestHeaderSectionTooLarge',
      `Your request line and headers exceed ${limits.headBytes} bytes together.`,
    );
  }
}

const HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{0,5})?$/;

function hostOf(headers: HeaderFields): string {
  const values = headers.raw('host');
  const host = values[0]?.toLowerCase();
  if (values.length !== 1 || host === undefined) {
    throw new S3Error(
      'InvalidRequest',
      `Your request has ${values.length === 0 ? 'no' : 'more than one'} Host header. Send exactly one.`,
    );
  }
  if (!HOST.test(host))
    throw new S3Error('InvalidRequest', 'The Host header is not a host name with an optional port.');
  return host;
}

/** What a target may hold: printable ASCII without `#`, and bytes above ASCII, which clients that do not escape send. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to refuse
const NOT_TARGET = /[\x00-\x20#\x7f]|[^\x00-\xff]/;
const ABSOLUTE = /^https?:\/\/([^/?]*)/i;

function splitTarget(target: string, host: string): { readonly path: string; readonly query: string | undefined } {
  if (NOT_TARGET.test(target)) throw invalidUri('holds a character that must be percent-encoded');
  const local = target.startsWith('/') ? target : fromAbsolute(target, host);
  const mark = local.indexOf('?');
  if (mark < 0) return { path: local, query: undefined };
  return { path: local.slice(0, mark), query: local.slice(mark + 1) };
}

/**
 * RFC 9112 lets the absolute form's authority override Host. The signature covers Host, so the two must agree: otherwise
 * the bucket acted on would not be the bucket signed.
 */
function fromAbsolute(target: string, host: string): string {
  const match = ABSOLUTE.exec(target);
  if (match === null) throw invalidUri('is neither a path nor an http URL');
  if (match[1]?.toLowerCase() !== host) throw invalidUri('names another host than the Host header');
  const rest = target.slice(match[0].length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

function virtualBucket(host: string, names: HostNames): string | undefined {
  const name = host.replace(/:[0-9]*$/, '').replace(/\.$/, '');
  let bucket: string | undefined;
  for (const domain of names) {
    if (name === domain) return undefined;
    if (name.endsWith(domain) && name[name.length - domain.length - 1] === '.') {
      const label = name.slice(0, name.length - domain.length - 1);
      if (label !== '' && (bucket === undefined || label.length < bucket.length)) bucket = label;
    }
  }
  return bucket;
}

/** `/bucket/key`: split before decoding, so that an escaped slash never moves the border. */
function pathStyle(path: string): { readonly bucket: string | undefined; readonly key: string | undefined } {
  if (path === '/') return { bucket: undefined, key: undefined };
  const slash = path.indexOf('/', 1);
  const bucket = decode(slash < 0 ? path.slice(1) : path.slice(1, slash), 'bucket name');
  if (bucket === '') throw invalidUri('has an empty bucket name');
  return { bucket, key: slash < 0 ? undefined : keyOf(path, slash + 1) };
}

const keyOf = (path: string, start: number): string | undefined =>
  path.length === start ? undefined : decode(path.slice(start), 'key');

function parseQuery(query: string, limit: number): readonly QueryParameter[] {
  const parameters: QueryParameter[] = [];
  for (let start = 0; start <= query.length; ) {
    const next = query.indexOf('&', start);
    const end = next < 0 ? query.length : next;
    if (end > start) {
      if (parameters.length === limit) throw invalidUri(`has more than ${limit} query parameters`);
      parameters.push(parameter(query.slice(start, end)));
    }
    start = end + 1;
  }
  return parameters;
}

function parameter(text: string): QueryParameter {
  const equals = text.indexOf('=');
  const rawName = equals < 0 ? text : text.slice(0, equals);
  const rawValue = equals < 0 ? undefined : text.slice(equals + 1);
  const name = decode(rawName, 'query');
  const value = rawValue === undefined ? undefined : decode(rawValue.replaceAll('+', ' '), 'query');
  return { name, value, rawName, rawValue };
}

const PLAIN = /^[\x21-\x24\x26-\x7e ]*$/;

/** Percent-decodes once. `decodeURIComponent` takes exactly well-formed escapes of well-formed UTF-8. */
function decode(text: string, what: string): string {
  if (PLAIN.test(text)) return text;
  const escaped = text.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`);
  try {
    return decodeURIComponent(escaped);
  } catch (cause) {
    const problem = /%(?![0-9a-f]{2})/i.test(escaped) ? 'a malformed percent escape' : 'bytes that are not UTF-8';
    throw invalidUri(`has ${problem} in its ${what}`, cause);
  }
}

const invalidUri = (problem: string, cause?: unknown): S3Error =>
  new S3Error('InvalidURI', `Couldn't parse the specified URI: it ${problem}.`, { cause });
