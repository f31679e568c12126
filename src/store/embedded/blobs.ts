/**
 * Bodies: small ones wait in memory for the commit that writes them with their row, larger ones become files.
 *
 * A file is complete, checksummed and flushed, its name included, before `write` returns; until a commit names it, its
 * number in the ledger is all that knows of it. Memory per stream: two batches written, or two batches read.
 */

import { strict as assert } from 'node:assert';
import type { Clock } from '../../base/clock.ts';
import type { Limits } from '../../base/limits.ts';
import type { Body } from '../../model/entities.ts';
import { type Blobs, Unavailable } from '../port.ts';
import { type BlobFile, blobPath } from './blob-file.ts';
import { BlobWriter, Directories } from './blob-writer.ts';
import type { WritingDisk } from './disk.ts';
import { bodyOf, EMPTY, type Extent, extentOf, type Fresh, type StoredExtent, sliceExtent } from './extents.ts';
import { numberKey } from './keys.ts';
import type { Ledger } from './ledger.ts';
import { decodeRow, manifestRow } from './manifests.ts';
import type { Presence } from './presence.ts';
import { readInline } from './references.ts';
import type { Tables } from './tables.ts';

export interface BlobsContext {
  readonly tables: Tables;
  readonly disk: WritingDisk;
  /** Where the files are, for that disk. */
  readonly root: string;
  /** Bytes of a file, each checked before it is handed out. */
  readonly readFile: (file: BlobFile, range: FileRange) => AsyncGenerator<Uint8Array>;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'inlineBytes' | 'blobChunkBytes'>;
  readonly ledger: Ledger;
  readonly presence: Presence;
  readonly sequence: () => number;
}

interface FileRange {
  readonly start: number;
  readonly end: number;
}

export class EmbeddedBlobs implements Blobs {
  readonly #context: BlobsContext;
  readonly #directories: Directories;

  constructor(context: BlobsContext) {
    this.#context = context;
    this.#directories = new Directories(context.disk, context.root);
  }

  async write(source: AsyncIterable<Uint8Array>, sizeHint: number | undefined): Promise<Body> {
    const { inlineBytes } = this.#context.limits;
    const pieces: Uint8Array[] = [];
    let held = 0;
    let writer = sizeHint !== undefined && sizeHint > inlineBytes ? await this.#newFile() : undefined;
    try {
      for await (const piece of source) {
        if (writer === undefined) {
          pieces.push(piece);
          held += piece.length;
          if (held <= inlineBytes) continue;
          writer = await this.#newFile();
          for (const waiting of pieces.splice(0)) await writer.add(waiting);
        } else {
          await writer.add(piece);
        }
      }
      if (writer === undefined || writer.size() === 0) {
        await writer?.abandon();
        return this.#inline(Buffer.concat(pieces, held));
      }
      return await this.#finished(writer);
    } catch (error) {
      await writer?.abandon();
      throw error;
    }
  }

  read(body: Body, start: number, end: number): AsyncIterable<Uint8Array> {
    assert(0 <= start && start <= end && end <= body.size, 'a range within the body');
    const extent = sliceExtent(extentOf(body), start, end);
    if (extent.kind === 'empty') return nothing();
    if (extent.kind === 'inline') return this.#small(extent, this.#inlineBytes(extent));
    return this.#large(extent);
  }

  slice(body: Body, start: number, end: number): Body {
    assert(0 <= start && start <= end && end <= body.size, 'a slice within the body');
    return bodyOf(sliceExtent(extentOf(body), start, end));
  }

  async discard(body: Body): Promise<void> {
    const { fresh, kind } = extentOf(body);
    if (fresh?.state !== 'fresh') return;
    if (kind === 'file') await this.giveUp(fresh);
    else fresh.state = 'removed';
  }

  /** No commit will name this body any more: its file goes. Never throws; what fails is left to the sweeper. */
  async giveUp(fresh: Fresh): Promise<void> {
    fresh.state = 'given-up';
    try {
      await this.#context.disk.remove(blobPath(this.#context.root, fresh.blob));
      fresh.state = 'removed';
    } catch {
      // The number stays in the ledger, and the file is removed when this process is gone.
    }
  }

  async #newFile(): Promise<BlobWriter> {
    const { disk, root, ledger, limits } = this.#context;
    const fresh = await ledger.take();
    const writer = new BlobWriter({
      disk,
      root,
      directories: this.#directories,
      chunkBytes: limits.blobChunkBytes,
      fresh,
    });
    try {
      await writer.create();
    } catch (error) {
      await writer.abandon();
      throw error;
    }
    return writer;
  }

  async #finished(writer: BlobWriter): Promise<Body> {
    await writer.finish();
    const { fresh } = writer;
    const size = writer.size();
    fresh.state = 'fresh';
    fresh.since = this.#context.clock.now();
    const chunkBytes = this.#context.limits.blobChunkBytes;
    const where = { kind: 'file', blob: fresh.blob, blobSize: size, chunkBytes, start: 0, end: size } as const;
    return bodyOf({ ...where, seen: this.#context.sequence(), fresh });
  }

  #inline(bytes: Buffer): Body {
    const seen = this.#context.sequence();
    if (bytes.length === 0) return bodyOf({ ...EMPTY, seen });
    const fresh: Fresh = { state: 'fresh', since: 0, blob: 0 };
    const where = {
      kind: 'inline',
      blob: 0,
      blobSize: bytes.length,
      chunkBytes: 0,
      start: 0,
      end: bytes.length,
    } as const;
    return bodyOf({ ...where, seen, bytes, fresh });
  }

  /** The whole blob, or `undefined` when its row is gone. */
  #inlineBytes(extent: StoredExtent & Pick<Extent, 'bytes'>): Buffer | undefined {
    if (extent.bytes !== undefined) return extent.bytes;
    this.#context.tables.env.fresh();
    const row = this.#context.tables.inline.get(numberKey(extent.blob));
    return row === undefined ? undefined : Buffer.from(readInline(row).bytes);
  }

  async *#small(extent: StoredExtent, bytes: Buffer | undefined): AsyncGenerator<Uint8Array> {
    if (bytes === undefined) throw gone();
    yield bytes.subarray(extent.start, extent.end);
  }

  async *#large(extent: Extent): AsyncGenerator<Uint8Array> {
    const leave = this.#context.presence.enter(extent.seen);
    try {
      if (extent.kind === 'file') yield* this.#file(extent);
      else yield* this.#composed(extent);
    } finally {
      leave();
    }
  }

  #file(extent: StoredExtent): AsyncGenerator<Uint8Array> {
    const { blob, blobSize: size, chunkBytes, start, end } = extent;
    return this.#context.readFile({ blob, size, chunkBytes }, { start, end });
  }

  async *#composed(extent: StoredExtent): AsyncGenerator<Uint8Array> {
    const { tables } = this.#context;
    let at = extent.start;
    while (at < extent.end) {
      tables.env.fresh();
      const row = manifestRow(tables, extent.blob, at);
      if (row === undefined) throw gone();
      for (const { from, to, extent: piece } of decodeRow(row.payload)) {
        if (to <= at || at >= extent.end) continue;
        const cut = sliceExtent(piece, at - from, Math.min(to, extent.end) - from);
        if (cut.kind === 'file') yield* this.#file(cut);
        else yield* this.#small(cut, this.#inlineBytes(cut));
        at = to;
      }
    }
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

const gone = (): Unavailable => new Unavailable('the body is gone', { mayHaveApplied: false });
