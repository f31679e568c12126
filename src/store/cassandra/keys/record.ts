/**
 * A version as it is stored, in `head` (the current one) and in `ver` with the same bytes; and the marks made from tags:
 * version ids and revisions.
 *
 * Format 1: a format byte, flags, the fields in the order of `writeRecord`, and a CRC-32 over the key and all of it, so that
 * a row of another key is not taken for this key's. Format 2 has the version's attributes besides, as JSON. Format 0, a byte
 * alone, is a dead null version.
 */

import { crc32 } from 'node:zlib';
import type {
  Acl,
  Checksum,
  Grantee,
  PartInfo,
  Permission,
  Revision,
  StoredHeaders,
  VersionAttributes,
  VersionDraft,
  VersionId,
} from '../../../model/entities.ts';
import { Corrupt } from '../../port.ts';
import type { Uuid } from '../database/types.ts';
import { MAX_COUNT, MAX_TIME } from '../tags.ts';
import type { BodyPlace, Naming, Tag, VersionPlace } from '../types.ts';
import { RecordReader, RecordWriter, uuidBytes, uuidText } from './codec.ts';

export interface VersionRecord extends Omit<VersionDraft, 'body' | 'parts'> {
  readonly place: VersionPlace;
  /** The key's tag at this version's last change. */
  readonly rev: Tag;
  /** Undefined: a delete marker. */
  readonly naming: Naming | undefined;
  /** `listed`: the body's own list of ranges has them (`Bodies.partsOf`). */
  readonly parts: readonly PartInfo[] | 'listed' | undefined;
}

const FORMAT = { plain: 1, attributed: 2 } as const;
const FLAG = {
  ...{ marker: 1, isNull: 2, body: 4, reference: 8, checksum: 16, upload: 32, parts: 64, listed: 128 },
} as const;
const SUM_BYTES = 4;

// --------------------------------------------------------------------------------------------------------------- marks

/** What `expect` is for a key that has no version, whatever happened to it before. */
export const ABSENT: Revision = 'absent';

const ID_BYTES = 29;
const ID_LENGTH = 39;

/** The place of a version: 39 URL-safe characters. */
export function versionIdOf({ z, t, n, id }: VersionPlace): VersionId {
  const bytes = Buffer.alloc(ID_BYTES);
  bytes.writeUInt8(Math.max(z, 0), 0);
  bytes.writeBigUInt64BE(t, 1);
  bytes.writeUInt32BE(n, 9);
  uuidBytes(id).copy(bytes, 13);
  return bytes.toString('base64url');
}

/** Undefined: not an id that this engine gave out. */
export function placeOfVersionId(versionId: VersionId): VersionPlace | undefined {
  if (versionId.length !== ID_LENGTH) return undefined;
  const bytes = Buffer.from(versionId, 'base64url');
  if (bytes.length !== ID_BYTES || bytes.toString('base64url') !== versionId) return undefined;
  const z = bytes.readUInt8(0);
  const t = bytes.readBigUInt64BE(1);
  const n = bytes.readUInt32BE(9);
  if ((z !== 0 && z !== 1) || t > MAX_TIME || n >= MAX_COUNT) return undefined;
  return { z, t, n, id: uuidText(bytes.subarray(13)) };
}

/**
 * A mark of the state that was written at this tag: the tag and four bytes of the version's id, which tell two writers
 * apart that had one tag. Tags of a key only grow, so it never comes back.
 */
export function revisionOf({ time, count }: Tag, id: Uuid): Revision {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64BE(time, 0);
  bytes.writeUInt32BE(count, 8);
  uuidBytes(id).copy(bytes, 12, 0, 4);
  return bytes.toString('base64url');
}

export const samePlace = (a: VersionPlace, b: VersionPlace): boolean =>
  a.t === b.t && a.n === b.n && a.z === b.z && a.id === b.id;

/** The key's tag when the version was put. */
export const placeTag = ({ t, n }: VersionPlace): Tag => ({ time: t, count: n });

/** Newest first, null versions among the others; of the order of rows in `ver` where z is the same. */
export function comparePlaces(a: VersionPlace, b: VersionPlace): number {
  if (a.t !== b.t) return a.t > b.t ? -1 : 1;
  if (a.n !== b.n) return b.n - a.n;
  if (a.z !== b.z) return a.z - b.z;
  return a.id === b.id ? 0 : a.id < b.id ? -1 : 1;
}

/** What tells one naming of a body from others of the same body. */
export function namingId(naming: Naming | undefined): Uuid | undefined {
  if (naming === undefined || naming.place.type === 'empty') return undefined;
  return naming.reference ?? naming.place.id;
}

// --------------------------------------------------------------------------------------------------------------- bytes

export function writeRecord(key: Buffer, record: VersionRecord): Buffer {
  const { place, naming, checksum, uploadId, parts, attributes } = record;
  const format = attributes === undefined ? FORMAT.plain : FORMAT.attributed;
  const row = new RecordWriter().byte(format).byte(flagsOf(record));
  row.time(place.t).uint(place.n).uuid(place.id).tag(record.rev);
  row.text(record.etag).uint(record.size).uint(record.modifiedAt);
  row.text(record.ownerCanonicalId).text(record.owner);
  writeAcl(row, record.acl);
  writeHeaders(row, record.headers);
  if (naming !== undefined) writeBodyPlace(row, naming.place);
  if (naming?.reference !== undefined) row.uuid(naming.reference);
  if (checksum !== undefined) writeChecksum(row, checksum);
  if (uploadId !== undefined) row.text(uploadId);
  if (parts !== undefined && parts !== 'listed') writeParts(row, parts);
  if (attributes !== undefined) row.text(JSON.stringify(attributes));
  const sum = Buffer.alloc(SUM_BYTES);
  sum.writeUInt32BE(crc32(row.take(), crc32(key)));
  return Buffer.from(row.raw(sum).take());
}

function flagsOf({ kind, place, naming, checksum, uploadId, parts }: VersionRecord): number {
  return (
    (kind === 'delete-marker' ? FLAG.marker : 0) |
    (place.z === 0 ? FLAG.isNull : 0) |
    (naming === undefined ? 0 : FLAG.body) |
    (naming?.reference === undefined ? 0 : FLAG.reference) |
    (checksum === undefined ? 0 : FLAG.checksum) |
    (uploadId === undefined ? 0 : FLAG.upload) |
    (parts === undefined ? 0 : parts === 'listed' ? FLAG.listed : FLAG.parts)
  );
}

/** Throws `Corrupt` for what is not a version of this key, or of a later release. */
export function readRecord(key: Buffer, payload: Buffer): VersionRecord {
  const end = payload.length - SUM_BYTES;
  if (end < 0 || payload.readUInt32BE(end) !== crc32(payload.subarray(0, end), crc32(key)))
    throw new Corrupt('a version whose checksum does not hold');
  const row = new RecordReader(payload.subarray(0, end));
  const format = row.byte();
  if (format !== FORMAT.plain && format !== FORMAT.attributed)
    throw new Corrupt('a version of a format that this release does not know');
  const flags = row.byte();
  const place: VersionPlace = { z: flags & FLAG.isNull ? 0 : 1, t: row.time(), n: row.uint(), id: row.uuid() };
  const rev = row.tag();
  const fields = { etag: row.text(), size: row.uint(), modifiedAt: row.uint() };
  const owners = { ownerCanonicalId: row.text(), owner: row.text() };
  const acl = readAcl(row);
  const headers = readHeaders(row);
  const body = flags & FLAG.body ? readBodyPlace(row) : undefined;
  const reference = flags & FLAG.reference ? row.uuid() : undefined;
  const checksum = flags & FLAG.checksum ? readChecksum(row) : undefined;
  const uploadId = flags & FLAG.upload ? row.text() : undefined;
  const parts = flags & FLAG.listed ? 'listed' : flags & FLAG.parts ? readParts(row) : undefined;
  const attributes = format === FORMAT.attributed ? readAttributes(row) : undefined;
  row.end();
  return {
    kind: flags & FLAG.marker ? 'delete-marker' : 'object',
    ...{ ...fields, ...owners, acl, headers, place, rev, parts },
    naming: body === undefined ? undefined : { place: body, reference },
    ...(checksum === undefined ? undefined : { checksum }),
    ...(uploadId === undefined ? undefined : { uploadId }),
    ...(attributes === undefined ? undefined : { attributes }),
  };
}

// -------------------------------------------------------------------------------------------------------------- fields

const PERMISSIONS: readonly Permission[] = ['READ', 'WRITE', 'READ_ACP', 'WRITE_ACP', 'FULL_CONTROL'];
const GROUPS = ['AllUsers', 'AuthenticatedUsers', 'LogDelivery'] as const;
const ALGORITHMS = [
  ...(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const),
  ...(['SHA512', 'MD5', 'XXHASH64', 'XXHASH3', 'XXHASH128'] as const),
] as const;
const CHECKSUM_TYPES = ['FULL_OBJECT', 'COMPOSITE'] as const;
const HEADERS = [
  ...(['contentType', 'cacheControl', 'contentDisposition', 'contentEncoding', 'contentLanguage'] as const),
  ...(['expires', 'websiteRedirectLocation', 'storageClass'] as const),
] as const;
const BODIES = ['empty', 'blob', 'list'] as const;
const ACCOUNT = 3;

function chosen<T>(list: readonly T[], index: number): T {
  const value = list[index];
  if (value === undefined) throw new Corrupt('a record with a value that this release does not know');
  return value;
}

function writeAcl(row: RecordWriter, { owner, grants }: Acl): void {
  row.text(owner).uint(grants.length);
  for (const { grantee, permission } of grants) {
    row.byte(PERMISSIONS.indexOf(permission));
    if (grantee.type === 'account') row.byte(ACCOUNT).text(grantee.canonicalId);
    else row.byte(GROUPS.indexOf(grantee.group));
  }
}

function readAcl(row: RecordReader): Acl {
  const owner = row.text();
  const grants = Array.from({ length: row.uint() }, () => {
    const permission = chosen(PERMISSIONS, row.byte());
    const kind = row.byte();
    const grantee: Grantee =
      kind === ACCOUNT ? { type: 'account', canonicalId: row.text() } : { type: 'group', group: chosen(GROUPS, kind) };
    return { grantee, permission };
  });
  return { owner, grants };
}

/** Which of the standard headers there are is a bit each; user metadata keeps its order. */
function writeHeaders(row: RecordWriter, headers: StoredHeaders): void {
  row.byte(HEADERS.reduce((bits, name, index) => bits | (headers[name] === undefined ? 0 : 1 << index), 0));
  for (const name of HEADERS) {
    const value = headers[name];
    if (value !== undefined) row.text(value);
  }
  row.uint(headers.userMetadata.size);
  for (const [name, value] of headers.userMetadata) row.text(name).text(value);
}

function readHeaders(row: RecordReader): StoredHeaders {
  const bits = row.byte();
  const headers: { -readonly [K in keyof Omit<StoredHeaders, 'userMetadata'>]: StoredHeaders[K] } = {};
  for (const [index, name] of HEADERS.entries()) if (bits & (1 << index)) headers[name] = row.text();
  const userMetadata = new Map<string, string>();
  for (let left = row.uint(); left > 0; left--) userMetadata.set(row.text(), row.text());
  return { ...headers, userMetadata };
}

function writeChecksum(row: RecordWriter, { algorithm, value, type }: Checksum): void {
  row.byte(ALGORITHMS.indexOf(algorithm)).byte(CHECKSUM_TYPES.indexOf(type)).text(value);
}

function readChecksum(row: RecordReader): Checksum {
  const algorithm = chosen(ALGORITHMS, row.byte());
  const type = chosen(CHECKSUM_TYPES, row.byte());
  return { algorithm, value: row.text(), type };
}

function readAttributes(row: RecordReader): VersionAttributes {
  const attributes: VersionAttributes = JSON.parse(row.text());
  return attributes;
}

function writeParts(row: RecordWriter, parts: readonly PartInfo[]): void {
  row.uint(parts.length);
  for (const { number, size, checksum } of parts) {
    row.uint(number * 2 + (checksum === undefined ? 0 : 1)).uint(size);
    if (checksum !== undefined) writeChecksum(row, checksum);
  }
}

function readParts(row: RecordReader): readonly PartInfo[] {
  return Array.from({ length: row.uint() }, () => {
    const head = row.uint();
    const part = { number: Math.floor(head / 2), size: row.uint() };
    return head % 2 === 0 ? part : { ...part, checksum: readChecksum(row) };
  });
}

function writeBodyPlace(row: RecordWriter, place: BodyPlace): void {
  row.byte(BODIES.indexOf(place.type));
  if (place.type === 'empty') return;
  row.text(place.region).uuid(place.id).uint(place.start).uint(place.end).uint(place.size);
  if (place.type === 'blob') row.uint(place.chunkBytes);
}

function readBodyPlace(row: RecordReader): BodyPlace {
  const type = chosen(BODIES, row.byte());
  if (type === 'empty') return { type };
  const place = { region: row.text(), id: row.uuid(), start: row.uint(), end: row.uint(), size: row.uint() };
  return type === 'blob' ? { type, ...place, chunkBytes: row.uint() } : { type, ...place };
}
