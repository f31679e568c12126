/**
 * Headers that a presigned V4 URL carries as query parameters ("hoisted"), as AWS's SDKs write them.
 *
 * The signature covers the whole query, so such a parameter is as good as a signed header (SECURITY rule 4). Only the
 * names below are understood: none selects an operation or frames the body. Any other `x-amz-*` parameter stays unknown,
 * and so do all of them under V2, which does not sign them, and without a signature.
 *
 * S3 has not looked at checksums there since 2023 (aws/aws-sdk issue 480). Here they hold: who signs one into an address says which
 * body may be sent to it. `http/body.ts` explains the one that SDKs sign before they have a body.
 */

import { CHECKSUM_ALGORITHMS, checksumHeader } from '../base/checksum.ts';
import { S3Error } from '../model/errors.ts';
import type { HeaderFields, QueryParameter, S3Request } from '../wire/request.ts';

const NAMES: ReadonlySet<string> = new Set([
  'x-amz-acl',
  'x-amz-storage-class',
  'x-amz-website-redirect-location',
  'x-amz-expected-bucket-owner',
  'x-amz-request-payer',
  'x-amz-checksum-mode',
  'x-amz-checksum-type',
  'x-amz-checksum-algorithm',
  ...CHECKSUM_ALGORITHMS.map(checksumHeader),
  'x-amz-tagging',
  'x-amz-mfa',
  'x-amz-bypass-governance-retention',
  'x-amz-bucket-object-lock-enabled',
  'x-amz-object-ownership',
]);
const PREFIXES = ['x-amz-meta-', 'x-amz-grant-', 'x-amz-object-lock-', 'x-amz-server-side-encryption'] as const;
/** Names what the checksum's own name says already. Presigners leave it behind where they take the checksum out. */
const INERT = 'x-amz-sdk-checksum-algorithm';
/** What a header may be called (RFC 9110 section 5.1): what is stored under another name could never be answered. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
/** What no header can hold. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;

export const isPresignedV4 = (request: S3Request): boolean => request.query.has('X-Amz-Signature');

const isHoistable = (name: string): boolean => NAMES.has(name) || PREFIXES.some((prefix) => name.startsWith(prefix));

/** A parameter that S3 accepts in a presigned URL and does nothing with. `name` in lower case. */
export const isInertWhenHoisted = (name: string, request: S3Request): boolean =>
  isPresignedV4(request) && name === INERT;

/**
 * The request with its hoisted headers as headers; the same request when there are none. Everything but verification
 * works on this one. `InvalidArgument` when header and parameter disagree, or when one could not be a header.
 */
export function hoist(request: S3Request): S3Request {
  // A preflight is about the request that the URL is for; nothing that is said there is done here.
  if (request.method === 'OPTIONS') return request;
  if (request.parameters.length === 0 || !isPresignedV4(request)) return request;
  const hoisted = new Map<string, string>();
  for (const parameter of request.parameters) {
    const name = parameter.name.toLowerCase();
    if (isHoistable(name)) add(hoisted, name, parameter, request.headers);
  }
  return hoisted.size === 0 ? request : { ...request, headers: new WithHoisted(request.headers, hoisted) };
}

function add(hoisted: Map<string, string>, name: string, { value = '' }: QueryParameter, headers: HeaderFields): void {
  const other = hoisted.get(name) ?? (headers.has(name) ? headers.one(name) : undefined);
  if (!TOKEN.test(name)) throw refused(name, value, 'is not a name that a header can have');
  if (other !== undefined && other !== value) throw refused(name, value, 'is said twice, with different values');
  if (CONTROL.test(value)) throw refused(name, value, 'holds a control character');
  hoisted.set(name, value);
}

/** Customers' keys are not repeated. */
const refused = (name: string, value: string, why: string): S3Error =>
  new S3Error('InvalidArgument', `${name} in the presigned URL ${why}.`, {
    fields: { ArgumentName: name, ...(!name.includes('customer-key') && { ArgumentValue: value }) },
  });

/** Headers as sent, and the hoisted ones beside them. */
class WithHoisted implements HeaderFields {
  readonly #sent: HeaderFields;
  readonly #hoisted: ReadonlyMap<string, string>;

  constructor(sent: HeaderFields, hoisted: ReadonlyMap<string, string>) {
    this.#sent = sent;
    this.#hoisted = hoisted;
  }

  one(name: string): string | undefined {
    return this.#hoisted.get(name) ?? this.#sent.one(name);
  }

  all(name: string): readonly string[] {
    const value = this.#hoisted.get(name);
    return value === undefined ? this.#sent.all(name) : [value];
  }

  raw(name: string): readonly string[] {
    const value = this.#hoisted.get(name);
    return value === undefined ? this.#sent.raw(name) : [Buffer.from(value, 'utf8').toString('latin1')];
  }

  has(name: string): boolean {
    return this.#hoisted.has(name) || this.#sent.has(name);
  }

  names(): readonly string[] {
    return [...new Set([...this.#sent.names(), ...this.#hoisted.keys()])];
  }
}
