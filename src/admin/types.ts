/**
 * The room's contract: accounts, keys, passwords, sessions and the audit trail, as the command line and the account API see
 * them. Everything that changes something takes the `Actor` who does it, for the audit event that is written with it.
 * What a caller may do of it (operators all, tenants their own) is decided in `admin/rights.ts`, for both.
 */

import type { Secret } from '../base/secret.ts';
import type { AccessKey, Account, AccountId, AuditActor, AuditEvent, KeyClient, KeyScope } from '../model/entities.ts';

/** Who proved what: what `admin/rights.ts` judges. */
export type Standing =
  /** Whoever can run commands on the machine. */
  | { readonly kind: 'local' }
  | {
      readonly kind: 'account';
      readonly account: Account;
      /** A long-lived key; temporary credentials from one; or those that a password gave. */
      readonly by: 'key' | 'key-session' | 'password';
      /** Of what was signed with or derived; none: all that the account may do. */
      readonly scopes: readonly KeyScope[];
    };

/** Who does it, from where. */
export interface Actor {
  readonly actor: AuditActor;
  /** Address of the client, or `local`. */
  readonly from: string;
  readonly requestId?: string;
  /** What it calls itself (`User-Agent`). */
  readonly agent?: string;
}

/** A request that cannot be done, and what to do instead. The text is for whoever asked. */
export class AdminError extends Error {
  readonly reason: 'invalid' | 'exists' | 'missing' | 'in-use' | 'denied' | 'busy';
  constructor(reason: AdminError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface AccountDraft {
  readonly name: string;
  readonly email?: string | undefined;
  readonly role?: Account['role'];
}

/** Absent: stays. `null`: is taken away. */
export interface AccountChange {
  readonly name?: string | undefined;
  readonly email?: string | null | undefined;
  readonly role?: Account['role'] | undefined;
  readonly state?: Account['state'] | undefined;
}

export interface KeyDraft {
  readonly label?: string | undefined;
  /** May sign with signature V2. Default: yes, the oldest clients know nothing else. */
  readonly allowV2?: boolean | undefined;
  readonly scope?: KeyScope | undefined;
  readonly expiresAt?: number | undefined;
  /** Credentials from elsewhere instead of random ones. */
  readonly imported?: Credentials | undefined;
}

/** Absent: stays. `null`: is taken away. */
export interface KeyChange {
  readonly label?: string | null | undefined;
  readonly allowV2?: boolean | undefined;
  readonly scope?: KeyScope | null | undefined;
  readonly expiresAt?: number | null | undefined;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secret: Secret;
}

export interface KeyWithSecret {
  readonly key: AccessKey;
  readonly secret: Secret;
}

/** Short-lived credentials that were derived; the token says all about them, sealed. */
export interface SessionCredentials extends Credentials {
  /** Of the session; those that renew it have the same. */
  readonly id: string;
  readonly sessionToken: string;
  readonly accountId: AccountId;
  readonly expiresAt: number;
}

/** Temporary credentials as their holder shows them. */
export type SessionProof = Pick<SessionCredentials, 'accessKeyId' | 'secret' | 'sessionToken'>;

export type SessionHolder = Extract<Standing, { readonly kind: 'account' }> & {
  readonly sessionId: string;
  readonly expiresAt: number;
  /** Until when it can be renewed. */
  readonly endsAt: number;
  /** When a password or secret was shown last. */
  readonly provedAt: number;
};

/** A session as its account sees it: from the trail, which tells of each that was made and renewed. */
export interface SessionEntry {
  readonly id: string;
  readonly by: 'password' | 'key' | 'key-session';
  /** Of the key that it was derived from. */
  readonly accessKeyId: string | undefined;
  readonly begunAt: number | undefined;
  /** When it was made or renewed last: it may have been used since. */
  readonly renewedAt: number;
  readonly expiresAt: number;
  readonly from: string;
  readonly agent: string | undefined;
}

/** What proves a person or a program once more. */
export type Evidence = { readonly password: Secret } | { readonly accessKeyId: string; readonly secret: Secret };

export interface SessionDraft {
  /** Milliseconds; at most `LIMITS.sessionMaxMs`. It ends with its parent key, if that is sooner. Default: `sessionMs`. */
  readonly lifeMs?: number | undefined;
  /** Narrows what the parent may do. */
  readonly scope?: KeyScope | undefined;
}

export interface ShareDraft {
  readonly bucket: string;
  readonly key: string;
  /** Absent: whatever the current version is when the link is opened. */
  readonly versionId?: string | undefined;
  readonly expiresAt: number;
  /** Whether browsers show it or save it, and as what. */
  readonly disposition: 'inline' | 'attachment';
  readonly filename?: string | undefined;
}

/** A link that holds. `secret` signs its address and is for nobody's eyes. */
export interface Share extends ShareDraft {
  readonly id: string;
  readonly createdAt: number;
  readonly lastUsedAt: number | undefined;
  readonly secret: Secret;
}

/** The whole store was read (`moraine scrub`). */
export interface Scrubbing {
  readonly at: number;
  /** Damages that were healed, and those without a good copy. */
  readonly healed: number;
  readonly lost: number;
}

export interface TrailQuery {
  /** Whose affair it is; everybody's when it is left out. */
  readonly account?: AccountId | undefined;
  /** Who did it: id or name of an account, an access key id, `local` or `stranger`. */
  readonly who?: string | undefined;
  /** `key.revoke`; or all that begin so: `key.` */
  readonly action?: string | undefined;
  /** Exactly, or all that begin so: `photos/*`. */
  readonly target?: string | undefined;
  /** Milliseconds, both included. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Behind the event of this id. */
  readonly before?: string | undefined;
  readonly limit: number;
}

export interface Admin {
  /** `invalid`, or `exists` when name or e-mail is taken. */
  addAccount(draft: AccountDraft, by: Actor): Promise<Account>;
  /** All, ascending by name; or those behind a name. */
  accounts(after?: string): AsyncIterable<Account>;
  /** By name or id. `missing`. */
  account(nameOrId: string): Promise<Account>;
  /** `in-use` for what would leave no active operator. Suspending ends its sessions. */
  changeAccount(nameOrId: string, change: AccountChange, by: Actor): Promise<Account>;
  /** With its keys. `in-use` while it owns buckets, and for the last operator. Answers what was removed. */
  removeAccount(nameOrId: string, by: Actor): Promise<Account>;
  /**
   * Ends all its sessions. `password` undefined: nobody can sign in with one any more. `current`: must be the password that it
   * has, `denied` otherwise; counted like a sign-in. `invalid` for a weak one, `busy`.
   */
  setPassword(
    nameOrId: string,
    password: Secret | undefined,
    by: Actor,
    current?: Secret | undefined,
  ): Promise<Account>;
  /** Its sessions and temporary credentials are refused from the next request on; keys stay. */
  endSessions(nameOrId: string, by: Actor): Promise<Account>;

  /** `invalid`, `missing` when the account is gone, `exists` when an imported id is taken. */
  createKey(account: Account, draft: KeyDraft, by: Actor): Promise<KeyWithSecret>;
  /** Of one account or of all, ascending by id, revoked ones included; or those behind an id. */
  keys(account: AccountId | undefined, after?: string): AsyncIterable<AccessKey>;
  /** `missing`. */
  key(accessKeyId: string): Promise<AccessKey>;
  /** Last uses (milliseconds), of keys that were ever used. */
  keyUses(accessKeyIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Who used them last. */
  keyClients(accessKeyIds: readonly string[]): Promise<ReadonlyMap<string, KeyClient>>;
  /** A revoked key stays revoked: `invalid`. */
  changeKey(accessKeyId: string, change: KeyChange, by: Actor): Promise<AccessKey>;
  /** A new key like it; the old one ends after `overlapMs`, or at its own expiry if that is sooner. */
  rotateKey(accessKeyId: string, overlapMs: number, by: Actor): Promise<KeyWithSecret>;
  /** From the next request on the key is refused, everywhere, and all that was derived from it. Twice is no error. `missing`. */
  revokeKey(accessKeyId: string, by: Actor): Promise<AccessKey>;
  /** `missing`; throws `SealError` when the secret was sealed with another master key. */
  revealSecret(accessKeyId: string): Promise<KeyWithSecret>;

  /**
   * A link to one object, until it ends or is revoked. That the account may read the object is looked at by the caller, and again
   * at each use. `invalid`; `in-use` when there are too many.
   */
  createShare(account: Account, draft: ShareDraft, by: Actor): Promise<Share>;
  /** Those that hold, by id. */
  shares(account: AccountId): Promise<readonly Share[]>;
  /** Its next request is refused. `missing`. */
  revokeShare(account: Account, id: string, by: Actor): Promise<void>;

  /** Credentials derived from a key. `invalid` when the key may not be used now. */
  keySession(accessKeyId: string, draft: SessionDraft, by: Actor): Promise<SessionCredentials>;
  /**
   * Credentials for a name or e-mail and password. `denied` in the same words and time whatever was wrong; `busy` when too
   * many failed or too many wait. Failures and successes are in the audit trail.
   */
  signIn(nameOrEmail: string, password: Secret, by: Actor): Promise<SessionCredentials>;
  /**
   * The same for an access key and its secret. Who knows them is who holds the key, so what it gives may administer what the key
   * may (`by: 'key'`); what `keySession` gives is for handing on, and may not (`key-session`).
   */
  signInWithKey(accessKeyId: string, secret: Secret, by: Actor): Promise<SessionCredentials>;
  /**
   * Who holds temporary credentials now; `denied` when they are not ours, do not belong together, are over, or what they were
   * derived from is. The secret is asked for because a presigned URL tells id and token to whoever it is given to. One read.
   */
  sessionHolder(session: SessionProof): Promise<SessionHolder>;
  /**
   * New credentials of the same kind and scope for who holds these, until `sessionMaxMs` after they were first signed in or
   * derived. Throws what `sessionHolder` throws, and `denied` for those of `keySession`: whoever handed them on chose when they
   * end.
   */
  renewSession(session: SessionProof, by: Actor): Promise<SessionCredentials>;

  /**
   * As `renewSession`, for who also shows the account's password or one of its keys with its secret: `denied` otherwise, counted
   * like a sign-in. From then on the session is as fresh as one just signed in.
   */
  confirmSession(session: SessionProof, evidence: Evidence, by: Actor): Promise<SessionCredentials>;
  /** Those that hold, newest first; `complete` false: the trail was too long to be read to the end. */
  sessions(account: Account): Promise<{ readonly sessions: readonly SessionEntry[]; readonly complete: boolean }>;
  /** One session, and all that renew it: refused from the next request on. `in-use` when too many were ended one by one. */
  endSession(account: Account, id: string, by: Actor): Promise<void>;
  /** All of the account but this one, which goes on with what it answers. */
  endOtherSessions(session: SessionProof, by: Actor): Promise<SessionCredentials>;

  /** When the store was scrubbed last, as far as the newest events tell. */
  lastScrub(): Promise<Scrubbing | undefined>;
  /** Requests that failed lately, newest first. */
  failures(query: { readonly before?: string; readonly limit: number }): Promise<readonly AuditEvent[]>;
  /** Those that fit, newest first. `next`: where to go on; there may be more even where few or none were found. */
  searchAudit(
    query: TrailQuery,
  ): Promise<{ readonly events: readonly AuditEvent[]; readonly next: string | undefined }>;
}
