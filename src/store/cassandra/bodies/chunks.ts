/**
 * Bytes as chunks (table `chunk`), written: a stream becomes chunks of `chunkBytes`, `chunksInFlight` of them on their way at
 * a time, each with its own checksum. The first chunk brings the header; a body that takes long has it written again, so that
 * what bounds it is the pause between two chunks and not its whole time.
 *
 * Left out: retries, which sessions make; and the bytes of a chunk that is still filling, of which each request has one.
 */

import { Unavailable } from '../../port.ts';
import type { RegionName, Session, Uuid } from '../database/types.ts';
import { MAX_TIME } from '../tags.ts';
import type { Owner, Tools } from '../types.ts';
import type { Budget } from './background.ts';
import type { Blocks } from './blocks.ts';
import { Fresh } from './fresh.ts';
import { segmentOf, segmentsOf } from './ranges.ts';
import { sumOf } from './records.ts';
import { DROP_SEGMENT, PUT_CHUNK, PUT_FIRST_CHUNK } from './statements.ts';

export interface Writing {
  readonly tools: Tools;
  readonly blocks: Blocks;
  readonly budget: Budget;
}

/** The bytes of a stream in pieces of `size` each, the last one shorter. A piece that fits is not copied. */
export async function* chunked(source: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of source) {
    let rest = piece;
    while (bytes + rest.length >= size) {
      const fits = size - bytes;
      yield joined([...held, rest.subarray(0, fits)], size);
      rest = rest.subarray(fits);
      held = [];
      bytes = 0;
    }
    if (rest.length === 0) continue;
    held.push(rest);
    bytes += rest.length;
  }
  if (bytes > 0) yield joined(held, bytes);
}

function joined(pieces: readonly Uint8Array[], bytes: number): Buffer {
  const [first, second] = pieces.filter(({ length }) => length > 0);
  if (first !== undefined && second === undefined) return Buffer.from(first.buffer, first.byteOffset, first.length);
  return Buffer.concat(pieces, bytes);
}

/** One blob being written. */
export class BlobWriter {
  readonly #context: Writing;
  readonly #region: RegionName;
  readonly #owner: Owner | undefined;
  readonly #session: Session;
  readonly #flying = new Set<Promise<void>>();
  #fresh: Fresh | undefined;
  #chunks = 0;
  #size = 0;
  #failure: Error | undefined;

  constructor(context: Writing, region: RegionName, owner: Owner | undefined) {
    this.#context = context;
    this.#region = region;
    this.#owner = owner;
    this.#session = context.tools.sessions.of(region);
  }

  /** Returns when there is room for another. Throws `Unavailable` as soon as a chunk could not be stored. */
  async add(bytes: Buffer): Promise<void> {
    const { budget, tools, blocks } = this.#context;
    while (this.#flying.size >= tools.tuning.chunksInFlight) await Promise.race(this.#flying);
    this.#mustGoOn();
    const n = this.#chunks;
    const fresh = this.#fresh ?? (await this.#begin(blocks));
    if (n > 0 && fresh.isAging()) await this.#renewed(fresh);
    await budget.take(bytes.length);
    this.#chunks += 1;
    this.#size += bytes.length;
    const flight = this.#send(fresh, n, bytes)
      .catch((error: Error) => {
        this.#failure ??= error;
      })
      .finally(() => {
        budget.give(bytes.length);
        this.#flying.delete(flight);
      });
    this.#flying.add(flight);
  }

  /** Undefined: there were no bytes. Everything is stored on return. */
  async finish(): Promise<{ readonly fresh: Fresh; readonly size: number } | undefined> {
    await Promise.all(this.#flying);
    this.#mustGoOn();
    const fresh = this.#fresh;
    if (fresh === undefined) return undefined;
    if (fresh.isAging()) await this.#renewed(fresh);
    return { fresh, size: this.#size };
  }

  /** Nobody will name it: what was stored goes. Never throws; what fails is left to the ledger. */
  async abandon(): Promise<void> {
    await Promise.all(this.#flying);
    const fresh = this.#fresh;
    if (fresh === undefined) return;
    fresh.state = 'given-up';
    try {
      await dropSegments(this.#session, fresh.id, segmentsOf(this.#chunks));
      fresh.reserved.settle();
    } catch {
      // The block's entry in the ledger stays.
    }
  }

  async #begin(blocks: Blocks): Promise<Fresh> {
    const reserved = await blocks.take(this.#region);
    this.#fresh = new Fresh(this.#context.tools, reserved, { type: 'blob', owner: this.#owner });
    return this.#fresh;
  }

  async #send(fresh: Fresh, n: number, bytes: Buffer): Promise<void> {
    const sum = sumOf(fresh.id, n, bytes);
    if (n > 0) {
      const at = this.#context.tools.tags.now();
      await this.#session.write(PUT_CHUNK, [fresh.id, segmentOf(n), n, bytes, sum, at]);
      return;
    }
    const header = fresh.nextHeader();
    await this.#session.write(PUT_FIRST_CHUNK, [fresh.id, header.bytes, bytes, sum, header.at]);
    if (fresh.reserved.isStale()) throw late();
  }

  /** A pause so long that the collector may have been there ends it. */
  async #renewed(fresh: Fresh): Promise<void> {
    await Promise.all(this.#flying);
    this.#mustGoOn();
    if (fresh.isLate()) throw late();
    await fresh.renew();
  }

  #mustGoOn(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

const late = (): Unavailable =>
  new Unavailable('the body was written too slowly, or this process was paused: send it again', {
    mayHaveApplied: false,
  });

/** Deletes the bytes of segments 0 to `count`, for ever. */
export async function dropSegments(session: Session, blob: Uuid, count: number): Promise<void> {
  for (let segment = 0; segment < count; segment++) await session.write(DROP_SEGMENT, [MAX_TIME, blob, segment]);
}
