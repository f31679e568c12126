/**
 * Why a signature did not match: guesses at what the client signed instead, each tried with the key's own secret.
 *
 * A guess is a change of the canonical request (or of secret and scope) that clients and proxies are known to make. Signatures are
 * compared by their digests, so that none is kept. Where nothing fits, what the server signed is told: it holds no secret, and
 * clients print theirs in their debug output. Source of the mistakes: "Troubleshooting Signature Version 4" and issues of clients.
 * Left out: guesses for version 2, and for requests whose head was not kept whole.
 */

import { hash } from 'node:crypto';
import { Secret } from '../base/secret.ts';
import type { S3Request } from '../wire/request.ts';
import { canonicalRequests, deriveSigningKey, type Scope, signatureV4, stringToSign } from './v4.ts';

export interface Signed {
  readonly request: S3Request;
  readonly scope: Scope;
  readonly timestamp: string;
  readonly place: 'header' | 'query';
  readonly signedHeaders: readonly string[];
  /** SHA-256 of the signature that was sent, hex. */
  readonly digest: string;
}

export interface Diagnosis {
  /** What the client did, and what to do about it; undefined: no guess fits. */
  readonly cause: string | undefined;
  /** As the server made them, one character per byte. */
  readonly canonicalRequest: string;
  readonly stringToSign: string;
}

/** `hosts`: other names by which the server is called. `region`: its own. */
export function diagnose(
  signed: Signed,
  secret: Secret,
  { hosts, region }: { readonly hosts: readonly string[]; readonly region: string },
): Diagnosis {
  const [canonical] = canonicalRequests(signed.request, signed, payloadOf(signed));
  const parts = partsOf(canonical);
  const fits = (text: string, withSecret = secret, scope = signed.scope): boolean => {
    const key = deriveSigningKey(withSecret, scope);
    const signature = signatureV4(key, stringToSign(text, signed.timestamp, signed.scope));
    return hash('sha256', signature, 'hex') === signed.digest;
  };
  const bySecret = secretGuesses(secret).find(({ value }) => fits(canonical, value));
  const byScope = scopeGuesses(signed.scope, region).find(({ scope }) => fits(canonical, secret, scope));
  const byParts = partGuesses(parts, hosts).find((guess) => fits(textOf({ ...parts, ...guess.change })));
  return {
    cause: bySecret?.cause ?? byScope?.cause ?? byParts?.cause,
    canonicalRequest: canonical,
    stringToSign: stringToSign(canonical, signed.timestamp, signed.scope),
  };
}

const HASH_HEADER = 'x-amz-content-sha256';
const UNSIGNED = 'UNSIGNED-PAYLOAD';
const EMPTY = hash('sha256', '', 'hex');

const payloadOf = ({ request, place }: Signed): string =>
  request.headers.one(HASH_HEADER) ??
  request.query.one('X-Amz-Content-Sha256') ??
  (place === 'query' ? UNSIGNED : EMPTY);

// --------------------------------------------------------------------------------------------------------- guesses

const secretGuesses = (secret: Secret): readonly { readonly value: Secret; readonly cause: string }[] => {
  const plain = secret.reveal();
  const whiteSpace = 'The client’s secret has white space around it: take it out of its configuration.';
  const texts = [`${plain}\n`, `${plain} `, ` ${plain}`, `${plain}\r`, `${plain}\r\n`];
  const escaped =
    'The client’s secret was percent-encoded or decoded on its way into its configuration: enter it as it was shown.';
  return [
    ...texts.map((text) => ({ value: new Secret(text), cause: whiteSpace })),
    { value: new Secret(encodeURIComponent(plain)), cause: escaped },
    { value: new Secret(plain.replaceAll('+', ' ')), cause: escaped },
  ];
};

const scopeGuesses = (scope: Scope, region: string): readonly { readonly scope: Scope; readonly cause: string }[] =>
  ['us-east-1', region, ''].map((name) => ({
    scope: { ...scope, region: name },
    cause: `The signing key was derived for region "${name}", the credential says "${scope.region}": both must be the same.`,
  }));

interface Parts {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: readonly string[];
  readonly names: string;
  readonly payload: string;
}

function partsOf(canonical: string): Parts {
  const [method = '', path = '', query = '', ...rest] = canonical.split('\n');
  const payload = rest.at(-1) ?? '';
  const names = rest.at(-2) ?? '';
  return { method, path, query, headers: rest.slice(0, -3), names, payload };
}

const textOf = ({ method, path, query, headers, names, payload }: Parts): string =>
  [method, path, query, ...headers, '', names, payload].join('\n');

interface PartGuess {
  readonly change: Partial<Parts>;
  readonly cause: string;
}

function partGuesses(parts: Parts, hosts: readonly string[]): readonly PartGuess[] {
  return [...pathGuesses(parts), ...queryGuesses(parts), ...hostGuesses(parts, hosts), ...otherGuesses(parts)];
}

function pathGuesses({ path }: Parts): readonly PartGuess[] {
  const guess = (changed: string, cause: string): PartGuess => ({ change: { path: changed }, cause });
  const shown = (text: string) => text.slice(0, 200);
  return [
    guess(
      path.replaceAll('%', '%25'),
      `The client signed the path encoded twice (${shown(path.replaceAll('%', '%25'))}): S3 paths are encoded once.`,
    ),
    guess(
      decoded(path),
      `The client signed the path without encoding it (${shown(decoded(path))}): encode it as it is sent.`,
    ),
    guess(path.replaceAll('%20', '+'), 'The client signed spaces of the path as "+": they must be "%20".'),
    guess(path.replaceAll('%2B', '+'), 'The client signed "+" of the path as it is: it must be "%2B".'),
    guess(path.replaceAll('%7E', '~'), 'The client signed "~" of the path otherwise than it is sent.'),
    guess(
      path.replace(/\/{2,}/g, '/'),
      'The client, or something before it, folded "//" of the path into "/": S3 keys keep them.',
    ),
    guess(
      path.endsWith('/') ? path.slice(0, -1) : `${path}/`,
      'The path that was signed and the one that came differ in a slash at the end.',
    ),
    guess(
      path.slice(path.indexOf('/', 1)),
      'The client signed the path without the bucket: it signs for bucket names in the host name but sends them in the path.',
    ),
  ];
}

function decoded(path: string): string {
  try {
    return Buffer.from(decodeURIComponent(path), 'utf8').toString('latin1');
  } catch {
    return path;
  }
}

function queryGuesses({ query }: Parts): readonly PartGuess[] {
  const parameters = query.split('&');
  return [
    {
      change: { query: '' },
      cause: 'The client did not sign the query: all parameters must be signed, sorted by name.',
    },
    {
      change: { query: parameters.map((one) => one.replace(/=$/, '')).join('&') },
      cause: 'The client signed parameters without a value without their "=": "acl" must be signed as "acl=".',
    },
    {
      change: { query: query.replaceAll('%20', '+') },
      cause: 'The client signed spaces of the query as "+": they must be "%20".',
    },
    {
      change: { query: parameters.toReversed().join('&') },
      cause: 'The client did not sort the parameters of the query by name before signing them.',
    },
  ];
}

function hostGuesses({ headers }: Parts, hosts: readonly string[]): readonly PartGuess[] {
  const sent = headers.find((line) => line.startsWith('host:'))?.slice('host:'.length) ?? '';
  const [name = '', port] = sent.split(':');
  const ports = ['', ...(port === undefined ? [] : [`:${port}`]), ':80', ':443', ':9000'];
  const names = [name, ...hosts];
  const others = new Set(names.flatMap((one) => ports.map((end) => `${one}${end}`)).filter((one) => one !== sent));
  return [...others].map((host) => ({
    change: { headers: headers.map((line) => (line.startsWith('host:') ? `host:${host}` : line)) },
    cause: `The client signed for host "${host}", but the request arrived for "${sent}": something between changed the Host header. Let the proxy pass it on as it came.`,
  }));
}

function otherGuesses({ method, headers, payload }: Parts): readonly PartGuess[] {
  const methods = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'].filter((one) => one !== method);
  const payloads = [UNSIGNED, EMPTY].filter((one) => one !== payload);
  return [
    ...methods.map((one) => ({
      change: { method: one },
      cause: `The client signed ${one}, but the request came as ${method}: a presigned address is good for one method only.`,
    })),
    ...payloads.map((one) => ({
      change: { payload: one },
      cause: `The client signed "${one}" for the body, but x-amz-content-sha256 says "${payload}": both must be the same.`,
    })),
    ...headers.map((line, at) => ({
      change: {
        headers: headers.map((other, place) => (place === at ? `${line.slice(0, line.indexOf(':'))}:` : other)),
      },
      cause: `The client signed the header ${line.slice(0, line.indexOf(':'))} while it was empty: it was filled in afterwards.`,
    })),
  ];
}
