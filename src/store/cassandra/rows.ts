/**
 * The rows of the port: each read and each mutation handed to the room that answers it.
 *
 * Callers name buckets by id; where a bucket is, this process mostly remembers from looking up its name.
 */

import type {
  AccountId,
  AuditEvent,
  BucketId,
  KeyClient,
  ObjectVersion,
  Part,
  Refusal,
  Upload,
} from '../../model/entities.ts';
import {
  type AccountQuery,
  type ActivityTrail,
  type Committed,
  Conflict,
  type Mutation,
  type Rows,
  type ScanFrom,
  type Target,
  type TargetQuery,
  Unavailable,
} from '../port.ts';
import type { Activity } from './audit/activity.ts';
import type { Refusals } from './audit/refusals.ts';
import type { Trail } from './audit/trail.ts';
import type { BucketRoom } from './buckets/buckets.ts';
import type { Directory } from './directory/directory.ts';
import type { Keys } from './keys/keys.ts';
import { ABSENT } from './keys/record.ts';
import type { Home } from './types.ts';
import type { Uploads } from './uploads/uploads.ts';

type FromVersion = Parameters<Rows['scanVersions']>[1];
type FromUpload = Parameters<Rows['scanUploads']>[1];

export interface RowsContext {
  readonly directory: Directory;
  readonly buckets: BucketRoom;
  readonly keys: Keys;
  readonly uploads: Uploads;
  readonly trail: Trail;
  readonly refusals: Refusals;
  readonly activity: Activity;
}

const NOTHING: Target = Object.freeze({ bucket: undefined, version: undefined, revision: ABSENT });
/** A bucket deleted and made again between the reads of its row and of the key, so often in a row. */
const LOOKS = 4;

export class CassandraRows implements Rows {
  readonly #directory: Directory;
  readonly #buckets: BucketRoom;
  readonly #keys: Keys;
  readonly #uploads: Uploads;
  readonly #trail: Trail;
  readonly #refusals: Refusals;
  readonly #activity: Activity;

  constructor({ directory, buckets, keys, uploads, trail, refusals, activity }: RowsContext) {
    this.#directory = directory;
    this.#buckets = buckets;
    this.#keys = keys;
    this.#uploads = uploads;
    this.#trail = trail;
    this.#refusals = refusals;
    this.#activity = activity;
  }

  // ------------------------------------------------------------------------------------------------------ reading

  getIdentity(accessKeyId: string) {
    return this.#directory.getIdentity(accessKeyId);
  }

  /** The bucket's row and the key's, at the same time where the bucket has been met before. */
  async getTarget(query: TargetQuery): Promise<Target> {
    const { key } = query;
    if (key === undefined) return { ...NOTHING, bucket: (await this.#buckets.byName(query.bucket))?.bucket };
    for (let look = 0; look < LOOKS; look++) {
      const guess = this.#buckets.guess(query.bucket);
      const early = guess && this.#keys.read(guess, { ...query, key });
      // Thrown below, if it is what was wanted.
      early?.catch(() => undefined);
      const row = await this.#buckets.byName(query.bucket);
      if (row === undefined) return NOTHING;
      const isRight = guess?.bucketId === row.home.bucketId;
      const state = await (isRight ? early : this.#keys.read(row.home, { ...query, key }));
      if (state === undefined) continue;
      const { version, revision, versioning } = state;
      return { bucket: { ...row.bucket, versioning }, version, revision };
    }
    const message = `bucket ${query.bucket} is being deleted and made again all the time`;
    throw new Unavailable(message, { mayHaveApplied: false });
  }

  getAccount(query: AccountQuery) {
    return this.#directory.getAccount(query);
  }

  scanAccounts(after: string | undefined, limit: number) {
    return this.#directory.scanAccounts(after, limit);
  }

  scanKeys(account: AccountId | undefined, after: string | undefined, limit: number) {
    return this.#directory.scanKeys(account, after, limit);
  }

  scanBuckets(query: Parameters<Rows['scanBuckets']>[0]) {
    return this.#buckets.scan(query);
  }

  async scanCurrent(bucket: BucketId, from: ScanFrom | undefined, limit: number): Promise<readonly ObjectVersion[]> {
    const home = await this.#buckets.homeOf(bucket);
    return home === undefined ? [] : await this.#keys.scanCurrent(home, from, limit);
  }

  async scanVersions(bucket: BucketId, from: FromVersion, limit: number): Promise<readonly ObjectVersion[]> {
    const home = await this.#buckets.homeOf(bucket);
    return home === undefined ? [] : await this.#keys.scanVersions(home, from, limit);
  }

  async getUpload(bucket: BucketId, key: string, uploadId: string): Promise<Upload | undefined> {
    const home = await this.#buckets.homeOf(bucket);
    return home && (await this.#uploads.getUpload(home, key, uploadId));
  }

  async scanUploads(bucket: BucketId, from: FromUpload, limit: number): Promise<readonly Upload[]> {
    const home = await this.#buckets.homeOf(bucket);
    return home === undefined ? [] : await this.#uploads.scanUploads(home, from, limit);
  }

  scanParts(uploadId: string, after: number, limit: number): Promise<readonly Part[]> {
    return this.#uploads.scanParts(uploadId, after, limit);
  }

  getKeyUses(accessKeyIds: readonly string[]) {
    return this.#directory.uses.read(accessKeyIds);
  }

  getKeyClients(accessKeyIds: readonly string[]) {
    return this.#directory.uses.clients(accessKeyIds);
  }

  noteKeyUses(uses: ReadonlyMap<string, number>, clients?: ReadonlyMap<string, KeyClient>) {
    return this.#directory.uses.note(uses, clients);
  }

  scanAudit(query: Parameters<Rows['scanAudit']>[0]) {
    return this.#trail.scan(query);
  }

  scanActivity(query: Parameters<Rows['scanActivity']>[0]) {
    return this.#activity.scan(query);
  }

  noteActivity(trail: ActivityTrail, events: readonly AuditEvent[]) {
    return this.#activity.note(trail, events);
  }

  getRefusal(requestId: string) {
    return this.#refusals.get(requestId);
  }

  noteRefusals(refusals: readonly Refusal[]) {
    return this.#refusals.note(refusals);
  }

  // --------------------------------------------------------------------------------------------------- committing

  async commit(mutation: Mutation, audit?: AuditEvent): Promise<Committed> {
    return await (audit === undefined ? this.#apply(mutation) : this.#trail.commit(audit, () => this.#apply(mutation)));
  }

  async #apply(mutation: Mutation): Promise<Committed> {
    switch (mutation.type) {
      case 'putAccount':
        return await this.#directory.putAccount(mutation);
      case 'removeAccount':
        return await this.#directory.removeAccount(mutation, () => this.#buckets.ownsAny(mutation.id));
      case 'putKey':
        return await this.#directory.putKey(mutation);
      case 'removeKey':
        return await this.#directory.removeKey(mutation);
      case 'createBucket':
        return await this.#buckets.create(mutation);
      case 'updateBucket':
        return await this.#buckets.update(mutation);
      case 'deleteBucket':
        return await this.#buckets.delete(mutation);
      case 'putVersion':
        return await this.#keys.putVersion(await this.#home(mutation.bucketId, 'bucket'), mutation);
      case 'removeNull':
        return await this.#keys.removeNull(await this.#home(mutation.bucketId, 'bucket'), mutation);
      case 'removeVersion':
        return await this.#keys.removeVersion(await this.#home(mutation.bucketId, 'revision'), mutation);
      case 'updateVersion':
        return await this.#keys.updateVersion(await this.#home(mutation.bucketId, 'revision'), mutation);
      case 'createUpload':
        return await this.#uploads.createUpload(await this.#home(mutation.upload.bucketId, 'bucket'), mutation);
      case 'putPart':
        return await this.#uploads.putPart(await this.#home(mutation.bucketId, 'upload'), mutation);
      case 'completeUpload':
        return await this.#uploads.completeUpload(await this.#home(mutation.bucketId, 'bucket'), mutation);
      case 'abortUpload':
        return await this.#uploads.abortUpload(await this.#home(mutation.bucketId, 'upload'), mutation);
      case 'noteAudit':
        await this.#trail.note(mutation.event);
        return { revision: ABSENT };
    }
  }

  /** Of a bucket that has one: else what is to be changed is not there. */
  async #home(bucket: BucketId, otherwise: 'bucket' | 'revision' | 'upload'): Promise<Home> {
    const home = await this.#buckets.homeOf(bucket);
    if (home === undefined) throw new Conflict(otherwise);
    return home;
  }
}
