/** The rows of the port: reads in one snapshot each, and the commits, handed to the batcher. */

import { AssertionError } from 'node:assert';
import type { Clock } from '../../base/clock.ts';
import type {
  AccessKey,
  Account,
  AccountId,
  AuditEvent,
  Bucket,
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
  Corrupt,
  type Identity,
  type Mutation,
  type Rows,
  type ScanFrom,
  type Target,
  type TargetQuery,
  Unavailable,
} from '../port.ts';
import { emailKey, ownedBy, putAccount, putKey, removeAccount, removeKey } from './accounts.ts';
import { noteActivity, type Remembering, scanActivity } from './activity.ts';
import { noteEvent, scanEvents } from './audit.ts';
import type { Batcher } from './batcher.ts';
import { createBucket, deleteBucket, updateBucket } from './buckets.ts';
import { RowReader } from './codec.ts';
import { bodyOf, type Extent, type StoredExtent } from './extents.ts';
import { keyUses, noteKeyUses } from './key-uses.ts';
import {
  behind,
  behindAll,
  indexKey,
  itemOfOwnedKey,
  numberKey,
  objectKey,
  partKey,
  textKey,
  textOfObjectKey,
} from './keys.ts';
import { ABSENT, Lookup } from './lookup.ts';
import { readAccessKey, readAccount, readPart } from './records.ts';
import { type Fence, References, readInline } from './references.ts';
import { type Keeping, noteRefusals, refusalOf } from './refusals.ts';
import type { Row, Tables } from './tables.ts';
import type { Transaction } from './transaction.ts';
import { scanUploads } from './upload-scan.ts';
import { abortUpload, completeUpload, createUpload, putPart } from './uploads.ts';
import { orderOfVersionId, readHead, type VersionRecord, versionOf, withParts } from './version-record.ts';
import { putVersion, removeNull, removeVersion, updateVersion } from './versions.ts';

export interface RowsContext {
  readonly tables: Tables;
  readonly batcher: Batcher;
  readonly fence: Fence;
  readonly clock: Clock;
  readonly limits: Keeping['limits'] & Remembering['limits'];
}

export class EmbeddedRows implements Rows {
  readonly #tables: Tables;
  readonly #batcher: Batcher;
  readonly #fence: Fence;
  readonly #lookup: Lookup;
  readonly #clock: Clock;
  readonly #limits: Keeping['limits'] & Remembering['limits'];

  constructor({ tables, batcher, fence, clock, limits }: RowsContext) {
    this.#clock = clock;
    this.#limits = limits;
    this.#tables = tables;
    this.#batcher = batcher;
    this.#fence = fence;
    this.#lookup = new Lookup(tables);
  }

  // ------------------------------------------------------------------------------------------------------ reading

  getIdentity(accessKeyId: string): Promise<Identity | undefined> {
    return this.#read(() => {
      const row = this.#tables.keys.get(textKey(accessKeyId));
      if (row === undefined) return undefined;
      const key = readAccessKey(row);
      const account = this.#account(key.accountId);
      if (account === undefined) throw new Corrupt('an access key without its account');
      return { key, account };
    });
  }

  getTarget({ bucket: name, key, versionId, withBody }: TargetQuery): Promise<Target> {
    return this.#read(() => {
      const found = this.#lookup.bucket(name);
      const head = found === undefined || key === undefined ? undefined : this.#lookup.head(found.number, key);
      if (head === undefined || key === undefined) {
        return { bucket: found?.bucket, version: undefined, revision: ABSENT };
      }
      const record = versionId === undefined ? head.record : this.#lookup.version(head, versionId);
      const isCurrent = record?.order === head.record.order;
      return {
        bucket: found?.bucket,
        version: record === undefined ? undefined : this.#whole(record, { key, isCurrent }, withBody === true),
        revision: String(head.keyRevision),
      };
    });
  }

  getAccount(query: AccountQuery): Promise<Account | undefined> {
    return this.#read(() => {
      if ('id' in query) return this.#account(query.id);
      const key =
        'name' in query
          ? indexKey('n', query.name)
          : 'email' in query
            ? emailKey(query.email)
            : indexKey('c', query.canonicalId);
      const id = this.#tables.accountIndex.get(key)?.text();
      return id === undefined ? undefined : this.#account(id);
    });
  }

  scanAccounts(after: string | undefined, limit: number): Promise<readonly Account[]> {
    return this.#read(() => {
      const start = after === undefined ? indexKey('n', '') : behind(indexKey('n', after));
      const rows = [...this.#tables.accountIndex.scan({ start, end: Buffer.from('o'), limit })];
      return rows.map(({ payload }) => present(this.#account(new RowReader(payload).text())));
    });
  }

  scanKeys(account: AccountId | undefined, after: string | undefined, limit: number): Promise<readonly AccessKey[]> {
    return this.#read(() => {
      if (account === undefined) {
        const start = after === undefined ? Buffer.of(0) : behind(textKey(after));
        return Array.from(this.#tables.keys.scan({ start, end: undefined, limit }), ({ payload }) =>
          readAccessKey(new RowReader(payload)),
        );
      }
      const range = ownedBy(account, after);
      const start = after === undefined ? range.start : behind(range.start);
      const rows = [...this.#tables.keysByAccount.scan({ ...range, start, limit })];
      return rows.map(({ key }) => readAccessKey(present(this.#tables.keys.get(textKey(itemOfOwnedKey(key))))));
    });
  }

  scanBuckets(query: Parameters<Rows['scanBuckets']>[0]): Promise<readonly Bucket[]> {
    return this.#read(() => {
      const { owner, prefix = '', after, limit } = query;
      const begins = after === undefined || Buffer.compare(Buffer.from(after), Buffer.from(prefix)) < 0;
      const from = begins ? prefix : `${after}\0`;
      const names: string[] = [];
      if (owner === undefined) {
        const end = prefix === '' ? undefined : behindAll(Buffer.from(prefix));
        const start = from === '' ? Buffer.of(0) : Buffer.from(from);
        for (const { key } of this.#tables.buckets.scan({ start, end, limit })) names.push(key.toString());
      } else {
        for (const { key } of this.#tables.bucketsByOwner.scan({ ...ownedBy(owner, from), limit })) {
          const name = itemOfOwnedKey(key);
          if (!name.startsWith(prefix)) break;
          names.push(name);
        }
      }
      return names.map((name) => present(this.#lookup.bucket(name)).bucket);
    });
  }

  scanCurrent(bucket: BucketId, from: ScanFrom | undefined, limit: number): Promise<readonly ObjectVersion[]> {
    return this.#read(() => {
      const versions: ObjectVersion[] = [];
      for (const row of this.#heads(bucket, from, limit)) {
        const { record } = readHead(new RowReader(row.payload));
        versions.push(this.#listed(record, { key: textOfObjectKey(row.key), isCurrent: true }));
      }
      return versions;
    });
  }

  scanVersions(
    bucket: BucketId,
    from: (ScanFrom & { readonly afterVersion?: string }) | undefined,
    limit: number,
  ): Promise<readonly ObjectVersion[]> {
    return this.#read(() => {
      const versions: ObjectVersion[] = [];
      const inclusive = from?.inclusive === true || from?.afterVersion !== undefined;
      for (const row of this.#heads(bucket, from && { key: from.key, inclusive }, undefined)) {
        if (versions.length >= limit) break;
        const key = textOfObjectKey(row.key);
        const head = readHead(new RowReader(row.payload));
        const after = key === from?.key ? from.afterVersion : undefined;
        const below = after === undefined ? undefined : this.#orderOf(head, after);
        if (below === undefined || head.record.order < below) {
          versions.push(this.#listed(head.record, { key, isCurrent: true }));
        }
        if (head.keyNumber === 0) continue;
        for (const record of this.#lookup.older(head.keyNumber, below)) {
          if (versions.length >= limit) break;
          versions.push(this.#listed(record, { key, isCurrent: false }));
        }
      }
      return versions;
    });
  }

  getUpload(bucket: BucketId, key: string, uploadId: string): Promise<Upload | undefined> {
    return this.#read(() => this.#lookup.upload(bucket, key, uploadId)?.upload);
  }

  scanUploads(bucket: BucketId, from: Parameters<Rows['scanUploads']>[1], limit: number): Promise<readonly Upload[]> {
    return this.#read(() => scanUploads(this.#tables, this.#lookup, { bucket, from, limit }));
  }

  scanParts(uploadId: string, after: number, limit: number): Promise<readonly Part[]> {
    return this.#read(() => {
      const number = this.#lookup.uploadById(uploadId)?.number;
      if (number === undefined) return [];
      const range = { start: partKey(number, after + 1), end: numberKey(number + 1), limit };
      return Array.from(this.#tables.parts.scan(range), ({ payload }) => {
        const { extent, ...part } = readPart(new RowReader(payload));
        return { ...part, body: bodyOf({ ...extent, seen: this.#batcher.sequence() }) };
      });
    });
  }

  getKeyUses(accessKeyIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.#read(() => new Map([...keyUses(this.#tables, accessKeyIds)].map(([id, { at }]) => [id, at])));
  }

  getKeyClients(accessKeyIds: readonly string[]): Promise<ReadonlyMap<string, KeyClient>> {
    return this.#read(() => {
      const uses = [...keyUses(this.#tables, accessKeyIds)];
      return new Map(uses.flatMap(([id, { client }]) => (client === undefined ? [] : [[id, client] as const])));
    });
  }

  async noteKeyUses(
    uses: ReadonlyMap<string, number>,
    clients: ReadonlyMap<string, KeyClient> = new Map(),
  ): Promise<void> {
    if (uses.size > 0) await this.#batcher.ride((transaction) => noteKeyUses(transaction, uses, clients));
  }

  scanAudit(query: Parameters<Rows['scanAudit']>[0]): Promise<readonly AuditEvent[]> {
    return this.#read(() => scanEvents(this.#tables, query));
  }

  scanActivity(query: Parameters<Rows['scanActivity']>[0]): Promise<readonly AuditEvent[]> {
    return this.#read(() => scanActivity(this.#tables, query, this.#keeping()));
  }

  async noteActivity(trail: ActivityTrail, events: readonly AuditEvent[]): Promise<void> {
    if (events.length === 0) return;
    await this.#batcher.ride((transaction) => noteActivity(transaction, { trail, events }, this.#keeping()));
  }

  getRefusal(requestId: string): Promise<Refusal | undefined> {
    return this.#read(() => refusalOf(this.#tables, requestId, this.#keeping()));
  }

  async noteRefusals(refusals: readonly Refusal[]): Promise<void> {
    if (refusals.length === 0) return;
    await this.#batcher.ride((transaction) => noteRefusals(transaction, refusals, this.#keeping()));
  }

  // --------------------------------------------------------------------------------------------------- committing

  commit(mutation: Mutation, audit?: AuditEvent): Promise<Committed> {
    return this.#batcher.run((transaction) => {
      const committed = this.#apply(transaction, mutation);
      if (audit !== undefined) noteEvent(transaction, audit);
      return committed;
    });
  }

  #apply(transaction: Transaction, mutation: Mutation): Committed {
    const references = new References(transaction, this.#fence);
    const commit = { transaction, lookup: this.#lookup, references };
    switch (mutation.type) {
      case 'putAccount':
        return putAccount(transaction, mutation);
      case 'removeAccount':
        return removeAccount(transaction, mutation);
      case 'putKey':
        return putKey(transaction, mutation);
      case 'removeKey':
        return removeKey(transaction, mutation);
      case 'createBucket':
        return createBucket(transaction, mutation);
      case 'updateBucket':
        return updateBucket(transaction, this.#lookup, mutation);
      case 'deleteBucket':
        return deleteBucket(transaction, this.#lookup, mutation);
      case 'putVersion':
        return putVersion(commit, mutation);
      case 'removeNull':
        return removeNull(commit, mutation);
      case 'removeVersion':
        return removeVersion(commit, mutation);
      case 'updateVersion':
        return updateVersion(commit, mutation);
      case 'createUpload':
        return createUpload(commit, mutation);
      case 'putPart':
        return putPart(commit, mutation);
      case 'completeUpload':
        return completeUpload(commit, mutation);
      case 'abortUpload':
        return abortUpload(commit, mutation);
      case 'noteAudit':
        noteEvent(transaction, mutation.event);
        return { revision: ABSENT };
    }
  }

  // ------------------------------------------------------------------------------------------------------ helpers

  /** Runs synchronously on one snapshot, not older than this call. */
  async #read<T>(look: () => T): Promise<T> {
    try {
      this.#tables.env.fresh();
      return look();
    } catch (error) {
      if (error instanceof Corrupt || error instanceof Conflict || error instanceof AssertionError) throw error;
      throw new Unavailable('the rows cannot be read', { mayHaveApplied: false, cause: error });
    }
  }

  #keeping(): Keeping & Remembering {
    return { now: this.#clock.now(), limits: this.#limits };
  }

  #account(id: AccountId): Account | undefined {
    const row = this.#tables.accounts.get(textKey(id));
    return row === undefined ? undefined : readAccount(row);
  }

  *#heads(bucket: BucketId, from: ScanFrom | undefined, limit: number | undefined): Generator<Row> {
    const number = this.#lookup.bucketNumber(bucket);
    if (number === undefined) return;
    const key = from === undefined ? numberKey(number) : objectKey(number, from.key);
    const start = from === undefined || from.inclusive ? key : behind(key);
    yield* this.#tables.heads.scan({ start, end: numberKey(number + 1), ...(limit === undefined ? {} : { limit }) });
  }

  #orderOf(head: Parameters<Lookup['version']>[0], versionId: string): number | undefined {
    return versionId === 'null' ? this.#lookup.version(head, 'null')?.order : orderOfVersionId(versionId);
  }

  /** As lists show it: without the parts, and with a body that is fetched if it is read at all. */
  #listed(record: VersionRecord, place: { readonly key: string; readonly isCurrent: boolean }): ObjectVersion {
    return versionOf(record, { ...place, extent: record.extent && this.#extent(record.extent) });
  }

  #whole(
    record: VersionRecord,
    place: { readonly key: string; readonly isCurrent: boolean },
    withBody: boolean,
  ): ObjectVersion {
    const stored = record.extent;
    const extent =
      stored && this.#extent(stored, withBody && stored.kind === 'inline' ? this.#bytes(stored) : undefined);
    const version = versionOf(record, { ...place, extent });
    if (record.partList === 0) return version;
    const parts = this.#tables.partLists.payload(numberKey(record.partList));
    return withParts(version, Buffer.from(present(parts)));
  }

  #extent(stored: StoredExtent, bytes?: Buffer): Extent {
    const seen = this.#batcher.sequence();
    return bytes === undefined ? { ...stored, seen } : { ...stored, seen, bytes };
  }

  #bytes({ blob }: StoredExtent): Buffer {
    return Buffer.from(readInline(present(this.#tables.inline.get(numberKey(blob)))).bytes);
  }
}

function present<T>(row: T | undefined): T {
  if (row === undefined) throw new Corrupt('a row that another row names is missing');
  return row;
}
