/**
 * Bodies of the Cassandra engine (`Bodies` of ../types.ts): bytes as chunks, lists of ranges, references between them, the
 * ledger of what is unfinished and its collector. Decision 0006, "Bodies", is the protocol.
 *
 * What a `BodyRef` of this engine is: a place, and while this process wrote it and nobody names it what is known of that.
 */

import { strict as assert } from 'node:assert';
import type { Body, BodyRef, PartInfo } from '../../../model/entities.ts';
import { type BlobOwner, Conflict, Corrupt, type SweepReport, Unavailable } from '../../port.ts';
import type { RegionName } from '../database/types.ts';
import type { Bodies, BodyPlace, Claimed, Naming, Owner, Owners, Tools } from '../types.ts';
import { Background, Budget } from './background.ts';
import { Blocks } from './blocks.ts';
import { BlobWriter, chunked, dropSegments } from './chunks.ts';
import {
  type ClaimContext,
  claimByReference,
  claimedFresh,
  claimFresh,
  claimNothing,
  giveUp,
  letGo,
  trash,
} from './claims.ts';
import { type CollectorContext, sweepOnce } from './collector.ts';
import { Fresh } from './fresh.ts';
import { Ledger } from './ledger.ts';
import { blobsOf, partsOfList, writeList } from './manifests.ts';
import {
  chunksOf,
  EMPTY,
  SEGMENT_CHUNKS,
  type Span,
  type Stored,
  segmentsOf,
  sizeOf,
  slicePlace,
  spansOf,
} from './ranges.ts';
import { Readers } from './readers.ts';
import { readSpans } from './reading.ts';
import type { Trash } from './records.ts';
import { References } from './references.ts';

/** Chunks that may be on their way in this process, of all requests: 128 MiB with chunks of 512 KiB. */
const PROCESS_CHUNKS = 256;

export interface BodiesRoom {
  readonly bodies: Bodies;
  /** One bounded round of the collector; rounds of one process follow each other. */
  sweep(options: { readonly now: number; readonly limit: number }): Promise<SweepReport>;
  /** Where the bytes of a body of this engine are. */
  placeOf(body: Body): BodyPlace;
  /** Waits for what is under way and gives back what was reserved. Nothing may be called afterwards. */
  close(): Promise<void>;
}

/** `owners`: asked for when the first entry of the ledger needs it; who implements them needs the bodies. */
export function createBodies(tools: Tools, owners: () => Owners): BodiesRoom {
  // Else what was written of a body that nobody finished could not be told.
  assert(tools.tuning.chunksInFlight <= SEGMENT_CHUNKS, 'chunks on their way that fit a segment');
  const background = new Background(tools.log);
  const ledger = new Ledger(tools);
  const references = new References(tools);
  const readers = new Readers();
  const blocks = new Blocks(tools, ledger, background);
  const budget = new Budget(PROCESS_CHUNKS * tools.tuning.chunkBytes);
  const context = { tools, ledger, references, background, blocks, budget, readers, owners };
  let last: Promise<unknown> = Promise.resolve();
  return Object.freeze({
    bodies: new CassandraBodies(context),
    sweep(options: { readonly now: number; readonly limit: number }) {
      const round = last.then(async () => {
        await blocks.retireOld();
        await background.idle();
        return sweepOnce(context, options);
      });
      last = round.catch(() => {});
      return round;
    },
    placeOf: (body: Body) => handleOf(body).place,
    async close() {
      await last;
      await background.idle();
      await blocks.close();
      await background.idle();
    },
  });
}

interface Handle {
  readonly place: BodyPlace;
  /** Of slices too: what one of them uses up is used up for all. */
  readonly fresh: Fresh | undefined;
}

const handleOf = (body: Body): Handle => body.ref as unknown as Handle;
const bodyAt = (place: BodyPlace, fresh?: Fresh): Body => {
  const handle: Handle = { place, fresh };
  return Object.freeze({ size: sizeOf(place), ref: handle as unknown as BodyRef });
};

interface Context extends ClaimContext, CollectorContext {
  readonly blocks: Blocks;
  readonly budget: Budget;
}

class CassandraBodies implements Bodies {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  // -------------------------------------------------------------------------------------------------------- blobs

  write(source: AsyncIterable<Uint8Array>, _sizeHint: number | undefined, owner?: BlobOwner): Promise<Body> {
    return this.#write(source, owner && ownerOf(owner));
  }

  async #write(source: AsyncIterable<Uint8Array>, owner: Owner | undefined): Promise<Body> {
    const { tools } = this.#context;
    const { chunkBytes } = tools.tuning;
    const region = owner?.home.region ?? tools.sessions.home.region;
    const writer = new BlobWriter(this.#context, region, owner);
    let isStoring = false;
    try {
      for await (const chunk of chunked(source, chunkBytes)) {
        isStoring = true;
        await unnamed(() => writer.add(chunk));
        isStoring = false;
      }
      isStoring = true;
      const written = await unnamed(() => writer.finish());
      if (written === undefined) return bodyAt(EMPTY);
      const { fresh, size } = written;
      return bodyAt({ type: 'blob', region, id: fresh.id, start: 0, end: size, size, chunkBytes }, fresh);
    } catch (error) {
      // What could not be stored is left to the ledger; what could is not kept for a source that failed.
      if (!isStoring) await writer.abandon();
      throw error;
    }
  }

  read(body: Body, start: number, end: number): AsyncIterable<Uint8Array> {
    assert(0 <= start && start <= end && end <= body.size, 'a range within the body');
    const place = slicePlace(handleOf(body).place, start, end);
    if (place.type === 'empty') return nothing();
    return this.#context.readers.during(place.id, readSpans(this.#spans(place), this.#context));
  }

  slice(body: Body, start: number, end: number): Body {
    const { place, fresh } = handleOf(body);
    const slice = slicePlace(place, start, end);
    return slice.type === 'empty' ? bodyAt(slice) : bodyAt(slice, fresh);
  }

  async discard(body: Body): Promise<void> {
    const { fresh } = handleOf(body);
    if (fresh === undefined || fresh.state !== 'free') return;
    fresh.state = 'given-up';
    const { place } = handleOf(body);
    try {
      if (place.type === 'empty') return;
      // What somebody else refers to goes when nobody does any more.
      if (fresh.isReferenced || place.type === 'list') {
        await giveUp(fresh, { place, reference: undefined }, this.#context);
        return;
      }
      const session = this.#context.tools.sessions.of(place.region);
      await dropSegments(session, place.id, segmentsOf(chunksOf(place.size, place.chunkBytes)));
      fresh.reserved.settle();
    } catch (error) {
      this.#context.tools.log?.warn('a body that nobody names is left to the collector', {}, error);
    }
  }

  async *#spans(place: Stored): AsyncGenerator<Span> {
    const session = this.#context.tools.sessions.of(place.region);
    for await (const blob of blobsOf(session, place)) yield* spansOf(blob);
  }

  // ------------------------------------------------------------------------------------------------------- naming

  claim(body: Body, owner: Owner): Promise<Claimed> {
    return unnamed(() => this.#claim(body, owner));
  }

  async #claim(body: Body, owner: Owner): Promise<Claimed> {
    const { place, fresh } = handleOf(body);
    if (place.type === 'empty') return claimNothing({ place, reference: undefined });
    if (fresh?.state === 'given-up') throw new Conflict('source');
    if (place.region !== owner.home.region) return await this.#claimCopy(body, place, owner);
    if (fresh?.state === 'free') return await claimFresh(fresh, place, owner, this.#context);
    if (fresh !== undefined) fresh.isReferenced = true;
    const claimed = await claimByReference(place, owner, this.#context);
    return claimed === 'doomed' ? await this.#claimCopy(body, place, owner) : claimed;
  }

  /** The bytes again, as a body of the owner's own. */
  async #claimCopy(body: Body, place: Stored, owner: Owner): Promise<Claimed> {
    try {
      return await this.#claim(await this.#write(this.read(body, 0, body.size), owner), owner);
    } catch (error) {
      if (error instanceof Corrupt && !(await this.#context.references.isThere(place.region, place))) {
        throw new Conflict('source');
      }
      throw error;
    }
  }

  bodyOf(naming: Naming): Body {
    return bodyAt(naming.place);
  }

  async release(naming: Naming, _owner: Owner): Promise<void> {
    await letGo(this.#context, naming);
  }

  async note(owner: Owner, namings: readonly Naming[]): Promise<() => void> {
    const { ledger, tools, background } = this.#context;
    const due = tools.clock.now() + tools.tuning.unsettledMs;
    const filed = await unnamed(() => ledger.add(owner.home.region, { type: 'note', due, owner, namings }));
    return () => background.run('taking back a note', () => ledger.remove(filed));
  }

  // -------------------------------------------------------------------------------------------------------- lists

  compose(owner: Owner, parts: readonly Naming[], infos: readonly PartInfo[]): Promise<Claimed> {
    return unnamed(() => this.#compose(owner, parts, infos));
  }

  async #compose(owner: Owner, parts: readonly Naming[], infos: readonly PartInfo[]): Promise<Claimed> {
    const { tools, ledger, references, blocks, background } = this.#context;
    const { region } = owner.home;
    const places = parts.flatMap(({ place }) => (place.type === 'empty' ? [] : [place]));
    for (const place of places) assert(place.region === region, 'parts in the region of their bucket');
    const size = places.reduce((sum, place) => sum + sizeOf(place), 0);
    const fresh = new Fresh(tools, await blocks.take(region), { type: 'list', owner, size });
    fresh.state = 'taken';
    const place: BodyPlace = Object.freeze({ type: 'list', region, id: fresh.id, start: 0, end: size, size });
    const naming = { place, reference: undefined };
    const discard = (where: RegionName, bodies: readonly Trash[]) => trash({ tools, ledger }, where, bodies);
    try {
      await writeList({ tools, references, discard }, fresh, places, infos);
    } catch (error) {
      background.run('giving up a composed body', () => giveUp(fresh, naming, this.#context));
      throw error;
    }
    return claimedFresh(fresh, naming, this.#context);
  }

  async partsOf(place: BodyPlace): Promise<readonly PartInfo[]> {
    if (place.type !== 'list') return [];
    return await partsOfList(this.#context.tools.sessions.of(place.region), place.id);
  }
}

/** Whatever was stored: nothing names it, so that nothing was applied. */
async function unnamed<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Unavailable) || !error.mayHaveApplied) throw error;
    throw new Unavailable(error.message, { mayHaveApplied: false, cause: error });
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Keys are UTF-8 in the database. */
const ownerOf = ({ bucketId, region, key, uploadId }: BlobOwner): Owner => ({
  home: { region, bucketId },
  key: Buffer.from(key),
  ...(uploadId !== undefined && { uploadId }),
});
