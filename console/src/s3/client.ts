/**
 * The Console's S3 client: one method per operation, by S3's own names, with one object of parameters. Follows the S3 API reference as
 * far as the Console asks; what it doesn't is left out. Rejects with `S3Failure` when S3 says no, with `S3Unreachable` when nobody does.
 */

import { createAccess } from './access.ts';
import { createBuckets } from './buckets.ts';
import { createListings } from './listings.ts';
import { createMultipart } from './multipart.ts';
import { createObjects, type Target } from './objects.ts';
import { createLine, type S3Options, type Values } from './request.ts';

export type S3 = ReturnType<typeof createS3>;

export function createS3(options: S3Options) {
  const line = createLine(options);
  return Object.freeze({
    ...createListings(line),
    ...createObjects(line),
    ...createMultipart(line),
    ...createAccess(line),
    ...createBuckets(line),
    /** An address to read the object at, for pictures, media and downloads: good for 10 to 15 minutes, or for so many seconds. */
    presign(asked: Target & { readonly query?: Values; readonly seconds?: number }): Promise<string> {
      const { bucket, key, versionId, query = {}, seconds } = asked;
      return line.presign(
        { operation: 'GetObject', method: 'GET', bucket, key, query: { ...query, versionId } },
        seconds,
      );
    },
    learnTime: line.learnTime,
  });
}
