/**
 * Rows of uploads and parts as bytes: sealed JSON (`directory/records.ts`), since they are few, live for hours and gain
 * fields with releases. Numbers that may pass 2^53 are text, byte strings base64.
 */

import { CHECKSUM_ALGORITHMS } from '../../../base/checksum.ts';
import type {
  Acl,
  Checksum,
  Grant,
  Group,
  Part,
  Permission,
  StoredHeaders,
  Upload,
  Versioning,
} from '../../../model/entities.ts';
import { namingOf } from '../bodies/records.ts';
import type { Value } from '../database/types.ts';
import { Fields, seal, unseal } from '../directory/records.ts';
import type { Naming, VersionPlace } from '../types.ts';

// ------------------------------------------------------------------------------------------------------------ uploads

/**
 * What an upload is at. `completing`: a transaction fixed the version that it becomes; then that is stored (`ending`) or
 * never will be (`open` again). `ending`: its rows are being removed. No row: before and after all that.
 */
export type UploadState =
  | { readonly type: 'open' }
  | { readonly type: 'completing'; readonly completion: Completion }
  | { readonly type: 'ending' };

/** All that finishing a completion takes: whoever does it writes the same bytes at the same place. */
export interface Completion {
  /** The composed body; the key is its owner. */
  readonly naming: Naming;
  /** `Claimed.latest` of it, and of the version: what is not elected by then never is. */
  readonly latest: bigint;
  readonly versioning: Versioning;
  readonly place: VersionPlace;
  /** The version's record, as its rows keep it. */
  readonly payload: Buffer;
  /** There was a condition: the version succeeds the tag before that of its place, and no other. */
  readonly exact: boolean;
}

export interface UploadRecord {
  readonly upload: Upload;
  readonly state: UploadState;
}

export function sealUpload({ upload, state }: UploadRecord): Buffer {
  return seal(nameOf(upload.uploadId), { upload: plainUpload(upload), state: plainState(state) });
}

export function unsealUpload(uploadId: string, value: Value | undefined): UploadRecord {
  const fields = unseal(nameOf(uploadId), value);
  return { upload: uploadOf(fields.object('upload')), state: stateOf(fields.object('state')) };
}

const nameOf = (uploadId: string): string => `upload ${uploadId}`;

function plainUpload(upload: Upload): object {
  const { headers, ...rest } = upload;
  return { ...rest, headers: { ...headers, userMetadata: [...headers.userMetadata] } };
}

function uploadOf(fields: Fields): Upload {
  return Object.freeze({
    bucketId: fields.text('bucketId'),
    key: fields.text('key'),
    uploadId: fields.text('uploadId'),
    initiatedAt: fields.int('initiatedAt'),
    owner: fields.text('owner'),
    ownerCanonicalId: fields.text('ownerCanonicalId'),
    acl: aclOf(fields.object('acl')),
    headers: headersOf(fields.object('headers')),
    ...(fields.has('checksumAlgorithm') && {
      checksumAlgorithm: fields.oneOf('checksumAlgorithm', CHECKSUM_ALGORITHMS),
    }),
    ...(fields.has('checksumType') && { checksumType: fields.oneOf('checksumType', CHECKSUM_TYPES) }),
    ...(fields.has('attributes') && { attributes: fields.plain('attributes') }),
  });
}

function plainState(state: UploadState): object {
  if (state.type !== 'completing') return state;
  const { latest, place, payload, ...rest } = state.completion;
  return {
    type: state.type,
    ...rest,
    latest: String(latest),
    place: { ...place, t: String(place.t) },
    payload: payload.toString('base64'),
  };
}

function stateOf(fields: Fields): UploadState {
  const type = fields.oneOf('type', ['open', 'completing', 'ending']);
  if (type !== 'completing') return { type };
  const completion = {
    naming: namingOf(fields.object('naming')),
    latest: BigInt(fields.text('latest')),
    versioning: fields.oneOf('versioning', VERSIONINGS),
    place: placeOf(fields.object('place')),
    payload: Buffer.from(fields.text('payload'), 'base64'),
    exact: fields.isTrue('exact'),
  };
  return { type, completion };
}

const placeOf = (fields: Fields): VersionPlace => ({
  z: fields.int('z') === 0 ? 0 : 1,
  t: BigInt(fields.text('t')),
  n: fields.int('n'),
  id: fields.text('id'),
});

// -------------------------------------------------------------------------------------------------------------- parts

export type PartRecord = Omit<Part, 'body'> & { readonly naming: Naming };

/** The number is in the row's key as well. */
export function sealPart(uploadId: string, part: PartRecord): Buffer {
  return seal(nameOfPart(uploadId, part.number), part);
}

export function unsealPart(uploadId: string, number: number, value: Value | undefined): PartRecord {
  const fields = unseal(nameOfPart(uploadId, number), value);
  return {
    number: fields.int('number'),
    size: fields.int('size'),
    etag: fields.text('etag'),
    modifiedAt: fields.int('modifiedAt'),
    naming: namingOf(fields.object('naming')),
    ...(fields.has('checksum') && { checksum: checksumOf(fields.object('checksum')) }),
  };
}

const nameOfPart = (uploadId: string, number: number): string => `part ${number} of upload ${uploadId}`;

// ------------------------------------------------------------------------------------------------------ what they hold

const VERSIONINGS = ['unversioned', 'enabled', 'suspended'] as const satisfies readonly Versioning[];
const CHECKSUM_TYPES = ['FULL_OBJECT', 'COMPOSITE'] as const satisfies readonly Checksum['type'][];
const PERMISSIONS = ['READ', 'WRITE', 'READ_ACP', 'WRITE_ACP', 'FULL_CONTROL'] as const satisfies readonly Permission[];
const GROUPS = ['AllUsers', 'AuthenticatedUsers', 'LogDelivery'] as const satisfies readonly Group[];
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

function aclOf(fields: Fields): Acl {
  const grants = fields.list('grants').map((value): Grant => {
    const grant = new Fields('a grant', value);
    const grantee = grant.object('grantee');
    const permission = grant.oneOf('permission', PERMISSIONS);
    return grantee.oneOf('type', ['account', 'group']) === 'group'
      ? { permission, grantee: { type: 'group', group: grantee.oneOf('group', GROUPS) } }
      : { permission, grantee: { type: 'account', canonicalId: grantee.text('canonicalId') } };
  });
  return { owner: fields.text('owner'), grants };
}

function headersOf(fields: Fields): StoredHeaders {
  const headers: { -readonly [name in keyof StoredHeaders]: StoredHeaders[name] } = { userMetadata: new Map() };
  for (const name of HEADERS) if (fields.has(name)) headers[name] = fields.text(name);
  headers.userMetadata = new Map(
    fields.list('userMetadata').map((pair) => {
      const entry = new Fields('a header', pair);
      return [entry.text('0'), entry.text('1')];
    }),
  );
  return headers;
}

const checksumOf = (fields: Fields): Checksum => ({
  algorithm: fields.oneOf('algorithm', CHECKSUM_ALGORITHMS),
  value: fields.text('value'),
  type: fields.oneOf('type', CHECKSUM_TYPES),
});
