/**
 * Bodies of the memory engine: what `store/port.ts` says about blobs, written for being obviously right, not for speed.
 *
 * A blob is bytes, or a row of extents of other blobs (a completed upload). Rows hold references; the last one gone, the
 * blob is trash, and after the grace a sweep takes it away. A composite lets go of what it is made of only then.
 */

import { strict as assert } from 'node:assert';
import type { Clock } from '../../src/base/clock.ts';
import type { Body, BodyRef } from '../../src/model/entities.ts';
import { type Blobs, Conflict, type SweepReport, Unavailable } from '../../src/store/port.ts';

interface Blob {
  bytes: Uint8Array;
  extents: readonly Extent[];
  references: number;
  state: 'fresh' | 'held' | 'trash' | 'gone';
  /** Since when it is fresh, or when it may be swept. */
  time: number;
  readonly size: number;
}

/** Bytes [start, end) of one blob. */
interface Extent {
  readonly blob: Blob;
  readonly start: number;
  readonly end: number;
  /** Those bytes, taken along in a snapshot. */
  readonly bytes?: Uint8Array;
}

const bodyOf = (extent: Extent): Body => ({
  size: extent.end - extent.start,
  ref: extent as unknown as BodyRef,
});
const extentOf = (body: Body): Extent => body.ref as unknown as Extent;

function bytesOf({ blob, start, end, bytes }: Extent): Uint8Array {
  if (bytes !== undefined || start === end) return bytes ?? new Uint8Array();
  if (blob.state === 'gone') throw new Unavailable('the body is gone', { mayHaveApplied: false });
  if (blob.extents.length === 0) return blob.bytes.subarray(start, end);
  return Buffer.concat(blob.extents.map(bytesOf)).subarray(start, end);
}

/** What it consists of, none of it composed, nothing of it empty. */
function leavesOf({ blob, start, end }: Extent): Extent[] {
  if (start === end) return [];
  if (blob.extents.length === 0) return [{ blob, start, end }];
  const leaves: Extent[] = [];
  let from = 0;
  for (const piece of blob.extents) {
    const to = from + piece.end - piece.start;
    const first = Math.max(start, from);
    const last = Math.min(end, to);
    if (first < last)
      leaves.push({ blob: piece.blob, start: piece.start + first - from, end: piece.start + last - from });
    from = to;
  }
  return leaves;
}

export class MemoryBlobs implements Blobs {
  readonly #clock: Clock;
  readonly #graceMs: number;
  readonly #all = new Set<Blob>();
  readonly #later: Body[] = [];

  constructor(clock: Clock, graceMs: number) {
    this.#clock = clock;
    this.#graceMs = graceMs;
  }

  async write(source: AsyncIterable<Uint8Array>, _sizeHint: number | undefined): Promise<Body> {
    const pieces: Uint8Array[] = [];
    for await (const piece of source) pieces.push(Uint8Array.from(piece));
    return bodyOf(this.#add(Buffer.concat(pieces), []));
  }

  read(body: Body, start: number, end: number): AsyncIterable<Uint8Array> {
    assert(0 <= start && start <= end && end <= body.size, 'range within the body');
    const bytes = bytesOf(extentOf(body)).subarray(start, end);
    return (async function* () {
      for (let at = 0; at < bytes.length; at += 65_536) yield bytes.slice(at, at + 65_536);
    })();
  }

  slice(body: Body, start: number, end: number): Body {
    assert(0 <= start && start <= end && end <= body.size, 'slice within the body');
    const extent = extentOf(body);
    return bodyOf({ blob: extent.blob, start: extent.start + start, end: extent.start + end });
  }

  async discard(body: Body): Promise<void> {
    const { blob } = extentOf(body);
    if (blob.state === 'fresh') this.#remove(blob);
  }

  /** The same body, to be read whatever becomes of its blob. */
  takeAlong(body: Body): Body {
    const extent = extentOf(body);
    return bodyOf({ ...extent, bytes: bytesOf(extent) });
  }

  /** A row will name it from now on. A body of no bytes is nothing that could be gone. */
  adopt(body: Body): void {
    if (body.size === 0) return;
    this.#requireAlive(body);
    const { blob } = extentOf(body);
    blob.state = 'held';
    blob.references++;
  }

  #requireAlive(body: Body): void {
    const { state } = extentOf(body).blob;
    if (state === 'trash' || state === 'gone') throw new Conflict('source');
  }

  /** A row that named it is gone. */
  drop(body: Body | undefined): void {
    if (body === undefined || body.size === 0) return;
    const { blob } = extentOf(body);
    assert(blob.references > 0);
    blob.references--;
    if (blob.references > 0) return;
    blob.state = 'trash';
    blob.time = this.#clock.now() + this.#graceMs;
  }

  /** A row that named it is gone, which is noticed at the next sweep only. */
  dropLater(body: Body): void {
    this.#later.push(body);
  }

  /** One body of several, in this order. It holds references of its own, to blobs that are not composed themselves. */
  compose(bodies: readonly Body[]): Body {
    const pieces = bodies.map(extentOf).flatMap(leavesOf);
    if (pieces.length === 1) return bodyOf(pieces[0] ?? assert.fail());
    for (const piece of pieces) this.adopt(bodyOf(piece));
    return bodyOf(this.#add(new Uint8Array(), pieces));
  }

  sweep(now: number, limit: number): SweepReport {
    for (const body of this.#later.splice(0)) this.drop(body);
    const due = [...this.#all].filter(
      (blob) =>
        (blob.state === 'trash' && blob.time <= now) || (blob.state === 'fresh' && blob.time + this.#graceMs <= now),
    );
    const taken = due.slice(0, limit);
    for (const blob of taken) this.#remove(blob);
    const bytes = taken.reduce((sum, blob) => sum + (blob.extents.length === 0 ? blob.size : 0), 0);
    return { blobs: taken.length, bytes, done: taken.length === due.length };
  }

  bytesIn(state: 'held' | 'trash'): number {
    let sum = 0;
    for (const blob of this.#all) if (blob.state === state && blob.extents.length === 0) sum += blob.size;
    return sum;
  }

  #add(bytes: Uint8Array, extents: readonly Extent[]): Extent {
    const size = extents.length === 0 ? bytes.length : extents.reduce((sum, { start, end }) => sum + end - start, 0);
    const blob: Blob = { bytes, extents, size, references: 0, state: 'fresh', time: this.#clock.now() };
    this.#all.add(blob);
    return { blob, start: 0, end: size };
  }

  #remove(blob: Blob): void {
    for (const extent of blob.extents) this.drop(bodyOf(extent));
    blob.state = 'gone';
    blob.bytes = new Uint8Array();
    blob.extents = [];
    this.#all.delete(blob);
  }
}
