/** Uploads of before a reload: which file each was, and what of it is in the store. */

import type { S3 } from '../s3/client.ts';
import { S3Failure } from '../s3/failure.ts';
import type { CrcOf } from './checksums.ts';
import type { JournalEntry } from './journal.ts';
import { rangeOf } from './plan.ts';
import type { Part } from './row.ts';

/** It is not the file that was begun with. */
export class OtherFile extends Error {
  override readonly name = 'OtherFile';
  readonly code = 'OtherFile';
}

/** Another page has taken it up. */
export class Elsewhere extends Error {
  override readonly name = 'Elsewhere';
  readonly code = 'Elsewhere';
}

/** By name and size. Whether the bytes are the same is seen part by part. */
export const isSameFile = ({ name, size }: JournalEntry, file: File): boolean =>
  file.size === size && file.name === name.slice(name.lastIndexOf('/') + 1);

/** Not of every browser. */
type Asking = FileSystemHandle & {
  requestPermission?(what: { readonly mode: 'read' }): Promise<PermissionState>;
};

/** From its handle; asks for the permission that a reload took away. `undefined`: it has to be chosen again. */
export async function fileOf({ handle, root }: JournalEntry): Promise<File | undefined> {
  if (handle === undefined) return undefined;
  const asked: Asking = root ?? handle;
  if ((await asked.requestPermission?.({ mode: 'read' })) === 'denied') return undefined;
  return handle.getFile();
}

interface Comparing {
  readonly s3: S3;
  readonly crcOf: CrcOf;
}

/** The parts that are in the store and whose bytes are the file's; others are sent anew. `undefined`: the upload is no longer known. */
export async function partsThere(
  services: Comparing,
  entry: JournalEntry,
  file: File,
): Promise<readonly Part[] | undefined> {
  return comparedParts(services, entry, file).catch((failure: unknown) => {
    if (failure instanceof S3Failure && failure.code === 'NoSuchUpload') return undefined;
    throw failure;
  });
}

async function comparedParts({ s3, crcOf }: Comparing, entry: JournalEntry, file: File): Promise<readonly Part[]> {
  const { bucket, key, uploadId, partSize, size } = entry;
  const same: Part[] = [];
  let after: number | undefined;
  do {
    const page = await s3.listParts({ bucket, key, uploadId, after });
    for (const { number, etag, crc32c, size: bytes } of page.parts) {
      const { start, end } = rangeOf(size, partSize, number);
      if (bytes !== end - start || crc32c === undefined) continue;
      if ((await crcOf(file.slice(start, end))) === crc32c) same.push({ number, etag, crc32c });
    }
    after = page.next;
  } while (after !== undefined);
  return same;
}
