/**
 * Multipart uploads (decision 0006, "Multipart"): the port's reads and mutations, what DeleteBucket leaves to them, and what
 * the collector asks about bodies of parts.
 *
 * The parts of an upload belong to its rows from the first to the last day. A completion composes a body that holds parts by
 * references of its own (`Bodies.compose`); when the version is there, the upload ends like one that was aborted: all
 * its parts are let go of, those in the version live on through its references. So a completion that fails harms no part.
 *
 * What a process leaves undone when it dies is finished by whoever meets the upload next, at the latest by the collector: a
 * note is in the ledger before an upload leaves the state `open`, and the question whether it names a body finishes it.
 */

import { strict as assert } from 'node:assert';
import type { Part, Upload } from '../../../model/entities.ts';
import { type Committed, Conflict, type Mutation, type Rows, Unavailable } from '../../port.ts';
import type { RegionName, Uuid } from '../database/types.ts';
import { ABSENT } from '../keys/record.ts';
import { eachOf } from '../parallel.ts';
import { Remembered } from '../remembered.ts';
import type { Bodies, Claims, Home, Owners, Shards, Tools } from '../types.ts';
import { Completer } from './completer.ts';
import { Ending, isOf, requireUpload } from './ending.ts';
import { behindOf, Hints, hintOf, START } from './hints.ts';
import { ownersOfParts } from './owners.ts';
import { PartWriter } from './part-writer.ts';
import { Parts, placeOf, type UploadOwner } from './parts.ts';
import { UploadStates } from './state.ts';

type Of<T extends Mutation['type']> = Extract<Mutation, { type: T }>;

export interface Uploads {
  getUpload(home: Home, key: string, uploadId: string): Promise<Upload | undefined>;
  scanUploads(home: Home, from: Parameters<Rows['scanUploads']>[1], limit: number): Promise<readonly Upload[]>;
  scanParts(uploadId: string, after: number, limit: number): Promise<readonly Part[]>;
  createUpload(home: Home, mutation: Of<'createUpload'>): Promise<Committed>;
  putPart(home: Home, mutation: Of<'putPart'>): Promise<Committed>;
  completeUpload(home: Home, mutation: Of<'completeUpload'>): Promise<Committed>;
  abortUpload(home: Home, mutation: Of<'abortUpload'>): Promise<Committed>;
  /** Ends all uploads of a bucket that is gone for ever. May be repeated. */
  abandonAll(home: Home): Promise<void>;
  /** Whether a part names the body; unlike `owners` this changes nothing. */
  names(owner: UploadOwner, naming: Uuid): Promise<boolean>;
  /** What names bodies, parts included. */
  readonly owners: Owners;
}

export interface UploadsContext {
  readonly shards: Shards;
  readonly claims: Claims;
  readonly bodies: Bodies;
  readonly keys: { readonly owners: Owners };
}

/** Uploads whose region this process remembers: listing parts names no bucket. */
const REMEMBERED = 10_000;
/** Uploads of a deleted bucket that are ended at a time. */
const ABANDONED_AT_ONCE = 4;

export function createUploads(tools: Tools, context: UploadsContext): Uploads {
  return new CassandraUploads(tools, context);
}

class CassandraUploads implements Uploads {
  readonly owners: Owners;
  readonly #tools: Tools;
  readonly #context: UploadsContext;
  readonly #states: UploadStates;
  readonly #hints: Hints;
  readonly #parts: Parts;
  readonly #ending: Ending;
  readonly #completer: Completer;
  readonly #writer: PartWriter;
  readonly #regions = new Remembered<string, RegionName>(REMEMBERED);

  constructor(tools: Tools, context: UploadsContext) {
    this.#tools = tools;
    this.#context = context;
    this.#states = new UploadStates(tools);
    this.#hints = new Hints(tools);
    this.#parts = new Parts(tools, context.bodies);
    const { bodies, keys } = context;
    const stores = { states: this.#states, hints: this.#hints, parts: this.#parts, bodies };
    this.#ending = new Ending(stores);
    this.#completer = new Completer(tools, { ...context, ...stores, ending: this.#ending });
    this.#writer = new PartWriter(stores, this.#completer);
    this.owners = ownersOfParts(keys.owners, { ...stores, completer: this.#completer });
  }

  // ------------------------------------------------------------------------------------------------------ reading

  async getUpload(home: Home, key: string, uploadId: string): Promise<Upload | undefined> {
    const row = await this.#states.read(home, uploadId);
    if (row === undefined || row.state.type === 'ending' || !isOf(row, home, key)) return undefined;
    this.#regions.set(uploadId, home.region);
    return row.upload;
  }

  async scanUploads(home: Home, from: Parameters<Rows['scanUploads']>[1], limit: number): Promise<readonly Upload[]> {
    const rows = await this.#hints.list(home, { behind: await this.#behind(home, from), limit }, async (id) => {
      const row = await this.#states.read(home, id);
      return row?.state.type === 'ending' ? 'ended' : row;
    });
    return rows.map(({ upload }) => upload);
  }

  async #behind(home: Home, from: Parameters<Rows['scanUploads']>[1]) {
    if (from === undefined) return START;
    if (from.afterUpload === undefined) return behindOf(from);
    const row = await this.#states.read(home, from.afterUpload);
    return row !== undefined && isOf(row, home, from.key) ? hintOf(row.upload) : behindOf({ ...from, inclusive: true });
  }

  async scanParts(uploadId: string, after: number, limit: number): Promise<readonly Part[]> {
    const region = await this.#regionOf(uploadId);
    if (region === undefined || limit === 0) return [];
    const rows = await this.#parts.list({ region, uploadId }, after, limit);
    return rows.map(({ part: { naming, ...fields } }) => ({ ...fields, body: this.#context.bodies.bodyOf(naming) }));
  }

  async #regionOf(uploadId: string): Promise<RegionName | undefined> {
    const known = this.#regions.get(uploadId);
    if (known !== undefined) return known;
    const { regions } = this.#tools.sessions;
    const rows = await Promise.all(regions.map((region) => this.#states.read({ region }, uploadId)));
    const region = regions.find((_, index) => rows[index] !== undefined);
    if (region !== undefined) this.#regions.set(uploadId, region);
    return region;
  }

  // ------------------------------------------------------------------------------------------------------ changing

  /** Stores the upload, then looks for the bucket: a deletion of that looks for uploads after its verdict. */
  async createUpload(home: Home, { upload }: Of<'createUpload'>): Promise<Committed> {
    const { clock, tuning } = this.#tools;
    const begun = clock.monotonic();
    const hint = hintOf(upload);
    await this.#hints.put(home, hint);
    const row = await this.#states.insert(home, { upload, state: { type: 'open' } });
    assert(row !== undefined, 'upload ids are never used twice');
    const view = await this.#context.shards.readKey(home, hint.key, { answer: false });
    const isLate = clock.monotonic() - begun > tuning.commitWithinMs;
    if (view === undefined || isLate) {
      await this.#hints.remove(home, hint);
      await this.#states.remove(home, row);
      if (view === undefined) throw new Conflict('bucket');
      throw new Unavailable('the upload was begun too slowly: try again', { mayHaveApplied: false });
    }
    this.#regions.set(upload.uploadId, home.region);
    return { revision: row.rev };
  }

  putPart(home: Home, mutation: Of<'putPart'>): Promise<Committed> {
    return this.#writer.put(home, mutation);
  }

  completeUpload(home: Home, mutation: Of<'completeUpload'>): Promise<Committed> {
    return this.#completer.complete(home, mutation);
  }

  async abortUpload(home: Home, { key, uploadId }: Of<'abortUpload'>): Promise<Committed> {
    for (let attempt = 0; attempt < this.#tools.limits.commitAttempts; attempt++) {
      const row = requireUpload(await this.#states.see(home, uploadId), home, key);
      if (row.state.type === 'open') {
        if (await this.#ending.abort(home, row)) return { revision: ABSENT };
      } else if ((await this.#completer.finish(home, row)) === 'ended') throw new Conflict('upload');
    }
    throw new Unavailable('the upload keeps being completed: try again', { mayHaveApplied: false });
  }

  async names(owner: UploadOwner, naming: Uuid): Promise<boolean> {
    const row = await this.#states.read(owner.home, owner.uploadId);
    return row !== undefined && (await this.#parts.names(placeOf(owner), naming));
  }

  async abandonAll(home: Home): Promise<void> {
    for await (const page of this.#hints.all(home)) {
      await eachOf(page, ABANDONED_AT_ONCE, async (hint) => {
        await this.#abandon(home, hint.id);
        // Of an upload that is just being made: it sees that the bucket is gone.
        await this.#hints.remove(home, hint);
      });
    }
  }

  async #abandon(home: Home, uploadId: string): Promise<void> {
    for (;;) {
      const row = await this.#states.see(home, uploadId);
      if (row === undefined || row.upload.bucketId !== home.bucketId) return;
      const ended =
        row.state.type === 'open'
          ? await this.#ending.abort(home, row)
          : (await this.#completer.finish(home, row)) === 'ended';
      if (ended) return;
    }
  }
}
