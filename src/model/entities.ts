/**
 * What Moraine keeps: accounts, keys, buckets, object versions, uploads and parts, as plain readonly data.
 *
 * Engines store these as they are and never look inside beyond what `store/port.ts` names. Times are milliseconds since
 * 1970 (UTC), sizes are bytes, ETags are without quotes. Absence is `undefined`, never an empty string.
 */

export type AccountId = string;
export type BucketId = string;
export type VersionId = string;

/** 64 lower-case hex digits; what S3 calls the canonical user id. */
export type CanonicalId = string;

/**
 * Opaque mark of one state of one row, made by the engine. Equal marks mean equal states; nothing else may be read
 * from it. Every change of the row changes the mark, and a mark never comes back.
 */
export type Revision = string;

export interface Account {
  readonly id: AccountId;
  /** Unique, 1 to 64 characters; shown as the owner's display name. */
  readonly name: string;
  /** Unique when present, compared without case. */
  readonly email?: string;
  readonly canonicalId: CanonicalId;
  readonly role: 'operator' | 'tenant';
  readonly state: 'active' | 'suspended';
  readonly createdAt: number;
}

export interface AccessKey {
  readonly accessKeyId: string;
  readonly accountId: AccountId;
  /** The secret, sealed with the master key for purpose `access-key` and this accessKeyId (`base/seal.ts`). */
  readonly sealedSecret: string;
  readonly label?: string;
  readonly createdAt: number;
  /** Signature V2 may be used with this key. */
  readonly allowV2: boolean;
  readonly state: 'active' | 'revoked';
}

export type Permission = 'READ' | 'WRITE' | 'READ_ACP' | 'WRITE_ACP' | 'FULL_CONTROL';
export type Group = 'AllUsers' | 'AuthenticatedUsers' | 'LogDelivery';
export type Grantee =
  | { readonly type: 'account'; readonly canonicalId: CanonicalId }
  | { readonly type: 'group'; readonly group: Group };

export interface Grant {
  readonly grantee: Grantee;
  readonly permission: Permission;
}

/** The owner's own rights are not implied by the list: S3 lets owners drop their grants, but never READ_ACP/WRITE_ACP. */
export interface Acl {
  readonly owner: CanonicalId;
  readonly grants: readonly Grant[];
}

export type Versioning = 'unversioned' | 'enabled' | 'suspended';

export interface Bucket {
  readonly id: BucketId;
  readonly name: string;
  readonly owner: AccountId;
  readonly ownerCanonicalId: CanonicalId;
  readonly region: string;
  readonly createdAt: number;
  readonly versioning: Versioning;
  readonly acl: Acl;
  readonly revision: Revision;
}

/** Checksums as S3 names them, base64; `type` says whether a multipart checksum covers the bytes or the parts' checksums. */
export interface Checksum {
  readonly algorithm: 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256';
  readonly value: string;
  readonly type: 'FULL_OBJECT' | 'COMPOSITE';
}

/**
 * The standard headers S3 stores with an object and returns unchanged. `expires` and the others are kept as sent;
 * `userMetadata` maps the lower-case name without `x-amz-meta-` to its value.
 */
export interface StoredHeaders {
  readonly contentType?: string;
  readonly cacheControl?: string;
  readonly contentDisposition?: string;
  readonly contentEncoding?: string;
  readonly contentLanguage?: string;
  readonly expires?: string;
  readonly websiteRedirectLocation?: string;
  readonly storageClass?: string;
  readonly userMetadata: ReadonlyMap<string, string>;
}

/** Where bytes are, in the engine's own terms. Only the engine that made it can read it. */
export interface Body {
  /** Bytes. */
  readonly size: number;
  readonly ref: BodyRef;
}
declare const bodyRef: unique symbol;
export interface BodyRef {
  readonly [bodyRef]: true;
}

/** One part of a completed multipart object, as GetObject?partNumber and GetObjectAttributes need it. */
export interface PartInfo {
  readonly number: number;
  readonly size: number;
  readonly checksum?: Checksum;
}

/** What a caller supplies for a new version; the engine adds the rest. */
export interface VersionDraft {
  readonly kind: 'object' | 'delete-marker';
  /** Absent exactly for delete markers. */
  readonly body?: Body;
  /** 32 hex digits, or those with `-N` for N parts. Empty for delete markers. */
  readonly etag: string;
  readonly size: number;
  readonly modifiedAt: number;
  readonly owner: AccountId;
  readonly ownerCanonicalId: CanonicalId;
  readonly acl: Acl;
  readonly headers: StoredHeaders;
  readonly checksum?: Checksum;
  readonly parts?: readonly PartInfo[];
  /** The multipart upload it came from, so that a repeated CompleteMultipartUpload can be answered. */
  readonly uploadId?: string;
}

export interface ObjectVersion extends VersionDraft {
  readonly key: string;
  /** The engine's id: URL-safe, at most 64 characters. Clients see `null` instead when `isNull`. */
  readonly versionId: VersionId;
  /** Written while the bucket was unversioned or suspended: S3's "null version", at most one per key. */
  readonly isNull: boolean;
  /** It is the newest of its key. */
  readonly isCurrent: boolean;
  readonly revision: Revision;
}

export interface Upload {
  readonly bucketId: BucketId;
  readonly key: string;
  /** URL-safe, unguessable, at most 128 characters. */
  readonly uploadId: string;
  readonly initiatedAt: number;
  /** Who will own the object. */
  readonly owner: AccountId;
  readonly ownerCanonicalId: CanonicalId;
  readonly acl: Acl;
  readonly headers: StoredHeaders;
  readonly checksumAlgorithm?: Checksum['algorithm'];
  readonly checksumType?: Checksum['type'];
}

export interface Part {
  readonly number: number;
  readonly size: number;
  /** MD5 of the part, 32 hex digits. */
  readonly etag: string;
  readonly modifiedAt: number;
  readonly body: Body;
  readonly checksum?: Checksum;
}
