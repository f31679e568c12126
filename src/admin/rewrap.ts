/**
 * Seals anew with the current master key what a former one sealed: the secrets of access keys and the keys of encrypted
 * objects. Rows change, no body is read or written. It may be stopped and run again, beside servers that know both keys.
 *
 * Unfinished multipart uploads are left as they are: they end by themselves, and what they become is looked at by the next
 * run. Temporary keys end by themselves too.
 */

import type { Sealer } from '../base/seal.ts';
import type { AccessKey, Bucket, ObjectVersion } from '../model/entities.ts';
import { Conflict, type Rows } from '../store/port.ts';
import { pages } from './means.ts';
import { sealObjectKey, unsealObjectKey } from './object-keys.ts';

export interface Rewrapped {
  /** Sealed anew. */
  readonly accessKeys: number;
  readonly objects: number;
  /** Uploads whose objects still need a former key. */
  readonly uploads: number;
  /** What changed while it was looked at: the next run will find it. */
  readonly passed: number;
}

type Counts = { -readonly [K in keyof Rewrapped]: Rewrapped[K] };

/** `tell` is called now and then with the counts so far. Throws `SealError` for what none of the keys opens. */
export async function rewrap(rows: Rows, sealer: Sealer, tell: (counts: Rewrapped) => void): Promise<Rewrapped> {
  const counts: Counts = { accessKeys: 0, objects: 0, uploads: 0, passed: 0 };
  const keys = pages(
    (after, limit) => rows.scanKeys(undefined, after, limit),
    ({ accessKeyId }) => accessKeyId,
  );
  for await (const key of keys) await rewrapAccessKey({ rows, sealer, counts }, key);
  const buckets = pages(
    (after, limit) => rows.scanBuckets({ limit, ...(after !== undefined && { after }) }),
    ({ name }) => name,
  );
  for await (const bucket of buckets) {
    tell(counts);
    await rewrapBucket({ rows, sealer, counts }, bucket);
  }
  return counts;
}

interface Work {
  readonly rows: Rows;
  readonly sealer: Sealer;
  readonly counts: Counts;
}

async function rewrapAccessKey({ rows, sealer, counts }: Work, key: AccessKey): Promise<void> {
  const { accessKeyId, sealedSecret } = key;
  if (sealer.isCurrent(sealedSecret)) return;
  const secret = sealer.unseal('access-key', accessKeyId, sealedSecret);
  const changed = { ...key, sealedSecret: sealer.seal('access-key', accessKeyId, secret) };
  const done = await unlessChanged(counts, () =>
    rows.commit({ type: 'putKey', key: changed, replace: true, expect: key }),
  );
  if (done) counts.accessKeys += 1;
}

const PAGE = 500;

async function rewrapBucket(work: Work, bucket: Bucket): Promise<void> {
  const { rows, sealer, counts } = work;
  let from: Parameters<Rows['scanVersions']>[1];
  for (;;) {
    const versions = await rows.scanVersions(bucket.id, from, PAGE);
    for (const version of versions) await rewrapVersion(work, bucket, version);
    const last = versions.at(-1);
    if (last === undefined || versions.length < PAGE) break;
    from = { key: last.key, inclusive: false, afterVersion: last.versionId };
  }
  let behind: Parameters<Rows['scanUploads']>[1];
  for (;;) {
    const uploads = await rows.scanUploads(bucket.id, behind, PAGE);
    counts.uploads += uploads.filter(({ attributes }) => needsFormer(sealer, attributes)).length;
    const last = uploads.at(-1);
    if (last === undefined || uploads.length < PAGE) return;
    behind = { key: last.key, inclusive: false, afterUpload: last.uploadId };
  }
}

const needsFormer = (sealer: Sealer, attributes: ObjectVersion['attributes']): boolean =>
  attributes?.encryption?.type === 'SSE-S3' && !sealer.isCurrent(attributes.encryption.wrappedKey);

async function rewrapVersion({ rows, sealer, counts }: Work, bucket: Bucket, version: ObjectVersion): Promise<void> {
  const { attributes, key, revision } = version;
  const encryption = attributes?.encryption;
  if (encryption === undefined || !needsFormer(sealer, attributes)) return;
  const place = { bucketId: bucket.id, key };
  const wrappedKey = sealObjectKey(sealer, place, unsealObjectKey(sealer, place, encryption.wrappedKey));
  const changed = { ...version, attributes: { ...attributes, encryption: { ...encryption, wrappedKey } } };
  const done = await unlessChanged(counts, () =>
    rows.commit({ type: 'updateVersion', bucketId: bucket.id, version: changed, expect: revision }),
  );
  if (done) counts.objects += 1;
}

async function unlessChanged(counts: Counts, commit: () => Promise<unknown>): Promise<boolean> {
  try {
    await commit();
    return true;
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    counts.passed += 1;
    return false;
  }
}
