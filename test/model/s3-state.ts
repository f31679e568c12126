/** What the model of S3 keeps, and what listings of it are. */

import type { Of } from './s3-requests.ts';
import type { Retention, Version } from './s3-rules.ts';

export interface Part {
  readonly body: string;
  readonly etag: string;
  readonly at: number;
}

export interface Upload {
  readonly id: string;
  readonly key: string;
  readonly at: number;
  readonly type: string;
  readonly tags: string;
  readonly encrypted: boolean;
  readonly parts: Map<number, Part>;
}

export interface Bucket {
  readonly name: string;
  versioning: '' | 'Enabled' | 'Suspended';
  /** Object Lock, and what new versions get. */
  lock?: { readonly mode: Retention['mode'] | undefined };
  /** Oldest first. */
  versions: Version[];
  uploads: Upload[];
}

export const newest = (bucket: Bucket, key: string): Version | undefined =>
  bucket.versions.findLast((one) => one.key === key);
/** Versions have ids for clients once the bucket has had versioning. */
export const shown = ({ versioning }: Bucket, { id }: Version) => (versioning === '' ? undefined : id);
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Pages of what is listed: entries, and names that begin alike as one, in the order of their bytes. */
export function listing(bucket: Bucket, asked: Omit<Of<'list'>, 'bucket' | 'do'>): readonly unknown[] {
  const { kind, prefix, delimiter, after = '', limit } = asked;
  const listed = kind === 'uploads' ? uploadsOf(bucket) : kind === 'versions' ? versionsOf(bucket) : objectsOf(bucket);
  const elements: unknown[] = [];
  const folded = new Set<string>();
  for (const entry of listed) {
    if (!entry.key.startsWith(prefix)) continue;
    const at = delimiter === '' ? -1 : entry.key.indexOf(delimiter, prefix.length);
    const common = entry.key.slice(0, at + delimiter.length);
    if (byBytes(at < 0 ? entry.key : common, after) <= 0) continue;
    if (at < 0) elements.push(entry);
    else if (!folded.has(common)) elements.push({ prefix: common });
    if (at >= 0) folded.add(common);
  }
  return pagesOf(elements, limit);
}

/** What a read tells of tags and lock. */
export const keptOf = ({ tags, retention, hold, encrypted }: Version) => ({
  encrypted,
  tags: tags === '' ? undefined : tags.split('&').length,
  retention,
  hold,
});

export const pagesOf = (elements: readonly unknown[], limit: number): readonly unknown[] =>
  elements.length <= limit ? [elements] : [elements.slice(0, limit), ...pagesOf(elements.slice(limit), limit)];

const inOrder = <T extends { readonly key: string }>(rows: readonly T[]): readonly T[] =>
  [...rows].sort((a, b) => byBytes(a.key, b.key));

const objectsOf = (bucket: Bucket) =>
  inOrder(bucket.versions)
    .filter((one) => one === newest(bucket, one.key) && !one.isMarker)
    .map(({ key, etag, body, at }) => ({ key, etag, size: body.length, modified: at }));

const versionsOf = (bucket: Bucket) =>
  inOrder([...bucket.versions].reverse()).map((one) => {
    const { key, id, isMarker, etag, body, at } = one;
    const content = isMarker ? { marker: true } : { etag, size: body.length };
    return { key, version: id, latest: one === newest(bucket, key), ...content, modified: at };
  });

const uploadsOf = (bucket: Bucket) =>
  inOrder(bucket.uploads).map(({ key, id, at }) => ({ key, upload: id, modified: at }));
