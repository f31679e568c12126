/**
 * Bytes of objects on their way to the engine and back, encrypted where the object is; and ETags, which are MD5s only where S3
 * has them so.
 *
 * Source: "Object" in the S3 API reference: the ETag of what is encrypted with SSE-C or SSE-KMS is no MD5 of its data. Ours is
 * the MD5 under a permutation that takes the object's key, so that a copy that is encrypted otherwise still gets its own.
 */

import {
  CipherError,
  decryptRange,
  encryptSegment,
  hideMd5,
  type Segment,
  showMd5,
  storedSize,
} from '../../base/cipher.ts';
import type { Body, ObjectVersion } from '../../model/entities.ts';
import { type BlobOwner, Corrupt } from '../../store/port.ts';
import type { Services } from '../types.ts';
import type { Sealing } from './sealing.ts';

export interface Written {
  readonly body: Body;
  /** Plain bytes. */
  readonly size: number;
}

export interface Writing {
  readonly sealing: Sealing | undefined;
  /** As far as it is known. */
  readonly size: number | undefined;
  /** Of a part; 0 for an object in one piece. */
  readonly number: number;
  readonly owner: BlobOwner;
}

/** As `Blobs.write`. */
export async function writeBytes(
  { blobs, random }: Pick<Services, 'blobs' | 'random'>,
  source: AsyncIterable<Uint8Array>,
  { sealing, size, number, owner }: Writing,
): Promise<Written> {
  if (sealing === undefined) {
    const body = await blobs.write(source, size, owner);
    return { body, size: body.size };
  }
  let plain = 0;
  async function* counted(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const piece of source) {
      plain += piece.length;
      yield piece;
    }
  }
  const encrypted = encryptSegment(sealing.key, { number, random }, counted());
  const body = await blobs.write(encrypted, size === undefined ? undefined : storedSize(size), owner);
  return { body, size: plain };
}

/** A body as it is stored, and how. */
export interface Stored {
  readonly body: Body;
  readonly segments: readonly Segment[];
  readonly sealing: Sealing | undefined;
}

/** Plain bytes [start, end). */
export function readBytes(
  { blobs }: Pick<Services, 'blobs'>,
  { body, segments, sealing }: Stored,
  start: number,
  end: number,
): AsyncIterable<Uint8Array> {
  if (sealing === undefined) return blobs.read(body, start, end);
  return held(decryptRange(sealing.key, segments, { start, end, read: (from, to) => blobs.read(body, from, to) }));
}

/** Bytes that do not decrypt are as damaged as those that fail the engine's checksum. */
async function* held(plain: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* plain;
  } catch (error) {
    throw error instanceof CipherError ? new Corrupt(error.message, { cause: error }) : error;
  }
}

export const segmentsOf = ({ parts, size }: Pick<ObjectVersion, 'parts' | 'size'>): readonly Segment[] =>
  parts ?? [{ number: 0, size }];

/** The ETag of what has this MD5 (hex). */
export const etagOf = (md5: string, sealing: Sealing | undefined): string =>
  sealing === undefined || sealing.encryption.type === 'SSE-S3'
    ? md5
    : hideMd5(sealing.key, Buffer.from(md5, 'hex')).toString('hex');

const MD5 = /^[0-9a-f]{32}$/;

/** The ETag of the same bytes encrypted another way. Of several parts it is no MD5 to begin with, and stays. */
export function etagAs(etag: string, from: Sealing | undefined, to: Sealing | undefined): string {
  if (!MD5.test(etag)) return etag;
  const isHidden = from !== undefined && from.encryption.type !== 'SSE-S3';
  const md5 = isHidden ? showMd5(from.key, Buffer.from(etag, 'hex')).toString('hex') : etag;
  return etagOf(md5, to);
}
