/**
 * What Moraine keeps: accounts, keys, buckets, object versions, uploads and parts, as plain readonly data.
 *
 * Engines store these as they are and never look inside beyond what `store/port.ts` names. Times are milliseconds since
 * 1970 (UTC), sizes are bytes, ETags are without quotes. Absence is `undefined`, never an empty string.
 */

import type { ChecksumAlgorithm } from '../base/checksum.ts';

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
  /** Argon2id, as a PHC string (`admin/passwords.ts`). Absent: nobody signs in to the Console with this account. */
  readonly passwordHash?: string;
  /**
   * Sessions and temporary keys that began before are refused. Milliseconds, but compared as a mark: each of them says which one
   * it was made under, and it is another one after each end of sessions (`admin/sessions.ts`).
   */
  readonly sessionsFrom?: number;
  /** Sessions that were ended one by one, until they would be over by themselves. */
  readonly endedSessions?: readonly EndedSession[];
}

export interface EndedSession {
  readonly id: string;
  readonly until: number;
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
  /** Absent: all that its account may do. */
  readonly scope?: KeyScope;
  /** From this moment on it is refused. */
  readonly expiresAt?: number;
}

/** Who used a key: where from, and what it calls itself (`User-Agent`), where it says so. */
export interface KeyClient {
  readonly from: string;
  readonly agent?: string;
}

/**
 * What a key may do of what its account may. Each part that is present narrows; an empty list lets nothing through. Names and
 * prefixes are literal, there are no patterns. Engines keep it as it is.
 */
export interface KeyScope {
  /** Buckets, or keys in them: those that begin with `prefix` (which ends in `/`), exactly `key`, all when both are absent. */
  readonly resources?: readonly ScopedResource[];
  /** Policy actions (`s3:GetObject`), or all that change nothing. */
  readonly actions?: 'read-only' | readonly string[];
  /** Addresses and networks (CIDR) that requests must come from. */
  readonly networks?: readonly string[];
}

export interface ScopedResource {
  readonly bucket: string;
  readonly prefix?: string;
  /** Not beside a prefix. */
  readonly key?: string;
  /** Beside a key: this version by its id, and nothing else. */
  readonly versionId?: string;
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
  readonly configuration: BucketConfiguration;
  readonly revision: Revision;
}

/** What can be configured of a bucket, by what it is called in S3's addresses (`?policy`). */
export type BucketDocument =
  | 'policy'
  | 'cors'
  | 'ownershipControls'
  | 'publicAccessBlock'
  | 'requestPayment'
  | 'tagging'
  | 'objectLock'
  | 'encryption';

/** Documents as text (JSON; the policy exactly as it was sent). Engines keep them as they are, whatever their names. */
export type BucketConfiguration = Readonly<Partial<Record<BucketDocument, string>>>;

export type ObjectOwnership = 'BucketOwnerEnforced' | 'BucketOwnerPreferred' | 'ObjectWriter';

/** S3's four switches. All false: nothing is blocked. */
export interface PublicAccessBlock {
  /** ACLs that grant to AllUsers or AuthenticatedUsers cannot be set. */
  readonly blockPublicAcls: boolean;
  /** Such grants count for nothing. */
  readonly ignorePublicAcls: boolean;
  /** Policies that are public cannot be set. */
  readonly blockPublicPolicy: boolean;
  /** A bucket whose policy is public admits by it only its owner's account. */
  readonly restrictPublicBuckets: boolean;
}

/** What the platform says about access to every bucket, from the configuration. */
export interface PlatformAccess {
  /** A switch that is on here is on for all buckets. */
  readonly publicAccessBlock: PublicAccessBlock;
  /** Of buckets that have no ownership controls of their own. */
  readonly objectOwnership: ObjectOwnership;
  /** Origins that every bucket admits with CORS: the Console's. */
  readonly consoleOrigins: readonly string[];
  /** The Console beside this S3, admitted without being named: under the host name that S3 was asked by, and under these. */
  readonly ownConsole: { readonly port: number; readonly names: readonly string[] } | undefined;
}

/** Nothing is blocked, and objects belong to who wrote them: the default. */
export const OPEN_PLATFORM: PlatformAccess = Object.freeze({
  publicAccessBlock: Object.freeze({
    blockPublicAcls: false,
    ignorePublicAcls: false,
    blockPublicPolicy: false,
    restrictPublicBuckets: false,
  }),
  objectOwnership: 'ObjectWriter',
  consoleOrigins: Object.freeze([]),
  ownConsole: undefined,
});

/** Checksums as S3 names them, base64; `type` says whether a multipart checksum covers the bytes or the parts' checksums. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
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

export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** Until when nobody may remove or replace a version. GOVERNANCE yields to who may bypass it, COMPLIANCE to nobody. */
export interface Retention {
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE';
  readonly until: number;
}

/** How the bytes of a body are encrypted; made and read by `ops/encryption`. Holds no key that opens anything by itself. */
export interface Encryption {
  readonly type: 'SSE-S3' | 'SSE-KMS' | 'SSE-C';
  /** The object's own key, sealed with the key that `type` means. */
  readonly wrappedKey: string;
  /** SSE-KMS: which key of the key ring. */
  readonly keyId?: string;
  /** SSE-KMS: the encryption context, as it was sent (base64). */
  readonly context?: string;
  /** SSE-KMS: what was said of an S3 Bucket Key; told again, without effect. */
  readonly bucketKey?: boolean;
  /** SSE-C: MD5 of the customer's key, base64. */
  readonly keyMd5?: string;
}

/** What belongs to one version besides its headers. Engines keep it as it is. */
export interface VersionAttributes {
  readonly tags?: readonly Tag[];
  readonly retention?: Retention;
  readonly legalHold?: boolean;
  /** The stored body is longer than the object: `Body.size` counts stored bytes, all other sizes plain ones. */
  readonly encryption?: Encryption;
}

/** Where bytes are, in the engine's own terms. Only the engine that made it can read it. */
export interface Body {
  /** Bytes as stored: those of the object, or more when they are encrypted. */
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
  readonly attributes?: VersionAttributes;
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
  /** What the object will have. Its encryption holds for each part. */
  readonly attributes?: VersionAttributes;
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

/** Who did what to whom: one per change of accounts, keys and buckets' access, kept for good. */
export interface AuditEvent {
  /** Orders events by time; made by `admin/audit.ts`. URL-safe, at most 64 characters. */
  readonly id: string;
  readonly at: number;
  readonly actor: AuditActor;
  /** `account.create`, `key.revoke`, `bucket.PutBucketPolicy`. */
  readonly action: string;
  /** What it was done to: an account's name, an access key id, a bucket's name. */
  readonly target: string;
  /** Whose affair it is besides the operators': the account that was changed, or that owns what was. */
  readonly accountId?: AccountId;
  /** Address of the client; `local` for the command line. */
  readonly from: string;
  readonly requestId?: string;
  /** What was changed, for people. Never a secret. */
  readonly details: Readonly<Record<string, string>>;
}

export type AuditActor =
  | { readonly kind: 'account'; readonly accountId: AccountId; readonly name: string; readonly accessKeyId?: string }
  /** Whoever could run commands on the machine. */
  | { readonly kind: 'local' }
  /** Nobody who proved who they are: a failed sign-in. */
  | { readonly kind: 'stranger' };

/** A request that was refused, kept for a while so that it can be explained by its id. Holds no secret and no signature. */
export interface Refusal {
  readonly requestId: string;
  readonly at: number;
  /** Who may be told besides the operators: the bucket's owner and who asked, where they are known. */
  readonly accounts: readonly AccountId[];
  /** JSON, at most `LIMITS.refusalBytes`; what `http/refusals.ts` writes and `ops/explain.ts` reads. */
  readonly record: string;
}
