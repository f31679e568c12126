/**
 * The reference model of `store/port.ts`: everything in maps and arrays, every scan linear. Tests run on it where no disk
 * is wanted, and the real engines are compared with it. Nothing survives `close`.
 */

import { strict as assert } from 'node:assert';
import { isDeepStrictEqual } from 'node:util';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { LIMITS } from '../../src/base/limits.ts';
import type { AuditEvent, Body, BucketId, Part, Revision, VersionDraft, Versioning } from '../../src/model/entities.ts';
import { fitsBody } from '../../src/model/stored-size.ts';
import {
  type Committed,
  Conflict,
  type Engine,
  type Mutation,
  type Rows,
  type Target,
  type TargetQuery,
  Unavailable,
} from '../../src/store/port.ts';
import { MemoryBlobs } from './memory-blobs.ts';
import { ABSENT, bodyAndParts, find, type KeyState, MemoryReads, type StoredVersion } from './memory-state.ts';

type Of<T extends Mutation['type']> = Extract<Mutation, { type: T }>;

export interface MemoryOptions {
  readonly clock?: Clock;
  readonly blobGraceMs?: number;
}

export function createMemoryEngine(options: MemoryOptions = {}): Engine {
  const { clock = systemClock, blobGraceMs = LIMITS.blobGraceMs } = options;
  const blobs = new MemoryBlobs(clock, blobGraceMs);
  const rows = new MemoryRows(blobs, clock);
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
      async *scrub() {},
      mend: async () => ({ mended: 0, done: true }),
      health: async () => ({ wanted: 1, minimum: 1, copies: [{ place: 'memory', state: 'up', reason: '' }] }),
      copies: async ({ size }) =>
        size === 0 ? [] : [{ start: 0, end: size, place: { memory: 'this process' }, problem: undefined }],
    },
    close: async () => rows.close(),
  };
}

class MemoryRows extends MemoryReads implements Rows {
  readonly #blobs: MemoryBlobs;
  #sequence = 0;
  #closed = false;

  constructor(blobs: MemoryBlobs, clock: Clock) {
    super(clock);
    this.#blobs = blobs;
  }

  close(): void {
    this.#closed = true;
  }

  override async getTarget(query: TargetQuery): Promise<Target> {
    const target = await super.getTarget(query);
    const { version } = target;
    if (query.withBody !== true || version?.body === undefined) return target;
    return { ...target, version: { ...version, body: this.#blobs.takeAlong(version.body) } };
  }

  bucketCount(): number {
    return this.state.buckets.size;
  }

  // --------------------------------------------------------------------------------------------------- committing

  async commit(mutation: Mutation, audit?: AuditEvent): Promise<Committed> {
    if (this.#closed) throw new Unavailable('the engine is closed', { mayHaveApplied: false });
    const committed = this.#apply(mutation);
    if (audit !== undefined) this.state.audit.set(audit.id, audit);
    return committed;
  }

  #apply(mutation: Mutation): Committed {
    switch (mutation.type) {
      case 'putAccount':
        return this.#putAccount(mutation);
      case 'removeAccount':
        return this.#removeAccount(mutation);
      case 'putKey':
        return this.#putKey(mutation);
      case 'removeKey':
        if (!this.state.keys.has(mutation.accessKeyId)) throw new Conflict('missing');
        return this.#removeKey(mutation.accessKeyId);
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
      case 'noteAudit':
        this.state.audit.set(mutation.event.id, mutation.event);
        return { revision: ABSENT };
    }
  }

  #putAccount({ account, replace, expect, given }: Of<'putAccount'>): Committed {
    if (replace !== this.state.accounts.has(account.id))
      throw replace ? new Conflict('missing') : new Conflict('exists', 'id');
    requireSame(expect, this.state.accounts.get(account.id));
    if (given !== undefined) requireSame(given, this.state.accounts.get(given.id));
    const others = [...this.state.accounts.values()].filter(({ id }) => id !== account.id);
    const email = account.email?.toLowerCase();
    if (others.some(({ name }) => name === account.name)) throw new Conflict('exists', 'name');
    if (email !== undefined && others.some((other) => other.email?.toLowerCase() === email)) {
      throw new Conflict('exists', 'email');
    }
    if (others.some(({ canonicalId }) => canonicalId === account.canonicalId)) {
      throw new Conflict('exists', 'canonicalId');
    }
    this.state.accounts.set(account.id, account);
    return { revision: this.#next() };
  }

  #removeAccount({ id, given }: Of<'removeAccount'>): Committed {
    if (!this.state.accounts.has(id)) throw new Conflict('missing');
    if (given !== undefined) requireSame(given, this.state.accounts.get(given.id));
    if ([...this.state.buckets.values()].some(({ owner }) => owner === id)) throw new Conflict('not-empty');
    for (const { accessKeyId, accountId } of [...this.state.keys.values()]) {
      if (accountId === id) this.#removeKey(accessKeyId);
    }
    this.state.accounts.delete(id);
    return { revision: ABSENT };
  }

  #putKey({ key, replace, expect }: Of<'putKey'>): Committed {
    if (!this.state.accounts.has(key.accountId)) throw new Conflict('missing');
    if (replace !== this.state.keys.has(key.accessKeyId)) {
      throw replace ? new Conflict('missing') : new Conflict('exists', 'accessKeyId');
    }
    requireSame(expect, this.state.keys.get(key.accessKeyId));
    this.state.keys.set(key.accessKeyId, key);
    return { revision: this.#next() };
  }

  #removeKey(accessKeyId: string): Committed {
    this.state.keys.delete(accessKeyId);
    this.state.keyUses.delete(accessKeyId);
    this.state.keyClients.delete(accessKeyId);
    return { revision: ABSENT };
  }

  #createBucket({ bucket }: Of<'createBucket'>): Committed {
    if (this.state.buckets.has(bucket.name)) throw new Conflict('exists', 'name');
    if (!this.state.accounts.has(bucket.owner)) throw new Conflict('missing');
    assert(!this.state.objects.has(bucket.id), 'bucket ids are never used twice');
    const revision = this.#next();
    this.state.buckets.set(bucket.name, { ...bucket, revision });
    this.state.objects.set(bucket.id, new Map());
    return { revision };
  }

  #updateBucket({ bucket, expect }: Of<'updateBucket'>): Committed {
    const old = this.state.buckets.get(bucket.name);
    if (old?.id !== bucket.id || old.revision !== expect) throw new Conflict('revision');
    const revision = this.#next();
    this.state.buckets.set(bucket.name, { ...bucket, id: old.id, name: old.name, owner: old.owner, revision });
    return { revision };
  }

  #deleteBucket({ bucketId, name }: Of<'deleteBucket'>): Committed {
    if (this.state.buckets.get(name)?.id !== bucketId) throw new Conflict('missing');
    if (this.states(bucketId).length > 0) throw new Conflict('not-empty');
    for (const { upload, parts } of [...this.state.uploads.values()]) {
      if (upload.bucketId === bucketId) this.#abandon(upload.uploadId, parts);
    }
    this.state.buckets.delete(name);
    return { revision: ABSENT };
  }

  #putVersion(mutation: Of<'putVersion'>): Committed {
    const { bucketId, key, versioning, expect, draft } = mutation;
    this.#requireBucket(bucketId, versioning);
    this.#requireRevision(bucketId, key, expect);
    assert.equal(draft.body === undefined, draft.kind === 'delete-marker');
    assert(fitsBody(draft.size, draft.body?.size ?? 0, draft.attributes));
    if (draft.body) this.#blobs.adopt(draft.body);
    return this.#addVersion(bucketId, key, versioning, draft);
  }

  #addVersion(bucketId: BucketId, key: string, versioning: Versioning, draft: VersionDraft): Committed {
    const revision = this.#next();
    const isNull = versioning !== 'enabled';
    const old = this.state.objects.get(bucketId)?.get(key)?.versions ?? [];
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
    const state = this.state.objects.get(bucketId)?.get(key);
    const version = state && find(state, 'null');
    if (state === undefined || version === undefined) return { revision: state?.revision ?? ABSENT };
    return this.#dropVersion(bucketId, key, state, version);
  }

  #removeVersion({ bucketId, key, versionId, expect }: Of<'removeVersion'>): Committed {
    const state = this.state.objects.get(bucketId)?.get(key);
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
    const state = this.state.objects.get(bucketId)?.get(version.key);
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
    assert(!this.state.uploads.has(upload.uploadId), 'upload ids are never used twice');
    this.state.uploads.set(upload.uploadId, { upload, parts: new Map() });
    return { revision: this.#next() };
  }

  #putPart({ bucketId, key, uploadId, part }: Of<'putPart'>): Committed {
    const state = this.findUpload(bucketId, key, uploadId);
    if (state === undefined) throw new Conflict('upload');
    assert(fitsBody(part.size, part.body.size, state.upload.attributes));
    this.#blobs.adopt(part.body);
    this.#blobs.drop(state.parts.get(part.number)?.body);
    state.parts.set(part.number, part);
    return { revision: this.#next() };
  }

  #completeUpload(mutation: Of<'completeUpload'>): Committed {
    const { bucketId, key, versioning, expect, uploadId, parts, draft } = mutation;
    this.#requireBucket(bucketId, versioning);
    const state = this.findUpload(bucketId, key, uploadId);
    if (state === undefined) throw new Conflict('upload');
    const bodies: Body[] = [];
    for (const { number, etag } of parts) {
      const part = state.parts.get(number);
      if (part?.etag !== etag) throw new Conflict('part', String(number));
      bodies.push(part.body);
    }
    this.#requireRevision(bucketId, key, expect);
    const body = this.#blobs.compose(bodies);
    assert(fitsBody(draft.size, body.size, draft.attributes));
    this.#blobs.adopt(body);
    const committed = this.#addVersion(bucketId, key, versioning, { ...draft, body });
    for (const part of state.parts.values()) this.#blobs.drop(part.body);
    this.state.uploads.delete(uploadId);
    return committed;
  }

  #abortUpload({ bucketId, key, uploadId }: Of<'abortUpload'>): Committed {
    const state = this.findUpload(bucketId, key, uploadId);
    if (state === undefined) throw new Conflict('upload');
    this.#abandon(uploadId, state.parts);
    return { revision: ABSENT };
  }

  // ------------------------------------------------------------------------------------------------------ helpers

  #next(): Revision {
    this.#sequence++;
    return String(this.#sequence);
  }

  #setVersions(bucketId: BucketId, key: string, revision: Revision, versions: readonly StoredVersion[]): void {
    if (versions.length === 0) this.state.objects.get(bucketId)?.delete(key);
    else this.state.objects.get(bucketId)?.set(key, { revision, versions });
  }

  #abandon(uploadId: string, parts: ReadonlyMap<number, Part>): void {
    for (const part of parts.values()) this.#blobs.dropLater(part.body);
    this.state.uploads.delete(uploadId);
  }

  #requireBucket(id: BucketId, versioning: Versioning | undefined): void {
    const bucket = [...this.state.buckets.values()].find((one) => one.id === id);
    if (bucket === undefined || (versioning ?? bucket.versioning) !== bucket.versioning) throw new Conflict('bucket');
  }

  #requireRevision(bucket: BucketId, key: string, expect: Revision | undefined): void {
    const revision = this.state.objects.get(bucket)?.get(key)?.revision ?? ABSENT;
    if (expect !== undefined && revision !== expect) throw new Conflict('revision');
  }
}

function requireSame<T>(expected: T | undefined, found: T | undefined): void {
  if (expected !== undefined && !isDeepStrictEqual(expected, found)) throw new Conflict('revision');
}
