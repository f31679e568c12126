/**
 * Percent-encoding as signatures want it: every byte but `A-Z a-z 0-9 - . _ ~` as `%XX`, upper case.
 *
 * Source: "Create a signed AWS API request", UriEncode. Texts here hold one character per byte (`latin1`) where they come
 * from the wire untouched, and are decoded UTF-8 where `wire/request.ts` decoded them.
 */

const UNRESERVED = /^[A-Za-z0-9\-._~]*$/;
const PLAIN_PATH = /^[A-Za-z0-9\-._~/]*$/;
/** A well-formed escape, or one byte that must become one. */
const PIECE = /%([0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~/]/g;

/** Of decoded text; the slash is encoded too. */
export function uriEncode(text: string): string {
  if (UNRESERVED.test(text)) return text;
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => hexOf(character.charCodeAt(0)));
}

/**
 * Of a raw path: each byte decoded once and encoded again, so that `%7e`, `%2D` and an unescaped blank of a careless
 * client come out as AWS writes them. Nothing is normalised: S3 keeps `//`, `.` and `..`.
 *
 * An escaped slash becomes a slash, as it is one in the key. In the bucket's segment of a path-style target it stays an
 * escape: `/a%2Fb` names a bucket and `/a/b` an object, and a signature for one must not serve for the other.
 */
export function canonicalPath(rawPath: string, addressing: 'path' | 'virtual'): string {
  if (PLAIN_PATH.test(rawPath)) return rawPath;
  if (addressing === 'virtual') return recode(rawPath, '/');
  const slash = rawPath.indexOf('/', 1);
  if (slash < 0) return recode(rawPath, '%2F');
  return recode(rawPath.slice(0, slash), '%2F') + recode(rawPath.slice(slash), '/');
}

const recode = (raw: string, slash: string): string =>
  raw.replace(PIECE, (piece, hex: string | undefined) => {
    if (hex === undefined) return hexOf(piece.charCodeAt(0));
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    if (character === '/') return slash;
    return UNRESERVED.test(character) ? character : `%${hex.toUpperCase()}`;
  });

const hexOf = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
