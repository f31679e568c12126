/**
 * Files of a drop or a choice, with their paths. A drop must be read while it happens: its entries are taken at once, folders are
 * walked afterwards, until the browser says that nothing is left (it gives a hundred entries at a time).
 */

export interface Sent {
  /** Below the folder it is sent to; an empty folder ends in `/` and has no file. */
  readonly path: string;
  readonly file: File | undefined;
  /** It could not be read. */
  readonly failure?: unknown;
  /** The browser's own hold of it, where it gives one: an upload finds the file again after a reload. */
  readonly handles?: (() => Promise<Handles | undefined>) | undefined;
}

interface Handles {
  readonly handle: FileSystemFileHandle;
  /** Of the folder that was dropped: one permission is good for all files in it. */
  readonly root?: FileSystemDirectoryHandle | undefined;
}

/** Not of every browser. */
type Held = DataTransferItem & { getAsFileSystemHandle?(): Promise<FileSystemHandle | null> };

export const sentOf = (files: Iterable<File>): readonly Sent[] =>
  Array.from(files, (file) => ({ path: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath, file }));

/** To be called in the drop's own turn. */
export function sentOfDrop(data: DataTransfer): AsyncIterable<Sent> {
  const items = Array.from(data.items).filter(({ kind }) => kind === 'file');
  const entries = items.map((item) => item.webkitGetAsEntry());
  const handles = items.map((item: Held) => item.getAsFileSystemHandle?.().catch(() => null));
  const files = Array.from(data.files);
  return walk(entries.every((entry) => entry !== null) ? entries : [], handles, files);
}

async function* walk(
  entries: readonly (FileSystemEntry | null)[],
  handles: readonly (Promise<FileSystemHandle | null> | undefined)[],
  files: readonly File[],
): AsyncGenerator<Sent> {
  if (entries.length === 0) yield* sentOf(files);
  for (const [index, entry] of entries.entries()) {
    if (entry === null) continue;
    const handle = await handles[index];
    for await (const sent of below(entry, '')) {
      yield sent.file === undefined || !handle ? sent : { ...sent, handles: () => handlesOf(handle, sent.path) };
    }
  }
}

/** `path` begins with the name of what was dropped. Asked for only by uploads that are remembered: each costs a question to the browser. */
async function handlesOf(dropped: FileSystemHandle, path: string): Promise<Handles | undefined> {
  if (isFileHandle(dropped)) return { handle: dropped };
  if (!isFolderHandle(dropped)) return undefined;
  const names = path.split('/').slice(1);
  let folder = dropped;
  for (const name of names.slice(0, -1)) folder = await folder.getDirectoryHandle(name);
  return { handle: await folder.getFileHandle(names.at(-1) ?? ''), root: dropped };
}

const isFileHandle = (handle: FileSystemHandle): handle is FileSystemFileHandle => handle.kind === 'file';
const isFolderHandle = (handle: FileSystemHandle): handle is FileSystemDirectoryHandle => handle.kind === 'directory';

async function* below(entry: FileSystemEntry, folder: string): AsyncGenerator<Sent> {
  const path = folder + entry.name;
  try {
    if (isFile(entry)) yield { path, file: await new Promise<File>((resolve, reject) => entry.file(resolve, reject)) };
    else if (isFolder(entry)) yield* inside(entry, `${path}/`);
  } catch (failure) {
    yield { path, file: undefined, failure };
  }
}

async function* inside(folder: FileSystemDirectoryEntry, path: string): AsyncGenerator<Sent> {
  const reader = folder.createReader();
  let count = 0;
  for (;;) {
    const some = await new Promise<readonly FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) break;
    count += some.length;
    for (const entry of some) yield* below(entry, path);
  }
  if (count === 0) yield { path, file: undefined };
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;
