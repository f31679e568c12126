/**
 * Many objects at once. Where the browser gives a folder, each becomes a file in it, streamed, and what is there already with the same
 * size is skipped; so it can be stopped and taken up again. Elsewhere they become one zip, which must fit into memory.
 */

import { downloadZip } from 'client-zip';
import type { S3 } from '../s3/client.ts';
import { S3Unreachable } from '../s3/failure.ts';
import type { Jobs } from './jobs.ts';
import { objectsOf, type Targets } from './objects.ts';

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

/** Segments that any file system takes: nothing leads out of the folder, to a drive, or to a device. */
export function safePath(key: string): readonly string[] {
  const parts = key
    .split('/')
    .map((part) =>
      part
        .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '')
        .replace(/[\\:*?"<>|]/g, '_')
        .replace(/^\s+|[\s.]+$/g, ''),
    )
    .filter((part) => part !== '');
  return parts.length === 0 ? ['_'] : parts;
}

const nameIn = (wanted: Wanted, key: string): readonly string[] =>
  safePath(key.startsWith(wanted.prefix) ? key.slice(wanted.prefix.length) : key);

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

export async function intoFolder({ s3, jobs }: Means, wanted: Wanted, root: FileSystemDirectoryHandle): Promise<void> {
  const each = async ({ key, size }: Found, signal: AbortSignal): Promise<number> => {
    const path = nameIn(wanted, key);
    let folder = root;
    for (const part of key.endsWith('/') ? path : path.slice(0, -1))
      folder = await folder.getDirectoryHandle(part, { create: true });
    if (key.endsWith('/')) return 1;
    const file = await folder.getFileHandle(path.at(-1) ?? '_', { create: true });
    if (size > 0 && (await file.getFile()).size === size) return 1;
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
  const files: { name: string; input: Blob }[] = [];
  const each = async ({ key }: Found, signal: AbortSignal): Promise<number> => {
    if (!key.endsWith('/')) {
      const response = await read(s3, wanted, key, signal);
      files.push({ name: nameIn(wanted, key).join('/'), input: await response.blob() });
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
