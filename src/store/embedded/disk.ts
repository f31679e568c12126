/**
 * The file operations this engine uses, as a value, so that tests can make a disk that fails.
 *
 * Files are opened without following links; new ones must not exist. Directories are 0700, files 0600.
 */

import {
  close,
  constants,
  fdatasync,
  fstat,
  fsync,
  mkdir,
  open,
  read,
  readdir,
  type Stats,
  unlink,
  writev,
} from 'node:fs';
import { promisify } from 'node:util';

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

export interface Disk {
  create(path: string): Promise<number>;
  open(path: string): Promise<number>;
  close(file: number): Promise<void>;
  size(file: number): Promise<number>;
  /** Up to `target.length` bytes from `position`; fewer only at the end of the file. */
  read(file: number, target: Buffer, position: number): Promise<number>;
  /** All of the pieces, at the end of what was written. */
  append(file: number, pieces: readonly Uint8Array[]): Promise<void>;
  /** Contents on disk. */
  flush(file: number): Promise<void>;
  /** Names in a directory on disk. */
  flushDirectory(path: string): Promise<void>;
  makeDirectory(path: string): Promise<void>;
  list(path: string): Promise<readonly string[]>;
  /** Whether there was one. */
  remove(path: string): Promise<boolean>;
}

/** What writing and removing files needs of a disk; several disks at once can be one (`drives/mirror-disk.ts`). */
export interface WritingDisk
  extends Pick<Disk, 'create' | 'close' | 'append' | 'flush' | 'flushDirectory' | 'makeDirectory' | 'remove'> {
  /** Ids of the drives on which this file is being written, where there are several. */
  holders?(file: number): readonly string[];
}

const calls = {
  open: promisify(open),
  close: promisify(close),
  fstat: promisify(fstat),
  fsync: promisify(fsync),
  fdatasync: promisify(fdatasync),
  mkdir: promisify(mkdir),
  readdir: promisify(readdir),
  unlink: promisify(unlink),
  read: (file: number, target: Buffer, position: number): Promise<number> =>
    new Promise((resolve, reject) => {
      read(file, target, 0, target.length, position, (error, count) => (error ? reject(error) : resolve(count)));
    }),
  writev: (file: number, pieces: readonly Uint8Array[]): Promise<number> =>
    new Promise((resolve, reject) => {
      writev(file, pieces, (error, count) => (error ? reject(error) : resolve(count)));
    }),
};

export const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** Pieces in one system call at most: the kernel takes 1,024. */
const PIECES_MAX = 512;

export const systemDisk: Disk = Object.freeze({
  create: (path) => calls.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600),
  open: (path) => calls.open(path, O_RDONLY | O_NOFOLLOW),
  close: (file) => calls.close(file),
  size: async (file) => {
    const stats: Stats = await calls.fstat(file);
    return stats.size;
  },
  read: async (file, target, position) => {
    let count = 0;
    while (count < target.length) {
      const got = await calls.read(file, target.subarray(count), position + count);
      if (got === 0) break;
      count += got;
    }
    return count;
  },
  append: async (file, pieces) => {
    for (let index = 0; index < pieces.length; index += PIECES_MAX) {
      let rest = pieces.slice(index, index + PIECES_MAX);
      while (rest.length > 0) rest = without(rest, await calls.writev(file, rest));
    }
  },
  flush: (file) => calls.fdatasync(file),
  flushDirectory: async (path) => {
    const directory = await calls.open(path, O_RDONLY | O_DIRECTORY);
    try {
      await calls.fsync(directory);
    } finally {
      await calls.close(directory);
    }
  },
  makeDirectory: async (path) => {
    await calls.mkdir(path, { recursive: true, mode: 0o700 });
  },
  list: async (path) => {
    try {
      return await calls.readdir(path);
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  },
  remove: async (path) => {
    try {
      await calls.unlink(path);
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  },
} satisfies Disk);

/** What is left of the pieces after the first `count` bytes. */
function without(pieces: readonly Uint8Array[], count: number): Uint8Array[] {
  let left = count;
  const rest: Uint8Array[] = [];
  for (const piece of pieces) {
    const taken = Math.min(left, piece.length);
    left -= taken;
    if (taken < piece.length) rest.push(piece.subarray(taken));
  }
  return rest;
}
