/**
 * Seals anew with the current master key what a former one sealed: the secrets of access keys and the keys of encrypted
 * objects, also what former keys of the local key ring sealed (aws:kms). Rows change, no body is read or written. It may be stopped and run again, beside servers that know both keys.
 *
 * Unfinished multipart uploads are left as they are: they end by themselves, and what they become is looked at by the next
 * run. Temporary keys end by themselves too.
 */

import type { Sealer } from '../base/seal.ts';
import type { AccessKey, Bucket, Encryption, ObjectVersion } from '../model/entities.ts';
import { type KeyBox, type KeyRing, keyBox } from '../model/object-keys.ts';
import { Conflict, type Rows } from '../store/port.ts';
import { pages } from './means.ts';

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

export interface RewrapKeys {
  readonly sealer: Sealer;
  readonly ring: KeyRing;
}

/** `tell` is called now and then with the counts so far. Throws `SealError` for what none of the keys opens. */
export async function rewrap(
  rows: Rows,
  { sealer, ring }: RewrapKeys,
  tell: (counts: Rewrapped) => void,
): Promise<Rewrapped> {
  const boxOf = ({ type, keyId = '' }: Encryption): KeyBox | undefined =>
    type === 'SSE-S3' ? keyBox(sealer) : type === 'SSE-KMS' ? ring.get(keyId) : undefined;
  const counts: Counts = { accessKeys: 0, objects: 0, uploads: 0, passed: 0 };
  const keys = pages(
    (after, limit) => rows.scanKeys(undefined, after, limit),
    ({ accessKeyId }) => accessKeyId,
  );
  const work: Work = { rows, sealer, boxOf, counts };
  for await (const key of keys) await rewrapAccessKey(work, key);
  const buckets = pages(
    (after, limit) => rows.scanBuckets({ limit, ...(after !== undefined && { after }) }),
    ({ name }) => name,
  );
  for await (const bucket of buckets) {
    tell(counts);
    await rewrapBucket(work, bucket);
  }
  return counts;
}

interface Work {
  readonly rows: Rows;
  readonly sealer: Sealer;
  /** What seals the object's key; undefined: the customer's, or a key that the ring lacks. */
  readonly boxOf: (encryption: Encryption) => KeyBox | undefined;
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
  const { rows, counts } = work;
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
    counts.uploads += uploads.filter(({ attributes }) => outdated(work, attributes?.encryption) !== undefined).length;
    const last = uploads.at(-1);
    if (last === undefined || uploads.length < PAGE) return;
    behind = { key: last.key, inclusive: false, afterUpload: last.uploadId };
  }
}

/** What seals it anew, if a former key sealed it. */
function outdated({ boxOf }: Work, encryption: Encryption | undefined): KeyBox | undefined {
  const box = encryption && boxOf(encryption);
  return box === undefined || encryption === undefined || box.isCurrent(encryption.wrappedKey) ? undefined : box;
}

async function rewrapVersion(work: Work, bucket: Bucket, version: ObjectVersion): Promise<void> {
  const { rows, counts } = work;
  const { attributes, key, revision } = version;
  const encryption = attributes?.encryption;
  const box = outdated(work, encryption);
  if (encryption === undefined || box === undefined) return;
  const place = { bucketId: bucket.id, key, context: encryption.context };
  const wrappedKey = box.seal(place, box.unseal(place, encryption.wrappedKey));
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
