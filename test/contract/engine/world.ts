/** What the engine contract works with: one engine with a clock that the test moves, and short ways to fill it. */

import { strict as assert } from 'node:assert';
import type { Clock } from '../../../src/base/clock.ts';
import type {
  AccessKey,
  Account,
  Acl,
  Body,
  Bucket,
  ObjectVersion,
  Part,
  Upload,
  VersionDraft,
  Versioning,
} from '../../../src/model/entities.ts';
import {
  type Committed,
  Conflict,
  type ConflictKind,
  type Engine,
  type Finding,
  type Usage,
} from '../../../src/store/port.ts';

export class TestClock implements Clock {
  time = 1_700_000_000_000;
  now(): number {
    return this.time;
  }
  /** Goes on by itself as well: who waits for others gives up after a while, instead of never. */
  monotonic(): number {
    return this.time + performance.now();
  }
}

export interface Opened {
  readonly engine: Engine;
  readonly clock: TestClock;
  /** The grace before unnamed bodies may be swept, in milliseconds. */
  readonly graceMs: number;
  /** Bodies of more bytes than this are blobs of their own. */
  readonly inlineBytes: number;
  /** Closes and opens again what was kept; absent where nothing is. */
  readonly reopen?: () => Promise<Engine>;
  /** Closes the engine and removes what it kept. */
  close(): Promise<void>;
}
export type Open = () => Promise<Opened>;

export const CANONICAL = 'c0ffee00'.repeat(8);
export const PRIVATE: Acl = {
  owner: CANONICAL,
  grants: [{ grantee: { type: 'account', canonicalId: CANONICAL }, permission: 'FULL_CONTROL' }],
};

export function accountOf(id: string, over: Partial<Account> = {}): Account {
  const canonicalId = Buffer.from(id).toString('hex').padEnd(64, '0').slice(0, 64);
  return { id, name: id, canonicalId, role: 'tenant', state: 'active', createdAt: 1, ...over };
}

export const keyOf = (accessKeyId: string, accountId: string, over: Partial<AccessKey> = {}): AccessKey => ({
  accessKeyId,
  accountId,
  sealedSecret: `sealed:${accessKeyId}`,
  createdAt: 3,
  allowV2: true,
  state: 'active',
  ...over,
});

/** Bytes that differ from place to place and from seed to seed. */
export function bytesOf(size: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(size);
  let state = seed * 2_654_435_761;
  for (let at = 0; at < size; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

export async function* piecesOf(bytes: Uint8Array, pieceBytes = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

export async function drain(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(Uint8Array.from(piece));
  return Buffer.concat(pieces);
}

export function draftOf(body: Body | undefined, over: Partial<VersionDraft> = {}): VersionDraft {
  const kind = body === undefined ? 'delete-marker' : 'object';
  return {
    kind,
    ...(body === undefined ? {} : { body }),
    etag: body === undefined ? '' : 'd41d8cd98f00b204e9800998ecf8427e',
    size: body?.size ?? 0,
    modifiedAt: 1_700_000_000_123,
    owner: 'alice',
    ownerCanonicalId: CANONICAL,
    acl: PRIVATE,
    headers: { userMetadata: new Map() },
    ...over,
  };
}

export class World {
  engine: Engine;
  readonly #opened: Opened;

  constructor(opened: Opened) {
    this.#opened = opened;
    this.engine = opened.engine;
  }

  get clock(): TestClock {
    return this.#opened.clock;
  }
  get inlineBytes(): number {
    return this.#opened.inlineBytes;
  }

  /** What was acknowledged must survive this; where nothing does, the engine goes on. */
  async reopen(): Promise<void> {
    if (this.#opened.reopen !== undefined) this.engine = await this.#opened.reopen();
  }

  async account(id = 'alice'): Promise<Account> {
    const account = accountOf(id);
    await this.engine.rows.commit({ type: 'putAccount', account, replace: false });
    return account;
  }

  /** A bucket of `alice`, who is made if need be. Its id is `id-` and its name, if not told. */
  async bucket(
    name = 'bucket',
    versioning: Versioning = 'unversioned',
    owner = 'alice',
    id = `id-${name}`,
  ): Promise<Bucket> {
    if ((await this.engine.rows.getAccount({ id: owner })) === undefined) await this.account(owner);
    const bucket = {
      id,
      name,
      owner,
      ownerCanonicalId: CANONICAL,
      region: 'us-east-1',
      createdAt: 2,
      versioning,
      acl: PRIVATE,
      configuration: {},
    };
    const { revision } = await this.engine.rows.commit({ type: 'createBucket', bucket });
    return { ...bucket, revision };
  }

  async setVersioning(name: string, versioning: Versioning): Promise<Bucket> {
    const { bucket } = await this.engine.rows.getTarget({ bucket: name });
    assert(bucket !== undefined);
    const { revision: expect, ...rest } = bucket;
    const changed = { ...rest, versioning };
    const { revision } = await this.engine.rows.commit({ type: 'updateBucket', bucket: changed, expect });
    return { ...changed, revision };
  }

  body(bytes: Uint8Array): Promise<Body> {
    return this.engine.blobs.write(piecesOf(bytes), bytes.length);
  }

  async put(
    bucket: Bucket,
    key: string,
    bytes: Uint8Array | Body | undefined,
    over: { readonly expect?: string; readonly draft?: Partial<VersionDraft> } = {},
  ): Promise<Committed> {
    const body = bytes instanceof Uint8Array ? await this.body(bytes) : bytes;
    return this.engine.rows.commit({
      type: 'putVersion',
      bucketId: bucket.id,
      key,
      versioning: bucket.versioning,
      draft: draftOf(body, over.draft),
      ...(over.expect === undefined ? {} : { expect: over.expect }),
    });
  }

  removeNull(bucket: Bucket, key: string, expect?: string): Promise<Committed> {
    const { id: bucketId, versioning } = bucket;
    const mutation = { type: 'removeNull', bucketId, key, versioning } as const;
    return this.engine.rows.commit(expect === undefined ? mutation : { ...mutation, expect });
  }

  async get(bucket: Bucket, key: string, versionId?: string): Promise<ObjectVersion | undefined> {
    const query = { bucket: bucket.name, key, withBody: true };
    return (await this.engine.rows.getTarget(versionId === undefined ? query : { ...query, versionId })).version;
  }

  async revision(bucket: Bucket, key: string): Promise<string> {
    return (await this.engine.rows.getTarget({ bucket: bucket.name, key })).revision;
  }

  read(body: Body | undefined, start = 0, end = body?.size ?? 0): Promise<Buffer> {
    assert(body !== undefined, 'a version with a body');
    return drain(this.engine.blobs.read(body, start, end));
  }

  async keys(bucket: Bucket): Promise<readonly string[]> {
    return (await this.engine.rows.scanCurrent(bucket.id, undefined, 10_000)).map(({ key }) => key);
  }

  async upload(bucket: Bucket, key: string, uploadId: string, initiatedAt = 5): Promise<Upload> {
    const upload = {
      bucketId: bucket.id,
      key,
      uploadId,
      initiatedAt,
      owner: 'alice',
      ownerCanonicalId: CANONICAL,
      acl: PRIVATE,
      headers: { userMetadata: new Map() },
    };
    await this.engine.rows.commit({ type: 'createUpload', upload });
    return upload;
  }

  async part(upload: Upload, number: number, bytes: Uint8Array | Body): Promise<Part> {
    const body = bytes instanceof Uint8Array ? await this.body(bytes) : bytes;
    const part = { number, size: body.size, etag: `etag-${number}-${body.size}`, modifiedAt: 6, body };
    const { bucketId, key, uploadId } = upload;
    await this.engine.rows.commit({ type: 'putPart', bucketId, key, uploadId, part });
    return part;
  }

  complete(bucket: Bucket, upload: Upload, parts: readonly Part[], expect?: string): Promise<Committed> {
    const { body: _body, ...draft } = draftOf(undefined, {
      kind: 'object',
      etag: `ffffffffffffffffffffffffffffffff-${parts.length}`,
      size: parts.reduce((sum, { size }) => sum + size, 0),
      parts: parts.map(({ number, size }) => ({ number, size })),
      uploadId: upload.uploadId,
    });
    const { key, uploadId } = upload;
    const named = parts.map(({ number, etag }) => ({ number, etag }));
    const place = { bucketId: bucket.id, key, versioning: bucket.versioning };
    const mutation = { type: 'completeUpload', ...place, uploadId, parts: named, draft } as const;
    return this.engine.rows.commit(expect === undefined ? mutation : { ...mutation, expect });
  }

  /** Lets all graces pass and sweeps until nothing is left that is due. */
  async sweepAll(limit = 1000): Promise<void> {
    // What one grace frees may wait for another: the parts of a composed body go after it.
    for (let generation = 0; generation < 4; generation++) {
      this.clock.time += this.#opened.graceMs + 1;
      for (let round = 0; round < 1000; round++) {
        if ((await this.engine.upkeep.sweep({ now: this.clock.now(), limit })).done) break;
      }
    }
  }

  /** The engine's figures, of those that it tells. */
  async uses(expected: Partial<Usage>): Promise<void> {
    const told = Object.entries(await this.engine.upkeep.usage()).filter(([, figure]) => figure !== undefined);
    const wanted = Object.keys(expected);
    assert.deepEqual(
      Object.fromEntries(told.filter(([name]) => wanted.includes(name))),
      Object.fromEntries(Object.entries(expected).filter(([name]) => told.some(([one]) => one === name))),
    );
  }

  async findings(bodies = true): Promise<readonly Finding[]> {
    const findings: Finding[] = [];
    for await (const finding of this.engine.upkeep.check({ bodies })) findings.push(finding);
    return findings;
  }

  close(): Promise<void> {
    return this.#opened.close();
  }
}

/** The commit is refused with this conflict (and field), and nothing else. */
export async function conflicts(commit: Promise<unknown>, what: ConflictKind, field?: string): Promise<void> {
  await assert.rejects(commit, (error) => {
    assert(error instanceof Conflict, `a conflict, not ${error}`);
    assert.equal(error.what, what);
    if (field !== undefined) assert.equal(error.field, field);
    return true;
  });
}

export type Test = (promise: string, body: (world: World) => Promise<void>) => void;
