/** Rows of buckets: read, made, and moved from one state to the next, each by a transaction that names itself. */

import { strict as assert } from 'node:assert';
import type { Bucket } from '../../../model/entities.ts';
import { Corrupt } from '../../port.ts';
import type { Uuid } from '../database/types.ts';
import type { Home, Tools } from '../types.ts';
import { newUuid } from '../uuid.ts';
import { type BucketRecord, bucketBytes, bucketRecord } from './records.ts';
import { INSERT_BUCKET, READ_BUCKET, READ_BUCKET_DECIDED, UPDATE_BUCKET } from './statements.ts';

export class BucketRows {
  readonly #tools: Tools;

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  async read(home: Home): Promise<BucketRecord | undefined> {
    const [row] = await this.#tools.sessions.of(home.region).read(READ_BUCKET, [home.bucketId]);
    return row && bucketRecord(home, row);
  }

  /** After completing what other transactions began. */
  async readDecided(home: Home): Promise<BucketRecord | undefined> {
    const [row] = await this.#tools.sessions.of(home.region).read(READ_BUCKET_DECIDED, [home.bucketId]);
    return row && bucketRecord(home, row);
  }

  /** Of a row that is never removed. */
  async present(home: Home): Promise<BucketRecord> {
    const record = await this.readDecided(home);
    if (record === undefined) throw new Corrupt(`the row of bucket ${home.bucketId} is missing`);
    return record;
  }

  async insert(home: Home, bucket: Omit<Bucket, 'revision'>): Promise<BucketRecord> {
    const rev = this.revision();
    const first = { ...bucket, revision: rev };
    const record: BucketRecord = { home, rev, state: 'new', epoch: 0, bucket: first, pending: undefined };
    const values = [home.bucketId, rev, bucketBytes(record)];
    const session = this.#tools.sessions.of(home.region);
    const { applied } = await session.cas(INSERT_BUCKET, values, (row) => row.rev === rev);
    assert(applied, 'ids of buckets are never used twice');
    return record;
  }

  /** Undefined: another transaction came first. */
  async move(
    from: BucketRecord,
    to: Partial<Pick<BucketRecord, 'state' | 'epoch' | 'bucket' | 'pending'>>,
  ): Promise<BucketRecord | undefined> {
    const rev = this.revision();
    const next: BucketRecord = { ...from, ...to, rev };
    const { bucketId, region } = from.home;
    const values = [rev, bucketBytes(next), bucketId, from.rev];
    const session = this.#tools.sessions.of(region);
    const { applied } = await session.cas(UPDATE_BUCKET, values, (row) => row.rev === rev);
    return applied ? next : undefined;
  }

  revision(): Uuid {
    return newUuid(this.#tools.random);
  }
}
