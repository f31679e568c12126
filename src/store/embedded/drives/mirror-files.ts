/**
 * Reads files that are on several drives, and mends what it finds wrong with one of them.
 *
 * A read that meets damage, an error or nothing goes on with another drive from the byte where it stopped; the reader
 * notices nothing. What a drive lacked or had damaged is written anew from a good copy, beside, flushed, and renamed to its
 * place: the one case in which a file replaces another, because the one that it replaces is not what its rows say.
 */

import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Random } from '../../../base/random.ts';
import { Corrupt, Unavailable } from '../../port.ts';
import { type BlobFile, blobDirectory, blobPath, inspectFile, readFile } from '../blob-file.ts';
import { BlobWriter, Directories } from '../blob-writer.ts';
import { RowReader } from '../codec.ts';
import type { Disk } from '../disk.ts';
import { numberKey } from '../keys.ts';
import { type BlobRecord, readBlob } from '../references.ts';
import { type Drive, mustBeThere } from './drive.ts';
import type { Lead } from './lead.ts';

/** Copies that wait to be mended at most: what is met again later can wait. */
const WAITING = 1000;

export interface MirrorFilesContext {
  readonly lead: Lead;
  readonly disk: Disk;
  readonly random: Random;
  readonly readOnly: boolean;
}

export class MirrorFiles {
  readonly #context: MirrorFilesContext;
  readonly #waiting = new Map<string, { readonly file: BlobFile; readonly drive: Drive }>();
  #mending: Promise<void> | undefined;

  constructor(context: MirrorFilesContext) {
    this.#context = context;
  }

  async *read(file: BlobFile, range: { readonly start: number; readonly end: number }): AsyncGenerator<Uint8Array> {
    const { lead, disk } = this.#context;
    const drives = lead.whole();
    const first = file.blob % Math.max(1, drives.length);
    const bad: Drive[] = [];
    let failure: unknown = new Unavailable('the body is gone', { mayHaveApplied: false });
    let start = range.start;
    for (const drive of [...drives.slice(first), ...drives.slice(0, first)]) {
      try {
        for await (const piece of readFile(disk, drive.blobsPath, file, { start, end: range.end })) {
          start += piece.length;
          yield piece;
        }
        for (const damaged of bad) this.#mendLater(file, damaged);
        return;
      } catch (error) {
        if (!(error instanceof Corrupt || error instanceof Unavailable)) throw error;
        if (!(failure instanceof Corrupt)) failure = error;
        bad.push(drive);
      }
    }
    throw failure;
  }

  /** What is wrong with this copy, or nothing. */
  inspect(file: BlobFile, drive: Drive, contents: boolean): Promise<string | undefined> {
    return inspectFile(this.#context.disk, drive.blobsPath, file, contents);
  }

  /**
   * Writes this copy anew from a drive that has a good one. False when there is none, or when nothing names the file any
   * more. A drive that cannot take it is left out of the store.
   */
  async mend(file: BlobFile, drive: Drive): Promise<boolean> {
    const { lead } = this.#context;
    for (const source of lead.whole()) {
      if (source === drive || (await this.inspect(file, source, true)) !== undefined) continue;
      try {
        await this.#copy(file, source, drive);
      } catch (error) {
        if (error instanceof Corrupt) continue;
        await lead.fail([drive.id], error);
        return false;
      }
      // A sweeper that takes the file later takes this copy, too; one that was faster has left it to us.
      if (this.named(file.blob) !== undefined) return true;
      await this.#context.disk.remove(blobPath(drive.blobsPath, file.blob));
      return false;
    }
    return false;
  }

  /** The file that rows name by this number. */
  named(blob: number): BlobFile | undefined {
    const { tables } = this.#context.lead.lead();
    tables.env.fresh();
    const row = tables.blobs.get(numberKey(blob));
    return row === undefined ? undefined : fileOf(blob, readBlob(row));
  }

  /** Files that rows name, from this number on, in order. */
  namedFrom(from: number, limit: number): readonly BlobFile[] {
    const { tables } = this.#context.lead.lead();
    const files: BlobFile[] = [];
    tables.env.fresh();
    for (const { key, row } of tables.blobs.scanRaw({ start: numberKey(from), end: undefined })) {
      if (files.length === limit) break;
      const blob = key.readUIntBE(0, 6);
      const file = fileOf(blob, readBlob(new RowReader(tables.blobs.open(key, row))));
      if (file !== undefined) files.push(file);
    }
    return files;
  }

  /** Waits for what is being mended. */
  async close(): Promise<void> {
    while (this.#mending !== undefined) await this.#mending;
  }

  #mendLater(file: BlobFile, drive: Drive): void {
    if (this.#context.readOnly || this.#waiting.size >= WAITING) return;
    this.#waiting.set(`${file.blob} ${drive.id}`, { file, drive });
    this.#mending ??= this.#mendWaiting().finally(() => {
      this.#mending = undefined;
    });
  }

  async #mendWaiting(): Promise<void> {
    for (const [key, { file, drive }] of this.#waiting) {
      this.#waiting.delete(key);
      if (this.named(file.blob) === undefined) continue;
      if ((await this.inspect(file, drive, true)) !== undefined) await this.mend(file, drive).catch(() => false);
    }
  }

  async #copy(file: BlobFile, source: Drive, target: Drive): Promise<void> {
    const { disk, random } = this.#context;
    await mustBeThere(target);
    const beside = join(target.mendingPath, random.bytes(8).toString('hex'));
    await mkdir(beside, { recursive: true, mode: 0o700 });
    try {
      const fresh = { state: 'writing' as const, since: 0, blob: file.blob };
      const directories = new Directories(disk, beside);
      const writer = new BlobWriter({ disk, root: beside, directories, chunkBytes: file.chunkBytes, fresh });
      await writer.create();
      try {
        const whole = { start: 0, end: file.size };
        for await (const piece of readFile(disk, source.blobsPath, file, whole)) await writer.add(piece);
        await writer.finish();
      } catch (error) {
        await writer.abandon();
        throw error;
      }
      const place = blobDirectory(target.blobsPath, file.blob);
      await disk.makeDirectory(place);
      await rename(blobPath(beside, file.blob), blobPath(target.blobsPath, file.blob));
      for (const folder of [place, dirname(place), target.blobsPath]) await disk.flushDirectory(folder);
    } finally {
      await rm(beside, { recursive: true, force: true }).catch(() => undefined);
    }
  }
}

function fileOf(blob: number, { kind, references, size, chunkBytes }: BlobRecord): BlobFile | undefined {
  return kind === 'file' && references > 0 ? { blob, size, chunkBytes } : undefined;
}
