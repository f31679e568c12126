/**
 * The layout of each row, written and read back. `codec.ts` has the seal and the primitives, `keys.ts` the keys.
 *
 * A row begins with a format byte where its layout may have to change within a store's life. Optional fields are bits of
 * a byte in front of them. Version rows live in `versions-record.ts`.
 */

import { strict as assert } from 'node:assert';
import type {
  AccessKey,
  Account,
  Acl,
  Bucket,
  BucketConfiguration,
  Checksum,
  EndedSession,
  Grant,
  Group,
  KeyScope,
  Part,
  PartInfo,
  Permission,
  StoredHeaders,
  Upload,
  VersionAttributes,
  Versioning,
} from '../../model/entities.ts';
import { Corrupt } from '../port.ts';
import type { RowReader, RowWriter } from './codec.ts';
import { readExtent, type StoredExtent, writeExtent } from './extents.ts';

const ROLES = ['operator', 'tenant'] as const satisfies readonly Account['role'][];
const ACCOUNT_STATES = ['active', 'suspended'] as const satisfies readonly Account['state'][];
const KEY_STATES = ['active', 'revoked'] as const satisfies readonly AccessKey['state'][];
const PERMISSIONS = ['READ', 'WRITE', 'READ_ACP', 'WRITE_ACP', 'FULL_CONTROL'] as const satisfies readonly Permission[];
const GROUPS = ['AllUsers', 'AuthenticatedUsers', 'LogDelivery'] as const satisfies readonly Group[];
const VERSIONINGS = ['unversioned', 'enabled', 'suspended'] as const satisfies readonly Versioning[];
const ALGORITHMS = [
  'CRC32',
  'CRC32C',
  'CRC64NVME',
  'SHA1',
  'SHA256',
  'SHA512',
  'MD5',
  'XXHASH64',
  'XXHASH3',
  'XXHASH128',
] as const satisfies readonly Checksum['algorithm'][];
const CHECKSUM_TYPES = ['FULL_OBJECT', 'COMPOSITE'] as const satisfies readonly Checksum['type'][];

function writeOneOf<T>(row: RowWriter, values: readonly T[], value: T): void {
  const index = values.indexOf(value);
  assert(index >= 0, 'a value of the list');
  row.byte(index);
}

function readOneOf<T>(row: RowReader, values: readonly T[]): T {
  const value = values[row.byte()];
  if (value === undefined) throw new Corrupt('a row holds a value that this format does not have');
  return value;
}

function writeOptional(row: RowWriter, value: string | undefined): void {
  row.byte(value === undefined ? 0 : 1);
  if (value !== undefined) row.text(value);
}
const readOptional = (row: RowReader): string | undefined => (row.byte() === 0 ? undefined : row.text());

// ------------------------------------------------------------------------------------------------- accounts and keys

export function writeAccount(row: RowWriter, account: Account): void {
  row.text(account.id).text(account.name).text(account.canonicalId).uint(account.createdAt);
  writeOneOf(row, ROLES, account.role);
  writeOneOf(row, ACCOUNT_STATES, account.state);
  writeOptional(row, account.email);
  const { passwordHash, sessionsFrom, endedSessions } = account;
  const present = (passwordHash === undefined ? 0 : 1) | (sessionsFrom === undefined ? 0 : 2);
  row.byte(present | (endedSessions === undefined ? 0 : 4));
  if (passwordHash !== undefined) row.text(passwordHash);
  if (sessionsFrom !== undefined) row.uint(sessionsFrom);
  if (endedSessions === undefined) return;
  row.uint(endedSessions.length);
  for (const { id, until } of endedSessions) row.text(id).uint(until);
}

export function readAccount(row: RowReader): Account {
  const id = row.text();
  const name = row.text();
  const canonicalId = row.text();
  const createdAt = row.uint();
  const role = readOneOf(row, ROLES);
  const state = readOneOf(row, ACCOUNT_STATES);
  const email = readOptional(row);
  const present = readPresent(row);
  const passwordHash = present & 1 ? { passwordHash: row.text() } : {};
  const sessionsFrom = present & 2 ? { sessionsFrom: row.uint() } : {};
  const endedSessions = present & 4 ? { endedSessions: readEnded(row) } : {};
  row.end();
  const account = { id, name, canonicalId, role, state, createdAt, ...passwordHash, ...sessionsFrom, ...endedSessions };
  return Object.freeze(email === undefined ? account : { ...account, email });
}

const readEnded = (row: RowReader): readonly EndedSession[] =>
  Array.from({ length: row.uint() }, () => ({ id: row.text(), until: row.uint() }));

/** Which fields follow that rows did not have at first: old ones end here. */
const readPresent = (row: RowReader): number => (row.ended() ? 0 : row.byte());

export function writeAccessKey(row: RowWriter, key: AccessKey): void {
  row.text(key.accessKeyId).text(key.accountId).text(key.sealedSecret).uint(key.createdAt);
  row.byte(key.allowV2 ? 1 : 0);
  writeOneOf(row, KEY_STATES, key.state);
  writeOptional(row, key.label);
  row.byte((key.scope === undefined ? 0 : 1) | (key.expiresAt === undefined ? 0 : 2));
  if (key.scope !== undefined) row.text(JSON.stringify(key.scope));
  if (key.expiresAt !== undefined) row.uint(key.expiresAt);
}

export function readAccessKey(row: RowReader): AccessKey {
  const accessKeyId = row.text();
  const accountId = row.text();
  const sealedSecret = row.text();
  const createdAt = row.uint();
  const allowV2 = row.byte() === 1;
  const state = readOneOf(row, KEY_STATES);
  const label = readOptional(row);
  const present = readPresent(row);
  const scope = present & 1 ? { scope: readScope(row) } : {};
  const expiresAt = present & 2 ? { expiresAt: row.uint() } : {};
  row.end();
  const key = { accessKeyId, accountId, sealedSecret, createdAt, allowV2, state, ...scope, ...expiresAt };
  return Object.freeze(label === undefined ? key : { ...key, label });
}

/** As it was given, whatever it holds. */
function readScope(row: RowReader): KeyScope {
  const scope: KeyScope = JSON.parse(row.text());
  return scope;
}

// ------------------------------------------------------------------------------------------------------- shared parts

export function writeAcl(row: RowWriter, acl: Acl): void {
  row.text(acl.owner).uint(acl.grants.length);
  for (const { grantee, permission } of acl.grants) {
    writeOneOf(row, PERMISSIONS, permission);
    row.byte(grantee.type === 'account' ? 0 : 1);
    if (grantee.type === 'account') row.text(grantee.canonicalId);
    else writeOneOf(row, GROUPS, grantee.group);
  }
}

export function readAcl(row: RowReader): Acl {
  const owner = row.text();
  const count = row.uint();
  const grants: Grant[] = [];
  for (let index = 0; index < count; index++) {
    const permission = readOneOf(row, PERMISSIONS);
    const isAccount = row.byte() === 0;
    const grantee = isAccount
      ? { type: 'account' as const, canonicalId: row.text() }
      : { type: 'group' as const, group: readOneOf(row, GROUPS) };
    grants.push({ grantee, permission });
  }
  return { owner, grants };
}

const HEADERS = [
  'contentType',
  'cacheControl',
  'contentDisposition',
  'contentEncoding',
  'contentLanguage',
  'expires',
  'websiteRedirectLocation',
  'storageClass',
] as const satisfies readonly Exclude<keyof StoredHeaders, 'userMetadata'>[];

export function writeHeaders(row: RowWriter, headers: StoredHeaders): void {
  let present = 0;
  for (const [bit, name] of HEADERS.entries()) if (headers[name] !== undefined) present |= 1 << bit;
  row.byte(present);
  for (const name of HEADERS) {
    const value = headers[name];
    if (value !== undefined) row.text(value);
  }
  row.uint(headers.userMetadata.size);
  for (const [name, value] of headers.userMetadata) row.text(name).text(value);
}

export function readHeaders(row: RowReader): StoredHeaders {
  const present = row.byte();
  const headers: { -readonly [name in keyof StoredHeaders]: StoredHeaders[name] } = { userMetadata: new Map() };
  if (present !== 0) {
    for (const [bit, name] of HEADERS.entries()) if ((present & (1 << bit)) !== 0) headers[name] = row.text();
  }
  const count = row.uint();
  if (count === 0) return headers;
  const metadata = new Map<string, string>();
  for (let index = 0; index < count; index++) metadata.set(row.text(), row.text());
  headers.userMetadata = metadata;
  return headers;
}

export function writeChecksum(row: RowWriter, checksum: Checksum): void {
  writeOneOf(row, ALGORITHMS, checksum.algorithm);
  writeOneOf(row, CHECKSUM_TYPES, checksum.type);
  row.text(checksum.value);
}

export function readChecksum(row: RowReader): Checksum {
  const algorithm = readOneOf(row, ALGORITHMS);
  const type = readOneOf(row, CHECKSUM_TYPES);
  return { algorithm, value: row.text(), type };
}

// ------------------------------------------------------------------------------------------------------------ buckets

export interface BucketRecord {
  readonly bucket: Bucket;
  /** Its objects' rows begin with it. Never used twice. */
  readonly number: number;
}

export function writeBucket(row: RowWriter, { bucket, number }: BucketRecord): void {
  row.uint(number).uint(Number(bucket.revision)).text(bucket.id).text(bucket.name).text(bucket.owner);
  row.text(bucket.ownerCanonicalId).text(bucket.region).uint(bucket.createdAt);
  writeOneOf(row, VERSIONINGS, bucket.versioning);
  writeAcl(row, bucket.acl);
  const documents = Object.entries(bucket.configuration);
  row.uint(documents.length);
  for (const [name, text] of documents) row.text(name).text(text);
}

/** Rows that were written before there was any end in front of it. */
function readConfiguration(row: RowReader): BucketConfiguration {
  if (row.ended()) return {};
  return Object.fromEntries(Array.from({ length: row.uint() }, () => [row.text(), row.text()]));
}

export function readBucket(row: RowReader): BucketRecord {
  const number = row.uint();
  const revision = String(row.uint());
  const id = row.text();
  const name = row.text();
  const owner = row.text();
  const ownerCanonicalId = row.text();
  const region = row.text();
  const createdAt = row.uint();
  const versioning = readOneOf(row, VERSIONINGS);
  const acl = readAcl(row);
  const configuration = readConfiguration(row);
  row.end();
  const bucket = { id, name, owner, ownerCanonicalId, region, createdAt, versioning, acl, configuration, revision };
  return Object.freeze({ bucket: Object.freeze(bucket), number });
}

export function writeBucketId(row: RowWriter, { bucket, number }: BucketRecord): void {
  row.uint(number).text(bucket.name);
}
export const readBucketId = (row: RowReader): { readonly number: number; readonly name: string } => ({
  number: row.uint(),
  name: row.text(),
});

// -------------------------------------------------------------------------------------------------- uploads and parts

export interface UploadRecord {
  readonly upload: Upload;
  readonly bucketNumber: number;
  /** The number of its key among keys with uploads. */
  readonly keyNumber: number;
  /** Its parts' rows begin with it. */
  readonly number: number;
}

export function writeUpload(row: RowWriter, { upload, bucketNumber, keyNumber, number }: UploadRecord): void {
  row.uint(bucketNumber).uint(keyNumber).uint(number);
  row.text(upload.bucketId).text(upload.key).text(upload.uploadId).uint(upload.initiatedAt);
  row.text(upload.owner).text(upload.ownerCanonicalId);
  writeAcl(row, upload.acl);
  writeHeaders(row, upload.headers);
  row.byte(
    (upload.checksumAlgorithm === undefined ? 0 : 1) |
      (upload.checksumType === undefined ? 0 : 2) |
      (upload.attributes === undefined ? 0 : 4),
  );
  if (upload.checksumAlgorithm !== undefined) writeOneOf(row, ALGORITHMS, upload.checksumAlgorithm);
  if (upload.checksumType !== undefined) writeOneOf(row, CHECKSUM_TYPES, upload.checksumType);
  writeAttributes(row, upload.attributes);
}

export function readUpload(row: RowReader): UploadRecord {
  const numbers = { bucketNumber: row.uint(), keyNumber: row.uint(), number: row.uint() };
  const names = { bucketId: row.text(), key: row.text(), uploadId: row.text(), initiatedAt: row.uint() };
  const owner = { owner: row.text(), ownerCanonicalId: row.text() };
  const acl = readAcl(row);
  const headers = readHeaders(row);
  const present = row.byte();
  const algorithm = present & 1 ? { checksumAlgorithm: readOneOf(row, ALGORITHMS) } : {};
  const type = present & 2 ? { checksumType: readOneOf(row, CHECKSUM_TYPES) } : {};
  const attributes = present & 4 ? { attributes: readAttributes(row) } : {};
  row.end();
  return { ...numbers, upload: { ...names, ...owner, acl, headers, ...algorithm, ...type, ...attributes } };
}

export function writeAttributes(row: RowWriter, attributes: VersionAttributes | undefined): void {
  if (attributes !== undefined) row.text(JSON.stringify(attributes));
}

export function readAttributes(row: RowReader): VersionAttributes {
  const attributes: VersionAttributes = JSON.parse(row.text());
  return attributes;
}

export type PartRecord = Omit<Part, 'body'> & { readonly extent: StoredExtent };

export function writePart(row: RowWriter, part: PartRecord): void {
  row.uint(part.number).uint(part.size).text(part.etag).uint(part.modifiedAt);
  writeExtent(row, part.extent);
  row.byte(part.checksum === undefined ? 0 : 1);
  if (part.checksum !== undefined) writeChecksum(row, part.checksum);
}

export function readPart(row: RowReader): PartRecord {
  const fields = { number: row.uint(), size: row.uint(), etag: row.text(), modifiedAt: row.uint() };
  const extent = readExtent(row);
  const checksum = row.byte() === 0 ? {} : { checksum: readChecksum(row) };
  row.end();
  return { ...fields, extent, ...checksum };
}

/** The parts of a completed upload: read with the version, decoded only when somebody asks. */
export function writePartList(row: RowWriter, parts: readonly PartInfo[]): void {
  row.uint(parts.length);
  for (const { number, size, checksum } of parts) {
    row
      .uint(number)
      .uint(size)
      .byte(checksum === undefined ? 0 : 1);
    if (checksum !== undefined) writeChecksum(row, checksum);
  }
}

export function readPartList(row: RowReader): readonly PartInfo[] {
  const count = row.uint();
  const parts: PartInfo[] = [];
  for (let index = 0; index < count; index++) {
    const part = { number: row.uint(), size: row.uint() };
    parts.push(row.byte() === 0 ? part : { ...part, checksum: readChecksum(row) });
  }
  row.end();
  return parts;
}
