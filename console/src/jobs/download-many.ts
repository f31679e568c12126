/**
 * Many objects at once. Where the browser gives a folder, each becomes a file in it, streamed; what is there already with the same size
 * is skipped, so that it can be stopped and taken up again, and no other file is written over. Elsewhere they become one zip, which must
 * fit into memory.
 */

import { downloadZip } from 'client-zip';
import type { S3 } from '../s3/client.ts';
import { S3Unreachable } from '../s3/failure.ts';
import type { Jobs } from './jobs.ts';
import { createLocalNames } from './local-names.ts';
import { besideKey, objectsOf, type Targets } from './objects.ts';

/** A zip is made in memory: beyond this another program is the better tool. */
export const ZIP_MOST = 512 * 2 ** 20;

export interface Wanted {
  readonly bucket: string;
  /** Left out of the names. */
  readonly prefix: string;
  readonly targets: Targets;
  readonly sizes: ReadonlyMap<string, number>;
  readonly title: string;
  /** Of the zip, without its ending. */
  readonly name: string;
}

interface Found {
  readonly key: string;
  readonly size: number;
}

/** Not of every browser. */
type Picking = Window & {
  showDirectoryPicker?(options: { readonly mode: 'readwrite' }): Promise<FileSystemDirectoryHandle>;
};

/** Undefined where there is no such thing, or nobody chose one. To be called in the turn of a click. */
export async function pickFolder(): Promise<FileSystemDirectoryHandle | 'none' | 'cancelled'> {
  const picking: Picking = window;
  if (picking.showDirectoryPicker === undefined) return 'none';
  return picking.showDirectoryPicker({ mode: 'readwrite' }).catch(() => 'cancelled' as const);
}

async function read(s3: S3, wanted: Wanted, key: string, signal: AbortSignal): Promise<Response> {
  const url = await s3.presign({ bucket: wanted.bucket, key });
  const response = await fetch(url, { credentials: 'omit', signal });
  if (response.ok) return response;
  // HEAD has the client's own words; where it succeeds, the reading failed all the same: an error's text is no file.
  await s3.headObject({ bucket: wanted.bucket, key }, { signal });
  throw new S3Unreachable('GetObject', `HTTP ${response.status}`);
}

interface Means {
  readonly s3: S3;
  readonly jobs: Jobs;
}

/** Undefined: it is there. A file of another size is somebody's: it stays, and ours goes beside it. */
async function fileFor(
  folder: FileSystemDirectoryHandle,
  name: string,
  size: number,
): Promise<FileSystemFileHandle | undefined> {
  for (let number = 1; ; number++) {
    const free = number === 1 ? name : besideKey(name, number);
    const there = await folder.getFileHandle(free).catch((failure: unknown) => {
      if (failure instanceof DOMException && failure.name === 'NotFoundError') return undefined;
      throw failure;
    });
    if (there === undefined) return folder.getFileHandle(free, { create: true });
    if ((await there.getFile()).size === size) return undefined;
  }
}

export async function intoFolder({ s3, jobs }: Means, wanted: Wanted, root: FileSystemDirectoryHandle): Promise<void> {
  const names = createLocalNames(wanted.prefix);
  const each = async ({ key, size }: Found, signal: AbortSignal): Promise<number> => {
    const path = names.of(key);
    let folder = root;
    for (const part of key.endsWith('/') ? path : path.slice(0, -1))
      folder = await folder.getDirectoryHandle(part, { create: true });
    if (key.endsWith('/')) return 1;
    const file = await fileFor(folder, path.at(-1) ?? '_', size);
    if (file === undefined) return 1;
    const { body } = await read(s3, wanted, key, signal);
    await body?.pipeTo(await file.createWritable(), { signal });
    return 1;
  };
  const items = (signal: AbortSignal) => objectsOf(s3, wanted, signal);
  await jobs.start<Found>({ title: wanted.title, items, each, nameOf: ({ key }) => key });
}

/** False: there is too much for a zip; nothing was read. */
export async function intoZip({ s3, jobs }: Means, wanted: Wanted): Promise<boolean> {
  const found: Found[] = [];
  let bytes = 0;
  for await (const one of objectsOf(s3, wanted, new AbortController().signal)) {
    found.push(one);
    bytes += one.size;
    if (bytes > ZIP_MOST) return false;
  }
  const names = createLocalNames(wanted.prefix);
  const files: { name: string; input: Blob }[] = [];
  const each = async ({ key }: Found, signal: AbortSignal): Promise<number> => {
    if (!key.endsWith('/')) {
      const response = await read(s3, wanted, key, signal);
      files.push({ name: names.of(key).join('/'), input: await response.blob() });
    }
    return 1;
  };
  const total = found.length;
  const ended = await jobs.start<Found>({
    title: wanted.title,
    items: () => found,
    each,
    total,
    nameOf: ({ key }) => key,
  });
  if (!ended.stopped && files.length > 0) save(await downloadZip(files).blob(), `${wanted.name}.zip`);
  return true;
}

/** The only content of others that gets an address of ours: a zip, which no browser shows. Revoked at once. */
function save(zip: Blob, name: string): void {
  const url = URL.createObjectURL(new Blob([zip], { type: 'application/zip' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
