/**
 * The format of a blob's file, and where it is.
 *
 * A header of 32 bytes (magic, format, blob number, chunk size, CRC-32), then chunks of a fixed size, the last shorter,
 * each followed by its CRC-32. A chunk's checksum begins with the blob's number and the chunk's place, so that a chunk
 * of another file, or in another place, does not pass. A range is read without reading anything before it.
 *
 * Names are the number in hex, 1,024 to a directory and 1,024 directories to another: nothing a client sent is in them.
 */

import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { Corrupt, Unavailable } from '../port.ts';
import { type Disk, isMissing } from './disk.ts';
import { numberKey, pairKey } from './keys.ts';

const HEADER_BYTES = 32;
const CRC_BYTES = 4;
const MAGIC = Buffer.from('MORAINE\0');
const FORMAT = 1;
const PER_DIRECTORY = 1024;
/** Chunks in one read of the disk. */
const READ_CHUNKS = 4;

/** Which file it is and how it is divided. */
export interface BlobFile {
  readonly blob: number;
  readonly size: number;
  readonly chunkBytes: number;
}

export function blobDirectory(root: string, blob: number): string {
  const group = Math.floor(blob / PER_DIRECTORY);
  const outer = Math.floor(group / PER_DIRECTORY);
  return join(root, outer.toString(16).padStart(7, '0'), (group % PER_DIRECTORY).toString(16).padStart(3, '0'));
}

export const blobPath = (root: string, blob: number): string =>
  join(blobDirectory(root, blob), numberKey(blob).toString('hex'));

export function header({ blob, chunkBytes }: Omit<BlobFile, 'size'>): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(bytes, 0);
  bytes.writeUInt32BE(FORMAT, 8);
  numberKey(blob).copy(bytes, 12);
  bytes.writeUInt32BE(chunkBytes, 18);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 22)), 22);
  return bytes;
}

/** The checksum a chunk begins with. */
export const chunkSeed = (blob: number, chunk: number): number => crc32(pairKey(blob, chunk));

function fileBytes({ size, chunkBytes }: BlobFile): number {
  return HEADER_BYTES + size + Math.ceil(size / chunkBytes) * CRC_BYTES;
}

const gone = (): Unavailable => new Unavailable('the body is gone', { mayHaveApplied: false });

/** Bytes [start, end) of the blob, each chunk checked before any of it is handed out. */
export async function* readFile(
  disk: Disk,
  root: string,
  file: BlobFile,
  range: { readonly start: number; readonly end: number },
): AsyncGenerator<Uint8Array> {
  assert(0 <= range.start && range.start < range.end && range.end <= file.size, 'a range within the blob');
  const handle = await openBlob(disk, root, file.blob);
  const last = Math.floor((range.end - 1) / file.chunkBytes);
  let next = Math.floor(range.start / file.chunkBytes);
  let pending = readChunks(disk, handle, file, { first: next, last });
  try {
    while (next <= last) {
      const chunks = await pending;
      const first = next;
      next += chunks.length;
      // The disk works on the next chunks while the reader has these.
      if (next <= last) pending = readChunks(disk, handle, file, { first: next, last });
      for (const [index, chunk] of chunks.entries()) {
        const at = (first + index) * file.chunkBytes;
        yield chunk.subarray(Math.max(0, range.start - at), Math.min(chunk.length, range.end - at));
      }
    }
  } finally {
    await pending.catch(() => undefined);
    await disk.close(handle);
  }
}

async function openBlob(disk: Disk, root: string, blob: number): Promise<number> {
  try {
    return await disk.open(blobPath(root, blob));
  } catch (error) {
    throw isMissing(error)
      ? gone()
      : new Unavailable('a body cannot be opened', { mayHaveApplied: false, cause: error });
  }
}

/** Up to READ_CHUNKS chunks from `first` on, `last` at most, in one read; a promise that nobody may be waiting for. */
function readChunks(
  disk: Disk,
  handle: number,
  file: BlobFile,
  chunks: { readonly first: number; readonly last: number },
): Promise<readonly Buffer[]> {
  const reading = checkedChunks(disk, handle, file, chunks);
  reading.catch(() => undefined);
  return reading;
}

async function checkedChunks(
  disk: Disk,
  handle: number,
  { blob, size, chunkBytes }: BlobFile,
  { first, last }: { readonly first: number; readonly last: number },
): Promise<readonly Buffer[]> {
  const count = Math.min(READ_CHUNKS, last - first + 1);
  const dataBytes = Math.min(size, (first + count) * chunkBytes) - first * chunkBytes;
  const bytes = Buffer.allocUnsafeSlow(dataBytes + count * CRC_BYTES);
  const position = HEADER_BYTES + first * (chunkBytes + CRC_BYTES);
  let got: number;
  try {
    got = await disk.read(handle, bytes, position);
  } catch (error) {
    throw new Unavailable('a body cannot be read', { mayHaveApplied: false, cause: error });
  }
  if (got < bytes.length) throw new Corrupt(`blob ${blob} is shorter than its row says`);
  const checked: Buffer[] = [];
  for (let index = 0; index < count; index++) {
    const at = index * (chunkBytes + CRC_BYTES);
    const chunk = bytes.subarray(at, Math.min(at + chunkBytes, bytes.length - CRC_BYTES));
    if (crc32(chunk, chunkSeed(blob, first + index)) !== bytes.readUInt32BE(at + chunk.length)) {
      throw new Corrupt(`chunk ${first + index} of blob ${blob} fails its checksum`);
    }
    checked.push(chunk);
  }
  return checked;
}

/** What is wrong with a file, or nothing. With `contents`, every byte of it is read. */
export async function inspectFile(
  disk: Disk,
  root: string,
  file: BlobFile,
  contents: boolean,
): Promise<string | undefined> {
  let handle: number;
  try {
    handle = await disk.open(blobPath(root, file.blob));
  } catch (error) {
    return isMissing(error) ? 'its file is missing' : 'its file cannot be opened';
  }
  try {
    const expected = header(file);
    const found = Buffer.alloc(HEADER_BYTES);
    if ((await disk.read(handle, found, 0)) < HEADER_BYTES || !found.equals(expected)) return 'its header is damaged';
    if ((await disk.size(handle)) !== fileBytes(file)) return 'its file has the wrong size';
  } catch {
    return 'its file cannot be read';
  } finally {
    await disk.close(handle);
  }
  if (!contents || file.size === 0) return undefined;
  try {
    for await (const _chunk of readFile(disk, root, file, { start: 0, end: file.size }));
  } catch (error) {
    return error instanceof Corrupt ? 'its contents fail their checksum' : 'its file cannot be read';
  }
  return undefined;
}
