/**
 * The reference model of `store/port.ts`: everything in maps and arrays, every scan linear. Tests run on it where no disk
 * is wanted, and the real engines are compared with it. Nothing survives `close`.
 */

import { strict as assert } from 'node:assert';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { LIMITS } from '../../src/base/limits.ts';
import type {
  AccessKey,
  Account,
  Body,
  Bucket,
  BucketId,
  ObjectVersion,
  Part,
  Revision,
  Upload,
  VersionDraft,
  VersionId,
  Versioning,
} from '../../src/model/entities.ts';
import { type Committed, Conflict, type Engine, type Mutation, type Rows, Unavailable } from '../../src/store/port.ts';
import { MemoryBlobs } from './memory-blobs.ts';

/** The mark of a key that has no version at all. */
const ABSENT: Revision = 'absent';

type StoredVersion = Omit<ObjectVersion, 'isCurrent'> & { readonly order: number };
interface KeyState {
  revision: Revision;
  /** Newest first, never empty. */
  versions: readonly StoredVersion[];
}
interface UploadState {
  readonly upload: Upload;
  readonly parts: Map<number, Part>;
}
type Of<T extends Mutation['type']> = Extract<Mutation, { type: T }>;

const compareBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const byBytes =
  <T>(name: (item: T) => string) =>
  (a: T, b: T) =>
    compareBytes(name(a), name(b));

export interface MemoryOptions {
  readonly clock?: Clock;
  readonly blobGraceMs?: number;
}

export function createMemoryEngine(options: MemoryOptions = {}): Engine {
  const blobs = new MemoryBlobs(options.clock ?? systemClock, options.blobGraceMs ?? LIMITS.blobGraceMs);
  const rows = new MemoryRows(blobs);
  return {
    capabilities: { name: 'memory', scanFirstRows: 16, scanRows: 1024, inlineBytes: LIMITS.inlineBytes },
    rows,
    blobs,
    upkeep: {
      sweep: async ({ now, limit }) => blobs.sweep(now, limit),
      async *check() {},
      usage: async () => ({
        buckets: rows.bucketCount(),
        bodyBytes: blobs.bytesIn('held'),
        trashBytes: blobs.bytesIn('trash'),
      }),
    },
    close: async () => rows.close(),
  };
}

class MemoryRows implements Rows {
  readonly #blobs: MemoryBlobs;
  readonly #accounts = new Map<string, Account>();
  readonly #keys = new Map<string, AccessKey>();
  /** By name. */
  readonly #buckets = new Map<string, Bucket>();
  readonly #objects = new Map<BucketId, Map<string, KeyState>>();
  readonly #uploads = new Map<string, UploadState>();
  #sequence = 0;
  #closed = false;

  constructor(blobs: MemoryBlobs) {
    this.#blobs = blobs;
  }

  close(): void {
    this.#closed = true;
  }

  bucketCount(): number {
    return this.#buckets.size;
  }

  // ------------------------------------------------------------------------------------------------------ reading

  async getIdentity(accessKeyId: string) {
    const key = this.#keys.get(accessKeyId);
    const account = key && this.#accounts.get(key.accountId);
    return key && account && { key, account };
  }

  async getTarget(query: Parameters<Rows['getTarget']>[0]) {
    const bucket = this.#buckets.get(query.bucket);
    const state = bucket && query.key !== undefined ? this.#objects.get(bucket.id)?.get(query.key) : undefined;
    const stored = state && (query.versionId === undefined ? state.versions[0] : find(state, query.versionId));
    return {
      bucket,
      version: state && stored && shown(state, stored),
      revision: state?.revision ?? ABSENT,
    };
  }

  async getAccount(query: Parameters<Rows['getAccount']>[0]) {
    return [...this.#accounts.values()].find((account) => {
      if ('id' in query) return account.id === query.id;
      if ('name' in query) return account.name === query.name;
      if ('email' in query) return account.email?.toLowerCase() === query.email.toLowerCase();
      return account.canonicalId === query.canonicalId;
    });
  }

  async scanAccounts(after: string | undefined, limit: number) {
    return [...this.#accounts.values()]
      .filter(({ name }) => after === undefined || compareBytes(name, after) > 0)
      .sort(byBytes(({ name }) => name))
      .slice(0, limit);
  }

  async scanKeys(account: string | undefined, after: string | undefined, limit: number) {
    return [...this.#keys.values()]
      .filter((key) => account === undefined || key.accountId === account)
      .filter((key) => after === undefined || compareBytes(key.accessKeyId, after) > 0)
      .sort(byBytes(({ accessKeyId }) => accessKeyId))
      .slice(0, limit);
  }

  async scanBuckets(query: Parameters<Rows['scanBuckets']>[0]) {
    const { owner, prefix = '', after, limit } = query;
    return [...this.#buckets.values()]
      .filter((bucket) => (owner === undefined || bucket.owner === owner) && bucket.name.startsWith(prefix))
      .filter(({ name }) => after === undefined || compareBytes(name, after) > 0)
      .sort(byBytes(({ name }) => name))
      .slice(0, limit);
  }

  async scanCurrent(bucket: BucketId, from: Parameters<Rows['scanCurrent']>[1], limit: number) {
    const rows = this.#states(bucket).filter(([key]) => {
      if (from === undefined) return true;
      const order = compareBytes(key, from.key);
      return order > 0 || (order === 0 && from.inclusive);
    });
    return rows.slice(0, limit).flatMap(([, state]) => state.versions.slice(0, 1).map((one) => shown(state, one)));
  }

  async scanVersions(bucket: BucketId, from: Parameters<Rows['scanVersions']>[1], limit: number) {
    const rows = this.#states(bucket).flatMap(([key, state]) => {
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
    return this.#findUpload(bucket, key, uploadId)?.upload;
  }

  async scanUploads(bucket: BucketId, from: Parameters<Rows['scanUploads']>[1], limit: number) {
    const order = (a: Upload, b: Upload) =>
      compareBytes(a.key, b.key) || a.initiatedAt - b.initiatedAt || compareBytes(a.uploadId, b.uploadId);
    const all = [...this.#uploads.values()].map(({ upload }) => upload).filter(({ bucketId }) => bucketId === bucket);
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
    const parts = [...(this.#uploads.get(uploadId)?.parts.values() ?? [])];
    return parts
      .filter(({ number }) => number > after)
      .sort((a, b) => a.number - b.number)
      .slice(0, limit);
  }

  // --------------------------------------------------------------------------------------------------- committing

  async commit(mutation: Mutation): Promise<Committed> {
    if (this.#closed) throw new Unavailable('the engine is closed', { mayHaveApplied: false });
    switch (mutation.type) {
      case 'putAccount':
        return this.#putAccount(mutation);
      case 'removeAccount':
        return this.#removeAccount(mutation);
      case 'putKey':
        return this.#putKey(mutation);
      case 'removeKey':
        if (!this.#keys.delete(mutation.accessKeyId)) throw new Conflict('missing');
        return { revision: ABSENT };
      case 'createBucket':
        return this.#createBucket(mutation);
      case 'updateBucket':
        return this.#updateBucket(mutation);
      case 'deleteBucket':
        return this.#deleteBucket(mutation);
      case 'putVersion':
        return this.#putVersion(mutation);
      case 'removeNull':
        return this.#removeNull(mutation);
      case 'removeVersion':
        return this.#removeVersion(mutation);
      case 'updateVersion':
        return this.#updateVersion(mutation);
      case 'createUpload':
        return this.#createUpload(mutation);
      case 'putPart':
        return this.#putPart(mutation);
      case 'completeUpload':
        return this.#completeUpload(mutation);
      case 'abortUpload':
        return this.#abortUpload(mutation);
    }
  }

  #putAccount({ account, replace }: Of<'putAccount'>): Committed {
    if (replace !== this.#accounts.has(account.id))
      throw replace ? new Conflict('missing') : new Conflict('exists', 'id');
    const others = [...this.#accounts.values()].filter(({ id }) => id !== account.id);
    const email = account.email?.toLowerCase();
    if (others.some(({ name }) => name === account.name)) throw new Conflict('exists', 'name');
    if (email !== undefined && others.some((other) => other.email?.toLowerCase() === email)) {
      throw new Conflict('exists', 'email');
    }
    if (others.some(({ canonicalId }) => canonicalId === account.canonicalId)) {
      throw new Conflict('exists', 'canonicalId');
    }
    this.#accounts.set(account.id, account);
    return { revision: this.#next() };
  }

  #removeAccount({ id }: Of<'removeAccount'>): Committed {
    if (!this.#accounts.has(id)) throw new Conflict('missing');
    if ([...this.#buckets.values()].some(({ owner }) => owner === id)) throw new Conflict('not-empty');
    for (const key of [...this.#keys.values()]) if (key.accountId === id) this.#keys.delete(key.accessKeyId);
    this.#accounts.delete(id);
    return { revision: ABSENT };
  }

  #putKey({ key, replace }: Of<'putKey'>): Committed {
    if (!this.#accounts.has(key.accountId)) throw new Conflict('missing');
    if (replace !== this.#keys.has(key.accessKeyId)) {
      throw replace ? new Conflict('missing') : new Conflict('exists', 'accessKeyId');
    }
    this.#keys.set(key.accessKeyId, key);
    return { revision: this.#next() };
  }

  #createBucket({ bucket }: Of<'createBucket'>): Committed {
    if (this.#buckets.has(bucket.name)) throw new Conflict('exists', 'name');
    if (!this.#accounts.has(bucket.owner)) throw new Conflict('missing');
    assert(!this.#objects.has(bucket.id), 'bucket ids are never used twice');
    const revision = this.#next();
    this.#buckets.set(bucket.name, { ...bucket, revision });
    this.#objects.set(bucket.id, new Map());
    return { revision };
  }

  #updateBucket({ bucket, expect }: Of<'updateBucket'>): Committed {
    const old = this.#buckets.get(bucket.name);
    if (old?.id !== bucket.id || old.revision !== expect) throw new Conflict('revision');
    const revision = this.#next();
    this.#buckets.set(bucket.name, { ...bucket, id: old.id, name: old.name, owner: old.owner, revision });
    return { revision };
  }

  #deleteBucket({ bucketId, name }: Of<'deleteBucket'>): Committed {
    if (this.#buckets.get(name)?.id !== bucketId) throw new Conflict('missing');
    if (this.#states(bucketId).length > 0) throw new Conflict('not-empty');
    for (const { upload, parts } of [...this.#uploads.values()]) {
      if (upload.bucketId === bucketId) this.#endUpload(upload.uploadId, parts);
    }
    this.#buckets.delete(name);
    return { revision: ABSENT };
  }

  #putVersion(mutation: Of<'putVersion'>): Committed {
    const { bucketId, key, versioning, expect, draft } = mutation;
    this.#requireBucket(bucketId, versioning);
    this.#requireRevision(bucketId, key, expect);
    assert.equal(draft.body === undefined, draft.kind === 'delete-marker');
    assert.equal(draft.size, draft.body?.size ?? 0);
    if (draft.body) this.#blobs.adopt(draft.body);
    return this.#addVersion(bucketId, key, versioning, draft);
  }

  #addVersion(bucketId: BucketId, key: string, versioning: Versioning, draft: VersionDraft): Committed {
    const revision = this.#next();
    const isNull = versioning !== 'enabled';
    const old = this.#objects.get(bucketId)?.get(key)?.versions ?? [];
    const order = (old[0]?.order ?? 0) + 1;
    const version = { ...draft, key, versionId: `${order}.m${revision}`, isNull, revision, order };
    const replaced = isNull ? old.filter((one) => one.isNull) : [];
    this.#setVersions(bucketId, key, revision, [version, ...old.filter((one) => !replaced.includes(one))]);
    for (const one of replaced) this.#blobs.drop(one.body);
    return { versionId: version.versionId, isNull, revision };
  }

  #removeNull({ bucketId, key, versioning, expect }: Of<'removeNull'>): Committed {
    this.#requireBucket(bucketId, versioning);
    this.#requireRevision(bucketId, key, expect);
    const state = this.#objects.get(bucketId)?.get(key);
    const version = state && find(state, 'null');
    if (state === undefined || version === undefined) return { revision: state?.revision ?? ABSENT };
    return this.#dropVersion(bucketId, key, state, version);
  }

  #removeVersion({ bucketId, key, versionId, expect }: Of<'removeVersion'>): Committed {
    const state = this.#objects.get(bucketId)?.get(key);
    const version = state && find(state, versionId);
    if (state === undefined || version?.revision !== expect) throw new Conflict('revision');
    return this.#dropVersion(bucketId, key, state, version);
  }

  #dropVersion(bucketId: BucketId, key: string, state: KeyState, version: StoredVersion): Committed {
    const rest = state.versions.filter((one) => one !== version);
    const revision = this.#next();
    this.#setVersions(bucketId, key, revision, rest);
    this.#blobs.drop(version.body);
    return { revision: rest.length === 0 ? ABSENT : revision };
  }

  #updateVersion({ bucketId, version, expect }: Of<'updateVersion'>): Committed {
    const state = this.#objects.get(bucketId)?.get(version.key);
    const old = state && find(state, version.versionId);
    if (state === undefined || old?.revision !== expect) throw new Conflict('revision');
    const revision = this.#next();
    const { body: _body, parts: _parts, isCurrent: _isCurrent, ...attributes } = version;
    const kept = { size: old.size, isNull: old.isNull, versionId: old.versionId, kind: old.kind };
    const changed: StoredVersion = { ...attributes, ...kept, ...bodyAndParts(old), revision, order: old.order };
    this.#setVersions(
      bucketId,
      version.key,
      revision,
      state.versions.map((one) => (one === old ? changed : one)),
    );
    return { versionId: old.versionId, isNull: old.isNull, revision };
  }

  #createUpload({ upload }: Of<'createUpload'>): Committed {
    this.#requireBucket(upload.bucketId, undefined);
    assert(!this.#uploads.has(upload.uploadId), 'upload ids are never used twice');
    this.#uploads.set(upload.uploadId, { upload, parts: new Map() });
    return { revision: this.#next() };
  }

  #putPart({ bucketId, key, uploadId, part }: Of<'putPart'>): Committed {
    const state = this.#findUpload(bucketId, key, uploadId);
    if (state === undefined) throw new Conflict('upload');
    assert.equal(part.size, part.body.size);
    this.#blobs.adopt(part.body);
    this.#blobs.drop(state.parts.get(part.number)?.body);
    state.parts.set(part.number, part);
    return { revision: this.#next() };
  }

  #completeUpload(mutation: Of<'completeUpload'>): Committed {
    const { bucketId, key, versioning, expect, uploadId, parts, draft } = mutation;
    this.#requireBucket(bucketId, versioning);
    const state = this.#findUpload(bucketId, key, uploadId);
    if (state === undefined) throw new Conflict('upload');
    const bodies: Body[] = [];
    for (const { number, etag } of parts) {
      const part = state.parts.get(number);
      if (part?.etag !== etag) throw new Conflict('part', String(number));
      bodies.push(part.body);
    }
    this.#requireRevision(bucketId, key, expect);
    const body = this.#blobs.compose(bodies);
    assert.equal(draft.size, body.size);
    this.#blobs.adopt(body);
    const committed = this.#addVersion(bucketId, key, versioning, { ...draft, body });
    this.#endUpload(uploadId, state.parts);
    return committed;
  }

  #abortUpload({ bucketId, key, uploadId }: Of<'abortUpload'>): Committed {
    const state = this.#findUpload(bucketId, key, uploadId);
    if (state === undefined) throw new Conflict('upload');
    this.#endUpload(uploadId, state.parts);
    return { revision: ABSENT };
  }

  // ------------------------------------------------------------------------------------------------------ helpers

  #next(): Revision {
    this.#sequence++;
    return String(this.#sequence);
  }

  #states(bucket: BucketId): [string, KeyState][] {
    return [...(this.#objects.get(bucket) ?? [])].sort(byBytes(([key]) => key));
  }

  #setVersions(bucketId: BucketId, key: string, revision: Revision, versions: readonly StoredVersion[]): void {
    if (versions.length === 0) this.#objects.get(bucketId)?.delete(key);
    else this.#objects.get(bucketId)?.set(key, { revision, versions });
  }

  #findUpload(bucket: BucketId, key: string, uploadId: string): UploadState | undefined {
    const state = this.#uploads.get(uploadId);
    return state?.upload.bucketId === bucket && state.upload.key === key ? state : undefined;
  }

  #endUpload(uploadId: string, parts: ReadonlyMap<number, Part>): void {
    for (const part of parts.values()) this.#blobs.drop(part.body);
    this.#uploads.delete(uploadId);
  }

  #requireBucket(id: BucketId, versioning: Versioning | undefined): void {
    const bucket = [...this.#buckets.values()].find((one) => one.id === id);
    if (bucket === undefined || (versioning ?? bucket.versioning) !== bucket.versioning) throw new Conflict('bucket');
  }

  #requireRevision(bucket: BucketId, key: string, expect: Revision | undefined): void {
    const revision = this.#objects.get(bucket)?.get(key)?.revision ?? ABSENT;
    if (expect !== undefined && revision !== expect) throw new Conflict('revision');
  }
}

/** The version of that id, or the null version. */
function find(state: KeyState, versionId: VersionId): StoredVersion | undefined {
  return state.versions.find((one) => (versionId === 'null' ? one.isNull : one.versionId === versionId));
}

/** Where a version stands or stood; `undefined` when that cannot be told, which means before all of them. */
function orderOf(state: KeyState, versionId: VersionId): number | undefined {
  if (versionId === 'null') return find(state, 'null')?.order;
  const digits = /^(\d+)\.m\d+$/.exec(versionId)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function shown(state: KeyState, { order: _order, ...version }: StoredVersion): ObjectVersion {
  return { ...version, isCurrent: version.versionId === state.versions[0]?.versionId };
}

function bodyAndParts(version: StoredVersion): Pick<VersionDraft, 'body' | 'parts'> {
  return {
    ...(version.body === undefined ? {} : { body: version.body }),
    ...(version.parts === undefined ? {} : { parts: version.parts }),
  };
}
