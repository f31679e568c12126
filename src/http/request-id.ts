/** Request ids: 16 upper-case hex digits, as S3's are; unique, found in the answer, the log and the error document. */

import type { Random } from '../base/random.ts';

const ID_BYTES = 8;
/** Ids made from one call for randomness. */
const BATCH = 512;

export function createRequestIds(random: Random): () => string {
  let pool = random.bytes(ID_BYTES * BATCH);
  let at = 0;
  return () => {
    if (at === pool.length) {
      pool = random.bytes(ID_BYTES * BATCH);
      at = 0;
    }
    at += ID_BYTES;
    return pool.toString('hex', at - ID_BYTES, at).toUpperCase();
  };
}
