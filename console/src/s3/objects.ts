/** Objects: read, write, copy, delete, and multipart uploads. Bodies that are large or need progress go by `sign` and the caller's own request. */

import { encodeKey, encodeName } from './encode.ts';
import { etagIn } from './listings.ts';
import type { Ask, Line, Signal, Values } from './request.ts';
import { digestOf } from './sign.ts';
import { all, documentOf, flagOf, numberOf, one, textOf } from './xml.ts';

export interface Target {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
}

/** Headers that an object keeps and answers with. */
export interface SystemMetadata {
  readonly contentType?: string | undefined;
  readonly cacheControl?: string | undefined;
  readonly contentDisposition?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly contentLanguage?: string | undefined;
  readonly expires?: string | undefined;
}

/** By their names without `x-amz-meta-`. */
export type UserMetadata = Readonly<Record<string, string>>;

export interface ObjectHead extends SystemMetadata {
  readonly size: number;
  readonly modifiedAt: number;
  readonly etag: string;
  readonly versionId?: string | undefined;
  readonly storageClass?: string | undefined;
  readonly metadata: UserMetadata;
  readonly parts?: number | undefined;
  readonly encryption?: string | undefined;
  readonly encryptionKey?: string | undefined;
  readonly lockMode?: string | undefined;
  readonly lockUntil?: number | undefined;
  readonly legalHold?: boolean | undefined;
  readonly tagCount: number;
  /** `CRC32C` → base64. */
  readonly checksums: Readonly<Record<string, string>>;
}

export interface Put extends SystemMetadata {
  readonly bucket: string;
  readonly key: string;
  readonly body: string | Blob | Uint8Array<ArrayBuffer>;
  readonly metadata?: UserMetadata | undefined;
  /** Refused with `PreconditionFailed` when there is one already. */
  readonly ifAbsent?: boolean;
  /** Refused unless the current one has this ETag. */
  readonly ifMatch?: string | undefined;
}

export interface Copy extends SystemMetadata {
  readonly from: Target;
  readonly bucket: string;
  readonly key: string;
  /** Given: these and the system metadata of this request replace the source's. Absent: all is copied. */
  readonly metadata?: UserMetadata | undefined;
  /** Given: `a=1&b=2` replaces the source's tags. */
  readonly tagging?: string | undefined;
  readonly ifAbsent?: boolean;
  readonly ifMatch?: string | undefined;
  /** Refused unless the source has this ETag. */
  readonly sourceIfMatch?: string | undefined;
  /** More, by their names: ACL, encryption, lock, storage class. */
  readonly headers?: Values | undefined;
}

export interface Written {
  readonly etag: string;
  readonly versionId?: string | undefined;
}

export interface Deleted {
  readonly key: string;
  readonly versionId?: string | undefined;
  /** Of the marker that was laid or removed. */
  readonly markerVersionId?: string | undefined;
  readonly marker: boolean;
}

export interface NotDeleted {
  readonly key: string;
  readonly versionId?: string | undefined;
  readonly code: string;
  readonly message: string;
}

export const quoted = (etag: string | undefined): string | undefined => (etag === undefined ? undefined : `"${etag}"`);

export const systemHeaders = (of: SystemMetadata): Values => ({
  'content-type': of.contentType,
  'cache-control': of.cacheControl,
  'content-disposition': of.contentDisposition,
  'content-encoding': of.contentEncoding,
  'content-language': of.contentLanguage,
  expires: of.expires,
});

export const userHeaders = (metadata: UserMetadata = {}): Values =>
  Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]));

export const copySourceOf = ({ bucket, key, versionId }: Target): string =>
  `${encodeName(bucket)}/${encodeKey(key)}${versionId === undefined ? '' : `?versionId=${encodeName(versionId)}`}`;

const putHeaders = (put: Omit<Put, 'bucket' | 'key' | 'body'>): Values => ({
  ...systemHeaders(put),
  ...userHeaders(put.metadata),
  'if-none-match': put.ifAbsent === true ? '*' : undefined,
  'if-match': quoted(put.ifMatch),
});

const versionOf = (headers: Headers): string | undefined => headers.get('x-amz-version-id') ?? undefined;

/** Browsers show each byte of a header as a character. S3 keeps UTF-8; AWS wraps what is not ASCII as RFC 2047 has it. */
function headerText(value: string | null): string | undefined {
  return value === null
    ? undefined
    : utf8In(value).replace(/=\?utf-8\?b\?([^?]*)\?=/gi, (_, text: string) => utf8In(atob(text)));
}

function utf8In(bytes: string): string {
  try {
    const codes = Uint8Array.from(bytes, (character) => character.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true }).decode(codes);
  } catch {
    return bytes;
  }
}

function headIn(headers: Headers): ObjectHead {
  const text = (name: string): string | undefined => headerText(headers.get(name));
  const number = (name: string): number | undefined =>
    headers.get(name) === null ? undefined : Number(headers.get(name));
  const of = (prefix: string): [string, string][] =>
    [...headers].flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), headerText(value) ?? '']] : [],
    );
  const until = text('x-amz-object-lock-retain-until-date');
  const hold = text('x-amz-object-lock-legal-hold');
  return {
    size: number('content-length') ?? 0,
    modifiedAt: Date.parse(text('last-modified') ?? ''),
    etag: etagIn(text('etag')),
    versionId: versionOf(headers),
    storageClass: text('x-amz-storage-class'),
    ...{ contentType: text('content-type'), cacheControl: text('cache-control'), expires: text('expires') },
    ...{ contentDisposition: text('content-disposition'), contentEncoding: text('content-encoding') },
    contentLanguage: text('content-language'),
    metadata: Object.fromEntries(of('x-amz-meta-')),
    parts: number('x-amz-mp-parts-count'),
    ...{
      encryption: text('x-amz-server-side-encryption'),
      encryptionKey: text('x-amz-server-side-encryption-aws-kms-key-id'),
    },
    lockMode: text('x-amz-object-lock-mode'),
    lockUntil: until === undefined ? undefined : Date.parse(until),
    legalHold: hold === undefined ? undefined : hold === 'ON',
    tagCount: number('x-amz-tagging-count') ?? 0,
    checksums: Object.fromEntries(
      of('x-amz-checksum-')
        .filter(([name]) => name !== 'type')
        .map(([name, value]) => [name.toUpperCase(), value]),
    ),
  };
}

const headObject =
  (line: Line) =>
  async (asked: Target, options?: Signal): Promise<ObjectHead> => {
    const { bucket, key, versionId } = asked;
    // A query like any other, so that no preflight is needed: the checksums are asked for by GetObjectAttributes.
    const response = await line.send(
      { operation: 'HeadObject', method: 'HEAD', bucket, key, query: { versionId } },
      options,
    );
    return headIn(response.headers);
  };

/** The first bytes, or those from `start` to before `end`. */
const getObject =
  (line: Line) =>
  async (
    asked: Target & { readonly start?: number; readonly end?: number },
    options?: Signal,
  ): Promise<{ readonly head: ObjectHead; readonly bytes: Uint8Array<ArrayBuffer> }> => {
    const { bucket, key, versionId, start, end } = asked;
    const range =
      start === undefined && end === undefined ? undefined : `bytes=${start ?? 0}-${end === undefined ? '' : end - 1}`;
    const ask: Ask = { operation: 'GetObject', method: 'GET', bucket, key, query: { versionId } };
    const response = await line.send(range === undefined ? ask : { ...ask, headers: { range } }, options);
    return { head: headIn(response.headers), bytes: new Uint8Array(await response.arrayBuffer()) };
  };

const getObjectAttributes = (line: Line) => async (asked: Target, options?: Signal) => {
  const { bucket, key, versionId } = asked;
  const headers = { 'x-amz-object-attributes': 'ETag,Checksum,ObjectParts,StorageClass,ObjectSize' };
  const query = { attributes: '', versionId };
  const root = await line.read(
    { operation: 'GetObjectAttributes', method: 'GET', bucket, key, query, headers },
    options,
  );
  const checksum = one(root, 'Checksum');
  const checksums = (checksum?.children ?? []).flatMap(({ name, text }) =>
    name.startsWith('Checksum') && name !== 'ChecksumType' ? [[name.slice('Checksum'.length), text] as const] : [],
  );
  return { checksums: Object.fromEntries(checksums), parts: numberOf(one(root, 'ObjectParts'), 'PartsCount') };
};

const putObject =
  (line: Line) =>
  async (asked: Put, options?: Signal): Promise<Written> => {
    const { bucket, key, body } = asked;
    const response = await line.send(
      { operation: 'PutObject', method: 'PUT', bucket, key, body, headers: putHeaders(asked) },
      options,
    );
    return { etag: etagIn(response.headers.get('etag')), versionId: versionOf(response.headers) };
  };

/** Where and with which headers to send a body; `anew` after `ExpiredToken`. */
const signPut = (line: Line) => (asked: Omit<Put, 'body'> & { readonly headers?: Values }, anew?: boolean) => {
  const { bucket, key } = asked;
  const headers = { ...putHeaders(asked), ...asked.headers };
  return line.sign({ operation: 'PutObject', method: 'PUT', bucket, key, headers }, anew);
};

const copyObject =
  (line: Line) =>
  async (asked: Copy, options?: Signal): Promise<Written> => {
    const { bucket, key, from, metadata, tagging } = asked;
    const replaces = metadata !== undefined;
    const headers = {
      'x-amz-copy-source': copySourceOf(from),
      'x-amz-metadata-directive': replaces ? 'REPLACE' : undefined,
      ...(replaces ? { ...systemHeaders(asked), ...userHeaders(metadata) } : {}),
      'x-amz-tagging-directive': tagging === undefined ? undefined : 'REPLACE',
      'x-amz-tagging': tagging,
      'if-none-match': asked.ifAbsent === true ? '*' : undefined,
      'if-match': quoted(asked.ifMatch),
      'x-amz-copy-source-if-match': quoted(asked.sourceIfMatch),
      ...asked.headers,
    };
    const ask: Ask = { operation: 'CopyObject', method: 'PUT', bucket, key, headers };
    const { root, headers: answered } = await line.readAll(ask, options);
    return { etag: etagIn(textOf(root, 'ETag')), versionId: versionOf(answered) };
  };

const deleteObject =
  (line: Line) =>
  async (
    asked: Target & { readonly ifMatch?: string; readonly bypassGovernance?: boolean },
    options?: Signal,
  ): Promise<Deleted> => {
    const { bucket, key, versionId } = asked;
    const headers = {
      'if-match': quoted(asked.ifMatch),
      'x-amz-bypass-governance-retention': asked.bypassGovernance === true ? 'true' : undefined,
    };
    const response = await line.send(
      { operation: 'DeleteObject', method: 'DELETE', bucket, key, query: { versionId }, headers },
      options,
    );
    const marker = response.headers.get('x-amz-delete-marker') === 'true';
    return { key, versionId, marker, markerVersionId: marker ? versionOf(response.headers) : undefined };
  };

/** At most 1000 at once. Keys of any kind: they are in the body. */
const deleteObjects =
  (line: Line) =>
  async (
    asked: {
      readonly bucket: string;
      readonly objects: readonly {
        readonly key: string;
        readonly versionId?: string | undefined;
        /** It is deleted only while it is this. */
        readonly etag?: string | undefined;
      }[];
      readonly bypassGovernance?: boolean;
    },
    options?: Signal,
  ): Promise<{ readonly deleted: readonly Deleted[]; readonly failed: readonly NotDeleted[] }> => {
    const objects = asked.objects.map(({ key, versionId, etag }) => ({ Key: key, VersionId: versionId, ETag: etag }));
    const body = documentOf('Delete', { Object: objects });
    const headers = {
      ...digestOf(body),
      'x-amz-bypass-governance-retention': asked.bypassGovernance === true ? 'true' : undefined,
    };
    const { bucket } = asked;
    const root = await line.read(
      { operation: 'DeleteObjects', method: 'POST', bucket, query: { delete: '' }, body, headers },
      options,
    );
    const deleted = all(root, 'Deleted').map((element) => ({
      key: textOf(element, 'Key') ?? '',
      versionId: textOf(element, 'VersionId'),
      markerVersionId: textOf(element, 'DeleteMarkerVersionId'),
      marker: flagOf(element, 'DeleteMarker'),
    }));
    const failed = all(root, 'Error').map((element) => ({
      key: textOf(element, 'Key') ?? '',
      versionId: textOf(element, 'VersionId'),
      code: textOf(element, 'Code') ?? '',
      message: textOf(element, 'Message') ?? '',
    }));
    return { deleted, failed };
  };

export const createObjects = (line: Line) => ({
  headObject: headObject(line),
  getObject: getObject(line),
  getObjectAttributes: getObjectAttributes(line),
  putObject: putObject(line),
  signPut: signPut(line),
  copyObject: copyObject(line),
  deleteObject: deleteObject(line),
  deleteObjects: deleteObjects(line),
});
