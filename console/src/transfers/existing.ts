/** What is there already of what shall be uploaded: one list of the folder, as far as it is needed; and which of it is the same. */

import type { S3 } from '../s3/client.ts';
import type { Md5Of } from './checksums.ts';
import { etagAs, isSame } from './same.ts';
import type { Place, ToUpload } from './uploads.ts';

export interface Conflict {
  readonly upload: ToUpload;
  readonly there: { readonly key: string; readonly size: number; readonly modifiedAt: number; readonly etag: string };
  /** The very same bytes. */
  readonly same: boolean;
}

interface Looking {
  readonly s3: S3;
  readonly md5Of: Md5Of;
}

/** Of fewer files each is asked for by itself, which costs less than a list of a large folder. */
const FEW = 4;
/** Keys that are looked at: what lies beyond is found by the upload's own condition. */
const LOOKED_AT = 100_000;

/** Bytes that are read for that: what is beyond is not called the same. */
const READ_MOST = 1024 ** 3;

export async function existing(
  { s3, md5Of }: Looking,
  to: Place,
  uploads: readonly ToUpload[],
): Promise<readonly Conflict[]> {
  const found: Conflict[] = [];
  let read = 0;
  for (const { upload, there } of await inTheWay(s3, to, uploads)) {
    const { file } = upload;
    read += file.size === there.size ? file.size : 0;
    const looked = read <= READ_MOST && isSame(there, file.size, () => etagAs(there, file, md5Of));
    // A file that cannot be read is not the same as anything; its upload will say so.
    found.push({ upload, there, same: await Promise.resolve(looked).catch(() => false) });
  }
  return found;
}

async function inTheWay(s3: S3, to: Place, uploads: readonly ToUpload[]): Promise<readonly Omit<Conflict, 'same'>[]> {
  const wanted = new Map(uploads.map((upload) => [to.prefix + upload.path, upload]));
  const found: Omit<Conflict, 'same'>[] = [];
  const prefixes = uploads.length <= FEW ? [...wanted.keys()] : [to.prefix];
  for (const prefix of prefixes) {
    let continuationToken: string | undefined;
    let looked = 0;
    do {
      const maxKeys = uploads.length <= FEW ? 1 : 1000;
      const page = await s3.listObjectsV2({ bucket: to.bucket, prefix, continuationToken, maxKeys });
      for (const there of page.objects) {
        const upload = wanted.get(there.key);
        if (upload !== undefined) found.push({ upload, there });
      }
      looked += page.objects.length;
      continuationToken = uploads.length <= FEW ? undefined : page.next;
    } while (continuationToken !== undefined && looked < LOOKED_AT && found.length < uploads.length);
  }
  return found;
}

/** `a.csv` → `a (2).csv`: the first such name that neither the folder nor the batch has. */
export function besideOf(key: string, isTaken: (key: string) => boolean): string {
  const slash = key.lastIndexOf('/') + 1;
  const dot = key.lastIndexOf('.');
  const at = dot > slash ? dot : key.length;
  for (let number = 2; ; number++) {
    const name = `${key.slice(0, at)} (${number})${key.slice(at)}`;
    if (!isTaken(name)) return name;
  }
}
