/** What jobs do with objects, one key at a time, and how keys are found below folders. Copies of more than 5 GiB go in parts. */

import type { S3 } from '../s3/client.ts';
import { encodeName } from '../s3/encode.ts';

/** Keys, and prefixes that stand for everything under them but for what is in `except`. */
export interface Targets {
  readonly keys: readonly string[];
  readonly prefixes: readonly string[];
  readonly except: readonly string[];
}

const PAGE = 1000;
const GIB = 2 ** 30;
/** The most that CopyObject takes, and what a part of a larger copy has. */
const COPY_MOST = 5 * GIB;
const COPY_PART = GIB / 2;

interface Under {
  readonly bucket: string;
  readonly targets: Targets;
}

interface Sized {
  readonly key: string;
  readonly size: number;
}

/** Every object once, those of folders as S3 lists them. Of keys that were named the size is what is known of it. */
export async function* objectsOf(
  s3: S3,
  { bucket, targets, sizes }: Under & { readonly sizes?: ReadonlyMap<string, number> },
  signal: AbortSignal,
): AsyncGenerator<Sized> {
  const { keys, prefixes, except } = targets;
  const spared = (key: string): boolean =>
    except.some((one) => key === one || (one.endsWith('/') && key.startsWith(one)));
  for (const key of keys) if (!spared(key)) yield { key, size: sizes?.get(key) ?? 0 };
  for (const prefix of prefixes) {
    let continuationToken: string | undefined;
    do {
      const page = await s3.listObjectsV2({ bucket, prefix, continuationToken, maxKeys: PAGE }, { signal });
      for (const { key, size } of page.objects) if (!spared(key)) yield { key, size };
      continuationToken = page.next;
    } while (continuationToken !== undefined);
  }
}

export async function* keysOf(s3: S3, under: Under, signal: AbortSignal): AsyncGenerator<string> {
  for await (const { key } of objectsOf(s3, under, signal)) yield key;
}

export interface Counted {
  readonly objects: number;
  readonly bytes: number;
  /** There is more than was counted. */
  readonly atLeast: boolean;
}

/** Looked at for a question: enough to know what is at stake, without making anybody wait. */
const COUNT_MOST = 10_000;

export async function countOf(
  s3: S3,
  under: Under & { readonly sizes: ReadonlyMap<string, number> },
  signal: AbortSignal,
): Promise<Counted> {
  let [objects, bytes] = [0, 0];
  for await (const { size } of objectsOf(s3, under, signal)) {
    if (objects === COUNT_MOST) return { objects, bytes, atLeast: true };
    objects += 1;
    bytes += size;
  }
  return { objects, bytes, atLeast: false };
}

/** In lists of as many as one request deletes. */
export async function* batched<Item>(items: AsyncIterable<Item> | Iterable<Item>): AsyncGenerator<readonly Item[]> {
  let batch: Item[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < PAGE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

export interface Version {
  readonly key: string;
  readonly versionId?: string | undefined;
}

/** All versions and markers: for emptying a bucket. */
export async function* versionsOf(s3: S3, bucket: string, signal: AbortSignal): AsyncGenerator<Version> {
  let next: { readonly keyMarker: string; readonly versionIdMarker?: string | undefined } | undefined;
  do {
    const page = await s3.listObjectVersions({ bucket, maxKeys: PAGE, ...next }, { signal });
    yield* page.versions.map(({ key, versionId }) => ({ key, versionId }));
    next = page.next;
  } while (next !== undefined);
}

export interface CopyAsked {
  readonly from: { readonly bucket: string; readonly key: string; readonly versionId?: string | undefined };
  readonly bucket: string;
  readonly key: string;
  /** False: what is there is replaced. */
  readonly ifAbsent: boolean;
  /** Only while the source is this. */
  readonly sourceIfMatch?: string | undefined;
}

/** Rejects with 412 when something is there that must not be replaced, and when the source is not what it should be. */
export async function copyOne(s3: S3, asked: CopyAsked, signal: AbortSignal): Promise<void> {
  try {
    await s3.copyObject(asked, { signal });
  } catch (failure) {
    if (!isTooLarge(failure)) throw failure;
    await copyInParts(s3, asked, signal);
  }
}

/** What S3 says of a source above 5 GiB, which it does not copy at once. */
const isTooLarge = (failure: unknown): boolean =>
  failure instanceof Error &&
  'code' in failure &&
  (failure.code === 'InvalidRequest' || failure.code === 'EntityTooLarge');

async function copyInParts(s3: S3, asked: CopyAsked, signal: AbortSignal): Promise<void> {
  const { from, bucket, key, ifAbsent, sourceIfMatch } = asked;
  const head = await s3.headObject(from, { signal });
  if (head.size <= COPY_MOST) {
    // It was refused for something else; say that.
    await s3.copyObject(asked, { signal });
    return;
  }
  const tags = await s3.getObjectTagging(from, { signal });
  const tagging = tags.map((tag) => `${encodeName(tag.key)}=${encodeName(tag.value)}`).join('&');
  const { metadata, contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage, expires } = head;
  const uploadId = await s3.createMultipartUpload({
    ...{
      bucket,
      key,
      metadata,
      contentType,
      cacheControl,
      contentDisposition,
      contentEncoding,
      contentLanguage,
      expires,
    },
    headers: { 'x-amz-tagging': tagging === '' ? undefined : tagging },
  });
  try {
    const parts: { number: number; etag: string }[] = [];
    for (let start = 0; start < head.size; start += COPY_PART) {
      const number = parts.length + 1;
      const range = { start, end: Math.min(head.size, start + COPY_PART), sourceIfMatch: sourceIfMatch ?? head.etag };
      parts.push({
        number,
        etag: await s3.uploadPartCopy({ bucket, key, uploadId, number, from, ...range }, { signal }),
      });
    }
    await s3.completeMultipartUpload({ bucket, key, uploadId, parts, ifAbsent }, { signal });
  } catch (failure) {
    await s3.abortMultipartUpload({ bucket, key, uploadId }).catch(() => undefined);
    throw failure;
  }
}

/** Of `old/a/b` moved from `old/` to `new/`: `new/a/b`. */
export const movedKey = (key: string, from: string, to: string): string =>
  to + (key.startsWith(from) ? key.slice(from.length) : key);

/** `a (2).csv`, for something that is to be kept beside what is there. */
export function besideKey(key: string, number: number): string {
  const slash = key.lastIndexOf('/') + 1;
  const dot = key.lastIndexOf('.');
  const end = dot > slash ? dot : key.length;
  return `${key.slice(0, end)} (${number})${key.slice(end)}`;
}
