/** Answers of the account API as the Console reads them. Taken from its table of rows; docs/account-api.md describes them. */

export interface Account {
  readonly id: string;
  readonly name: string;
  readonly email?: string;
  readonly canonicalId: string;
  readonly role: 'operator' | 'tenant';
  readonly state: 'active' | 'suspended';
  readonly createdAt: string;
  readonly hasPassword: boolean;
}

export interface TemporaryCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAt: string;
}

export interface SessionAnswer {
  readonly credentials: TemporaryCredentials;
  readonly csrfToken: string;
}

export interface Me {
  readonly account: Account;
  readonly session: {
    readonly by: 'password' | 'key' | 'key-session';
    readonly scoped: boolean;
    readonly expiresAt: string;
  };
  readonly csrfToken?: string;
}

export interface RegionView {
  readonly name: string;
  /** Served by this front end; others have their own endpoint. */
  readonly here: boolean;
  readonly endpoint?: string;
}

/** `GET /console`: known before anybody signs in. */
export interface ConsoleView {
  /** Origin of S3 for whoever opened the Console by this name. */
  readonly endpoint: string;
  /** Buckets are hosts below it, too. */
  readonly bucketDomain?: string;
  /** Keys cross the network readable by others. */
  readonly insecure: boolean;
  readonly region: string;
  readonly regions: readonly RegionView[];
  readonly version: string;
  readonly store: 'drives' | 'cluster';
  readonly limits: { readonly passwordLength: number; readonly shareSeconds: number; readonly sessionSeconds: number };
}

/** A bucket; or what begins with `prefix` in it; or one object, one version of it. */
export interface ScopedResource {
  readonly bucket: string;
  readonly prefix?: string;
  readonly key?: string;
  readonly versionId?: string;
}

/** What a key is narrowed to. Absent members narrow nothing. */
export interface KeyScope {
  readonly resources?: readonly ScopedResource[];
  readonly actions?: 'read-only' | readonly string[];
  readonly networks?: readonly string[];
}

export interface AccessKey {
  readonly accessKeyId: string;
  readonly accountId: string;
  readonly label?: string;
  readonly createdAt: string;
  readonly lastUsedAt?: string;
  /** What used it last calls itself: `rclone/v1.70.0`. */
  readonly lastUsedBy?: string;
  readonly lastUsedFrom?: string;
  readonly allowV2: boolean;
  readonly state: 'active' | 'revoked';
  readonly expiresAt?: string;
  readonly scope?: KeyScope;
}

export interface SessionEntry {
  readonly id: string;
  readonly by: 'password' | 'key' | 'key-session';
  readonly accessKeyId?: string;
  readonly begunAt?: string;
  readonly renewedAt: string;
  readonly expiresAt: string;
  readonly from: string;
  readonly agent?: string;
  /** The one that asks. */
  readonly current: boolean;
}

export interface AuditEvent {
  readonly id: string;
  readonly at: string;
  readonly actor: {
    readonly kind: 'account' | 'local' | 'stranger';
    readonly accountId?: string;
    readonly name?: string;
    readonly accessKeyId?: string;
  };
  readonly action: string;
  readonly target: string;
  readonly from: string;
  readonly requestId?: string;
  readonly details: Readonly<Record<string, string>>;
}

export interface Share {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string;
  readonly disposition: 'inline' | 'attachment';
  readonly filename?: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly lastOpenedAt?: string;
  readonly url?: string;
}

/** `GET /access/visibility`, and `POST` for rules that are not saved. */
export interface Visibility {
  readonly who: 'private' | 'others' | 'public';
  readonly read: boolean;
  readonly write: boolean;
  readonly list: boolean;
  /** "Everybody" is everybody with an account. */
  readonly accountsOnly: boolean;
  /** The policy is public for a part of the bucket, or under conditions. */
  readonly partly: boolean;
  /** Objects may be more open by ACLs of their own. */
  readonly objectAcls: boolean;
  readonly others: readonly { readonly accountId: string; readonly name: string }[];
  readonly why: readonly string[];
}

/** `GET /access/explain`, and `POST` for rules that are not saved. */
export interface AccessAnswer {
  readonly answer: 'allowed' | 'denied' | 'absent';
  readonly code?: string;
  readonly reasons: readonly {
    readonly layer: string;
    readonly verdict: 'allows' | 'denies' | 'silent';
    readonly text: string;
    readonly decides?: true;
    readonly statement?: { readonly number: number; readonly sid?: string; readonly line?: number };
  }[];
  readonly decisive?: string;
  readonly remark?: string;
  readonly remedies: readonly string[];
}

/** What was counted. */
export interface Figures {
  readonly objects: number;
  /** Of current objects. */
  readonly bytes: number;
  readonly versions: number;
  readonly versionBytes: number;
  readonly deleteMarkers: number;
  readonly uploads: number;
  /** False: at least so much. */
  readonly complete: boolean;
  readonly countedAt?: string;
}

export interface BucketUsage extends Figures {
  readonly bucket: string;
}

export interface AccountUsage extends Figures {
  readonly accountId: string;
  readonly name: string;
  readonly buckets: number;
}

export interface Health {
  readonly store: 'drives' | 'cluster';
  readonly state: 'whole' | 'short' | 'halted';
  readonly wanted: number;
  readonly minimum: number;
  readonly whole: number;
  readonly copies: readonly {
    readonly place: string;
    readonly state: 'up' | 'rebuilding' | 'down';
    readonly reason: string;
    readonly totalBytes?: number;
    readonly freeBytes?: number;
  }[];
  /** When all bytes were read and checked last. Absent: not lately. */
  readonly lastScrub?: { readonly at: string; readonly healed: number; readonly lost: number };
  /** Of this front end, since it was started. */
  readonly requests?: {
    readonly total: number;
    readonly refused: number;
    readonly failed: number;
    readonly inFlight: number;
    readonly receivedBytes: number;
    readonly sentBytes: number;
  };
}

export interface FailedRequest {
  readonly id: string;
  readonly at: string;
  readonly requestId?: string;
  readonly status: number;
  readonly code: string;
  readonly method: string;
  readonly operation: string;
  readonly target: string;
  readonly actor: AuditEvent['actor'];
  readonly claimed?: string;
  readonly from: string;
}
