/**
 * Checksums of bytes that are already stored: for copies whose caller asks for a checksum that nobody has computed yet.
 * Reads the bytes, writes none.
 */

import { CHECKSUM_ALGORITHMS } from '../base/checksum.ts';
import type { Body, Checksum } from '../model/entities.ts';
import type { Services } from './types.ts';

/** Of bytes [start, end) of a body. */
export async function checksumOf(
  services: Pick<Services, 'blobs' | 'checksums'>,
  body: Body,
  algorithm: Checksum['algorithm'],
): Promise<Checksum> {
  const hasher = services.checksums.hasher(algorithm);
  if (body.size > 0) for await (const chunk of services.blobs.read(body, 0, body.size)) hasher.update(chunk);
  return { algorithm, value: hasher.digest().toString('base64'), type: 'FULL_OBJECT' };
}

const ALGORITHMS: ReadonlyMap<string, Checksum['algorithm']> = new Map(CHECKSUM_ALGORITHMS.map((name) => [name, name]));

/** The algorithm that `x-amz-checksum-algorithm` names; undefined for a name that S3 doesn't have. */
export const algorithmNamed = (text: string): Checksum['algorithm'] | undefined => ALGORITHMS.get(text.toUpperCase());
