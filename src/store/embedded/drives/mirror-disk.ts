/**
 * Writes files to all drives at once: a `WritingDisk` whose paths begin in each drive's `blobs`.
 *
 * A drive that fails a step which others can do is left out, durably, before the step counts as done; the file then is
 * complete on the others. When all fail alike, the disks are full or the mistake is ours: then no drive is to blame.
 */

import { dirname, join } from 'node:path';
import { type Disk, isMissing, type WritingDisk } from '../disk.ts';
import { type Drive, mustBeThere } from './drive.ts';
import type { Lead } from './lead.ts';

interface Copy {
  readonly drive: Drive;
  readonly file: number;
}

export class MirrorDisk implements WritingDisk {
  readonly #disk: Disk;
  readonly #lead: Lead;
  readonly #files = new Map<number, Copy[]>();
  #next = 1;

  constructor(disk: Disk, lead: Lead) {
    this.#disk = disk;
    this.#lead = lead;
  }

  async create(path: string): Promise<number> {
    const copies: Copy[] = [];
    try {
      await this.#each(this.#lead.writable(), itself, async (drive) => {
        copies.push({ drive, file: await this.#create(drive, path) });
      });
    } catch (error) {
      await Promise.allSettled(copies.map(({ file }) => this.#disk.close(file)));
      throw error;
    }
    const file = this.#next++;
    this.#files.set(file, copies);
    return file;
  }

  holders(file: number): readonly string[] {
    return this.#copies(file).map(({ drive }) => drive.id);
  }

  async close(file: number): Promise<void> {
    const copies = this.#copies(file);
    this.#files.delete(file);
    await this.#each(copies, driveOf, (copy) => this.#disk.close(copy.file));
  }

  append(file: number, pieces: readonly Uint8Array[]): Promise<void> {
    return this.#onAll(file, (copy) => this.#disk.append(copy.file, pieces));
  }

  flush(file: number): Promise<void> {
    return this.#onAll(file, (copy) => this.#disk.flush(copy.file));
  }

  async flushDirectory(path: string): Promise<void> {
    await this.#each(this.#lead.writable(), itself, (drive) => this.#flushDirectory(drive, path));
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#each(this.#lead.writable(), itself, (drive) => this.#makeDirectory(drive, path));
  }

  /** Whether any drive had it. On drives that are down it stays until they are rebuilt. */
  async remove(path: string): Promise<boolean> {
    let had = false;
    await this.#each(this.#lead.writable(), itself, async (drive) => {
      if (await this.#disk.remove(join(drive.blobsPath, path))) had = true;
    });
    return had;
  }

  #copies(file: number): Copy[] {
    return this.#files.get(file) ?? [];
  }

  async #onAll(file: number, act: (copy: Copy) => Promise<void>): Promise<void> {
    const copies = this.#copies(file);
    const done = await this.#each(copies, driveOf, act);
    for (const copy of copies) if (!done.includes(copy)) await this.#disk.close(copy.file).catch(() => undefined);
    if (done.length < copies.length && this.#files.has(file)) this.#files.set(file, [...done]);
  }

  /** Those with which it worked: at least one, and as many as have to; the drives of the others are left out by then. */
  async #each<T>(copies: readonly T[], of: (copy: T) => Drive, act: (copy: T) => Promise<void>): Promise<readonly T[]> {
    const outcomes = await Promise.allSettled(copies.map(act));
    const failed = outcomes.flatMap((outcome, at) => {
      const copy = copies[at];
      return outcome.status === 'rejected' && copy !== undefined ? [{ copy, reason: outcome.reason }] : [];
    });
    const [first] = failed;
    if (first === undefined) return copies;
    if (failed.length === copies.length) throw first.reason;
    await this.#lead.fail(
      failed.map(({ copy }) => of(copy).id),
      first.reason,
    );
    return copies.filter((copy) => !failed.some((one) => one.copy === copy));
  }

  /** The directory may have been made before this drive joined. */
  async #create(drive: Drive, path: string): Promise<number> {
    try {
      return await this.#disk.create(join(drive.blobsPath, path));
    } catch (error) {
      if (!isMissing(error)) throw error;
      await this.#makeDirectory(drive, dirname(path));
      await this.#disk.flushDirectory(join(drive.blobsPath, dirname(dirname(path))));
      await this.#disk.flushDirectory(drive.blobsPath);
      return this.#disk.create(join(drive.blobsPath, path));
    }
  }

  async #flushDirectory(drive: Drive, path: string): Promise<void> {
    try {
      await this.#disk.flushDirectory(join(drive.blobsPath, path));
    } catch (error) {
      if (!isMissing(error)) throw error;
      await this.#makeDirectory(drive, path);
      await this.#disk.flushDirectory(join(drive.blobsPath, path));
    }
  }

  async #makeDirectory(drive: Drive, path: string): Promise<void> {
    await mustBeThere(drive);
    await this.#disk.makeDirectory(join(drive.blobsPath, path));
  }
}

const itself = (drive: Drive): Drive => drive;
const driveOf = ({ drive }: Copy): Drive => drive;
