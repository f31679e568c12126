/**
 * Headers that ask for something: which operations honour them, where they have no effect, and where they are refused.
 *
 * A header that would change what is stored, or who may do it, is never accepted and ignored: it is honoured, or it has
 * nothing to act on and a row here says why, or the answer is `501 NotImplemented` with its name. Headers that S3 does not
 * define for an operation are ignored as S3 ignores them, but for those that turn a write into another one (`everyWrite`);
 * `x-amz-*` headers that S3 does not define at all are refused on writes: tomorrow's may say "append" or "only if".
 * `test/exhaustive/members.test.ts` holds this table against AWS's service model, and sends every header to every operation.
 *
 * Building a feature removes its row here, or turns `refused` into `honoured`.
 */

import { CHECKSUM_ALGORITHMS, checksumHeader } from '../base/checksum.ts';
import { S3Error } from '../model/errors.ts';
import type { S3Request } from '../wire/request.ts';
import type { OperationName } from './table.ts';

export interface HeaderRule {
  /** In lower case; a trailing `*` stands for any rest. */
  readonly header: string;
  /** `everyWrite`: PUT, POST and DELETE, whatever the operation. */
  readonly on: 'all' | 'everyWrite' | readonly OperationName[];
  readonly verdict: 'honoured' | 'without effect' | 'refused';
  /** Values that are what happens anyway, so that refusing them would only be unkind. Compared without case. */
  readonly except?: readonly string[];
  /** What becomes of it, for the compatibility table. */
  readonly note: string;
}

const CREATES: readonly OperationName[] = ['PutObject', 'CopyObject', 'CreateMultipartUpload'];
const COPIES: readonly OperationName[] = ['CopyObject', 'UploadPartCopy'];
const ACLS: readonly OperationName[] = [...CREATES, 'CreateBucket', 'PutBucketAcl', 'PutObjectAcl'];
const READS: readonly OperationName[] = ['GetObject', 'HeadObject'];
const CONDITIONAL_READS: readonly OperationName[] = [...READS, 'GetObjectAttributes'];
const ATTRIBUTES: readonly OperationName[] = ['GetObjectAttributes'];
const DELETES: readonly OperationName[] = ['DeleteObject', 'DeleteObjects'];
const CONDITIONAL: readonly OperationName[] = ['PutObject', 'CopyObject', 'CompleteMultipartUpload'];

const CUSTOMER: readonly OperationName[] = [
  ...[...CREATES, ...CONDITIONAL_READS, 'UploadPart' as const, 'UploadPartCopy' as const],
  ...(['CompleteMultipartUpload', 'ListParts'] as const),
];
const CUSTOMER_HEADERS = ['algorithm', 'key', 'key-md5'].map((name) => `server-side-encryption-customer-${name}`);

const rule = (verdict: HeaderRule['verdict'], header: string, on: HeaderRule['on'], note: string): HeaderRule =>
  Object.freeze({ header, on, verdict, note });

/** Refused but for values that are what happens anyway. */
const unless = (except: string, header: string, on: HeaderRule['on'], note: string): HeaderRule =>
  Object.freeze({ ...rule('refused', header, on, note), except: [except] });

/** The first row that fits header and operation counts. */
export const HEADER_RULES: readonly HeaderRule[] = Object.freeze([
  rule(
    'honoured',
    'x-amz-expected-bucket-owner',
    'all',
    'compared with the account id and the canonical id of the owner',
  ),
  rule('honoured', 'x-amz-request-payer', 'all', 'demanded by buckets with Requester Pays'),
  rule('honoured', 'x-amz-acl', ACLS, 'canned ACLs'),
  rule('honoured', 'x-amz-grant-*', ACLS, 'grants by id, uri and emailAddress'),
  rule('honoured', 'x-amz-meta-*', CREATES, 'user metadata, 2 KiB together'),
  rule('honoured', 'x-amz-storage-class', CREATES, 'STANDARD and REDUCED_REDUNDANCY, kept alike'),
  rule('honoured', 'x-amz-website-redirect-location', CREATES, 'kept and returned; websites are not served'),

  rule('honoured', 'content-type', CREATES, 'kept and returned'),
  rule('honoured', 'content-disposition', CREATES, 'kept and returned'),
  rule('honoured', 'content-encoding', CREATES, 'kept and returned, but for `aws-chunked`'),
  rule('honoured', 'content-language', CREATES, 'kept and returned'),
  rule('honoured', 'cache-control', CREATES, 'kept and returned'),
  rule('honoured', 'expires', CREATES, 'kept and returned'),
  rule('honoured', 'content-length', 'all', 'must be what is sent'),
  rule('honoured', 'content-md5', 'all', 'checked'),
  rule('honoured', 'range', READS, 'one range; several are answered with the whole'),
  rule('honoured', 'if-range', READS, 'by ETag or date'),

  ...CHECKSUM_ALGORITHMS.map((algorithm) =>
    rule('honoured', checksumHeader(algorithm), 'all', 'checked, in a presigned URL too'),
  ),
  rule('honoured', 'x-amz-checksum-type', 'all', 'composite and full-object'),
  rule('honoured', 'x-amz-checksum-mode', READS, 'checksums are returned when asked for'),
  rule('honoured', 'x-amz-checksum-algorithm', ['CreateMultipartUpload', 'CopyObject'], 'which checksum is kept'),
  rule('refused', 'x-amz-checksum-*', 'everyWrite', 'no such checksum'),
  rule('honoured', 'x-amz-sdk-checksum-algorithm', 'all', 'must be that of the checksum that is sent'),

  ...CUSTOMER_HEADERS.map((name) => rule('honoured', `x-amz-copy-source-${name}`, COPIES, 'the key of the source')),
  rule('refused', 'x-amz-copy-source-server-side-encryption-*', 'everyWrite', 'copies are made by others'),
  rule('honoured', 'x-amz-copy-source*', COPIES, 'source, its conditions and range'),
  rule('honoured', 'x-amz-source-expected-bucket-owner', COPIES, 'compared with the owner of the source bucket'),
  rule('honoured', 'x-amz-metadata-directive', ['CopyObject'], 'COPY and REPLACE'),
  rule('honoured', 'x-amz-tagging-directive', ['CopyObject'], 'COPY and REPLACE'),
  rule('without effect', 'x-amz-object-annotation-directive', ['CopyObject'], 'objects have no annotations'),
  rule('refused', 'x-amz-copy-source*', 'everyWrite', 'copies are made by CopyObject and UploadPartCopy'),
  rule('refused', 'x-amz-rename-source*', 'everyWrite', 'RenameObject is for directory buckets'),

  rule('honoured', 'x-amz-server-side-encryption', CREATES, 'AES256; aws:kms with a key of the local key ring'),
  rule('honoured', 'x-amz-server-side-encryption-aws-kms-key-id', CREATES, 'a key of the local key ring'),
  rule('honoured', 'x-amz-server-side-encryption-context', CREATES, 'needed again to open the key, and kept for that'),
  rule('honoured', 'x-amz-server-side-encryption-bucket-key-enabled', CREATES, 'kept and returned'),
  ...CUSTOMER_HEADERS.map((name) => rule('honoured', `x-amz-${name}`, CUSTOMER, 'encryption with customer keys')),
  rule('refused', 'x-amz-server-side-encryption-customer-*', 'all', 'customer keys are for objects and uploads'),
  rule(
    'refused',
    'x-amz-server-side-encryption*',
    'everyWrite',
    'encryption is chosen where objects and uploads are made',
  ),
  rule('honoured', 'x-amz-tagging', CREATES, 'up to 10 tags'),
  unless('', 'x-amz-tagging', 'everyWrite', 'tags of what is not created'),
  rule('honoured', 'x-amz-object-lock-mode', CREATES, 'GOVERNANCE and COMPLIANCE'),
  rule('honoured', 'x-amz-object-lock-retain-until-date', CREATES, 'until when'),
  rule('honoured', 'x-amz-object-lock-legal-hold', CREATES, 'ON and OFF'),
  rule('refused', 'x-amz-object-lock-*', 'everyWrite', 'other forms of Object Lock, event holds among them'),
  rule('refused', 'x-amz-bucket-object-lock-token', 'everyWrite', 'Object Lock needs no token here'),
  rule('honoured', 'x-amz-bucket-object-lock-enabled', ['CreateBucket'], 'Object Lock, and versioning with it'),
  rule(
    'without effect',
    'x-amz-confirm-remove-self-bucket-access',
    ['PutBucketPolicy'],
    'no policy keeps the owner from replacing it',
  ),
  rule('honoured', 'x-amz-object-ownership', ['CreateBucket'], 'who owns the objects'),
  unless('global', 'x-amz-bucket-namespace', ['CreateBucket'], 'other than the global namespace'),
  rule(
    'honoured',
    'x-amz-bypass-governance-retention',
    [...DELETES, 'PutObjectRetention'],
    'for who has s3:BypassGovernanceRetention',
  ),
  rule('refused', 'x-amz-mfa', 'everyWrite', 'MFA delete'),
  rule('refused', 'x-amz-write-offset-bytes', 'everyWrite', 'appending is for directory buckets'),
  rule('refused', 'x-amz-if-match-*', 'everyWrite', 'conditions of directory buckets'),
  rule('honoured', 'x-amz-mp-object-size', ['CompleteMultipartUpload'], 'compared with the sum of the parts'),
  rule('honoured', 'x-amz-object-attributes', ATTRIBUTES, 'all five attributes'),
  rule('honoured', 'x-amz-max-parts', ATTRIBUTES, 'parts in one answer, at most 1000'),
  rule('honoured', 'x-amz-part-number-marker', ATTRIBUTES, 'where the parts go on'),
  rule('without effect', 'x-amz-optional-object-attributes', 'all', 'no object is archived or restored'),

  rule('honoured', 'if-match', CONDITIONAL_READS, 'conditional read'),
  rule('honoured', 'if-none-match', CONDITIONAL_READS, 'conditional read'),
  rule('honoured', 'if-modified-since', CONDITIONAL_READS, 'conditional read'),
  rule('honoured', 'if-unmodified-since', CONDITIONAL_READS, 'conditional read'),
  rule('honoured', 'if-match', CONDITIONAL, 'compared in the commit'),
  rule('honoured', 'if-none-match', CONDITIONAL, '`*`: only when the key is new, compared in the commit'),
  rule('honoured', 'if-match', ['DeleteObject'], 'the current version, compared in the commit'),
  rule('refused', 'if-match', 'everyWrite', 'conditional write'),
  rule('refused', 'if-none-match', 'everyWrite', 'conditional write'),
  rule('refused', 'if-unmodified-since', 'everyWrite', 'conditional write'),
  rule('refused', 'if-modified-since', 'everyWrite', 'conditional write'),
  rule('refused', 'content-range', 'everyWrite', 'writing a part of an object'),
]);

/** Identity, framing and tracing: read by `sign/`, `wire/` and `http/`, or by nobody on purpose. */
const TRANSPORT: ReadonlySet<string> = new Set([
  'x-amz-date',
  'x-amz-content-sha256',
  'x-amz-decoded-content-length',
  'x-amz-trailer',
  'x-amz-security-token',
  'x-amz-user-agent',
  'x-amz-te',
  'x-amz-cf-id',
  'x-amz-id-2',
  'x-amz-request-id',
]);

const WRITES: ReadonlySet<string> = new Set(['PUT', 'POST', 'DELETE']);
const PREFIX = 'x-amz-';

function indexRules() {
  const exact = new Map<string, HeaderRule[]>();
  const prefixes: { readonly prefix: string; readonly rule: HeaderRule }[] = [];
  for (const each of HEADER_RULES) {
    if (each.header.endsWith('*')) prefixes.push({ prefix: each.header.slice(0, -1), rule: each });
    else exact.set(each.header, [...(exact.get(each.header) ?? []), each]);
  }
  for (const [header, rules] of exact) {
    rules.push(...prefixes.filter(({ prefix }) => header.startsWith(prefix)).map((each) => each.rule));
  }
  return { exact, prefixes } as const;
}

const INDEX = indexRules();

/** The rules that name a header, by itself before by a prefix. Empty for headers of which nothing is known. */
const rulesFor = (header: string): readonly HeaderRule[] =>
  INDEX.exact.get(header) ?? INDEX.prefixes.filter(({ prefix }) => header.startsWith(prefix)).map((each) => each.rule);

/** The rule that decides about `header` (lower case) on `operation`; undefined when none speaks of it. */
export function ruleFor(header: string, operation: OperationName, method: string): HeaderRule | undefined {
  return rulesFor(header).find(({ on }) => {
    if (on === 'all') return true;
    return on === 'everyWrite' ? WRITES.has(method) : on.includes(operation);
  });
}

/** Throws `NotImplemented`, naming the header, if the request carries one that must not be ignored. */
export function checkHeaders(operation: OperationName, request: S3Request): void {
  for (const header of request.headers.names()) {
    const amazon = header.startsWith(PREFIX);
    if (amazon ? TRANSPORT.has(header) : !INDEX.exact.has(header)) continue;
    const decisive = ruleFor(header, operation, request.method);
    if (decisive === undefined) {
      if (amazon && WRITES.has(request.method) && rulesFor(header).length === 0) throw unknown(header, operation);
    } else if (decisive.verdict === 'refused' && !isHarmless(decisive, request.headers.one(header))) {
      throw refused(header, operation, decisive);
    }
  }
}

const isHarmless = ({ except = [] }: HeaderRule, value: string | undefined): boolean =>
  value !== undefined && except.some((each) => each.toLowerCase() === value.toLowerCase());

const refused = (header: string, operation: OperationName, { note }: HeaderRule): S3Error =>
  new S3Error('NotImplemented', `The header "${header}" is not implemented for ${operation}: ${note}.`, {
    fields: { Header: header, Operation: operation },
  });

const unknown = (header: string, operation: OperationName): S3Error =>
  new S3Error('NotImplemented', `The header "${header}" is not known, so ${operation} does not ignore it. Remove it.`, {
    fields: { Header: header, Operation: operation },
  });
