/**
 * Whether an object has the bytes of a file: by its ETag, which is the MD5 of what was sent at once, and of parts the MD5 of theirs with
 * their count. Where the store has other ETags (encryption with keys of one's own), nothing is taken for the same.
 */

import type { Md5Of } from './checksums.ts';
import { partSizeOf, partsOf, rangeOf } from './plan.ts';

const MIB = 1024 * 1024;
/** Bytes of a part, as clients cut by themselves: rclone, aws-cli and ours, s3cmd, restic, mc and others. */
const CUTS: readonly number[] = [5, 8, 15, 16, 64].map((mib) => mib * MIB);

const PLAIN = /^[0-9a-f]{32}$/;
const OF_PARTS = /^[0-9a-f]{32}-(\d+)$/;

interface There {
  readonly size: number;
  readonly etag: string;
}

/** Of the size, and of the ETag that is asked for only then. */
export const isSame = async (there: There, size: number, etag: () => Promise<string | undefined>): Promise<boolean> =>
  there.size === size && (await etag()) === there.etag;

/** `parts` in their order. */
export async function etagOfParts(parts: readonly { readonly etag: string }[], md5Of: Md5Of): Promise<string> {
  const bytes = parts.flatMap(({ etag }) => (etag.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)));
  return `${await md5Of(new Blob([new Uint8Array(bytes)]))}-${parts.length}`;
}

/** What a file's ETag would be, were it sent as `there` seems to have been. `undefined`: that cannot be known. */
export async function etagAs(there: There, file: Blob, md5Of: Md5Of): Promise<string | undefined> {
  if (PLAIN.test(there.etag)) return md5Of(file);
  const count = Number(OF_PARTS.exec(there.etag)?.[1] ?? 0);
  const own = partSizeOf(file.size);
  const cuts = new Set([...(own === undefined ? [] : [own]), ...CUTS]);
  for (const cut of cuts) {
    if (count === 0 || partsOf(file.size, cut) !== count) continue;
    const etags: { readonly etag: string }[] = [];
    for (let number = 1; number <= count; number++) {
      const { start, end } = rangeOf(file.size, cut, number);
      etags.push({ etag: await md5Of(file.slice(start, end)) });
    }
    const etag = await etagOfParts(etags, md5Of);
    if (etag === there.etag) return etag;
  }
  return undefined;
}
