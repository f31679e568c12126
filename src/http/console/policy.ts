/**
 * What the Console's pages may load, run and reach: their Content-Security-Policy (CSP level 3, Trusted Types).
 *
 * The app runs scripts of this port alone, talks to this port and to S3, and shows S3's pictures and films. Base UI puts a few
 * style elements into the page, which carry the answer's nonce. A document that somebody stored is drawn by `preview.html`,
 * in a sandbox without an origin: it has no network at all, and gets its bytes from the page that frames it.
 */

/**
 * An origin as a policy can say it. CSP has no IPv6 addresses and browsers ignore a source that is one: there it is any host of
 * the same scheme and port, as narrow as can be said. Source: CSP level 3, host-source.
 */
const sourceOf = (origin: string): string => origin.replace(/\[[^\]]*\]/, '*');

/** `s3`: origins. */
export function pagePolicy(nonce: string, s3: readonly string[]): string {
  const store = s3.map((origin) => ` ${sourceOf(origin)}`).join('');
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    `img-src 'self' data:${store}`,
    `media-src${store}`,
    `connect-src 'self'${store}`,
    ...["font-src 'self'", "worker-src 'self'", "frame-src 'self'", "form-action 'self'"],
    ...["base-uri 'none'", "frame-ancestors 'none'"],
    ...["require-trusted-types-for 'script'", 'trusted-types moraine'],
  ].join('; ');
}

export const PREVIEW_POLICY = [
  ...["default-src 'none'", "script-src 'self'", "style-src 'self'", 'img-src data: blob:', "font-src 'self' data:"],
  ...["form-action 'none'", "base-uri 'none'", "frame-ancestors 'self'", 'sandbox allow-scripts'],
].join('; ');
