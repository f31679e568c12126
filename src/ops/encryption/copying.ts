/**
 * What becomes of bytes that are copied. Between encrypted objects none are moved: the copy has the source's key, sealed anew
 * for its own place with what it shall be sealed with. Only what was not encrypted and shall be is written anew.
 *
 * Source: CopyObject in the S3 API reference, where a copy of which nothing is said is encrypted with SSE-S3. Here it is if its
 * source was encrypted in any way: no copy is less protected than what it was made from, unless somebody says so.
 */

import { encryptSegment, storedSize } from '../../base/cipher.ts';
import type { Body } from '../../model/entities.ts';
import type { BlobOwner } from '../../store/port.ts';
import type { Services } from '../types.ts';
import { readBytes, type Stored } from './bytes.ts';
import { platform, type Scheme } from './scheme.ts';
import { type Sealing, seal } from './sealing.ts';

export interface Carried {
  readonly body: Body;
  readonly sealing: Sealing | undefined;
  /** Written just now: nobody names it yet. */
  readonly isFresh: boolean;
}

/** The bytes of a source as those of another object, in the same parts. */
export async function carryOver(
  services: Services,
  source: Stored,
  scheme: Scheme | undefined,
  owner: BlobOwner,
): Promise<Carried> {
  if (source.sealing !== undefined) {
    const sealing = seal(services, scheme ?? platform(services), owner, source.sealing.key);
    return { body: source.body, sealing, isFresh: false };
  }
  if (scheme === undefined) return { body: source.body, sealing: undefined, isFresh: false };
  const sealing = seal(services, scheme, owner);
  const size = source.segments.reduce((sum, segment) => sum + storedSize(segment.size), 0);
  const body = await services.blobs.write(encrypted(services, source, sealing), size, owner);
  return { body, sealing, isFresh: true };
}

async function* encrypted(
  services: Services,
  source: Stored,
  { key }: Sealing,
): AsyncGenerator<Uint8Array, void, undefined> {
  let start = 0;
  for (const { number, size } of source.segments) {
    const plain = size === 0 ? nothing() : readBytes(services, source, start, start + size);
    yield* encryptSegment(key, { number, random: services.random }, plain);
    start += size;
  }
}

/** An empty body's bytes. */
export async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}
