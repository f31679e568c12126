/** UUIDs of version 4 (RFC 9562) as text, from the randomness that is passed in. */

import type { Random } from '../../base/random.ts';
import type { Uuid } from './database/types.ts';

export function newUuid(random: Random): Uuid {
  const bytes = Buffer.from(random.bytes(16));
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
