/** Lists unfinished uploads: by key, then by start, then by id. */

import type { BucketId, Upload } from '../../model/entities.ts';
import { Corrupt, type Rows } from '../port.ts';
import { RowReader } from './codec.ts';
import { behind, idOfUploadKey, numberKey, objectKey, textOfObjectKey, uploadKey } from './keys.ts';
import type { Lookup } from './lookup.ts';
import type { Tables } from './tables.ts';

export function scanUploads(
  tables: Tables,
  lookup: Lookup,
  query: { readonly bucket: BucketId; readonly from: Parameters<Rows['scanUploads']>[1]; readonly limit: number },
): readonly Upload[] {
  const { bucket, from, limit } = query;
  const number = lookup.bucketNumber(bucket);
  if (number === undefined) return [];
  const first = from === undefined ? numberKey(number) : objectKey(number, from.key);
  const inclusive = from === undefined || from.inclusive || from.afterUpload !== undefined;
  const uploads: Upload[] = [];
  const keys = tables.uploadKeys.scan({ start: inclusive ? first : behind(first), end: numberKey(number + 1) });
  for (const { key, payload } of keys) {
    const keyNumber = new RowReader(payload).uint();
    const after = textOfObjectKey(key) === from?.key ? from.afterUpload : undefined;
    const start = startOf(lookup, keyNumber, after);
    const range = { start, end: numberKey(keyNumber + 1), limit: limit - uploads.length };
    for (const row of tables.uploadsByKey.scan(range)) {
      const record = lookup.uploadById(idOfUploadKey(row.key));
      if (record === undefined) throw new Corrupt('an upload in the list is missing');
      uploads.push(record.upload);
    }
    if (uploads.length >= limit) break;
  }
  return uploads;
}

/** Behind that upload of the key; when it is not there any more, at the key's first: better twice than never. */
function startOf(lookup: Lookup, keyNumber: number, after: string | undefined): Buffer {
  const record = after === undefined ? undefined : lookup.uploadById(after);
  if (record === undefined || record.keyNumber !== keyNumber) return numberKey(keyNumber);
  return behind(uploadKey(keyNumber, record.upload.initiatedAt, record.upload.uploadId));
}
