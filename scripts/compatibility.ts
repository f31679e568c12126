/** `npm run compatibility`: writes docs/s3-compatibility.md from the tables of operations, handlers, headers, elements and limits. */

import { writeFileSync } from 'node:fs';
import { LIMITS, type Limits } from '../src/base/limits.ts';
import { HANDLERS } from '../src/ops/handlers.ts';
import { HEADER_RULES, type HeaderRule } from '../src/ops/refusals.ts';
import { OPERATIONS, type OperationName, type OperationRow } from '../src/ops/table.ts';
import { ELEMENT_RULES, type ElementRule } from '../src/wire/documents/elements.ts';

const INTRODUCTION = `# S3 compatibility

Every operation of S3 is in Moraine's table, built or not. One that is not built answers \`501 NotImplemented\` with its name,
after the signature was checked; it never does something else instead. This page is written from the tables
(\`npm run compatibility\`), and tests hold the tables against AWS's own service model: every header, query parameter and XML
element that it names is sent to every operation, to see that it is honoured, without effect or refused as is said here.

Query parameters that S3 does not know are ignored on GET and HEAD, and everywhere when their name begins with \`x-\` but
not \`x-amz-\`. On PUT, POST and DELETE any other is refused. Two sub-resources in one request, a sub-resource with
a method or target it does not have, and parameters of another operation are refused too.
`;

/** What to know about operations that are built; without a line they are what the S3 API reference says. */
const NOTES: Partial<Readonly<Record<OperationName, string>>> = {
  CreateBucket: 'Again by its owner: 200 if nothing would change, as in us-east-1, else 409. One region per server.',
  PutBucketVersioning: 'Without MFA delete, which is refused.',
  ListObjectVersions:
    'Nothing is left out between pages; behind a null version that was replaced meanwhile, versions of its key can come twice.',
  PostObject:
    'Browsers’ forms, signed by V2 or V4, or anonymous. Judged as the PutObject that the form stands for: each field is honoured or refused as its header.',
  DeleteObjects: 'Each key is judged by the need of DeleteObject.',
  GetObject: 'One range; several at once get all bytes, as in S3. A date of the future is no `If-Modified-Since`.',
  PutObject: '`If-Match: *` means that there must be an object. Not both conditions at once, as in S3.',
  DeleteObject:
    'Under `If-Match`: 404 where there is no object, over a delete marker too; not with `versionId`, as in S3.',
  GetObjectAttributes:
    'Needs `s3:GetObject` as well. Parts are listed where the checksum is made of theirs, and counted otherwise, as in S3.',
  GetBucketPolicyStatus: 'Of the policy alone, as in S3: ACLs don’t count.',
  GetBucketOwnershipControls:
    'Only what the bucket itself says; without that the setting `access.object-ownership` holds.',
  GetPublicAccessBlock: 'Only what the bucket itself says; switches of the settings `access.…` hold besides.',
  PutBucketPolicy: 'What is not understood is refused. 20 KiB. Kept byte for byte.',
  PutBucketRequestPayment: 'Enforced; nobody is billed.',
  PutBucketAcl: 'Canned ACLs but aws-exec-read, grants by header or document.',
  PutObjectAcl: 'Canned ACLs but aws-exec-read, grants by header or document.',
  PutBucketCors: 'Up to 100 rules, 64 KiB. `Access-Control-Allow-Credentials` is never sent.',
  PreflightService: 'For the origins in `console-origins`: nobody else can be allowed to ask here.',
  PreflightBucket: 'No signature is looked at, as in S3.',
  PreflightObject: 'No signature is looked at, as in S3. The key need not exist.',
  CopyObject:
    'By reference: no bytes are moved, whatever the size, unless it is to be encrypted and its source is not.',
  UploadPartCopy: 'By reference: no bytes are moved, whatever the size, unless its source or the upload is encrypted.',
  CompleteMultipartUpload: 'By reference: no bytes are moved, whatever the size.',
};

export function renderCompatibility(): string {
  const names = Object.keys(OPERATIONS).filter((name): name is OperationName => name in OPERATIONS);
  const built = names.filter((name) => HANDLERS[name] !== undefined);
  const lacking = names.filter((name) => HANDLERS[name] === undefined);
  return [
    INTRODUCTION,
    `## Built: ${built.length} operations\n`,
    table(['operation', 'request', 'needs', 'notes'], built.map(builtRow)),
    `## Not built: ${lacking.length} operations, 501\n`,
    table(
      ['operation', 'request'],
      lacking.map((name) => [name, requestOf(OPERATIONS[name])]),
    ),
    '## Headers\n',
    'Headers that would change what is stored, or who may do it, are honoured or refused with `501 NotImplemented` and their',
    'name. `x-amz-*` headers that S3 does not define are refused on PUT, POST and DELETE, ignored on GET and HEAD.\n',
    table(['header', 'operations', 'is', 'notes'], HEADER_RULES.map(headerRow)),
    '## Query parameters\n',
    'Besides those that name a sub-resource. Each is honoured.\n',
    table(['parameter', 'operations'], parameterRows(built)),
    '## XML elements\n',
    'Of the documents that clients send. A row is about the element and all that is in it; the first that fits counts. What is',
    'refused is `501 NotImplemented` with its name; what S3 does not define is `MalformedXML`.\n',
    table(['element', 'is', 'notes'], ELEMENT_RULES.map(elementRow)),
    '## Limits\n',
    table(
      ['what', 'limit'],
      BOUNDS.map(([what, limit, unit]) => [what, amount(LIMITS[limit], unit)]),
    ),
  ].join('\n');
}

function builtRow(name: OperationName): readonly string[] {
  const row: OperationRow = OPERATIONS[name];
  const need = row.versionNeed === undefined ? row.need : `${row.need}; with a version ${row.versionNeed}`;
  const late = row.mayBeLate ? 'May take long: then 200, white space, and the document, of a failure too.' : '';
  return [name, requestOf(row), need, [NOTES[name] ?? '', late].join(' ').trim()];
}

function requestOf({ method, on, path, select, header }: OperationRow): string {
  const target = path ?? { service: '/', bucket: '/bucket', object: '/bucket/key' }[on];
  const query = select.length === 0 ? '' : `?${select.join('&')}`;
  return `\`${method} ${target}${query}\`${header === undefined ? '' : ` with \`${header}\``}`;
}

function headerRow({ header, on, verdict, except, note }: HeaderRule): readonly string[] {
  const operations = on === 'all' ? 'all' : on === 'everyWrite' ? 'every other write' : on.join(', ');
  const kind =
    except === undefined ? verdict : `${verdict}, unless ${except.map((value) => `\`${value}\``).join(' or ')}`;
  return [`\`${header}\``, operations, kind.replace('``', 'empty'), note];
}

function parameterRows(built: readonly OperationName[]): readonly (readonly string[])[] {
  const operations = new Map<string, readonly OperationName[]>();
  for (const name of built) {
    for (const parameter of OPERATIONS[name].parameters) {
      operations.set(parameter, [...(operations.get(parameter) ?? []), name]);
    }
  }
  return [...operations].map(([parameter, names]) => [`\`${parameter}\``, names.join(', ')]);
}

function elementRow({ element, verdict, except, entryOnly, note }: ElementRule): readonly string[] {
  const kind =
    except === undefined ? verdict : `${verdict}, unless ${except.map((text) => `\`${text}\``).join(' or ')}`;
  return [`\`${element}\``, entryOnly === true ? `${kind}, of that entry alone` : kind, note];
}

/** What a client can meet. Those of S3 itself are S3's. */
const BOUNDS: readonly (readonly [what: string, limit: keyof Limits, unit: Unit])[] = [
  ['an object', 'objectBytes', 'bytes'],
  ['one PutObject, UploadPart or CopyObject', 'putBytes', 'bytes'],
  ['every part but the last: at least', 'partBytesMin', 'bytes'],
  ['part numbers, and parts of an object', 'partNumberMax', 'of them'],
  ['a key, as UTF-8', 'keyBytes', 'bytes'],
  ['user metadata of an object: names and values', 'userMetadataBytes', 'bytes'],
  ['tags of an object', 'objectTags', 'of them'],
  ['tags of a bucket', 'bucketTags', 'of them'],
  ['a tag’s key', 'tagKeyLength', 'characters'],
  ['a tag’s value', 'tagValueLength', 'characters'],
  ['a browser’s form, but for the content of its file', 'formBytes', 'bytes'],
  ['a bucket’s name: at least', 'bucketNameMin', 'characters'],
  ['a bucket’s name', 'bucketNameMax', 'characters'],
  ['buckets of one account', 'bucketsPerAccount', 'of them'],
  ['entries of one page of a listing', 'pageEntries', 'of them'],
  ['buckets in one page of ListBuckets', 'bucketPageEntries', 'of them'],
  ['keys of one DeleteObjects', 'deleteKeys', 'of them'],
  ['grants of an ACL', 'aclGrants', 'of them'],
  ['a bucket policy', 'policyBytes', 'bytes'],
  ['rules of a CORS configuration', 'corsRules', 'of them'],
  ['a CORS configuration', 'corsBytes', 'bytes'],
  ['the life of a presigned address', 'presignedSecondsMax', 'seconds'],
  ['what clocks may differ', 'clockSkewMs', 'ms'],
  ['request line and headers', 'headBytes', 'bytes'],
  ['headers of a request', 'headerCount', 'of them'],
  ['query parameters of a request', 'queryParameters', 'of them'],
  ['the documents of CompleteMultipartUpload and DeleteObjects', 'xmlBytes', 'bytes'],
  ['other XML documents', 'smallXmlBytes', 'bytes'],
];

type Unit = 'bytes' | 'characters' | 'seconds' | 'ms' | 'of them';

const STEPS: readonly (readonly [size: number, name: string])[] = [
  [1024 ** 4, 'TiB'],
  [1024 ** 3, 'GiB'],
  [1024 ** 2, 'MiB'],
  [1024, 'KiB'],
];

function amount(value: number, unit: Unit): string {
  if (unit === 'of them') return value.toLocaleString('en');
  if (unit === 'ms') return `${value / 60_000} minutes`;
  if (unit === 'seconds') return `${value / 86_400} days`;
  const [size, name] = (unit === 'bytes' && STEPS.find(([step]) => value > step)) || [1, unit];
  return `${value / size} ${name}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n');
}

if (import.meta.main) writeFileSync(new URL('../docs/s3-compatibility.md', import.meta.url), renderCompatibility());
