/**
 * Checksums of bytes that are already stored: for copies whose caller asks for a checksum that nobody has computed yet.
 * Reads the bytes, writes none.
 */

import { CHECKSUM_ALGORITHMS } from '../base/checksum.ts';
import type { Checksum } from '../model/entities.ts';
import type { ByteRange } from '../wire/values.ts';
import { readBytes, type Stored } from './encryption/bytes.ts';
import type { Services } from './types.ts';

/** Of plain bytes [start, end). */
export async function checksumOf(
  services: Pick<Services, 'blobs' | 'checksums'>,
  stored: Stored,
  { start, end }: ByteRange,
  algorithm: Checksum['algorithm'],
): Promise<Checksum> {
  const hasher = services.checksums.hasher(algorithm);
  if (start < end) for await (const chunk of readBytes(services, stored, start, end)) hasher.update(chunk);
  return { algorithm, value: hasher.digest().toString('base64'), type: 'FULL_OBJECT' };
}

const ALGORITHMS: ReadonlyMap<string, Checksum['algorithm']> = new Map(CHECKSUM_ALGORITHMS.map((name) => [name, name]));

/** The algorithm that `x-amz-checksum-algorithm` names; undefined for a name that S3 doesn't have. */
export const algorithmNamed = (text: string): Checksum['algorithm'] | undefined => ALGORITHMS.get(text.toUpperCase());
