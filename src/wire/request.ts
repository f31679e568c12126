/**
 * An S3 request as it came in: raw target, ordered query, headers by name. Pure data and the function that makes it.
 *
 * The raw request target is kept because signatures cover its bytes. `URL` is never used: it folds `%2e%2e`, `//` and `+`.
 * Sources: "Virtual hosting of general purpose buckets", RFC 9112 section 3.2, RFC 3986 section 2.
 */

export interface QueryParameter {
  /** Percent-decoded once, as UTF-8; `+` stays `+` in names and is a space nowhere (S3 reads `+` in queries as a space: see `value`). */
  readonly name: string;
  /** Percent-decoded once, with `+` as a space; undefined when there was no `=`. */
  readonly value: string | undefined;
  /** As sent, for signatures. */
  readonly rawName: string;
  readonly rawValue: string | undefined;
}

/** Header and query look-ups that make "occurs once" the default. */
export interface Fields {
  /** The value, trimmed of optional white space. Throws `InvalidRequest` when the field occurs more than once. */
  one(name: string): string | undefined;
  /** All values in order. */
  all(name: string): readonly string[];
  has(name: string): boolean;
  /** Names (lower case for headers), each once, in order of first occurrence. */
  names(): readonly string[];
}

export interface S3Request {
  readonly method: string;
  /** The target up to `?`, exactly as sent. */
  readonly rawPath: string;
  /** Behind `?`, exactly as sent; undefined without `?`. */
  readonly rawQuery: string | undefined;
  readonly parameters: readonly QueryParameter[];
  readonly query: Fields;
  readonly headers: Fields;
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
