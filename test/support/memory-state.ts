/** What the memory engine keeps, and how it is read: maps and linear scans. `memory-engine.ts` changes it. */

import type { Clock } from '../../src/base/clock.ts';
import { LIMITS } from '../../src/base/limits.ts';
import type {
  AccessKey,
  Account,
  AuditEvent,
  Bucket,
  BucketId,
  KeyClient,
  ObjectVersion,
  Part,
  Refusal,
  Revision,
  Upload,
  VersionDraft,
  VersionId,
} from '../../src/model/entities.ts';
import type { ActivityTrail, Rows } from '../../src/store/port.ts';

/** The mark of a key that has no version at all. */
export const ABSENT: Revision = 'absent';

export type StoredVersion = Omit<ObjectVersion, 'isCurrent'> & { readonly order: number };
export interface KeyState {
  revision: Revision;
  /** Newest first, never empty. */
  versions: readonly StoredVersion[];
}
export interface UploadState {
  readonly upload: Upload;
  readonly parts: Map<number, Part>;
}

const DAY_MS = 24 * 3600 * 1000;

const compareBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const byBytes =
  <T>(name: (item: T) => string) =>
  (a: T, b: T) =>
    compareBytes(name(a), name(b));

export class MemoryState {
  readonly accounts = new Map<string, Account>();
  readonly keys = new Map<string, AccessKey>();
  readonly keyUses = new Map<string, number>();
  readonly audit = new Map<string, AuditEvent>();
  readonly keyClients = new Map<string, KeyClient>();
  readonly refusals = new Map<string, Refusal>();
  readonly activity: Readonly<Record<ActivityTrail, Map<string, AuditEvent>>> = {
    objects: new Map(),
    failures: new Map(),
  };
  /** By name. */
  readonly buckets = new Map<string, Bucket>();
  readonly objects = new Map<BucketId, Map<string, KeyState>>();
  readonly uploads = new Map<string, UploadState>();
}

export class MemoryReads implements Omit<Rows, 'commit'> {
  protected readonly state = new MemoryState();
  protected readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  // ------------------------------------------------------------------------------------------------------ reading

  async getIdentity(accessKeyId: string) {
    const key = this.state.keys.get(accessKeyId);
    const account = key && this.state.accounts.get(key.accountId);
    return key && account && { key, account };
  }

  async getTarget(query: Parameters<Rows['getTarget']>[0]) {
    const bucket = this.state.buckets.get(query.bucket);
    const state = bucket && query.key !== undefined ? this.state.objects.get(bucket.id)?.get(query.key) : undefined;
    const stored = state && (query.versionId === undefined ? state.versions[0] : find(state, query.versionId));
    return {
      bucket,
      version: state && stored && shown(state, stored),
      revision: state?.revision ?? ABSENT,
    };
  }

  async getAccount(query: Parameters<Rows['getAccount']>[0]) {
    return [...this.state.accounts.values()].find((account) => {
      if ('id' in query) return account.id === query.id;
      if ('name' in query) return account.name === query.name;
      if ('email' in query) return account.email?.toLowerCase() === query.email.toLowerCase();
      return account.canonicalId === query.canonicalId;
    });
  }

  async scanAccounts(after: string | undefined, limit: number) {
    return [...this.state.accounts.values()]
      .filter(({ name }) => after === undefined || compareBytes(name, after) > 0)
      .sort(byBytes(({ name }) => name))
      .slice(0, limit);
  }

  async scanKeys(account: string | undefined, after: string | undefined, limit: number) {
    return [...this.state.keys.values()]
      .filter((key) => account === undefined || key.accountId === account)
      .filter((key) => after === undefined || compareBytes(key.accessKeyId, after) > 0)
      .sort(byBytes(({ accessKeyId }) => accessKeyId))
      .slice(0, limit);
  }

  async getKeyUses(accessKeyIds: readonly string[]) {
    return new Map([...this.state.keyUses].filter(([id]) => accessKeyIds.includes(id)));
  }

  async getKeyClients(accessKeyIds: readonly string[]) {
    return new Map([...this.state.keyClients].filter(([id]) => accessKeyIds.includes(id)));
  }

  async noteKeyUses(uses: ReadonlyMap<string, number>, clients?: ReadonlyMap<string, KeyClient>) {
    for (const [id, at] of uses) {
      if (!this.state.keys.has(id) || at <= (this.state.keyUses.get(id) ?? -1)) continue;
      this.state.keyUses.set(id, at);
      const client = clients?.get(id);
      if (client !== undefined) this.state.keyClients.set(id, client);
    }
  }

  async scanAudit({ account, before, limit }: Parameters<Rows['scanAudit']>[0]) {
    return [...this.state.audit.values()]
      .filter(({ accountId }) => account === undefined || accountId === account)
      .filter(({ id }) => before === undefined || compareBytes(id, before) < 0)
      .sort((a, b) => compareBytes(b.id, a.id))
      .slice(0, limit);
  }

  async scanActivity({ trail, account, before, limit }: Parameters<Rows['scanActivity']>[0]) {
    const days = trail === 'objects' ? LIMITS.activityDays : LIMITS.failureDays;
    const oldest = this.clock.now() - days * DAY_MS;
    const events = [...this.state.activity[trail].values()].filter(
      ({ id, at, accountId }) =>
        at >= oldest && (account === undefined || accountId === account) && (before === undefined || id < before),
    );
    return events.sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, limit);
  }

  async noteActivity(trail: ActivityTrail, events: readonly AuditEvent[]) {
    for (const event of events) this.state.activity[trail].set(event.id, event);
  }

  async getRefusal(requestId: string) {
    const refusal = this.state.refusals.get(requestId);
    const oldest = this.clock.now() - LIMITS.refusalDays * DAY_MS;
    return refusal === undefined || refusal.at < oldest ? undefined : refusal;
  }

  async noteRefusals(refusals: readonly Refusal[]) {
    for (const refusal of refusals) {
      // The order of a map is that of insertion.
      this.state.refusals.delete(refusal.requestId);
      this.state.refusals.set(refusal.requestId, refusal);
    }
    const surplus = Math.max(0, this.state.refusals.size - LIMITS.refusalsKept);
    for (const id of [...this.state.refusals.keys()].slice(0, surplus)) this.state.refusals.delete(id);
  }

  async scanBuckets(query: Parameters<Rows['scanBuckets']>[0]) {
    const { owner, prefix = '', after, limit } = query;
    return [...this.state.buckets.values()]
      .filter((bucket) => (owner === undefined || bucket.owner === owner) && bucket.name.startsWith(prefix))
      .filter(({ name }) => after === undefined || compareBytes(name, after) > 0)
      .sort(byBytes(({ name }) => name))
      .slice(0, limit);
  }

  async scanCurrent(bucket: BucketId, from: Parameters<Rows['scanCurrent']>[1], limit: number) {
    const rows = this.states(bucket).filter(([key]) => {
      if (from === undefined) return true;
      const order = compareBytes(key, from.key);
      return order > 0 || (order === 0 && from.inclusive);
    });
    return rows.slice(0, limit).flatMap(([, state]) => state.versions.slice(0, 1).map((one) => shown(state, one)));
  }

  async scanVersions(bucket: BucketId, from: Parameters<Rows['scanVersions']>[1], limit: number) {
    const rows = this.states(bucket).flatMap(([key, state]) => {
      const order = from === undefined ? 1 : compareBytes(key, from.key);
      const after = order === 0 ? from?.afterVersion : undefined;
      if (order < 0 || (order === 0 && after === undefined && !from?.inclusive)) return [];
      const behind = after === undefined ? undefined : orderOf(state, after);
      return state.versions
        .filter((version) => behind === undefined || version.order < behind)
        .map((version) => shown(state, version));
    });
    return rows.slice(0, limit);
  }

  async getUpload(bucket: BucketId, key: string, uploadId: string) {
    return this.findUpload(bucket, key, uploadId)?.upload;
  }

  async scanUploads(bucket: BucketId, from: Parameters<Rows['scanUploads']>[1], limit: number) {
    const order = (a: Upload, b: Upload) =>
      compareBytes(a.key, b.key) || a.initiatedAt - b.initiatedAt || compareBytes(a.uploadId, b.uploadId);
    const all = [...this.state.uploads.values()]
      .map(({ upload }) => upload)
      .filter(({ bucketId }) => bucketId === bucket);
    const mark = all.find((upload) => upload.key === from?.key && upload.uploadId === from.afterUpload);
    const inclusive = from?.inclusive || from?.afterUpload !== undefined;
    return all
      .filter((upload) => {
        if (from === undefined) return true;
        if (mark !== undefined) return order(upload, mark) > 0;
        const byKey = compareBytes(upload.key, from.key);
        return byKey > 0 || (byKey === 0 && inclusive);
      })
      .sort(order)
      .slice(0, limit);
  }

  async scanParts(uploadId: string, after: number, limit: number) {
    const parts = [...(this.state.uploads.get(uploadId)?.parts.values() ?? [])];
    return parts
      .filter(({ number }) => number > after)
      .sort((a, b) => a.number - b.number)
      .slice(0, limit);
  }

  protected states(bucket: BucketId): [string, KeyState][] {
    return [...(this.state.objects.get(bucket) ?? [])].sort(byBytes(([key]) => key));
  }

  protected findUpload(bucket: BucketId, key: string, uploadId: string): UploadState | undefined {
    const state = this.state.uploads.get(uploadId);
    return state?.upload.bucketId === bucket && state.upload.key === key ? state : undefined;
  }
}

/** The version of that id, or the null version. */
export function find(state: KeyState, versionId: VersionId): StoredVersion | undefined {
  return state.versions.find((one) => (versionId === 'null' ? one.isNull : one.versionId === versionId));
}

/** Where a version stands or stood; `undefined` when that cannot be told, which means before all of them. */
function orderOf(state: KeyState, versionId: VersionId): number | undefined {
  if (versionId === 'null') return find(state, 'null')?.order;
  const digits = /^(\d+)\.m\d+$/.exec(versionId)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export function shown(state: KeyState, { order: _order, ...version }: StoredVersion): ObjectVersion {
  return { ...version, isCurrent: version.versionId === state.versions[0]?.versionId };
}

export function bodyAndParts(version: StoredVersion): Pick<VersionDraft, 'body' | 'parts'> {
  return {
    ...(version.body === undefined ? {} : { body: version.body }),
    ...(version.parts === undefined ? {} : { parts: version.parts }),
  };
}
