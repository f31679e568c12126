/**
 * Writes one blob file: chunks and their checksums in batches, the next batch gathered and hashed while the disk takes the
 * one before. Flushed as it goes, so that the last flush of a large body is short. Nothing is preallocated: Node offers
 * no call for it that reserves space.
 */

import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { Unavailable } from '../port.ts';
import { blobDirectory, blobPath, chunkSeed, header } from './blob-file.ts';
import type { WritingDisk } from './disk.ts';
import type { Fresh } from './extents.ts';

/** Bytes handed to the disk at once. */
const BATCH_BYTES = 1024 * 1024;
/** Bytes after which the file is flushed while more of it arrives. */
const FLUSH_BYTES = 32 * 1024 * 1024;

/** Directories of blob files, made durable before a file in them counts. */
export class Directories {
  readonly #disk: WritingDisk;
  readonly #root: string;
  #last: { readonly path: string; readonly made: Promise<void> } | undefined;

  constructor(disk: WritingDisk, root: string) {
    this.#disk = disk;
    this.#root = root;
  }

  /** Numbers rise, so the directory is nearly always the one asked for before. */
  need(blob: number): Promise<void> {
    const path = blobDirectory(this.#root, blob);
    if (this.#last?.path !== path) {
      const made = this.#make(path);
      made.catch(() => {
        if (this.#last?.path === path) this.#last = undefined;
      });
      this.#last = { path, made };
    }
    return this.#last.made;
  }

  async #make(path: string): Promise<void> {
    await this.#disk.makeDirectory(path);
    await this.#disk.flushDirectory(dirname(path));
    await this.#disk.flushDirectory(this.#root);
  }
}

export class BlobWriter {
  readonly fresh: Fresh;
  readonly #disk: WritingDisk;
  readonly #root: string;
  readonly #directories: Directories;
  readonly #chunkBytes: number;
  #handle: number | undefined;
  #size = 0;
  /** Of the chunk being filled. */
  #filled = 0;
  #crc: number;
  #batch: Uint8Array[] = [];
  #batchBytes = 0;
  #unflushed = 0;
  #appending: Promise<void> = Promise.resolve();
  #flushing: Promise<void> = Promise.resolve();

  constructor(options: {
    readonly disk: WritingDisk;
    readonly root: string;
    readonly directories: Directories;
    readonly chunkBytes: number;
    readonly fresh: Fresh;
  }) {
    this.#disk = options.disk;
    this.#root = options.root;
    this.#directories = options.directories;
    this.#chunkBytes = options.chunkBytes;
    this.fresh = options.fresh;
    this.#crc = chunkSeed(this.fresh.blob, 0);
  }

  /** Bytes of the body so far. */
  size(): number {
    return this.#size;
  }

  async create(): Promise<void> {
    const { blob } = this.fresh;
    await this.#attempt(async () => {
      await this.#directories.need(blob);
      this.#handle = await this.#disk.create(blobPath(this.#root, blob));
    });
    this.#batch.push(header({ blob, chunkBytes: this.#chunkBytes }));
  }

  /** The piece must not change afterwards. */
  async add(piece: Uint8Array): Promise<void> {
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + this.#chunkBytes - this.#filled);
      at += part.length;
      this.#crc = crc32(part, this.#crc);
      this.#filled += part.length;
      this.#size += part.length;
      this.#batch.push(part);
      this.#batchBytes += part.length;
      if (this.#filled === this.#chunkBytes) this.#endChunk();
      if (this.#batchBytes >= BATCH_BYTES) await this.#pass();
    }
  }

  /** All of it on disk, under its name. */
  async finish(): Promise<void> {
    if (this.#filled > 0) this.#endChunk();
    await this.#pass();
    await this.#attempt(async () => {
      await this.#appending;
      await this.#flushing;
      const handle = this.#open();
      await this.#disk.flush(handle);
      const holders = this.#disk.holders?.(handle);
      if (holders !== undefined) this.fresh.holders = holders;
      this.#handle = undefined;
      await this.#disk.close(handle);
      await this.#disk.flushDirectory(blobDirectory(this.#root, this.fresh.blob));
    });
  }

  /** Nothing of it stays. Never throws; what fails is left to the sweeper. */
  async abandon(): Promise<void> {
    this.fresh.state = 'given-up';
    await Promise.allSettled([this.#appending, this.#flushing]);
    try {
      const handle = this.#handle;
      this.#handle = undefined;
      if (handle !== undefined) await this.#disk.close(handle);
      await this.#disk.remove(blobPath(this.#root, this.fresh.blob));
      this.fresh.state = 'removed';
    } catch {
      // The number stays in the ledger, and the file is removed when this process is gone.
    }
  }

  #endChunk(): void {
    const crc = Buffer.allocUnsafe(4);
    crc.writeUInt32BE(this.#crc);
    this.#batch.push(crc);
    this.#filled = 0;
    this.#crc = chunkSeed(this.fresh.blob, Math.floor(this.#size / this.#chunkBytes));
  }

  /** Hands the batch to the disk as soon as it has taken the one before. */
  async #pass(): Promise<void> {
    const batch = this.#batch;
    this.#unflushed += this.#batchBytes;
    this.#batch = [];
    this.#batchBytes = 0;
    await this.#attempt(async () => {
      await this.#appending;
      const handle = this.#open();
      this.#appending = quietly(this.#disk.append(handle, batch));
      if (this.#unflushed < FLUSH_BYTES) return;
      this.#unflushed = 0;
      await this.#flushing;
      this.#flushing = quietly(this.#appending.then(() => this.#disk.flush(handle)));
    });
  }

  #open(): number {
    if (this.#handle === undefined) throw new Unavailable('the file is closed', { mayHaveApplied: false });
    return this.#handle;
  }

  async #attempt(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (cause) {
      throw new Unavailable('a body cannot be written', { mayHaveApplied: false, cause });
    }
  }
}

/** The same promise; its failure is met where it is awaited, later. */
function quietly(promise: Promise<void>): Promise<void> {
  promise.catch(() => undefined);
  return promise;
}
