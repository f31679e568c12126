/**
 * Many objects at once. Where the browser gives a folder, each becomes a file in it, streamed; what is there already with the same size
 * is skipped, so that it can be stopped and taken up again, and no other file is written over. Elsewhere they become one zip, which
 * streams too, but where a browser has no service workers: there it must fit into memory.
 */

import type { S3 } from '../s3/client.ts';
import type { Trust } from '../trust.ts';
import { type Jobs, PartlyDone } from './jobs.ts';
import { createLocalNames } from './local-names.ts';
import { besideKey, objectsOf, type Targets } from './objects.ts';
import { contentOf } from './reading.ts';
import { sleep } from './sleep.ts';
import { createZip } from './zip.ts';
import { openPipe, type Pipe } from './zip-pipe.ts';

/** A zip that is made in memory: beyond this another program is the better tool. */
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

interface Means {
  readonly s3: S3;
  readonly jobs: Jobs;
  readonly trust: Trust;
}

/** A method of the page's own: called bare. */
const fetch: typeof window.fetch = (input, init) => window.fetch(input, init);

const isMissing = (failure: unknown): boolean => failure instanceof DOMException && failure.name === 'NotFoundError';

/** A new file's name; undefined: it is there. A file of another size is somebody's: it stays, and ours goes beside it. */
async function freeName(folder: FileSystemDirectoryHandle, name: string, size: number): Promise<string | undefined> {
  for (let number = 1; ; number++) {
    const free = number === 1 ? name : besideKey(name, number);
    const there = await folder.getFileHandle(free).catch((failure: unknown) => {
      if (isMissing(failure)) return undefined;
      throw failure;
    });
    if (there === undefined) return free;
    if ((await there.getFile()).size === size) return undefined;
  }
}

/** The whole content, or no file. */
async function fill(
  folder: FileSystemDirectoryHandle,
  name: string,
  content: AsyncIterable<Uint8Array<ArrayBuffer>>,
): Promise<void> {
  const file = await folder.getFileHandle(name, { create: true });
  const writing = await file.createWritable();
  try {
    for await (const piece of content) await writing.write(piece);
    await writing.close();
  } catch (failure) {
    // Of two failures the first is the one to tell.
    await writing.abort().catch(() => {});
    await folder.removeEntry(name).catch(() => {});
    throw failure;
  }
}

export async function intoFolder({ s3, jobs }: Means, wanted: Wanted, root: FileSystemDirectoryHandle): Promise<void> {
  const { bucket, prefix, title } = wanted;
  const names = createLocalNames(prefix);
  const each = async ({ key, size }: Found, signal: AbortSignal): Promise<number> => {
    const path = names.of(key);
    let folder = root;
    for (const part of key.endsWith('/') ? path : path.slice(0, -1))
      folder = await folder.getDirectoryHandle(part, { create: true });
    if (key.endsWith('/')) return 1;
    const name = await freeName(folder, path.at(-1) ?? '_', size);
    if (name !== undefined) await fill(folder, name, contentOf(s3, { bucket, key }, { signal, sleep, fetch }));
    return 1;
  };
  const items = (signal: AbortSignal) => objectsOf(s3, wanted, signal);
  await jobs.start<Found>({ title, items, each, nameOf: ({ key }) => key });
}

/** False: there is too much for a zip that has to fit into memory; nothing was read. */
export async function intoZip({ s3, jobs, trust }: Means, wanted: Wanted): Promise<boolean> {
  const name = `${wanted.name}.zip`;
  const members: Found[] = [];
  for await (const one of objectsOf(s3, wanted, new AbortController().signal)) members.push(one);
  const bytes = members.reduce((sum, { size }) => sum + size, 0);
  const pipe = (await openPipe(trust, name)) ?? (bytes > ZIP_MOST ? undefined : memoryPipe(name));
  if (pipe === undefined) return false;
  await jobs.start<Written>({
    title: wanted.title,
    total: members.length,
    items: (signal) => written({ s3, wanted, members, pipe, signal }),
    each: async ({ key, failure }) => {
      // It was tried again where that could help.
      if (failure !== undefined) throw new PartlyDone(0, [{ name: key, failure }]);
      return 1;
    },
    nameOf: ({ key }) => key,
  });
  return true;
}

interface Written {
  readonly key: string;
  readonly failure?: unknown;
}

interface Writing {
  readonly s3: S3;
  readonly wanted: Wanted;
  readonly members: readonly Found[];
  readonly pipe: Pipe;
  readonly signal: AbortSignal;
}

/** Each object as its turn is over. Ends early when the browser's own list of downloads cancels it. */
async function* written({ s3, wanted, members, pipe, signal }: Writing): AsyncGenerator<Written> {
  const told: Written[] = [];
  let ended = false;
  let wake = (): void => {};
  const tell = (key: string, failure?: unknown): void => {
    told.push({ key, failure });
    wake();
  };
  const names = createLocalNames(wanted.prefix);
  const zip = createZip(s3, { bucket: wanted.bucket, members, names, told: tell }, { signal, sleep, fetch });
  void pipe
    .through(zip)
    .catch((failure: unknown) => tell(wanted.name, failure))
    .finally(() => {
      ended = true;
      wake();
    });
  for (;;) {
    const one = told.shift();
    if (one !== undefined) yield one;
    else if (ended) return;
    else
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  }
}

/** Where there is no service worker. */
const memoryPipe = (name: string): Pipe => ({
  through: async (zip) => save(await new Response(zip).blob(), name),
});

/** The only content of others that gets an address of ours: a zip, which no browser shows. Revoked at once. */
function save(zip: Blob, name: string): void {
  const url = URL.createObjectURL(new Blob([zip], { type: 'application/zip' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
